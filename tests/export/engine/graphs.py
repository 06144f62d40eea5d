"""Small graphs for TensorRT, good ones, into which tests plant one fault each."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

node = helper.make_node


def model_of(nodes, inputs, outputs, constants, opset=18) -> onnx.ModelProto:
    """Inputs and outputs map names to (type, shape)."""
    graph = helper.make_graph(
        nodes,
        "hand made",
        [helper.make_tensor_value_info(name, *value) for name, value in inputs.items()],
        [helper.make_tensor_value_info(name, *value) for name, value in outputs.items()],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def four_outputs() -> onnx.ModelProto:
    """Mean colour -> logits, probabilities, feature, distance; (B, 8, 10, 3) uint8."""
    return model_of(
        [
            node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
            node("ReduceMean", ["float", "axes"], ["mean"], keepdims=0),
            node("Mul", ["mean", "scale"], ["feature"]),
            node("Gemm", ["feature", "weights", "bias"], ["logits"]),
            node("Softmax", ["logits"], ["probabilities"], axis=1),
            node("Unsqueeze", ["feature", "one"], ["row"]),
            node("Sub", ["row", "centroids"], ["difference"]),
            node("ReduceL2", ["difference", "last"], ["centroid_distance"], keepdims=0),
        ],
        {"image": (TensorProto.UINT8, ["batch", 8, 10, 3])},
        {
            name: (TensorProto.FLOAT, ["batch", 3])
            for name in ("logits", "probabilities", "feature", "centroid_distance")
        },
        {
            "axes": np.array([1, 2]),
            "one": np.array([1]),
            "last": np.array([2]),
            "scale": np.float32(1 / 255),
            "weights": 9 * np.eye(3, dtype=np.float32),
            "bias": np.zeros(3, np.float32),
            "centroids": np.eye(3, dtype=np.float32),
        },
    )


def good_quantized(activation: str = "HardSwish", transposed: bool = True) -> onnx.ModelProto:
    """Cast, normalise, two int8 convolutions with a skip, pooling, an int8 Gemm, Softmax; fp16 inside."""
    half = np.float16
    zero = np.array(0, np.int8)

    def pair(name: str) -> list[onnx.NodeProto]:
        return [
            node("QuantizeLinear", [name, f"{name}_scale", "zero"], [f"{name}_q"], name=f"{name}_Q"),
            node("DequantizeLinear", [f"{name}_q", f"{name}_scale", "zero"], [f"{name}_dq"], name=f"{name}_DQ"),
        ]

    def weights(name: str, axis: int) -> onnx.NodeProto:
        inputs = [f"{name}_int8", f"{name}_scale", f"{name}_zero"]
        return node("DequantizeLinear", inputs, [f"{name}_dq"], name=f"{name}_DQ", axis=axis)

    generator = np.random.default_rng(0)
    gemm = (3, 4) if transposed else (4, 3)
    return model_of(
        [
            node("Cast", ["image"], ["pixels"], name="cast", to=TensorProto.FLOAT16),
            node("Transpose", ["pixels"], ["x"], name="nchw", perm=[0, 3, 1, 2]),
            *pair("x"),
            weights("w1", 0),
            node("Conv", ["x_dq", "w1_dq", "b1"], ["c1"], name="conv1", pads=[1, 1, 1, 1]),
            node(activation, ["c1"], ["a1"], name="act1"),
            *pair("a1"),
            weights("w2", 0),
            node("Conv", ["a1_dq", "w2_dq", "b1"], ["c2"], name="conv2", pads=[1, 1, 1, 1], group=4),
            node("Add", ["c2", "a1_dq"], ["sum"], name="skip"),
            node("GlobalAveragePool", ["sum"], ["pooled"], name="pool"),
            node("Flatten", ["pooled"], ["flat"], name="flatten"),
            *pair("flat"),
            weights("w3", 0 if transposed else 1),
            node("Gemm", ["flat_dq", "w3_dq", "b3"], ["half"], name="head", transB=int(transposed)),
            node("Cast", ["half"], ["logits"], name="to_float", to=TensorProto.FLOAT),
            node("Softmax", ["logits"], ["probabilities"], name="softmax", axis=1),
        ],
        {"image": (TensorProto.UINT8, ["batch", 8, 10, 3])},
        {name: (TensorProto.FLOAT, ["batch", 3]) for name in ("logits", "probabilities")},
        {
            "zero": zero,
            "x_scale": half(2),
            "a1_scale": half(0.1),
            "flat_scale": half(0.1),
            "w1_int8": generator.integers(-127, 128, (4, 3, 3, 3)).astype(np.int8),
            "w1_scale": np.full(4, 0.01, half),
            "w1_zero": np.zeros(4, np.int8),
            "b1": np.zeros(4, half),
            "w2_int8": generator.integers(-127, 128, (4, 1, 3, 3)).astype(np.int8),
            "w2_scale": np.full(4, 0.01, half),
            "w2_zero": np.zeros(4, np.int8),
            "w3_int8": generator.integers(-127, 128, gemm).astype(np.int8),
            "w3_scale": np.full(3, 0.01, half),
            "w3_zero": np.zeros(3, np.int8),
            "b3": np.zeros(3, half),
        },
        opset=19,
    )


def set_constant(model: onnx.ModelProto, name: str, value: np.ndarray) -> None:
    found = next(item for item in model.graph.initializer if item.name == name)
    found.CopyFrom(numpy_helper.from_array(np.asarray(value), name))


def find(model: onnx.ModelProto, name: str) -> onnx.NodeProto:
    return next(item for item in model.graph.node if item.name == name)


def insert_before(model: onnx.ModelProto, name: str, *nodes: onnx.NodeProto) -> None:
    at = next(index for index, item in enumerate(model.graph.node) if item.name == name)
    for offset, item in enumerate(nodes):
        model.graph.node.insert(at + offset, item)
