"""Fit the temperature that turns a variant's logits into probabilities that can be believed."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from export.runtime import limits

LIMITS = (limits.MIN_TEMPERATURE, limits.MAX_TEMPERATURE)
"""Smallest and largest temperature, which a manifest is held to as well."""
MIN_PICTURES = 20
_HALVINGS = 60

Basis = Literal["fitted", "at_limit", "too_few_pictures", "one_class"]


class Temperature(NamedTuple):
    """Hold a temperature and how it came about.

    Attributes:
        value: T; 1 where the pictures could not tell.
        basis: 'fitted'; 'at_limit' when the best T lies outside `LIMITS`; 'too_few_pictures' and 'one_class' when
            there were fewer than `MIN_PICTURES` pictures, or pictures of one class alone.
    """

    value: float
    basis: Basis


def fit_temperature(logits: npt.NDArray[np.floating], labels: npt.NDArray[np.int64]) -> Temperature:
    """Minimise the negative log-likelihood of softmax(logits / T) (Guo et al. 2017, section 4.2).

    The targets are smoothed as Platt (1999) does: the true class gets 1 − 1/(n + 2). Without that, n pictures that are
    all classified correctly would ask for T = 0 and certainty about every further one; with a few errors among some
    hundred pictures it changes next to nothing. In β = 1/T the likelihood is convex, so its slope has one zero, which
    is found by bisection.

    Args:
        logits: (n, C) of pictures that the network was not trained on, finite.
        labels: (n,) true class indices.

    Returns:
        The temperature, to six digits.

    Raises:
        ValueError: The shapes do not fit, or a logit is not finite.
    """
    if logits.ndim != 2 or labels.shape != (len(logits),) or not np.isfinite(logits).all():
        raise ValueError(f"expected finite (n, C) logits and n labels, got {logits.shape} and {labels.shape}")
    if len(labels) < MIN_PICTURES:
        return Temperature(1.0, "too_few_pictures")
    if len(np.unique(labels)) < 2:
        return Temperature(1.0, "one_class")
    low, high = 1 / LIMITS[1], 1 / LIMITS[0]
    targets = smoothed_targets(labels, logits.shape[1])
    if slope(low, logits, targets) >= 0:
        return Temperature(LIMITS[1], "at_limit")
    if slope(high, logits, targets) <= 0:
        return Temperature(LIMITS[0], "at_limit")
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if slope(middle, logits, targets) < 0 else (low, middle)
    return Temperature(float(f"{1 / low:.6g}"), "fitted")


def smoothed_targets(labels: npt.NDArray[np.int64], num_classes: int) -> npt.NDArray[np.float64]:
    """Return (n, C) target probabilities: 1 − 1/(n + 2) for the true class, the rest shared by the others."""
    rest = 1 / (len(labels) + 2)
    targets = np.full((len(labels), num_classes), rest / (num_classes - 1))
    targets[np.arange(len(labels)), labels] = 1 - rest
    return targets


def slope(beta: float, logits: npt.NDArray[np.floating], targets: npt.NDArray[np.float64]) -> float:
    """Return d/dβ of the mean negative log-likelihood of softmax(β · logits), which grows with β.

    Args:
        beta: 1/T.
        logits: (n, C).
        targets: (n, C), rows sum to 1.
    """
    values = logits.astype(np.float64)
    shifted = np.exp(beta * (values - values.max(axis=1, keepdims=True)))
    probabilities = shifted / shifted.sum(axis=1, keepdims=True)
    return float(((probabilities - targets) * values).sum() / len(values))
