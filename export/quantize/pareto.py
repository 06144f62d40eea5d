"""Find the choices that no other beats on two counts at once."""

from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return the indices of the points that no other beats, by their first number.

    A point is beaten by one that is smaller in one number and not larger in the other; equal points all stay.

    Args:
        points: Two numbers each, the smaller the better.
    """
    kept = [
        index
        for index, (x, y) in enumerate(points)
        if not any(a <= x and b <= y and (a < x or b < y) for a, b in points)
    ]
    return sorted(kept, key=lambda index: (points[index], index))
