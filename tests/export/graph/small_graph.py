"""Make a graph by hand that begins and ends as an exported one, and is checked against plain numpy."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from data_tools.images.preprocessing import Normalization, PreprocessingSpec
from export.metadata import write_metadata
from tests.export.hand_made import make_model

SPEC = PreprocessingSpec(height=32, width=40, normalization=Normalization(mean=(0.3, 0.45, 0.6), std=(0.2, 0.25, 0.35)))
CENTROIDS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
NAMES = ("logits", "probabilities", "feature", "centroid_distance")


def small_graph(spec: PreprocessingSpec = SPEC, batch: int | str = "batch") -> onnx.ModelProto:
    """Return Cast, Transpose, Sub, Div, a 1×1 convolution, the mean colour as the feature, and a linear head."""
    constants = {
        "mean": 255 * np.array(spec.normalization.mean, np.float32).reshape(1, 3, 1, 1),
        "std": 255 * np.array(spec.normalization.std, np.float32).reshape(1, 3, 1, 1),
        "kernel": 0.5 * np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1),
        "head": np.array([[2, -1, 0], [0, 3, 1], [-1, 0, 1]], np.float32),
        "shape": np.array([-1, 3], np.int64),
        "axes": np.array([1], np.int64),
        "last": np.array([2], np.int64),
        "centroids": CENTROIDS,
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["image"], ["float"], "cast", to=TensorProto.FLOAT),
        node("Transpose", ["float"], ["planes"], "transpose", perm=[0, 3, 1, 2]),
        node("Sub", ["planes", "mean"], ["shifted"], "shift"),
        node("Div", ["shifted", "std"], ["scaled"], "scale"),
        node("Conv", ["scaled", "kernel"], ["halved"], "conv"),
        node("GlobalAveragePool", ["halved"], ["pooled"], "pool"),
        node("Reshape", ["pooled", "shape"], ["feature"], "flatten"),
        node("MatMul", ["feature", "head"], ["logits"], "head"),
        node("Softmax", ["logits"], ["probabilities"], "softmax", axis=1),
        node("Unsqueeze", ["feature", "axes"], ["row"], "row"),
        node("Sub", ["row", "centroids"], ["offset"], "offset"),
        node("ReduceL2", ["offset", "last"], ["centroid_distance"], "distance", keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [batch, spec.height, spec.width, 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 3]) for name in NAMES],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=10)
    write_metadata(model, ("dry", "wet", "snow"), spec, [], "measured")
    onnx.checker.check_model(model, full_check=True)
    return model


def expected_outputs(pictures: np.ndarray, spec: PreprocessingSpec = SPEC) -> list[np.ndarray]:
    """Compute in float64 what the graph gives for (B, H, W, 3) uint8 pictures."""
    mean, std = np.array(spec.normalization.mean), np.array(spec.normalization.std)
    feature = 0.5 * ((pictures / 255 - mean) / std).mean(axis=(1, 2))
    logits = feature @ np.array([[2, -1, 0], [0, 3, 1], [-1, 0, 1]])
    odds = np.exp(logits)
    distance = np.sqrt(((feature[:, None] - CENTROIDS) ** 2).sum(axis=2))
    return [logits, odds / odds.sum(axis=1, keepdims=True), feature, distance]


def between_products(made: list[onnx.NodeProto], constants: dict[str, np.ndarray]) -> onnx.ModelProto:
    """Put nodes that turn `a` into `b` between two matrix products."""
    return make_model(
        [
            helper.make_node("MatMul", ["x", "w"], ["a"], "first"),
            *made,
            helper.make_node("MatMul", ["b", "w"], ["y"], "last"),
        ],
        {"x": [2, 2]},
        {"y": ["rows", 2]},
        {"w": np.array([[1, 2], [3, 4]], np.float32), **constants},
    )
