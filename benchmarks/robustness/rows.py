"""Summarise correct decisions as accuracy with its spread over runs and its interval."""

from collections.abc import Sequence

import numpy as np

from benchmarks.robustness.artifact import RobustnessRow
from benchmarks.robustness.conditions import Condition
from data_tools.metrics.intervals import wilson_interval


def robustness_row(variant: str, condition: Condition, correct_by_run: Sequence[int], pictures: int) -> RobustnessRow:
    """Summarise one variant under one condition.

    The interval takes the pictures as trials and the mean over runs as their successes: runs repeat the draw, not
    the pictures, so they do not narrow it.

    Args:
        variant: The variant's name.
        condition: What the pictures went through.
        correct_by_run: Correct decisions in each run.
        pictures: Number of pictures, N >= 1.
    """
    accuracy = np.asarray(correct_by_run, dtype=np.float64) / pictures
    mean = float(accuracy.mean())
    low, high = wilson_interval(round(mean * pictures), pictures)
    return RobustnessRow(
        variant=variant,
        perturbation=condition.perturbation,
        severity=condition.severity,
        accuracy_by_run=tuple(float(value) for value in accuracy),
        accuracy_mean=mean,
        accuracy_std=float(accuracy.std(ddof=1)) if len(accuracy) > 1 else 0.0,
        low=low,
        high=high,
    )
