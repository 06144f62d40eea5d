import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.latency.camera_speed import main, open_graphs, ways

pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    from export.graph.camera_file import make_camera_graph
    from export.graph.camera_input import CameraSize
    from export.runtime.bundle import open_bundle
    from tests.export.graph.camera_bundle import write_camera_bundle

    folder = write_camera_bundle(tmp_path_factory.mktemp("graphs") / "bundle")
    made = make_camera_graph(open_bundle(folder), "int8", CameraSize(70, 90), "bgr")
    (folder / "road.onnx").write_bytes(made.data)
    return folder / "int8.onnx", folder / "road.onnx"


def test_every_way_gives_the_same_logits(graphs: tuple[Path, Path]):
    frame = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    found = [way(frame) for way in ways(open_graphs(*graphs)).values()]
    assert len(found) == 3
    for logits in found[1:]:
        np.testing.assert_allclose(logits, found[0], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("clock", [[], ["--cpu-time"]])
def test_a_run_names_every_figure(graphs: tuple[Path, Path], tmp_path: Path, clock: list[str]):
    out = tmp_path / "figures.json"
    assert main([str(graphs[0]), str(graphs[1]), "--rounds", "3", "--out", str(out), *clock]) == 0
    figures = json.loads(out.read_text())["figures"]
    assert [figure["unit"] for figure in figures] == ["ms"] * 4 + ["×"] * 2
    assert all(figure["value"] > 0 for figure in figures)


def test_other_files_are_refused(graphs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]):
    model, camera = graphs
    assert main([str(model), str(model)]) == 2
    assert "expected a graph of `roadgrip export camera`" in capsys.readouterr().err
    assert main([str(model.with_name("fp32.onnx")), str(camera)]) == 2
    assert "it was made from another file" in capsys.readouterr().err
    assert main([str(model), str(model.with_name("none.onnx"))]) == 2
    assert "none.onnx: expected an ONNX file" in capsys.readouterr().err
