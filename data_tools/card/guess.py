"""Tell how well something beside the road, such as a picture's source, gives its class away."""

from collections.abc import Iterable, Mapping


def guessed_right(groups: Iterable[Mapping[str, int]], most_frequent: str) -> float:
    """Return for how many pictures the most frequent class among the others of their group is right.

    A picture's own label has no vote, so that many small groups do not look better than they are. Of classes that are
    equally frequent each counts in part; a picture alone in its group is guessed to be of the class that is the most
    frequent of all.

    Args:
        groups: Pictures by class, for each source, say.
        most_frequent: The class with the most pictures.

    Examples:
        >>> guessed_right([{"dry": 3, "wet": 1}, {"wet": 1}], "dry")
        3.0
    """
    right = 0.0
    for counts in groups:
        if sum(counts.values()) == 1:
            right += most_frequent in counts
            continue
        for label, count in counts.items():
            others = [number for name, number in counts.items() if name != label]
            best = max(others, default=0)
            if count - 1 > best:
                right += count
            elif count - 1 == best:
                right += count / (1 + others.count(best))
    return right
