import numpy as np
import pytest

from data_tools.card.measures import BINS, measure, quantiles, separation


def test_quantiles_of_a_known_ladder():
    assert quantiles(np.arange(101.0)).model_dump() == {
        "lowest": 0, "q05": 5, "q25": 25, "median": 50, "q75": 75, "q95": 95, "highest": 100,
    }  # fmt: skip


def test_quantiles_of_nothing_are_refused():
    with pytest.raises(ValueError, match="one value or more"):
        quantiles(np.zeros(0))


def test_separation_is_the_share_of_won_pairs():
    generator = np.random.default_rng(3)
    positive, negative = generator.integers(0, 6, 40) / 5, generator.integers(1, 8, 25) / 5
    won = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a in positive for b in negative)
    assert separation(positive, negative) == pytest.approx(won / (40 * 25))


def test_histogram_counts_every_picture_also_beyond_the_ends():
    values = np.array([-1.0, 0.0, 0.011, 0.5, 1.0, 7.0])
    found = measure("x", {"dry": values, "wet": np.zeros(0)}, (0.0, 1.0))
    assert len(found.edges) == BINS + 1
    counts = found.histogram["dry"]
    assert (counts[0], counts[BINS // 2], counts[-1]) == (3, 1, 2)
    assert sum(counts) == len(values)
    assert "wet" not in found.quantiles
    assert found.separation == {}
