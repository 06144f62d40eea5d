import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from export.quantize.bias_correction import corrected, input_means
from export.quantize.weights import dequantize_weight, quantize_weight, weight_axis
from tests.export.hand_made import make_model, node, run_model

DRAW = np.random.default_rng(5)
LAYERS = {
    "1x1": (node("Conv", ["x", "w", "b"], ["y"], name="layer"), (5, 4, 1, 1)),
    "depthwise": (node("Conv", ["x", "w", "b"], ["y"], name="layer", group=4), (4, 1, 1, 1)),
    "grouped": (node("Conv", ["x", "w", "b"], ["y"], name="layer", group=2), (6, 2, 1, 1)),
    "gemm": (node("Gemm", ["x", "w", "b"], ["y"], name="layer", transB=1), (5, 4)),
    "gemm, plain": (node("Gemm", ["x", "w", "b"], ["y"], name="layer"), (4, 5)),
}


def with_coded_weight(model: onnx.ModelProto) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    axis = weight_axis(copy.graph.node[0])
    (weight,) = (item for item in copy.graph.initializer if item.name == "w")
    coded = dequantize_weight(*quantize_weight(numpy_helper.to_array(weight), axis), axis)
    weight.CopyFrom(numpy_helper.from_array(coded.astype(np.float32), "w"))
    return copy


@pytest.mark.parametrize("kind", LAYERS)
def test_the_mean_output_error_becomes_0(kind: str):
    layer, shape = LAYERS[kind]
    outputs = shape[weight_axis(layer)]
    image = ["b", 4, 3, 3] if len(shape) == 4 else ["b", 4]
    weights = {
        "w": DRAW.normal(0, 1, shape).astype(np.float32),
        "b": DRAW.normal(0, 1, outputs).astype(np.float32),
    }
    # Rounding errors of a weight that is alone in its channel are 0, as in a depthwise 1x1 layer.
    model = make_model([layer], {"x": image}, {"y": ["b", outputs, *image[2:]]}, weights)
    pictures = DRAW.uniform(0, 3, (11, *image[1:])).astype(np.float32)
    (wanted,) = run_model(model, {"x": pictures})
    axes = (0, *range(2, wanted.ndim))
    plain, mended = (
        np.abs((run_model(with_coded_weight(item), {"x": pictures})[0] - wanted).mean(axis=axes)).max()
        for item in (model, corrected(model, ["layer"], pictures))
    )
    assert mended < 1e-5
    assert plain > 1e-3 or kind == "depthwise"


def test_the_original_and_other_layers_stay_as_they_are():
    nodes = [node("Gemm", ["x", "w", "b"], ["h"], name="first"), node("Gemm", ["h", "w", "c"], ["y"], name="second")]
    weights = {"w": DRAW.normal(0, 1, (4, 4)), "b": np.zeros(4), "c": np.zeros(4)}
    single = {name: value.astype(np.float32) for name, value in weights.items()}
    model = make_model(nodes, {"x": ["b", 4]}, {"y": ["b", 4]}, single)
    before = model.SerializeToString(deterministic=True)
    pictures = DRAW.uniform(0, 3, (3, 4)).astype(np.float32)
    found = {
        item.name: numpy_helper.to_array(item) for item in corrected(model, ["second"], pictures).graph.initializer
    }
    assert model.SerializeToString(deterministic=True) == before
    assert not found["b"].any()
    assert found["c"].any()


def test_means_over_unequal_batches():
    model = make_model([node("Neg", ["x"], ["y"])], {"x": ["b", 2, 3, 3]}, {"y": ["b", 2, 3, 3]})
    pictures = DRAW.normal(0, 1, (11, 2, 3, 3)).astype(np.float32)
    seen: list[tuple[int, int]] = []
    found = input_means(model, ["y"], pictures, lambda done, total, what: seen.append((done, total)))
    np.testing.assert_allclose(found["y"], -pictures.mean(axis=(0, 2, 3), dtype=np.float64), rtol=1e-5)
    assert seen == [(8, 11), (11, 11)]
