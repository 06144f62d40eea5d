import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data_tools.errors import CheckFailedError
from data_tools.randomness import keyed_generator
from pipeline.label_errors import probabilities
from pipeline.label_errors.folds import group_folds
from pipeline.label_errors.probabilities import choose_candidate, out_of_fold
from tests.pipeline.label_errors.blobs import CLASSES, make_blobs


def test_equals_a_loop_over_the_folds() -> None:
    blobs = make_blobs()
    fold_of = group_folds(blobs.labels, blobs.groups, CLASSES, 4, 0)
    reports: list[tuple[int, int, str]] = []
    found = out_of_fold(blobs.features, blobs.labels, fold_of, (0.01, 1.0), lambda *report: reports.append(report))
    losses = []
    for strength in (0.01, 1.0):
        expected = np.zeros((300, 3))
        for fold in range(4):
            inside = fold_of == fold
            model = make_pipeline(StandardScaler(), LogisticRegression(C=strength))
            model.fit(blobs.features[~inside].astype(np.float64), blobs.labels[~inside])
            expected[inside] = model.predict_proba(blobs.features[inside].astype(np.float64))
        losses.append(-np.log(expected[np.arange(300), blobs.labels]).mean())
        if strength == found.inverse_regularization:
            np.testing.assert_allclose(found.probabilities, expected, atol=2e-3)
    assert found.log_losses == pytest.approx(losses, abs=1e-3)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-12)
    assert reports == [(done, 8, "cross-validating") for done in range(1, 9)]


def test_a_copy_in_the_same_group_tells_nothing() -> None:
    draw = keyed_generator("copies")
    features = np.repeat(draw.normal(size=(60, 80)), 3, axis=0).astype(np.float32)
    labels = np.repeat(draw.integers(0, 3, 60), 3)
    with_copies = group_folds(labels, [f"picture-{row}" for row in range(180)], CLASSES, 5, 0)
    without = group_folds(labels, [f"drive-{row // 3}" for row in range(180)], CLASSES, 5, 0)
    shares = [
        float((out_of_fold(features, labels, fold_of, (1.0,)).probabilities.argmax(axis=1) == labels).mean())
        for fold_of in (with_copies, without)
    ]
    assert shares[0] > 0.9  # the copies' labels are known by heart
    assert shares[1] < 0.5  # they are random


def test_the_smallest_candidate_within_a_standard_error_is_chosen() -> None:
    losses = np.array([[1.0, 1.4], [0.7, 1.1], [0.5, 1.1], [0.9, 1.1]])  # means 1.2, 0.9, 0.8, 1.0
    # The best, 0.8, has the standard error 0.6 / √2 / √2 = 0.3.
    assert choose_candidate(losses, (0.1, 1, 10, 100)) == 1
    assert choose_candidate(losses, (0.1, 100, 10, 1)) == 3
    assert choose_candidate(losses[2:], (10, 100)) == 0


def test_more_pictures_do_not_hide_a_class_order() -> None:
    blobs = make_blobs(planted=0, spread=0.1)
    fold_of = group_folds(blobs.labels, blobs.groups, CLASSES, 5, 0)
    found = out_of_fold(blobs.features, blobs.labels, fold_of, (1.0,))
    np.testing.assert_array_equal(found.probabilities.argmax(axis=1), blobs.labels)


def test_wrong_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = make_blobs()
    fold_of = group_folds(blobs.labels, blobs.groups, CLASSES, 5, 0)
    with pytest.raises(ValueError, match="expected equal lengths, got 299, 300 and 300"):
        out_of_fold(blobs.features[1:], blobs.labels, fold_of, (1.0,))
    broken = blobs.features.copy()
    broken[7, 3] = np.nan
    with pytest.raises(CheckFailedError, match="features are not finite"):
        out_of_fold(broken, blobs.labels, fold_of, (1.0,))
    monkeypatch.setattr(probabilities, "_MAX_STEPS", 1)
    with pytest.raises(CheckFailedError, match="C = 1000 did not converge in 1 steps") as caught:
        out_of_fold(blobs.features, blobs.labels, fold_of, (1000.0,))
    assert "\n" not in str(caught.value)
