"""Make a graph with every kind of layer that quantisation tells apart, small enough to search in a second."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.export.hand_made import node, run_model

COLORS = ((120, 110, 100), (40, 60, 90), (225, 230, 235))
WEIGHTED = ["stem", "depthwise", "expand", "embedding", "head"]


def small_graph(side: tuple[int, int] = (8, 8), spread: float = 1.0, opset: int = 19) -> onnx.ModelProto:
    """Return image -> stem -> ReLU -> depthwise -> ReLU -> 1x1 -> h-swish -> mean -> embedding -> head.

    Args:
        side: Height and width.
        spread: The first channel between the stem and the depthwise layer is this much larger, and its weight behind
            that much smaller: the same function, but a range that ruins the other channels in 8 bits.
        opset: Operator set.
    """
    draw = np.random.default_rng(3)
    weights = {
        "scale": np.array(255.0),
        "stem.w": draw.normal(0, 0.4, (6, 3, 3, 3)),
        "stem.b": draw.normal(0.3, 0.1, 6),
        "depthwise.w": draw.normal(0, 0.4, (6, 1, 3, 3)),
        "depthwise.b": draw.normal(0.3, 0.1, 6),
        "expand.w": draw.normal(0, 0.6, (8, 6, 1, 1)),
        "expand.b": draw.normal(0, 0.1, 8),
        "embedding.w": draw.normal(0, 0.6, (4, 8)),
        "embedding.b": draw.normal(0, 0.1, 4),
        "head.w": np.zeros((3, 4)),
        "head.b": np.zeros(3),
        "centroids": np.zeros((1, 3, 4)),
    }
    weights["stem.w"][0] *= spread
    weights["stem.b"][0] *= spread
    weights["depthwise.w"][0] /= spread
    pictures = np.array(COLORS, np.uint8)[:, None, None].repeat(side[0], 1).repeat(side[1], 2)
    (feature,) = run_model(_model(weights, side, opset), {"image": pictures}, ["feature"])
    sharpness = 8 / ((feature[:, None] - feature[None]) ** 2).sum(axis=2).max()
    weights["head.w"], weights["centroids"] = 2 * sharpness * feature, feature[None]
    weights["head.b"] = -sharpness * (feature**2).sum(axis=1)
    return _model(weights, side, opset)


def pictures_of(count: int, side: tuple[int, int] = (8, 8), seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return (count, H, W, 3) uint8 noisy pictures and their labels."""
    draw = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    noise = draw.normal(0, 30, (count, *side, 3)) + draw.normal(0, 25, (count, 1, 1, 3))
    return np.clip(np.array(COLORS)[labels][:, None, None] + noise, 0, 255).astype(np.uint8), labels


def _model(weights: dict[str, np.ndarray], side: tuple[int, int], opset: int) -> onnx.ModelProto:
    pads = [1, 1, 1, 1]
    nodes = [
        node("Cast", ["image"], ["float"], name="cast", to=TensorProto.FLOAT),
        node("Transpose", ["float"], ["planes"], name="transpose", perm=[0, 3, 1, 2]),
        node("Div", ["planes", "scale"], ["x"], name="divide"),
        node("Conv", ["x", "stem.w", "stem.b"], ["a"], name="stem", pads=pads, strides=[2, 2]),
        node("Relu", ["a"], ["a1"], name="relu1"),
        node("Conv", ["a1", "depthwise.w", "depthwise.b"], ["c"], name="depthwise", group=6, pads=pads),
        node("Relu", ["c"], ["c1"], name="relu2"),
        node("Conv", ["c1", "expand.w", "expand.b"], ["d"], name="expand"),
        node("HardSwish", ["d"], ["d1"], name="swish"),
        node("GlobalAveragePool", ["d1"], ["p"], name="pool"),
        node("Flatten", ["p"], ["flat"], name="flatten"),
        node("Gemm", ["flat", "embedding.w", "embedding.b"], ["feature"], name="embedding", transB=1),
        node("Gemm", ["feature", "head.w", "head.b"], ["logits"], name="head", transB=1),
        node("Softmax", ["logits"], ["probabilities"], name="softmax", axis=1),
        node("Unsqueeze", ["feature", "axis"], ["wide"], name="unsqueeze"),
        node("Sub", ["wide", "centroids"], ["gap"], name="gaps"),
        node("ReduceL2", ["gap", "last"], ["centroid_distance"], name="norm", keepdims=0),
    ]
    constants = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    constants += [numpy_helper.from_array(np.array([at], np.int64), name) for name, at in (("axis", 1), ("last", 2))]
    sizes = {"logits": 3, "probabilities": 3, "feature": 4, "centroid_distance": 3}
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", *side, 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size]) for name, size in sizes.items()],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model
