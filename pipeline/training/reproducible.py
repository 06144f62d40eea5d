"""Make torch's results repeat, and put its global settings back afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from data_tools.randomness import keyed_seed

_FILL = "fill_uninitialized_memory"
"""torch fills every new tensor in deterministic mode, unless this is off; nothing here reads one before writing it.
The attribute is not declared in torch's types."""


@contextmanager
def reproducible(seed: int, threads: int | None, *, deterministic: bool = True) -> Iterator[None]:
    """Seed torch, choose deterministic kernels and the number of CPU threads; undo it all at the end.

    Args:
        seed: The training's seed.
        threads: torch's CPU threads; None leaves them. Sums differ in the last bit between thread counts.
        deterministic: Choose kernels that give the same bits again; False lets cuDNN try which is fastest.
    """
    before_threads = torch.get_num_threads()
    before_deterministic = torch.are_deterministic_algorithms_enabled()
    before_warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    before_fill = bool(getattr(torch.utils.deterministic, _FILL))
    before_benchmark = torch.backends.cudnn.benchmark
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS refuses determinism without it
    try:
        with torch.random.fork_rng(devices=[0] if torch.cuda.is_available() else []):
            torch.manual_seed(keyed_seed("start", seed) % 2**63)
            torch.use_deterministic_algorithms(mode=deterministic)
            setattr(torch.utils.deterministic, _FILL, False)
            torch.backends.cudnn.benchmark = not deterministic
            if threads is not None:
                torch.set_num_threads(threads)
            yield
    finally:
        torch.set_num_threads(before_threads)
        torch.use_deterministic_algorithms(before_deterministic, warn_only=before_warn_only)
        setattr(torch.utils.deterministic, _FILL, before_fill)
        torch.backends.cudnn.benchmark = before_benchmark
