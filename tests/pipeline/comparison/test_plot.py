from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.comparison.config import CompareConfig
from pipeline.comparison.plot import draw, spread_apart, title
from tests.pipeline.comparison.made_up import made_up_comparison


def test_the_picture_is_1200_px_wide_and_the_same_again(tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    config = CompareConfig(seeds=(0,), sigmas=(0, 40), runs=2, entries={f"entry_{index}": {} for index in range(20)},
                           reference="entry_0")  # fmt: skip
    comparison = made_up_comparison(config, dict.fromkeys(config.entries, (0.9, 0.5)), pictures=30)
    first = draw(comparison, tmp_path / "a.png")
    assert cv2.imread(str(first)).shape[1] == 1200
    assert draw(comparison, tmp_path / "b.png").read_bytes() == first.read_bytes()


def test_the_title_counts_and_says_what_the_band_is() -> None:
    titles = {}
    for seeds, runs in (((0,), 1), ((0,), 2), ((0, 1, 2), 1)):
        config = CompareConfig(seeds=seeds, sigmas=(0, 40), runs=runs)
        found = made_up_comparison(config, dict.fromkeys(config.entries, (0.9, 0.5)), pictures=30)
        titles[len(seeds), runs] = title(found)
    assert titles == {
        (1, 1): "test part, 30 pictures, 1 noise run, 1 seed",
        (1, 2): "test part, 30 pictures, 2 noise runs, 1 seed\nband: ± 1 standard deviation over the noise runs",
        (3, 1): "test part, 30 pictures, 1 noise run, 3 seeds\nband: ± 1 standard deviation over the seeds",
    }
    single = found.entries[0].model_copy(update={"seeds": (0,), "std_over": "runs"})
    mixed = found.model_copy(update={"entries": (single, *found.entries[1:])})
    assert title(mixed).endswith("1 to 3 seeds\nband: ± 1 standard deviation over the seeds, or one seed's noise runs")


@settings(derandomize=True)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_names_are_apart_in_order_inside_and_moved_only_when_needed(wanted: list[float]) -> None:
    placed = spread_apart(wanted, 0.05, 0.0, 1.0)
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    gaps = [placed[b] - placed[a] for a, b in pairwise(order)]
    assert all(gap >= 0.05 - 1e-9 for gap in gaps)
    assert min(placed) >= -1e-9
    assert max(placed) <= 1 + 1e-9
    if all(wanted[b] - wanted[a] >= 0.05 for a, b in pairwise(order)):
        assert placed == pytest.approx(wanted)
