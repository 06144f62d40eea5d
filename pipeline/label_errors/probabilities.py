"""Compute out-of-fold class probabilities: what the other groups' pictures say about each picture."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from data_tools.errors import CheckFailedError
from data_tools.progress import Progress, silent

_MAX_STEPS = 5000
_SMALLEST = 1e-12


class OutOfFold(NamedTuple):
    """Hold the probabilities of the chosen candidate, and how all candidates did.

    Attributes:
        probabilities: (N, C) float64; each row sums to 1.
        inverse_regularization: The chosen C.
        log_losses: Mean log loss of the given labels for each candidate, nats.
    """

    probabilities: npt.NDArray[np.float64]
    inverse_regularization: float
    log_losses: tuple[float, ...]


def out_of_fold(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    fold_of: npt.NDArray[np.int64],
    candidates: Sequence[float],
    progress: Progress = silent,
) -> OutOfFold:
    """Fit a logistic regression outside each fold and ask it about the fold.

    Features are standardised with the mean and the deviation of the training part. Every fold uses the same C: the
    smallest candidate whose log loss over all pictures is within one standard error of the lowest (Breiman et al.,
    "Classification and Regression Trees", 1984, 3.4.3). A larger C follows wrong labels in the training parts.

    Args:
        features: (N, D).
        labels: (N,) class indices 0..C − 1; each class stands outside every fold.
        fold_of: (N,) fold of each picture.
        candidates: Values of C, the inverse of the penalty's weight on the summed loss.
        progress: Told after every fit.

    Raises:
        CheckFailedError: The features are not finite, or a fit did not converge.
        ValueError: The lengths differ.
    """
    if not len(features) == len(labels) == len(fold_of):
        raise ValueError(f"expected equal lengths, got {len(features)}, {len(labels)} and {len(fold_of)}")
    if not np.isfinite(features).all():
        raise CheckFailedError("the network's features are not finite; check the weights and the normalisation")
    folds = np.unique(fold_of)
    found = np.zeros((len(candidates), len(labels), int(labels.max()) + 1))
    for done, fold in enumerate(folds):
        inside = fold_of == fold
        scaler = StandardScaler().fit(features[~inside])
        known, asked = scaler.transform(features[~inside]), scaler.transform(features[inside])
        for row, strength in enumerate(candidates):
            found[row, inside] = _fit(known, labels[~inside], strength).predict_proba(asked)
            progress(done * len(candidates) + row + 1, len(folds) * len(candidates), "cross-validating")
    found /= found.sum(axis=2, keepdims=True)  # float32 rows miss 1 by a few 1e-7
    given = found[:, np.arange(len(labels)), labels]
    losses = -np.log(np.maximum(given, _SMALLEST))
    chosen = choose_candidate(losses, candidates)
    return OutOfFold(found[chosen], candidates[chosen], tuple(float(loss) for loss in losses.mean(axis=1)))


def choose_candidate(losses: npt.NDArray[np.float64], candidates: Sequence[float]) -> int:
    """Choose the smallest candidate whose mean loss is within one standard error of the lowest.

    Args:
        losses: (K, N) loss of each picture for each candidate.
        candidates: K values.

    Returns:
        The candidate's row.
    """
    means = losses.mean(axis=1)
    best = int(means.argmin())
    limit = means[best] + losses[best].std(ddof=1) / np.sqrt(losses.shape[1])
    return min((row for row in range(len(candidates)) if means[row] <= limit), key=lambda row: candidates[row])


def _fit(features: npt.NDArray[np.float32], labels: npt.NDArray[np.int64], strength: float) -> LogisticRegression:
    """Fit one logistic regression."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            return LogisticRegression(C=strength, max_iter=_MAX_STEPS).fit(features, labels)
    except ConvergenceWarning as error:
        raise CheckFailedError(
            f"the logistic regression with C = {strength:g} did not converge in {_MAX_STEPS} steps; "
            "take larger values out of label_errors.inverse_regularization"
        ) from error
