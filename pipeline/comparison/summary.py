"""Turn the networks' results into the table's cells and the paired differences (torch-free)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from pipeline.comparison.artifact import ComparedEntry, Difference, MeasuredNetwork, Pixels, Point
from pipeline.comparison.bootstrap import MIN_GROUPS, group_sums, intervals
from pipeline.comparison.entries import Entry

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Result:
    """Hold a trained and measured network's figures."""

    measured: MeasuredNetwork
    epochs: int
    seconds: float


BySeed = Mapping[int, Result]


def compared_entry(entry: Entry, results: BySeed) -> ComparedEntry:
    """Summarise an entry over its seeds and noise runs.

    Args:
        entry: What was trained.
        results: By seed, one or more.
    """
    chosen = list(results.values())
    points = []
    for at, level in enumerate(chosen[0].measured.levels):
        levels = [result.measured.levels[at] for result in chosen]
        accuracies = np.array([item.accuracy_by_run for item in levels])
        points.append(
            Point(
                sigma=level.sigma,
                accuracy_by_seed=tuple(item.accuracy_by_run for item in levels),
                mean=float(accuracies.mean()),
                std=spread(accuracies),
                recall={name: _mean([item.recall[name] for item in levels]) for name in level.recall},
            )
        )
    return ComparedEntry(
        name=entry.name,
        method=entry.train.method.type,
        input=Pixels.model_validate(entry.train.input.model_dump(include=set(Pixels.model_fields))),
        changes=entry.changes,
        seeds=tuple(results),
        epochs=tuple(result.epochs for result in chosen),
        training_seconds=tuple(result.seconds for result in chosen),
        std_over="runs" if len(chosen) == 1 else "seeds",
        points=tuple(points),
    )


def spread(accuracies: Floats) -> float | None:
    """Return the sample standard deviation of (seeds, runs) accuracies.

    Returns:
        Over the runs for one seed, over the seeds' means for several; None for a single number.
    """
    values = accuracies[0] if len(accuracies) == 1 else accuracies.mean(axis=1)
    return float(values.std(ddof=1)) if len(values) > 1 else None


def differences(results: Mapping[str, BySeed], reference: str, groups: Sequence[str]) -> tuple[Difference, ...]:
    """Compare every pair of entries picture by picture, at every noise level, over the seeds that both have.

    The interval is a 95 % bootstrap over groups of pictures (`bootstrap.intervals`); there is none for fewer than
    `MIN_GROUPS`. It says how far another draw of roads would move the difference between these networks; what another
    training would change is not in it.

    Args:
        results: By entry and seed.
        reference: The entry that stands second in its pairs.
        groups: The N pictures' drives.
    """
    order = [*[name for name in results if name != reference], *[name for name in results if name == reference]]
    pairs = [
        (entry, other, seeds)
        for entry, other in combinations(order, 2)
        if (seeds := tuple(seed for seed in results[entry] if seed in results[other]))
    ]
    if not pairs:
        return ()
    levels = next(iter(results[order[0]].values())).measured.levels
    cells = [(at, *pair) for pair in pairs for at in range(len(levels))]
    # Whole numbers, so that sums are exact and a difference of nothing is 0 whatever the order of the sums.
    wins = np.stack(
        [_correct(results[entry], seeds, at) - _correct(results[other], seeds, at) for at, entry, other, seeds in cells]
    )
    points = 100 / np.array([len(seeds) * len(levels[at].accuracy_by_run) for at, _, _, seeds in cells])
    sums, counts = group_sums(wins, groups)
    means = points * sums.sum(axis=0) / counts.sum()
    bounds = points * intervals(sums, counts) if len(counts) >= MIN_GROUPS else None
    return tuple(
        Difference(
            sigma=levels[at].sigma,
            entry=entry,
            other=other,
            seeds=seeds,
            points=float(means[cell]),
            low=None if bounds is None else float(bounds[0, cell]),
            high=None if bounds is None else float(bounds[1, cell]),
        )
        for cell, (at, entry, other, seeds) in enumerate(cells)
    )


def _correct(results: BySeed, seeds: Sequence[int], at: int) -> Floats:
    """Return (N,) in how many runs and seeds a picture was classified rightly."""
    counts = [results[seed].measured.levels[at].correct for seed in seeds]
    return np.asarray(np.sum(counts, axis=0), dtype=np.float64)


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean; None where a class has no pictures."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
