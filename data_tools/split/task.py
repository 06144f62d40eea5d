"""State what is to be dealt, and what a good deal is."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]
Homes = npt.NDArray[np.int64]
_EMPTY, _FAR = 1e6, 1e3


class Task(NamedTuple):
    """Hold G groups to be dealt to P parts, with the pictures of C classes.

    Attributes:
        counts: Pictures of each class in each group, (G, C).
        held: Pictures that the parts have already and keep, (P, C).
        total: Of each class, held and to be dealt; 1 where there are none, (C,).
        wanted: Share that each part should have of every class, (P,).
        tolerance: Largest distance of a share from the wanted one.
    """

    counts: Counts
    held: Counts
    total: Counts
    wanted: Counts
    tolerance: float

    def given(self, homes: Homes) -> Counts:
        """Return the pictures of each part and class, (P, C), when group g goes to part homes[g]."""
        given: Counts = self.held.copy()
        np.add.at(given, homes, self.counts)
        return given

    def deviation(self, given: Counts) -> Counts:
        """Return by how much shares miss the wanted ones; given: (…, P, C)."""
        deviation: Counts = given / self.total - self.wanted[:, None]
        return deviation

    def bounds(self) -> tuple[Counts, Counts]:
        """Return the least and the most pictures that each part may have of each class, (P, C) each.

        A part needs one picture of every class at least.
        """
        slack = 1e-9
        low = np.maximum((self.wanted[:, None] - self.tolerance - slack) * self.total, 1)
        return low, (self.wanted[:, None] + self.tolerance + slack) * self.total

    def cost(self, given: Counts, part: npt.NDArray[np.int64]) -> Counts:
        """Return what is wrong with one part's counts: missing classes, then shares out of tolerance, then squares.

        Args:
            given: (…, C).
            part: Index of the part, (…,).

        Returns:
            (…,).
        """
        miss = np.abs(given / self.total - self.wanted[part][..., None])
        far = np.maximum(miss - self.tolerance - 1e-9, 0)
        wrong: Counts = _EMPTY * (given <= 0) + _FAR * far + miss**2
        summed: Counts = wrong.sum(axis=-1)
        return summed

    def fits(self, given: Counts) -> bool:
        """Say whether every part has every class, with a share within the tolerance."""
        low, high = self.bounds()
        return bool(((given >= low) & (given <= high)).all())
