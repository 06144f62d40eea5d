"""The summary against scikit-learn."""

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.metrics import accuracy_score, confusion_matrix, recall_score

from data_tools.metrics.calibration import expected_calibration_error
from data_tools.metrics.classification import ClassificationMetrics, Share, classification_metrics
from data_tools.metrics.intervals import wilson_interval

CLASSES = ("dry", "wet", "snow")


def drawn(seed: int, count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.dirichlet([0.5, 0.5, 0.5], count).astype(np.float32), rng.integers(0, 3, count)


@pytest.mark.parametrize("seed", range(5))
def test_against_sklearn(seed: int):
    probabilities, labels = drawn(seed)
    found = classification_metrics(probabilities, labels, CLASSES)
    predictions = probabilities.argmax(axis=1)
    assert found.accuracy.value == pytest.approx(accuracy_score(labels, predictions))
    assert found.accuracy.trials == 200
    recalls = recall_score(labels, predictions, average=None)
    for name, recall in zip(CLASSES, recalls, strict=True):
        assert found.recall[name].value == pytest.approx(recall)
    assert found.confusion == tuple(map(tuple, confusion_matrix(labels, predictions).tolist()))
    assert found.ece == expected_calibration_error(probabilities, labels)
    assert found.mean_confidence == pytest.approx(np.mean([max(row) for row in probabilities.tolist()]))


def test_one_picture_and_absent_classes():
    found = classification_metrics(np.array([[0.2, 0.7, 0.1]]), np.array([1]), CLASSES)
    assert found.accuracy.value == 1
    assert found.recall["dry"] == Share(value=0, low=0, high=1, successes=0, trials=0)


def test_certain_float32_probabilities_are_accepted():
    found = classification_metrics(np.eye(3, dtype=np.float32)[[0, 1, 2] * 33], np.array([0, 1, 2] * 33), CLASSES)
    assert (found.accuracy.value, found.ece, found.mean_confidence) == (1, 0, 1)


def test_round_trip():
    found = classification_metrics(*drawn(0), CLASSES)
    assert ClassificationMetrics.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (0, 7), (7, 7), (3, 7), (1, 10_000)])
def test_share_holds_its_counts_and_interval(successes: int, trials: int):
    share = Share.of(successes, trials)
    assert (share.successes, share.trials) == (successes, trials)
    assert share.value == (successes / trials if trials else 0)
    assert (share.low, share.high) == pytest.approx(wilson_interval(successes, trials), abs=1e-12)
    assert share.low <= share.value <= share.high


@pytest.mark.parametrize(
    ("probabilities", "labels"),
    [
        (np.zeros((0, 3)), np.zeros(0, np.int64)),
        (np.full((2, 4), 0.25), np.array([0, 1])),
        (np.full((2, 3), 1 / 3), np.array([0, 1, 2])),
        (np.full(3, 1 / 3), np.array([0])),
    ],
)
def test_shapes_that_do_not_fit(probabilities: np.ndarray, labels: np.ndarray):
    with pytest.raises(ValueError, match=r"expected \(N, 3\) probabilities and N > 0 labels, got") as caught:
        classification_metrics(probabilities, labels, CLASSES)
    assert str(probabilities.shape) in str(caught.value)


def test_label_outside_the_classes():
    with pytest.raises(ValueError, match=r"labels: expected indices in 0\.\.2, got 3\.\.3"):
        classification_metrics(np.full((1, 3), 1 / 3), np.array([3]), CLASSES)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_diverged_network_is_named(value: float):
    with pytest.raises(ValueError, match="expected finite probabilities"):
        classification_metrics(np.array([[value, 0.5, 0.5], [1, 0, 0]]), np.array([0, 1]), CLASSES)


def test_impossible_share_is_refused():
    with pytest.raises(ValidationError, match="value"):
        Share(value=1.5, low=0, high=1, successes=3, trials=2)
