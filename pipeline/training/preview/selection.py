"""Choose pictures that stand for the training part."""

from collections.abc import Sequence

from data_tools.randomness import keyed_generator
from data_tools.split.artifact import Sample


def choose(samples: Sequence[Sample], count: int, seed: int) -> list[Sample]:
    """Choose pictures at random, class after class in turns, until there are enough.

    Args:
        samples: The training part.
        count: How many, at most.
        seed: Another one gives other pictures.
    """
    by_class: dict[int, list[Sample]] = {}
    for row in keyed_generator("preview", seed).permutation(len(samples)).tolist():
        by_class.setdefault(samples[row].label, []).append(samples[row])
    queues = [by_class[label] for label in sorted(by_class)]
    deepest = max((len(queue) for queue in queues), default=0)
    in_turns = [queue[depth] for depth in range(deepest) for queue in queues if depth < len(queue)]
    return in_turns[:count]
