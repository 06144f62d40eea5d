import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from benchmarks.quantization.smoothing import ALPHA, smooth, smoothing_scales
from tests.export.hand_made import all_activations, run_model
from tests.export.quantize.small_graph import pictures_of, small_graph


@pytest.fixture(scope="module")
def graphs() -> tuple[onnx.ModelProto, onnx.ModelProto]:
    pictures, _ = pictures_of(12)
    return small_graph(), smooth(small_graph(), pictures)


def test_the_smoothed_graph_computes_the_same(graphs: tuple[onnx.ModelProto, onnx.ModelProto]):
    pictures, _ = pictures_of(9, seed=5)
    wanted, found = (run_model(model, {"image": pictures}, ["logits", "feature"]) for model in graphs)
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_channels_get_the_scale_of_the_equation(graphs: tuple[onnx.ModelProto, onnx.ModelProto]):
    plain, smoothed = graphs
    pictures, _ = pictures_of(12)
    seen = all_activations(plain, {"image": pictures})["flat"]
    weight = next(numpy_helper.to_array(item) for item in plain.graph.initializer if item.name == "embedding.w")
    factors = next(
        numpy_helper.to_array(item) for item in smoothed.graph.initializer if item.name == "embedding_smoothing"
    )
    for channel in range(8):
        x = max(abs(float(value)) for value in seen[:, channel])
        w = max(abs(float(value)) for value in weight[:, channel])
        assert factors[channel] == pytest.approx(w ** (1 - ALPHA) / x**ALPHA, rel=1e-4)


def test_only_matrix_products_are_smoothed(graphs: tuple[onnx.ModelProto, onnx.ModelProto]):
    added = [node.name for node in graphs[1].graph.node if node.name.endswith("_smooth")]
    assert added == ["embedding_smooth", "head_smooth"]


def test_a_channel_that_is_always_zero_stays_as_it_is():
    scales = smoothing_scales(np.array([0.0, 2.0, 4.0]), np.array([1.0, 0.0, 1.0]))
    np.testing.assert_allclose(scales, [1, 1, 4**ALPHA])
