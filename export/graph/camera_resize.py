"""Write the resize of `to_model_size` as ONNX nodes."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from data_tools.images.preprocessing import PreprocessingSpec
from export.graph.camera_input import CameraSize

PREFIX = "camera_"
"""Of every name that is added to a graph."""
_MAX_STEP = 2.0
_ONE = 2048
"""OpenCV's bilinear weights have 11 bits."""
_TO_PLANES, _FROM_PLANES = [0, 3, 1, 2], [0, 2, 3, 1]

Attribute = int | float | str | list[int]


class NodeWriter:
    """Collect the resize's nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def node(self, operator: str, inputs: list[str], **attributes: Attribute) -> str:
        """Append a node, and return its output's name."""
        name = f"{PREFIX}{len(self.nodes)}_{operator.lower()}"
        made = helper.make_node(operator, inputs, [name], name=name)
        made.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(made)
        return name

    def end(self, output: str, name: str) -> None:
        """Call the last node, and what it gives."""
        self.nodes[-1].output[0], self.nodes[-1].name = output, name

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        """Add a constant, and return its name."""
        self.constants.append(numpy_helper.from_array(value, f"{PREFIX}{name}"))
        return f"{PREFIX}{name}"

    def rounded(self, source: str) -> str:
        """Round to whole grey levels, halves up."""
        if not any(item.name == f"{PREFIX}half" for item in self.constants):
            self.constant("half", np.array(0.5, np.float32))
        return self.node("Floor", [self.node("Add", [source, f"{PREFIX}half"])])


def write_resize(writer: NodeWriter, frame: str, spec: PreprocessingSpec, camera: CameraSize) -> None:
    """Append the spec's resize; the last node gives whole grey levels, (batch, H, W, 3) float32 at model size.

    Args:
        writer: Takes the nodes.
        frame: Name of the frames, (batch, camera height, camera width, 3) float32.
        spec: Size and interpolation.
        camera: The frames' size (see `check_camera_size`).
    """
    _STEPS[spec.interpolation](writer, frame, spec, camera)


class Taps(NamedTuple):
    """Hold the two source pixels of each target pixel along a side, and their weights in 2048ths."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    first_weight: npt.NDArray[np.float32]
    second_weight: npt.NDArray[np.float32]


def bilinear_taps(source: int, target: int, *, keep_outer: bool) -> Taps:
    """Return OpenCV's bilinear taps, each (target,).

    Source: OpenCV, modules/imgproc/src/resize.cpp, `resize` for INTER_LINEAR and uint8: positions in float32, weights
    rounded to 11 bits.

    Args:
        source: Number of source pixels along the side.
        target: Number of target pixels.
        keep_outer: Beyond the outer pixels both taps read the outer pixel with the weights that they have (OpenCV's
            rows), rather than one tap alone (its columns); the two differ by what is cut off.
    """
    position = ((np.arange(target) + 0.5) * (source / target) - 0.5).astype(np.float32)
    first = np.floor(position).astype(np.int64)
    share = (position - first).astype(np.float32)
    if not keep_outer:
        share[(first < 0) | (first >= source - 1)] = 0
    weights = [np.rint((1 - share) * _ONE).astype(np.float32), np.rint(share * _ONE).astype(np.float32)]
    return Taps(np.clip(first, 0, source - 1), np.clip(first + 1, 0, source - 1), weights[0], weights[1])


def coverage(source: int, target: int) -> npt.NDArray[np.float32]:
    """Return the share that each source pixel has in each target pixel's footprint, (target, source); rows sum to 1.

    Args:
        source: Number of source pixels along a side, at least `target`.
        target: Number of target pixels.
    """
    edges = np.arange(target + 1) * source / target
    pixels = np.arange(source)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    shares = np.clip(overlap, 0, None)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float32)


def _linear(writer: NodeWriter, frame: str, spec: PreprocessingSpec, camera: CameraSize) -> None:
    """Resize bilinearly to model size."""
    _bilinear(writer, frame, camera, spec.height, spec.width)


def _supersampled(writer: NodeWriter, frame: str, spec: PreprocessingSpec, camera: CameraSize) -> None:
    """Resize bilinearly to 2^k times the size, then take 2×2 means k times."""
    most = max(camera.height / spec.height, camera.width / spec.width)
    factor = 2 if most > 1 else 1
    while most / factor > _MAX_STEP:
        factor *= 2
    current = _bilinear(writer, frame, camera, factor * spec.height, factor * spec.width)
    current = writer.node("Transpose", [current], perm=_TO_PLANES)
    while factor > 1:
        factor //= 2
        current = writer.rounded(writer.node("AveragePool", [current], kernel_shape=[2, 2], strides=[2, 2]))
    writer.node("Transpose", [current], perm=_FROM_PLANES)


def _area(writer: NodeWriter, frame: str, spec: PreprocessingSpec, camera: CameraSize) -> None:
    """Take the mean over each output pixel's footprint, one side after the other."""
    down = writer.constant("down", coverage(camera.height, spec.height))
    across = writer.constant("across", np.ascontiguousarray(coverage(camera.width, spec.width).T))
    planes = writer.node("Transpose", [frame], perm=_TO_PLANES)
    means = writer.node("MatMul", [down, writer.node("MatMul", [planes, across])])
    # OpenCV rounds halves to even here, but for its own way to halve both sides.
    halved = (camera.height, camera.width) == (2 * spec.height, 2 * spec.width)
    whole = writer.rounded(means) if halved else writer.node("Round", [means])
    writer.node("Transpose", [whole], perm=_FROM_PLANES)


