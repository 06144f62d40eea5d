"""Read activation ranges from calibration pictures, with ONNX Runtime's calibrators."""

import contextlib
import io
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnxruntime.quantization import CalibrationMethod
from onnxruntime.quantization.calibrate import HistogramCalibrater, create_calibrator

from data_tools.progress import Progress, silent
from export.quantize.recipe import Calibration

Ranges = dict[str, tuple[float, float]]
"""Smallest and largest value of each activation tensor."""

# The histogram calibrators keep every activation of a chunk in memory: about 60 MB a picture at 400×500.
_CHUNK_PICTURES = 8


class _Reader:
    """Feed one picture at a time, as ONNX Runtime's CalibrationDataReader; the calibrators need batches of one size."""

    def __init__(self, name: str, batch: npt.NDArray[np.uint8]) -> None:
        self._items = iter([{name: picture[np.newaxis]} for picture in batch])

    def get_next(self) -> dict[str, npt.NDArray[np.uint8]] | None:
        """Return the next input, or None at the end."""
        return next(self._items, None)


class ActivationStatistics:
    """Look at calibration pictures once a kind of histogram, and read ranges from what was seen.

    ONNX Runtime counts magnitudes for percentiles (2,048 bins, more where values grow) and signed values for entropy
    (128 bins), so each kind has its own pass, made when it is first asked for.
    """

    def __init__(self, model: onnx.ModelProto, pictures: npt.NDArray[np.uint8], progress: Progress = silent) -> None:
        """Take what is to be looked at.

        Args:
            model: The fp32 graph, with shapes inferred.
            pictures: (N, H, W, 3) uint8 as the graph takes them, N >= 1.
            progress: Receives the count of pictures done in each pass.
        """
        self._model = model
        self._pictures = pictures
        self._progress = progress
        self._passes: dict[CalibrationMethod, HistogramCalibrater] = {}
        self._found: dict[tuple[Calibration, float], Ranges] = {}

    def ranges(self, method: Calibration, percentile: float = 99.99) -> Ranges:
        """Return (low, high) by tensor name; no range is wider than the values seen.

        Args:
            method: minmax takes the extremes. percentile cuts values at ±t on both sides, where that share of
                magnitudes |x| is at most t, rounded down to a bin's edge. entropy takes the ±t whose 8-bit histogram
                diverges least from the one seen (Kullback-Leibler, as in TensorRT's former calibrator).
            percentile: Share of magnitudes within the range, percent.
        """
        key = (method, percentile if method == "percentile" else 0.0)
        if key not in self._found:
            self._found[key] = self._read(method, percentile)
        return dict(self._found[key])

    def _read(self, method: Calibration, percentile: float) -> Ranges:
        """Read ranges from what was seen."""
        kind = CalibrationMethod.Entropy if method == "entropy" else CalibrationMethod.Percentile
        calibrator = self._looked(kind)
        extremes = {
            name: (float(seen[2]), float(seen[3])) for name, seen in calibrator.collector.histogram_dict.items()
        }
        if method == "minmax":
            return extremes
        calibrator.collector.percentile = percentile
        with contextlib.redirect_stdout(io.StringIO()):
            found = calibrator.compute_data().data
        cut = {name: [float(np.asarray(bound).item()) for bound in item.range_value] for name, item in found.items()}
        return {name: (max(cut[name][0], low), min(cut[name][1], high)) for name, (low, high) in extremes.items()}

    def _looked(self, kind: CalibrationMethod) -> HistogramCalibrater:
        """Return the pass of a kind, made now if it was not yet."""
        if kind not in self._passes:
            self._passes[kind] = self._look(kind)
        return self._passes[kind]

    def _look(self, kind: CalibrationMethod) -> HistogramCalibrater:
        """Run all pictures through the graph with every activation as an output."""
        operators = sorted({node.op_type for node in self._model.graph.node})
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            source = Path(folder) / "float.onnx"
            onnx.save(self._model, str(source))
            calibrator: HistogramCalibrater = create_calibrator(
                str(source), operators, str(Path(folder) / "augmented.onnx"), kind
            )
            for start in range(0, len(self._pictures), _CHUNK_PICTURES):
                chunk = self._pictures[start : start + _CHUNK_PICTURES]
                calibrator.collect_data(_Reader(self._model.graph.input[0].name, chunk))
                self._progress(start + len(chunk), len(self._pictures), f"calibrating ({kind.name.lower()})")
        return calibrator
