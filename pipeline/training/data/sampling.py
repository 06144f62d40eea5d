"""Hand out the training pictures of an epoch to the processes that share every batch."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from torch.utils.data import Sampler

from data_tools.errors import InputError
from pipeline.training.data.order import balanced, repeats, shuffled


class Draw(NamedTuple):
    """Name a picture of an epoch, which is all that a loader process needs to make it."""

    epoch: int
    row: int
    repeat: int = 0
    """How often the row was drawn before in this epoch."""


class EpochSampler(Sampler[Draw]):
    """Order the pictures by (seed, epoch) alone, so that any epoch can be done again.

    Each of n ranks gets the contiguous n-th of every batch: the ranks' k-th batches together, in order, are the
    k-th batch that one rank alone would get.
    """

    def __init__(
        self,
        size: int,
        seed: int,
        epoch: int,
        *,
        batch_size: int | None = None,
        rank: int = 0,
        world_size: int = 1,
        labels: Sequence[int] | None = None,
    ) -> None:
        """Start at an epoch.

        Args:
            size: Number of pictures.
            seed: The training's seed.
            epoch: 0-based epoch; the trainer moves it on with `set_epoch`.
            batch_size: Pictures a step over all ranks. An incomplete last batch is dropped where there is a whole
                one. None: no batches, every picture is drawn.
            rank: This process, 0-based.
            world_size: Number of processes.
            labels: Class index of every picture, to draw the classes equally often, with replacement; None: every
                picture once.

        Raises:
            InputError: Several ranks are to share a batch that is larger than the training part.
            ValueError: There is no picture, no such rank, no equal share of a batch, or no label for each picture.
        """
        if size < 1:
            raise ValueError(f"expected 1 or more pictures, got {size}")
        if not 0 <= rank < world_size:
            raise ValueError(f"expected 0 <= rank < world_size, got rank {rank} of {world_size}")
        if labels is not None and len(labels) != size:
            raise ValueError(f"expected a label for each of {size} pictures, got {len(labels)}")
        if world_size > 1:
            _check_shareable(size, batch_size, world_size)
        self._size = size
        self._seed = seed
        self._epoch = epoch
        self._batch = size if batch_size is None else min(batch_size, size)
        self._rank = rank
        self._world_size = world_size
        self._labels = labels

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration draws."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Return the number of pictures that this rank gets."""
        return self._size // self._batch * (self._batch // self._world_size)

    def __iter__(self) -> Iterator[Draw]:
        """Yield this rank's pictures, batch after batch."""
        epoch = self._epoch
        if self._labels is None:
            rows = shuffled(self._size, self._seed, epoch)
        else:
            rows = balanced(self._labels, self._seed, epoch)
        share = self._batch // self._world_size
        earlier = repeats(rows)
        for start in range(self._rank * share, len(self) * self._world_size, self._batch):
            for at in range(start, start + share):
                yield Draw(epoch, int(rows[at]), int(earlier[at]))


def _check_shareable(size: int, batch_size: int | None, world_size: int) -> None:
    """Raise unless every rank can get an equal share of a whole batch."""
    if batch_size is None or batch_size % world_size:
        raise ValueError(f"expected a batch size that is a multiple of {world_size} ranks, got {batch_size}")
    if size < batch_size:
        raise InputError(
            f"expected {batch_size} or more training pictures (one whole batch) to share among {world_size} devices, "
            f"got {size}; lower batch_size or train on one device"
        )
