from pathlib import Path

import numpy as np
import pytest

from data_tools.errors import CheckFailedError
from export.config import BudgetConfig
from export.graph.half_check import MAX_CONFIDENCE_CHANGE, MIN_AGREEMENT, compare_half
from export.inference import Outputs

CLASSES = ("dry", "wet", "snow")


def outputs(labels: np.ndarray, confidence: float | np.ndarray = 0.9) -> Outputs:
    """Predict the given classes with the given confidence."""
    rows = np.broadcast_to((1 - np.asarray(confidence))[..., None] / 2, (len(labels), 3)).copy()
    rows[np.arange(len(labels)), labels] = confidence
    values = rows.astype(np.float32)
    return Outputs(np.log(values), values, values, values)


def compare(found: Outputs, count: int, folder: Path) -> tuple[float, float]:
    """Return the agreement with, and the change of confidence from, a right answer to every picture."""
    path = folder / "model.fp16.onnx"
    path.write_bytes(b"graph")
    labels = np.arange(count) % 3
    half = compare_half(path, outputs(labels), found, labels=labels, classes=CLASSES, part="test")
    assert (half.graph.path, half.degradation.part) == (path.name, "test")
    assert half.metrics.accuracy.trials == count
    return half.degradation.agreement, half.degradation.confidence_change


def with_others(count: int, others: int) -> Outputs:
    labels = np.arange(count) % 3
    labels[:others] = (labels[:others] + 1) % 3
    return outputs(labels)


@pytest.mark.parametrize(("count", "allowed"), [(1, 1), (18, 1), (100, 1), (199, 1), (200, 2), (1000, 10)])
def test_one_picture_in_a_hundred_may_change_its_class(count: int, allowed: int, tmp_path: Path):
    assert compare(with_others(count, allowed), count, tmp_path)[0] == pytest.approx(1 - allowed / count)
    if count > allowed:
        with pytest.raises(
            CheckFailedError,
            match=rf"^model\.fp16\.onnx: .*another class on {allowed + 1} \(allowed {allowed}\).*fp16: false",
        ):
            compare(with_others(count, allowed + 1), count, tmp_path)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_mean_confidence_may_change_by_a_hundredth(sign: int, tmp_path: Path):
    labels = np.arange(18) % 3
    changes = sign * np.where(labels == 0, 0.02, 0.0)  # 0.0067 in the mean
    assert compare(outputs(labels, 0.9 + changes), 18, tmp_path)[1] == pytest.approx(sign * 0.02 / 3, abs=1e-6)
    with pytest.raises(CheckFailedError, match=r"mean confidence that differs by [+-]0\.0120 \(allowed 0\.01\)"):
        compare(outputs(labels, 0.9 + sign * 0.012), 18, tmp_path)


@pytest.mark.parametrize("name", Outputs._fields)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(name: str, value: float, tmp_path: Path):
    found = outputs(np.arange(18) % 3)
    values = getattr(found, name).copy()
    values[3, 1] = value
    with pytest.raises(CheckFailedError, match="expected finite values on 18 test pictures"):
        compare(found._replace(**{name: values}), 18, tmp_path)


def test_float16_may_lose_no_more_than_int8():
    budget = BudgetConfig()
    assert (budget.min_agreement, budget.max_confidence_change) == (MIN_AGREEMENT, MAX_CONFIDENCE_CHANGE)
