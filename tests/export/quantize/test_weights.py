import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from export.quantize.weights import dequantize_weight, quantize_weight, weight_axis
from tests.export.hand_made import node

SINGLES = st.floats(-1e4, 1e4, width=32)


@pytest.mark.parametrize("axis", [0, 1])
def test_against_a_loop(axis: int):
    weight = np.random.default_rng(0).normal(0, 1, (4, 5)).astype(np.float32)
    values, scales = quantize_weight(weight, axis)
    assert (values.dtype, scales.dtype) == (np.int8, np.float32)
    for channel in range(weight.shape[axis]):
        row = weight.take(channel, axis).astype(float)
        scale = max(abs(row)) / 127
        assert scales[channel] == pytest.approx(scale, rel=1e-6)
        for code, value in zip(values.take(channel, axis), row, strict=True):
            assert int(code) == max(-127, min(127, round(value / float(scales[channel]))))


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@given(weight=arrays(np.float32, (3, 2, 2), elements=SINGLES))
def test_no_value_is_off_by_more_than_half_a_step(dtype: type, weight: np.ndarray):
    weight = weight.astype(dtype)
    values, scales = quantize_weight(weight, 0)
    assert scales.dtype == dtype
    assert (scales > 0).all()
    assert np.isfinite(scales).all()
    error = np.abs(dequantize_weight(values, scales, 0) - weight.astype(np.float64))
    assert (error <= 0.5 * scales.astype(np.float64).reshape(-1, 1, 1) * (1 + 1e-9)).all()


@given(weight=arrays(np.float32, (5, 7), elements=st.floats(-60000, 60000, width=32)))
def test_a_half_scale_cuts_no_value_off(weight: np.ndarray):
    """Rounded to the nearest float16, half of the scales would be too small for the largest weight."""
    weight = weight.astype(np.float16)
    _, scales = quantize_weight(weight, 0)
    assert (scales.astype(np.float64) * 127 >= np.abs(weight).astype(np.float64).max(axis=1)).all()


def test_a_channel_of_zeros_stays_zero():
    values, scales = quantize_weight(np.zeros((2, 3), np.float32), 0)
    assert not values.any()
    assert (scales > 0).all()


@pytest.mark.parametrize(
    ("item", "axis"),
    [
        (node("Conv", ["x", "w"], ["y"]), 0),
        (node("Gemm", ["x", "w"], ["y"], transB=1), 0),
        (node("Gemm", ["x", "w"], ["y"]), 1),
        (node("MatMul", ["x", "w"], ["y"]), 1),
    ],
)
def test_output_channels(item: object, axis: int):
    assert weight_axis(item) == axis
