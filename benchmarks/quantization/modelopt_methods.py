"""Quantise with NVIDIA's ModelOpt, where it is installed: it brings an ONNX Runtime of its own, so not beside ours."""

import contextlib
import io
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import onnx

from benchmarks.quantization.candidates import Candidate, Subject

TOOL = "ModelOpt"
METHODS: tuple[Literal["entropy", "max"], ...] = ("entropy", "max")
FLOATS: tuple[Literal["fp32", "fp16"], ...] = ("fp32", "fp16")


def candidates() -> Sequence[Candidate]:
    """Return both calibrations with either float type elsewhere."""
    return [
        Candidate(TOOL, f"{method}, {kind} elsewhere", partial(_quantize, method=method, kind=kind))
        for kind in FLOATS
        for method in METHODS
    ]


def _quantize(subject: Subject, *, method: Literal["entropy", "max"], kind: Literal["fp32", "fp16"]) -> onnx.ModelProto:
    """Quantise with one calibration.

    Raises:
        ModuleNotFoundError: ModelOpt, or a package that it needs, is not installed.
    """
    from modelopt.onnx.quantization import quantize

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        source, path = Path(folder) / "float.onnx", Path(folder) / "quantized.onnx"
        onnx.save(subject.model, str(source))
        quantize(
            str(source),
            quantize_mode="int8",
            calibration_data={subject.model.graph.input[0].name: subject.quantizer.pictures},
            calibration_method=method,
            calibration_eps=["cpu"],
            high_precision_dtype=kind,
            output_path=str(path),
            log_level="ERROR",
        )
        return onnx.load(str(path))