def _bilinear(writer: NodeWriter, frame: str, camera: CameraSize, height: int, width: int) -> str:
    """Resize bilinearly as OpenCV does in integers: each product is cut off to a quarter of a grey level.

    ((b0 · (s0 >> 4) >> 16) + (b1 · (s1 >> 4) >> 16) + 2) >> 2 with s = a0 · x0 + a1 · x1 and weights in 2048ths; every
    step is exact in float32.
    """
    columns = bilinear_taps(camera.width, width, keep_outer=False)
    rows = bilinear_taps(camera.height, height, keep_outer=True)
    flat = writer.constant("flat", np.array([0, camera.height, 3 * width], np.int64))
    parts = []
    for name, taken, weight in (
        ("left", columns.first, columns.first_weight),
        ("right", columns.second, columns.second_weight),
    ):
        pixels = writer.node("Gather", [frame, writer.constant(name, taken)], axis=2)
        # Rows of 3·width numbers: a pixel's three alone are too few for a broadcast to be fast.
        lines = writer.node("Reshape", [pixels, flat])
        parts.append(writer.node("Mul", [lines, writer.constant(f"{name}_weight", np.repeat(weight / 16, 3))]))
    sums = writer.node("Floor", [writer.node("Add", parts)])
    parts = [
        _product(writer, sums, "upper", rows.first, rows.first_weight),
        _product(writer, sums, "lower", rows.second, rows.second_weight),
    ]
    quarter = writer.constant("quarter", np.array(0.25, np.float32))
    rounded = writer.rounded(writer.node("Mul", [writer.node("Add", parts), quarter]))
    return writer.node("Reshape", [rounded, writer.constant("shape", np.array([0, height, width, 3], np.int64))])


def _product(
    writer: NodeWriter, sums: str, name: str, taken: npt.NDArray[np.int64], weight: npt.NDArray[np.float32]
) -> str:
    """Return b · s >> 16 for the rows taken.

    b · s has up to 26 bits and float32 only 24, so b is split: b = 64 · high + low, and the whole part of
    high · s / 1024 is set aside before low · s / 65536 is added. Without that one sample in 100,000 would be a level
    too high.
    """
    lines = writer.node("Gather", [sums, writer.constant(name, taken)], axis=1)
    high = np.floor(weight / 64)
    factors = (("high", high / 1024), ("low", (weight - 64 * high) / 65536))
    above, below = (
        writer.node("Mul", [lines, writer.constant(f"{name}_{part}", value.astype(np.float32).reshape(-1, 1))])
        for part, value in factors
    )
    whole = writer.node("Floor", [above])
    rest = writer.node("Add", [writer.node("Sub", [above, whole]), below])
    return writer.node("Add", [whole, writer.node("Floor", [rest])])


_STEPS: dict[str, Callable[[NodeWriter, str, PreprocessingSpec, CameraSize], None]] = {
    "linear": _linear,
    "supersampled": _supersampled,
    "area": _area,
}
