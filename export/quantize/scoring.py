"""Measure how far a quantised graph is from its float parent on given pictures."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnx

from data_tools.artifacts.model import Record
from data_tools.progress import Progress, silent
from export.artifact import Degradation
from export.quantize.degradation import degradation
from export.runtime.graph_contract import FEATURE, PROBABILITIES
from export.runtime.ort_session import create_session

_BATCH = 16
_TINY = 1e-9


class Score(Record):
    """Hold what quantisation changed."""

    degradation: Degradation
    feature_sqnr_db: float
    """Signal-to-noise ratio of the feature, 10·log10(Σq² / Σ(q − r)²)."""


class _Outputs(NamedTuple):
    probabilities: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32]


class Scorer:
    """Hold pictures, their labels, and what the fp32 graph says of them."""

    def __init__(
        self, parent: onnx.ModelProto, pictures: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], part: str
    ) -> None:
        """Run the parent.

        Args:
            parent: The fp32 graph.
            pictures: (N, H, W, 3) uint8 as the graph takes them.
            labels: (N,).
            part: What to call the pictures.
        """
        self._parent = parent
        self._pictures = pictures
        self._labels = labels
        self._part = part
        self._wanted = self._run(parent, "fp32", silent)

    def first(self, count: int, part: str) -> "Scorer":
        """Return a scorer of the first pictures alone."""
        return Scorer(self._parent, self._pictures[:count], self._labels[:count], part)

    def score(self, model: onnx.ModelProto, name: str, progress: Progress = silent) -> Score:
        """Run a quantised graph on the CPU and compare.

        Raises:
            CheckFailedError: ONNX Runtime refuses the graph.
        """
        found, wanted = self._run(model, name, progress), self._wanted
        return Score(
            degradation=degradation(wanted.probabilities, found.probabilities, self._labels, self._part),
            feature_sqnr_db=signal_to_noise_db(wanted.features, found.features),
        )

    def _run(self, model: onnx.ModelProto, name: str, progress: Progress) -> _Outputs:
        """Compute probabilities and features of all pictures."""
        session = create_session(model.SerializeToString(), name, 1, "cpu")
        given = model.graph.input[0].name
        parts = []
        for start in range(0, len(self._pictures), _BATCH):
            batch = self._pictures[start : start + _BATCH]
            parts.append(session.run([PROBABILITIES, FEATURE], {given: batch}))
            progress(start + len(batch), len(self._pictures), f"scoring {name}")
        return _Outputs(np.concatenate([item[0] for item in parts]), np.concatenate([item[1] for item in parts]))


def signal_to_noise_db(wanted: npt.NDArray[np.float32], found: npt.NDArray[np.float32]) -> float:
    """Return 10·log10(Σq² / Σ(q − r)²); sums below 1e-9 count as that, so that equal features give a number.

    Args:
        wanted: q, any shape.
        found: r, of the same shape.
    """
    exact = wanted.astype(np.float64)
    noise = float(((found - exact) ** 2).sum())
    return float(10 * np.log10(max(float((exact**2).sum()), _TINY) / max(noise, _TINY)))
