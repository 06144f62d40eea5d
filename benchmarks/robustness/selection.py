"""Take a smaller number of pictures from a part, the same ones every time."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, zip_longest

from data_tools.randomness import keyed_seed
from data_tools.split.artifact import Sample


def select_samples(samples: Sequence[Sample], limit: int | None) -> tuple[Sample, ...]:
    """Take at most `limit` samples, in turn from each class, in an order keyed by the picture's name.

    Which are taken depends on the samples' names and classes, not on the order they come in; a larger limit keeps
    all that a smaller one takes.

    Args:
        samples: The samples of a part.
        limit: Largest number; None takes all.

    Returns:
        The samples taken, in the given order.
    """
    if limit is None or limit >= len(samples):
        return tuple(samples)
    by_class: dict[int, list[Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda item: keyed_seed("robustness selection", item.image_id)):
        by_class[sample.label].append(sample)
    dealt = chain.from_iterable(zip_longest(*(by_class[label] for label in sorted(by_class))))
    taken = {sample.image_id for sample in [item for item in dealt if item is not None][:limit]}
    return tuple(sample for sample in samples if sample.image_id in taken)
