"""Keep freed memory in the process that decodes pictures."""

import ctypes
import ctypes.util

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 512 << 20
_LARGEST_KEPT_BYTES = 32 << 20


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed blocks of up to 32 MiB instead of giving them back to the system; True when it does.

    A decoded picture is a few MiB. By default glibc maps such a block anew for every picture, and the system clears
    each page of it on first touch, which costs about as much as half the decoding (see `man mallopt`). Other C
    libraries have their own rules and are left alone.
    """
    name = ctypes.util.find_library("c")
    if name is None:
        return False
    mallopt = getattr(ctypes.CDLL(name), "mallopt", None)
    if mallopt is None:
        return False
    kept = mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)
    return bool(kept and mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES))
