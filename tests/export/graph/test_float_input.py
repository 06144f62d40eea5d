from pathlib import Path

import numpy as np
import onnx
import pytest

from data_tools.errors import InputError
from data_tools.images.preprocessing import normalize
from export.graph.float_input import main, with_float_input
from tests.export.graph.small_graph import NAMES, SPEC, expected_outputs, small_graph
from tests.export.hand_made import run_model

PICTURES = np.random.default_rng(0).integers(0, 256, (2, SPEC.height, SPEC.width, 3), dtype=np.uint8)


@pytest.mark.parametrize("batch", ["batch", 2])
def test_the_rest_of_the_graph_computes_the_same_from_normalised_pictures(batch: int | str):
    model = small_graph(batch=batch)
    before = model.SerializeToString(deterministic=True)
    cut = with_float_input(model)
    assert model.SerializeToString(deterministic=True) == before
    assert cut.graph.node[0].op_type == "Conv"
    assert not {"mean", "std"} & {item.name for item in cut.graph.initializer}
    assert not cut.metadata_props  # the runtime refuses it
    found = run_model(cut, {"normalized": normalize(PICTURES, SPEC.normalization)}, list(NAMES))
    for ours, theirs in zip(found, expected_outputs(PICTURES), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_another_beginning_is_refused():
    model = small_graph()
    model.graph.node[2].op_type = "Add"
    with pytest.raises(InputError, match="begins with Cast, Transpose, Sub, Div; 'planes' goes to Add"):
        with_float_input(model)
    model = small_graph()
    model.graph.node.append(onnx.helper.make_node("Neg", ["float"], ["unwanted"]))
    with pytest.raises(InputError, match="'float' goes to Transpose, Neg"):
        with_float_input(model)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    graph, out = tmp_path / "graph.onnx", tmp_path / "cut.onnx"
    graph.write_bytes(small_graph().SerializeToString())
    assert main([str(graph), str(out)]) == 0
    assert out.read_bytes() == with_float_input(small_graph()).SerializeToString(deterministic=True)
    assert main([str(out), str(out)]) == 2
    assert capsys.readouterr().err.startswith(f"{out}: expected a graph that begins with")
    for data in (None, b"no graph at all"):
        graph.unlink(missing_ok=True)
        if data is not None:
            graph.write_bytes(data)
        assert main([str(graph), str(out)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
