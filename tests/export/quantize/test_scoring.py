import numpy as np
import pytest

from export.quantize.scoring import Scorer, signal_to_noise_db
from tests.export.hand_made import run_model
from tests.export.quantize.small_graph import pictures_of, small_graph

COUNT = 19


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(small_graph(), *pictures_of(COUNT), "val")


def test_the_parent_itself_changes_nothing(scorer: Scorer):
    found = scorer.score(small_graph(), "again")
    change = found.degradation
    assert (change.pictures, change.part) == (COUNT, "val")
    assert (change.accuracy_drop, change.agreement, change.divergence) == (0, 1, 0)
    assert found.feature_sqnr_db > 80


def test_another_graph_is_compared_over_all_batches(scorer: Scorer):
    """19 pictures are a batch of 16 and one of 3."""
    other, seen = small_graph(spread=1.0), []
    (bias,) = (item for item in other.graph.initializer if item.name == "expand.b")
    bias.raw_data = (np.frombuffer(bias.raw_data, np.float32) + np.float32(0.2)).tobytes()
    found = scorer.score(other, "other", lambda done, total, what: seen.append((done, total, what)))
    pictures, labels = pictures_of(COUNT)
    (p, q), (a, b) = (
        [run_model(model, {"image": pictures}, [name])[0].astype(np.float64) for model in (small_graph(), other)]
        for name in ("probabilities", "feature")
    )
    assert found.degradation.accuracy == pytest.approx((q.argmax(axis=1) == labels).mean())
    assert found.degradation.divergence == pytest.approx((p * np.log(p / q)).sum(axis=1).mean(), rel=1e-3)
    assert found.feature_sqnr_db == pytest.approx(10 * np.log10((a**2).sum() / ((a - b) ** 2).sum()), abs=1e-3)
    assert seen == [(16, COUNT, "scoring other"), (COUNT, COUNT, "scoring other")]


def test_the_first_pictures_alone(scorer: Scorer):
    change = scorer.first(5, "calibration").score(small_graph(), "again").degradation
    assert (change.pictures, change.part) == (5, "calibration")


def test_signal_to_noise():
    ones = np.ones((3, 2), np.float32)
    assert signal_to_noise_db(ones, ones * np.float32(1.5)) == pytest.approx(10 * np.log10(4), abs=1e-4)
    assert np.isfinite(signal_to_noise_db(ones, ones))
    assert np.isfinite(signal_to_noise_db(0 * ones, ones))
