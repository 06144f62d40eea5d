"""Order the training pictures of an epoch."""

from collections.abc import Iterator
from typing import NamedTuple

from torch.utils.data import Sampler

from data_tools.randomness import keyed_generator


class Draw(NamedTuple):
    """Name a picture of an epoch, which is all that a loader process needs to make it."""

    epoch: int
    row: int


class EpochSampler(Sampler[Draw]):
    """Shuffle by (seed, epoch) alone, so that any epoch can be done again."""

    def __init__(self, size: int, seed: int, epoch: int) -> None:
        """Start at an epoch.

        Args:
            size: Number of pictures.
            seed: The training's seed.
            epoch: 0-based epoch; the trainer moves it on with `set_epoch`.
        """
        self._size = size
        self._seed = seed
        self._epoch = epoch

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration draws."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Return the number of pictures."""
        return self._size

    def __iter__(self) -> Iterator[Draw]:
        """Yield every picture once."""
        order = keyed_generator("order", self._seed, self._epoch).permutation(self._size)
        return iter([Draw(self._epoch, int(index)) for index in order])
