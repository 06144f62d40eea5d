from fractions import Fraction

import numpy as np
import pytest

from export.bundle.conformal import distance_thresholds

SHARES = {"0.95": Fraction(95, 100), "0.99": Fraction(99, 100)}


@pytest.mark.parametrize("count", [1, 2, 18, 19, 20, 39, 98, 99, 100, 199, 1000])
def test_the_definition_in_exact_arithmetic(count: int):
    nearest = np.random.default_rng(count).permutation(np.arange(1.0, count + 1))
    found = distance_thresholds(np.stack([nearest + 5, nearest, nearest + 1], axis=1))
    for name, share in SHARES.items():
        rank = -(-(count + 1) * share // 1)  # rounded up
        assert found[name] == min(rank, count)


def test_where_the_promise_can_first_be_kept():
    for count, kept in ((19, {"0.95"}), (98, {"0.95"}), (99, {"0.95", "0.99"})):
        found = distance_thresholds(np.arange(1.0, count + 1)[:, None])
        assert {name for name, share in SHARES.items() if Fraction(int(found[name]), count + 1) >= share} == kept


def test_a_further_picture_is_kept_as_often_as_promised():
    generator = np.random.default_rng(0)
    kept = dict.fromkeys(SHARES, 0)
    for _ in range(3000):
        drawn = generator.gamma(2.0, size=(120, 3))
        found = distance_thresholds(drawn[:-1])
        for name in SHARES:
            kept[name] += int(drawn[-1].min() <= found[name])
    for name, share in SHARES.items():
        assert float(share) - 0.01 <= kept[name] / 3000 <= float(share) + 0.015


@pytest.mark.parametrize("distances", [np.zeros((0, 3)), np.zeros(5), np.array([[1.0, np.nan]])])
def test_wrong_input_is_refused(distances: np.ndarray):
    with pytest.raises(ValueError, match=r"expected finite \(n, C\) distances with n >= 1"):
        distance_thresholds(distances)
