import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.latency.preprocessing_speed import main, open_graphs, ways
from data_tools.images.preprocessing import PreprocessingSpec, to_model_size

pytest.importorskip("onnx")


@pytest.fixture(params=["rgb", "bgr"])
def graphs(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path, PreprocessingSpec]:
    from export.graph.float_input import with_float_input
    from tests.export.graph.small_graph import SPEC, small_graph

    # The small graph normalises in the order it reads; a BGR one has its constants the other way round.
    statistics = SPEC.normalization
    turned = statistics.model_copy(update={"mean": statistics.mean[::-1], "std": statistics.std[::-1]})
    color = request.param
    model = small_graph(SPEC if color == "rgb" else SPEC.model_copy(update={"normalization": turned}))
    spec = SPEC.model_copy(update={"color": color})
    outside = with_float_input(model)
    from export.metadata import write_metadata

    write_metadata(model, ("dry", "wet", "snow"), spec, [])
    (tmp_path / "inside.onnx").write_bytes(model.SerializeToString())
    (tmp_path / "outside.onnx").write_bytes(outside.SerializeToString())
    return tmp_path / "inside.onnx", tmp_path / "outside.onnx", spec


def test_every_way_gives_the_same_logits(graphs: tuple[Path, Path, PreprocessingSpec]):
    from tests.export.graph.small_graph import SPEC, expected_outputs

    inside, outside, spec = graphs
    frame = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    picture = to_model_size(frame, spec)[..., :: -1 if spec.color == "bgr" else 1]
    statistics = SPEC.normalization
    order = slice(None, None, -1 if spec.color == "bgr" else 1)
    turned = statistics.model_copy(update={"mean": statistics.mean[order], "std": statistics.std[order]})
    expected = expected_outputs(picture[None], SPEC.model_copy(update={"normalization": turned}))[0]
    for name, way in ways(open_graphs(inside, outside)).items():
        np.testing.assert_allclose(way(frame), expected, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("clock", [[], ["--cpu-time"]])
def test_a_run_names_every_figure(graphs: tuple[Path, Path, PreprocessingSpec], tmp_path: Path, clock: list[str]):
    out = tmp_path / "figures.json"
    size = ["--height", "90", "--width", "120", "--rounds", "3"]
    main([str(graphs[0]), str(graphs[1]), *size, "--out", str(out), *clock])
    figures = json.loads(out.read_text())["figures"]
    assert [figure["unit"] for figure in figures] == ["ms"] * 4 + ["×"] * 3
    assert all(figure["value"] > 0 for figure in figures)
    assert [figure["at_least"] for figure in figures if figure["unit"] == "×"] == [1.0, None, None]


def test_another_graph_is_refused(
    graphs: tuple[Path, Path, PreprocessingSpec], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    import onnx

    model = onnx.load(str(graphs[1]))
    kernel = next(item for item in model.graph.initializer if item.name == "kernel")
    kernel.CopyFrom(onnx.numpy_helper.from_array(np.ones((3, 3, 1, 1), np.float32), "kernel"))
    (tmp_path / "other.onnx").write_bytes(model.SerializeToString())
    assert main([str(graphs[0]), str(tmp_path / "other.onnx"), "--rounds", "1"]) == 1
    assert "is it the same graph?" in capsys.readouterr().err
    assert main([str(tmp_path / "none.onnx"), str(graphs[1])]) == 2
    assert "none.onnx: expected an ONNX file" in capsys.readouterr().err
    assert main([str(graphs[1]), str(graphs[1])]) == 2
    assert "roadgrip.preprocessing" in capsys.readouterr().err
