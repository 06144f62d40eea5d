"""Describe how a measured value is spread: quantiles, a histogram, and how far it tells the classes apart."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from data_tools.card.model import Measure, Quantiles

Values = npt.NDArray[np.float64]
"""(n,), n ≥ 1."""

BINS = 50
_SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_DECIMALS = 4


def quantiles(values: Values) -> Quantiles:
    """Return the ends and five quantiles of one value or more, rounded to 4 decimals.

    Raises:
        ValueError: There is no value.
    """
    if not len(values):
        raise ValueError("expected one value or more to describe, got none")
    found = [round(float(value), _DECIMALS) for value in np.quantile(values, _SHARES)]
    return Quantiles(**dict(zip(Quantiles.model_fields, found, strict=True)))


def measure(name: str, by_class: Mapping[str, Values], ends: tuple[float, float]) -> Measure:
    """Describe a measured value by class; a class without a picture is left out.

    Args:
        name: Of the value.
        by_class: Values of each class.
        ends: Where the histogram starts and ends; values beyond count in its first or last bin.
    """
    known = {label: values for label, values in by_class.items() if len(values)}
    edges = np.linspace(*ends, BINS + 1)
    return Measure(
        name=name,
        quantiles={label: quantiles(values) for label, values in known.items()},
        edges=tuple(round(float(edge), 6) for edge in edges),
        histogram={label: _counts(values, edges) for label, values in known.items()},
        separation={label: round(_area(label, known), _DECIMALS) for label in known} if len(known) > 1 else {},
    )


def separation(positive: Values, negative: Values) -> float:
    """Return the area under the ROC curve: how often a positive value is above a negative one, ties half.

    The Mann-Whitney U statistic over the number of pairs (Hanley and McNeil 1982, Radiology 143:29-36).

    Examples:
        >>> separation(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
        0.875
    """
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left")
    not_above = np.searchsorted(ordered, positive, "right")
    return float((below + not_above).sum()) / (2 * len(positive) * len(negative))


def _area(label: str, by_class: Mapping[str, Values]) -> float:
    rest: Sequence[Values] = [values for other, values in by_class.items() if other != label]
    return separation(by_class[label], np.concatenate(rest))


def _counts(values: Values, edges: Values) -> tuple[int, ...]:
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return tuple(counts.tolist())
