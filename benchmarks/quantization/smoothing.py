"""Smooth what matrix products read, channel by channel, before our own placement: what SmoothQuant would add to it.

x·W = (x / s)·(s·W) with s_j = max|x_j|^α / max|W_j|^(1 − α) (Xiao et al., 2023, eq. 4). The division is one more node,
for h-swish and pooling let nothing through to the layer before.
"""

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from benchmarks.quantization.candidates import Subject
from export.quantize.quantizer import Quantizer
from export.runtime.ort_session import create_session

ALPHA = 0.95
"""NNCF's default for matrix products."""


def smoothed(subject: Subject) -> Subject:
    """Return the same subject with a smoothed float graph, which computes the same."""
    model = smooth(subject.copy(), subject.quantizer.pictures)
    return subject._replace(model=model, quantizer=Quantizer(model, subject.quantizer.pictures))


def smooth(model: onnx.ModelProto, pictures: npt.NDArray[np.uint8]) -> onnx.ModelProto:
    """Return a graph whose matrix products with a constant weight read x / s and multiply by s·W.

    Args:
        model: The fp32 graph; changed in place.
        pictures: (N, H, W, 3) uint8 calibration pictures.
    """
    graph = model.graph
    constants = {item.name: item for item in graph.initializer}
    products = [node for node in graph.node if node.op_type in {"Gemm", "MatMul"} and node.input[1] in constants]
    largest = _largest(model, sorted({node.input[0] for node in products}), pictures)
    for node in products:
        weight = numpy_helper.to_array(constants[node.input[1]])
        transposed = any(item.name == "transB" and item.i for item in node.attribute)
        scales = smoothing_scales(largest[node.input[0]], np.abs(weight).max(axis=0 if transposed else 1))
        shaped = weight * (scales if transposed else scales[:, None])
        constants[node.input[1]].CopyFrom(numpy_helper.from_array(shaped.astype(np.float32), node.input[1]))
        factor, result = f"{node.name}_smoothing", f"{node.name}_smoothed"
        graph.initializer.append(numpy_helper.from_array((1 / scales).astype(np.float32), factor))
        multiply = helper.make_node("Mul", [node.input[0], factor], [result], name=f"{node.name}_smooth")
        graph.node.insert(list(graph.node).index(node), multiply)
        node.input[0] = result
    onnx.checker.check_model(model, full_check=True)
    return model


def smoothing_scales(
    activations: npt.NDArray[np.floating], weights: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Return s, (C,): 1 for a channel that is always 0 on either side.

    Args:
        activations: (C,) largest magnitudes of x by channel.
        weights: (C,) largest magnitudes of what they are multiplied by.
    """
    x, w = activations.astype(np.float64), weights.astype(np.float64)
    used = (x > 0) & (w > 0)
    return np.where(used, np.where(used, x, 1) ** ALPHA / np.where(used, w, 1) ** (1 - ALPHA), 1.0)


def _largest(
    model: onnx.ModelProto, sources: list[str], pictures: npt.NDArray[np.uint8]
) -> dict[str, npt.NDArray[np.float32]]:
    """Return each tensor's largest magnitude by channel (its last axis)."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    del watched.graph.output[:]
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in sources)
    session = create_session(watched.SerializeToString(), "the float graph", 1, "cpu")
    found: dict[str, npt.NDArray[np.float32]] = {}
    for picture in pictures:
        for name, value in zip(sources, session.run(sources, {model.graph.input[0].name: picture[None]}), strict=True):
            seen = np.abs(value).reshape(-1, value.shape[-1]).max(axis=0)
            found[name] = np.maximum(found[name], seen) if name in found else seen
    return found
