"""Let the process keep the memory that torch frees, so that the next step need not ask the system for it again."""

import ctypes
import os
import platform

_NO_TRIMMING, _ASK_FOR_MORE, _NO_SEPARATE_BLOCKS = (-1, -1), (-2, 256 * 2**20), (-4, 0)
"""M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_MAX of glibc's malloc.h, and their values."""


def keep_freed_memory() -> bool:
    """Tell glibc's malloc not to give freed memory back while this process lives.

    A training step on a CPU allocates and frees every activation. By default glibc gets large blocks from the system
    and returns them at once, so that every step pays for fresh zeroed pages: a robust step of MobileNetV3-Large at
    400×500 took 4.4 s, and 3.5 s with this (`benchmarks.training.step_speed`, which holds eight networks); one network
    alone gained nothing measurable. The process's memory stays at its peak. An environment that sets one of malloc's own variables (MALLOC_…, GLIBC_TUNABLES) is left alone.

    Returns:
        Whether it was done: False without glibc, or where the environment decides.
    """
    decided = any(name.startswith("MALLOC_") for name in os.environ) or "glibc.malloc" in os.environ.get(
        "GLIBC_TUNABLES", ""
    )
    if decided or platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return all(libc.mallopt(*setting) == 1 for setting in (_NO_TRIMMING, _ASK_FOR_MORE, _NO_SEPARATE_BLOCKS))
