"""Find the labels that contradict the out-of-fold probabilities (confident learning)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from cleanlab.count import get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

from pipeline.label_errors.config import FilterBy, RankBy
from pipeline.label_errors.suspects import DECIMALS, Suspect


def find_suspects(
    paths: Sequence[str],
    labels: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.float64],
    classes: Sequence[str],
    *,
    filter_by: FilterBy = "low_self_confidence",
    rank_by: RankBy = "self_confidence",
) -> list[Suspect]:
    """List the pictures whose given label is doubtful, the worst first.

    Confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels",
    JAIR 70, 2021) estimates how many labels of each class are wrong from the pictures that are more surely of
    another class than the mean picture labelled so; the rule `filter_by` says which pictures those are.

    Args:
        paths: The pictures' paths in the data set.
        labels: (N,) given class indices.
        probabilities: (N, C) out of fold.
        classes: Class names in the order of the columns.
        filter_by: cleanlab's rule.
        rank_by: cleanlab's score.

    Raises:
        ValueError: The shapes do not fit.
    """
    _check(paths, labels, probabilities, classes)
    doubted = find_label_issues(labels, probabilities, filter_by=filter_by, n_jobs=1)
    suggested = probabilities.argmax(axis=1)
    scores = error_scores(labels, probabilities, rank_by)
    found = [
        Suspect(
            path=paths[row],
            label=classes[labels[row]],
            suggested=classes[suggested[row]],
            label_probability=round(float(probabilities[row, labels[row]]), DECIMALS),
            suggested_probability=round(float(probabilities[row, suggested[row]]), DECIMALS),
            score=round(float(scores[row]), DECIMALS),
        )
        for row in np.flatnonzero(doubted & (suggested != labels)).tolist()
    ]
    return sorted(found, key=lambda suspect: (-suspect.score, suspect.path))


def error_scores(
    labels: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float64], rank_by: RankBy = "self_confidence"
) -> npt.NDArray[np.float64]:
    """Score how doubtful every label is.

    With p the given class's probability: 1 − p for the self-confidence, (1 − p + the best other class's) / 2 for the
    normalised margin.

    Args:
        labels: (N,) given class indices.
        probabilities: (N, C) out of fold.
        rank_by: cleanlab's score.

    Returns:
        (N,) in 0..1, higher = worse.
    """
    quality = get_label_quality_scores(labels, probabilities, method=rank_by)
    return np.clip(1 - np.asarray(quality, dtype=np.float64), 0, 1)


def class_thresholds(labels: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float64]) -> tuple[float, ...]:
    """Return, for each class, the mean probability of that class over the pictures labelled so.

    A picture counts as confidently of a class when its probability reaches that class's threshold.
    """
    return tuple(float(value) for value in get_confident_thresholds(labels, probabilities))


def _check(
    paths: Sequence[str],
    labels: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.float64],
    classes: Sequence[str],
) -> None:
    """Raise unless the arguments fit each other."""
    if labels.shape != (len(paths),) or probabilities.shape != (len(paths), len(classes)):
        raise ValueError(
            f"expected ({len(paths)},) labels and ({len(paths)}, {len(classes)}) probabilities, "
            f"got {labels.shape} and {probabilities.shape}"
        )
