"""Average values over an epoch without waiting for the device at every step."""

from collections.abc import Mapping

import torch
from torch import Tensor


class Meters:
    """Sum named scalars on their device, weighted by the number of samples."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._samples = 0

    def add(self, values: Mapping[str, Tensor], samples: int) -> None:
        """Add the means of a batch.

        Args:
            values: Scalars by name, each a mean over the batch.
            samples: The batch's size.
        """
        self._samples += samples
        for name, value in values.items():
            term = value.detach().double() * samples
            self._sums[name] = self._sums[name] + term if name in self._sums else term

    def means(self) -> dict[str, float]:
        """Return the means so far, over all ranks, and wait for the device once.

        Under data-parallel training every rank has to call this, with the same names.
        """
        if not self._sums:
            return {}
        values = list(self._sums.values())
        totals = torch.stack([*values, torch.full_like(values[0], self._samples)])
        if torch.distributed.is_initialized():
            torch.distributed.all_reduce(totals)
        *sums, samples = totals.tolist()
        return {name: value / samples for name, value in zip(self._sums, sums, strict=True)}

    def reset(self) -> None:
        """Forget everything."""
        self._sums.clear()
        self._samples = 0
