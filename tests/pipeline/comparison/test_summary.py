import math
import statistics

import pytest

from pipeline.comparison.config import CompareConfig
from pipeline.comparison.summary import compared_entry, differences
from tests.pipeline.comparison.made_up import CLASSES, made_up_network, made_up_results

SIGMAS = (0.0, 40.0)
CURVES = {"normal": (0.9, 0.5), "robust": (0.85, 0.8), "both": (0.85, 0.7)}


def config(seeds: tuple[int, ...] = (0, 1), runs: int = 4) -> CompareConfig:
    return CompareConfig(seeds=seeds, sigmas=SIGMAS, runs=runs, entries={name: {} for name in CURVES})


def test_several_seeds_spread_over_the_seeds_run_means() -> None:
    entries, results = made_up_results(config(), CURVES, pictures=30)
    found = compared_entry(entries[1], results["robust"])
    assert (found.name, found.seeds, found.std_over) == ("robust", (0, 1), "seeds")
    assert (found.epochs, found.training_seconds) == ((24, 24), (320.0, 320.0))
    for at, point in enumerate(found.points):
        levels = [results["robust"][seed].measured.levels[at] for seed in (0, 1)]
        means = [sum(level.correct) / (30 * len(level.accuracy_by_run)) for level in levels]
        assert point.mean == pytest.approx(statistics.mean(means))
        assert point.std == pytest.approx(statistics.stdev(means))
        assert [len(row) for row in point.accuracy_by_seed] == [1 if at == 0 else 4] * 2
        for name in CLASSES:
            assert point.recall[name] == pytest.approx(statistics.mean(level.recall[name] or 0 for level in levels))


def test_one_seed_spreads_over_the_noise_runs_and_a_single_number_does_not() -> None:
    entries, results = made_up_results(config((3,)), CURVES, pictures=30)
    found = compared_entry(entries[0], results["normal"])
    assert found.std_over == "runs"
    clean, noisy = found.points
    assert clean.std is None
    assert noisy.std == pytest.approx(statistics.stdev(noisy.accuracy_by_seed[0]))
    entries, results = made_up_results(config((3,), runs=1), CURVES, pictures=30)
    assert compared_entry(entries[0], results["normal"]).points[1].std is None


def test_the_levels_count_what_the_pictures_say() -> None:
    result = made_up_network(config(), dict(zip(SIGMAS, (0.9, 0.5), strict=True)), 31, "x")
    clean, noisy = result.measured.levels
    assert sum(noisy.correct) == sum(noisy.confusion[index][index] for index in range(3))
    assert sum(map(sum, noisy.confusion)) == 4 * 31
    assert max(clean.correct) == 1
    assert noisy.recall["wet"] == pytest.approx(sum(noisy.correct[1::3]) / (4 * 10))


def test_every_pair_is_compared_once_with_the_reference_second() -> None:
    _, results = made_up_results(config(), CURVES, pictures=60)
    found = differences(results, "robust", [str(index) for index in range(60)])
    assert [(item.entry, item.other, item.sigma) for item in found] == [
        (*pair, sigma) for pair in (("normal", "both"), ("normal", "robust"), ("both", "robust")) for sigma in SIGMAS
    ]
    for item in found:
        means = [
            compared_entry_mean(results[name], SIGMAS.index(item.sigma)) for name in (item.entry, item.other)
        ]  # fmt: skip
        assert item.points == pytest.approx(100 * (means[0] - means[1]))
        assert item.low is not None
        assert item.high is not None
        assert item.low <= item.points <= item.high


def compared_entry_mean(results: object, at: int) -> float:
    assert isinstance(results, dict)
    levels = [result.measured.levels[at] for result in results.values()]
    return statistics.mean(statistics.mean(level.accuracy_by_run) for level in levels)


def test_the_interval_is_the_closed_form_for_pictures_alone() -> None:
    _, results = made_up_results(config((0,)), CURVES, pictures=400)
    item = next(x for x in differences(results, "normal", [str(i) for i in range(400)]) if x.sigma == 40)
    ours, theirs = (results[name][0].measured.levels[1].correct for name in (item.entry, item.other))
    gaps = [100 * (a - b) / 4 for a, b in zip(ours, theirs, strict=True)]
    half = 1.96 * statistics.pstdev(gaps) / math.sqrt(400)
    assert item.points == pytest.approx(statistics.mean(gaps))
    assert item.high - item.low == pytest.approx(2 * half, rel=0.1)  # type: ignore[operator]


def test_pairs_use_the_seeds_that_both_have() -> None:
    _, results = made_up_results(config((0, 1, 2)), CURVES, pictures=30)
    results["both"] = {seed: results["both"][seed] for seed in (2,)}
    found = differences(results, "normal", [str(index) for index in range(30)])
    assert {(item.entry, item.other): item.seeds for item in found} == {
        ("robust", "both"): (2,),
        ("robust", "normal"): (0, 1, 2),
        ("both", "normal"): (2,),
    }
    del results["both"][2]
    results["both"][7] = made_up_network(config(), dict(zip(SIGMAS, (0.9, 0.5), strict=True)), 30, "x")
    assert {(item.entry, item.other) for item in differences(results, "normal", ["g"] * 30)} == {("robust", "normal")}


def test_the_same_network_differs_from_itself_by_nothing_and_few_groups_have_no_interval() -> None:
    network = made_up_network(config(), dict(zip(SIGMAS, (0.9, 0.5), strict=True)), 30, "x")
    results = {"normal": {0: network}, "robust": {0: network}}
    for item in differences(results, "normal", [str(index % 10) for index in range(30)]):
        assert (item.points, item.low, item.high) == (0, 0, 0)
    for number in (1, 9):
        few = differences(results, "normal", [str(index % number) for index in range(30)])
        assert all(item.low is item.high is None for item in few)
    assert differences({"normal": {0: network}}, "normal", ["one"] * 30) == ()


def test_seeds_in_another_order_differ_by_nothing_exactly() -> None:
    """As shares, k/10 + l/10 + m/10 depends on the order, and a sum of 1e-17 would be a star."""
    networks = [
        made_up_network(config(runs=10), dict(zip(SIGMAS, (0.9, 0.5), strict=True)), 60, seed) for seed in range(3)
    ]
    results = {
        "normal": dict(enumerate(networks)),
        "robust": dict(enumerate([networks[2], networks[0], networks[1]])),
    }
    for item in differences(results, "normal", [str(index // 3) for index in range(60)]):
        assert (item.points, item.low, item.high) == (0, 0, 0)


def test_an_entry_says_at_which_size_it_reads_pictures() -> None:
    entries, results = made_up_results(config((3,), runs=1), CURVES, pictures=30)
    pixels = compared_entry(entries[0], results["normal"]).input
    assert (pixels.height, pixels.width, pixels.interpolation) == (224, 224, "supersampled")
