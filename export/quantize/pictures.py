"""Choose calibration pictures, from the calibration part alone."""

from collections import defaultdict
from collections.abc import Sequence

from data_tools.randomness import keyed_seed
from data_tools.split.artifact import Sample


def choose(samples: Sequence[Sample], limit: int) -> list[Sample]:
    """Take up to `limit` samples, in turn from each class, in an order that depends on the picture's name alone.

    Args:
        samples: The calibration part.
        limit: Largest number to take.
    """
    by_class: dict[int, list[Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda item: keyed_seed("calibration", item.image_id)):
        by_class[sample.label].append(sample)
    rounds = max((len(items) for items in by_class.values()), default=0)
    in_turn = [
        by_class[label][turn] for turn in range(rounds) for label in sorted(by_class) if turn < len(by_class[label])
    ]
    return in_turn[:limit]
