"""Quantise with ONNX Runtime's own `quantize_static`."""

import contextlib
import io
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import onnx
from onnxruntime.quantization import CalibrationMethod, QuantType, quantize_static

from benchmarks.quantization.candidates import Candidate, Feed, Subject
from export.quantize.recipe import FloatGroup, Recipe

TOOL = "ONNX Runtime"


class Static(NamedTuple):
    """Hold what is varied of `quantize_static`; the defaults here are its own."""

    method: CalibrationMethod = CalibrationMethod.MinMax
    per_channel: bool = False
    unsigned: bool = False
    symmetric: bool = False
    percentile: float = 99.999
    left: tuple[FloatGroup, ...] = ()


SETTINGS = {
    "defaults (s8s8, per tensor, min-max)": Static(),
    "u8s8, per channel, min-max": Static(per_channel=True, unsigned=True),
    "u8s8, per channel, entropy": Static(CalibrationMethod.Entropy, per_channel=True, unsigned=True),
    "u8s8, per channel, percentile 99.99": Static(
        CalibrationMethod.Percentile, per_channel=True, unsigned=True, percentile=99.99
    ),
    "u8s8, per channel, percentile 99.9": Static(
        CalibrationMethod.Percentile, per_channel=True, unsigned=True, percentile=99.9
    ),
    "s8s8 symmetric, per channel, percentile 99.99": Static(
        CalibrationMethod.Percentile, per_channel=True, symmetric=True, percentile=99.99
    ),
    "u8s8, per channel, min-max; float: squeeze excite, first and last": Static(
        per_channel=True, unsigned=True, left=("squeeze_excite", "first_and_last")
    ),
}


def candidates() -> Sequence[Candidate]:
    """Return the settings."""
    return [Candidate(TOOL, name, partial(_quantize, setting=setting)) for name, setting in SETTINGS.items()]


class _Reader:
    """Feed the calibration pictures one at a time, as ONNX Runtime's CalibrationDataReader."""

    def __init__(self, subject: Subject) -> None:
        self._feeds = subject.feeds()

    def get_next(self) -> Feed | None:
        """Return the next picture, or None at the end."""
        return next(self._feeds, None)


def _quantize(subject: Subject, *, setting: Static) -> onnx.ModelProto:
    """Quantise with one setting."""
    left = subject.quantizer.left_in_float(Recipe(target="int8", float_groups=setting.left))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "quantized.onnx"
        quantize_static(
            subject.copy(),
            path,
            _Reader(subject),
            per_channel=setting.per_channel,
            activation_type=QuantType.QUInt8 if setting.unsigned else QuantType.QInt8,
            nodes_to_exclude=left,
            calibrate_method=setting.method,
            extra_options={"ActivationSymmetric": setting.symmetric, "CalibPercentile": setting.percentile},
        )
        return onnx.load(str(path))
