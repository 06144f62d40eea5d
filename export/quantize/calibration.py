"""Read activation ranges from calibration pictures with ONNX Runtime's calibrators."""

import contextlib
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnxruntime.quantization import CalibrationMethod
from onnxruntime.quantization.calibrate import create_calibrator

from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample
from export.config import QuantizeConfig
from export.inference import load_batch

Ranges = dict[str, tuple[float, float]]
"""Smallest and largest value of each activation tensor."""

_METHODS = {
    "percentile": CalibrationMethod.Percentile,
    "minmax": CalibrationMethod.MinMax,
    "entropy": CalibrationMethod.Entropy,
}
# The histogram calibrators keep every activation of a chunk in memory: about 60 MB a picture at 400×500.
_CHUNK_PICTURES = 8


class _Reader:
    """Feed one picture at a time, as ONNX Runtime's CalibrationDataReader; the calibrators need batches of one size."""

    def __init__(self, name: str, batch: npt.NDArray[np.uint8]) -> None:
        self._items = iter([{name: picture[np.newaxis]} for picture in batch])

    def get_next(self) -> dict[str, npt.NDArray[np.uint8]] | None:
        """Return the next input, or None at the end."""
        return next(self._items, None)


def activation_ranges(
    model: onnx.ModelProto,
    samples: Sequence[Sample],
    spec: PreprocessingSpec,
    config: QuantizeConfig,
    progress: Progress = silent,
) -> Ranges:
    """Run calibration pictures through a float graph and read the range of every activation.

    ONNX Runtime takes the percentile of |x|: values are cut at ±t on both sides, where that share of magnitudes is at
    most t, and the range is never wider than the values seen. A histogram of 2,048 bins gives t, rounded down.

    Args:
        model: The fp32 graph, with shapes inferred.
        samples: Calibration pictures, at least one.
        spec: The graph's preprocessing.
        config: Calibration method and percentile.
        progress: Receives the count of pictures done.

    Returns:
        (low, high) by tensor name.
    """
    extra = {"percentile": config.percentile} if config.calibration == "percentile" else {}
    operators = sorted({node.op_type for node in model.graph.node})
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        source = Path(folder) / "float.onnx"
        onnx.save(model, str(source))
        calibrator = create_calibrator(
            str(source),
            operators,
            str(Path(folder) / "augmented.onnx"),
            _METHODS[config.calibration],
            extra_options=extra,
        )
        for start, chunk in _chunks(samples):
            calibrator.collect_data(_Reader(model.graph.input[0].name, load_batch(chunk, spec)))
            progress(start + len(chunk), len(samples), "calibrating")
        found = calibrator.compute_data()
    return {
        name: (float(np.asarray(item.range_value[0]).item()), float(np.asarray(item.range_value[1]).item()))
        for name, item in found.data.items()
    }


def _chunks(samples: Sequence[Sample]) -> Iterator[tuple[int, Sequence[Sample]]]:
    """Yield samples a chunk at a time, with the chunk's start."""
    for start in range(0, len(samples), _CHUNK_PICTURES):
        yield start, samples[start : start + _CHUNK_PICTURES]
