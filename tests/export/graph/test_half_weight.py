"""Weights in float16: what is refused because it vanishes, and what may be rounded away."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from data_tools.errors import CheckFailedError
from export.graph.half import to_half
from export.graph.half_weight import half_weight
from tests.export.graph.small_graph import between_products
from tests.export.hand_made import node

TINY = 2.0**-26
"""Below half of float16's smallest value, 2^-24."""


@pytest.mark.parametrize(
    ("made", "constants", "lost"),
    [
        ([node("Mul", ["a", "scale"], ["b"], "scaled")], {"scale": np.float32(TINY)}, "scale"),
        ([node("Clip", ["a", "low"], ["b"], "clip")], {"low": np.float32(1e-12)}, "low"),
        ([node("MatMul", ["a", "v"], ["b"], "product")], {"v": np.full((2, 2), -TINY, np.float32)}, "v"),
    ],
    ids=["scale", "smallest divisor", "all weights"],
)
def test_what_vanishes_in_float16_is_refused(made: list[onnx.NodeProto], constants: dict[str, np.ndarray], lost: str):
    model = between_products(made, constants)
    with pytest.raises(CheckFailedError, match=rf"^weight {lost}: .*float16 turns .* into 0"):
        to_half(model, [])
    to_half(model, [made[0].name])  # kept in float it is no trouble


@pytest.mark.parametrize(
    ("made", "constants"),
    [
        ([node("Gemm", ["a", "v"], ["b"], "gemm")], {"v": np.array([[1, TINY], [0, TINY]], np.float32)}),
        ([node("Gemm", ["a", "v"], ["b"], "gemm")], {"v": np.array([[1e-5, TINY], [0, 1e-5]], np.float32)}),
        ([node("Gemm", ["a", "v"], ["b"], "gemm")], {"v": np.array([[TINY, TINY], [1e-5, 1e-5]], np.float32)}),
        ([node("Gemm", ["a", "v"], ["b"], "gemm")], {"v": np.array([[1, 0], [1, 0]], np.float32)}),
        ([node("Gemm", ["a", "w", "c"], ["b"], "gemm")], {"c": np.full(2, TINY, np.float32)}),
        ([node("Mul", ["a", "v"], ["b"], "product")], {"v": np.zeros((2, 2), np.float32)}),
        ([node("Mul", ["a", "v"], ["b"], "product")], {"v": np.full((2, 2), 2.0**-24, np.float32)}),
    ],
    ids=["dead channel", "part of a channel", "input channel", "zero channel", "bias", "zeros", "smallest value"],
)
def test_what_float16_rounds_away_is_taken(made: list[onnx.NodeProto], constants: dict[str, np.ndarray]):
    half = to_half(between_products(made, constants), [])
    (name,) = constants
    (found,) = (numpy_helper.to_array(item) for item in half.graph.initializer if item.name == f"{name}_half")
    np.testing.assert_array_equal(found, constants[name].astype(np.float16))


COLUMN = np.array([[1e-5, TINY], [1e-5, TINY]], np.float32)
"""Its second column vanishes, and is not negligible beside the first; so does the second row of what is transposed."""


@pytest.mark.parametrize(
    ("reader", "position", "lost", "kept"),
    [
        (node("Gemm", ["x", "v"], ["y"]), 1, COLUMN, COLUMN.T),
        (node("Gemm", ["x", "v"], ["y"], transB=1), 1, COLUMN.T, COLUMN),
        (node("MatMul", ["x", "v"], ["y"]), 1, COLUMN, COLUMN.T),
        (node("MatMul", ["x", "v"], ["y"]), 1, COLUMN[None, None], COLUMN.T[None, None]),
        (node("Conv", ["x", "v"], ["y"]), 1, COLUMN.T[..., None, None], COLUMN[..., None, None]),
        (node("MatMul", ["v", "x"], ["y"]), 0, None, COLUMN),
        (node("Mul", ["x", "v"], ["y"]), 1, None, COLUMN),
    ],
    ids=["Gemm", "Gemm transposed", "MatMul", "MatMul of four axes", "Conv", "on the left", "no weights"],
)
def test_an_output_channel_that_vanishes_is_refused(
    reader: onnx.NodeProto, position: int, lost: np.ndarray | None, kept: np.ndarray
):
    for value in (lost, kept):
        if value is None:
            continue
        tensor = numpy_helper.from_array(np.ascontiguousarray(value), "v")
        if value is lost:
            with pytest.raises(CheckFailedError, match=r"^weight v: .*float16 turns all of output channel 1 into 0"):
                half_weight(tensor, "h", reader, position)
        else:
            found = half_weight(tensor, "h", reader, position)
            np.testing.assert_array_equal(numpy_helper.to_array(found), value.astype(np.float16))
