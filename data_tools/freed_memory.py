"""Let the process keep the memory that it frees, so that the next picture or training step finds it there."""

import ctypes
import os
import platform

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -2, -3, -4
"""Numbers of the settings in glibc's malloc.h."""
_UP_TO_32_MIB = ((_MMAP_THRESHOLD, 32 << 20), (_TRIM_THRESHOLD, 512 << 20))
_OF_ANY_SIZE = ((_TRIM_THRESHOLD, -1), (_TOP_PAD, 256 << 20), (_MMAP_MAX, 0))


def keep_freed_memory(*, any_size: bool = False) -> bool:
    """Tell glibc's malloc to keep freed blocks instead of giving them back to the system.

    By default glibc maps a large block anew every time, and the system clears each page of it on first touch (see
    `man mallopt`): for a decoded picture of a few MiB that costs about as much as half the decoding, and in a training
    step on the CPU it doubles the page faults (`docs/results/training-speed.md`).

    Args:
        any_size: Keep all that is freed, so that memory stays at its peak: for a training, whose activations are larger
            than 32 MiB. Otherwise blocks of up to 32 MiB, glibc's limit for a block of its heap, and 512 MiB in all.

    Returns:
        Whether it was done. Another C library is left alone, and so is an environment that sets one of malloc's own
        variables (MALLOC_…, GLIBC_TUNABLES).
    """
    decided = any(name.startswith("MALLOC_") for name in os.environ) or "glibc.malloc" in os.environ.get(
        "GLIBC_TUNABLES", ""
    )
    if decided or platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    return all(library.mallopt(*setting) == 1 for setting in (_OF_ANY_SIZE if any_size else _UP_TO_32_MIB))
