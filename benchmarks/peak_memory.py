"""Read the peak memory of this process."""

import re
import resource
import sys
from pathlib import Path

_KIB_IN_MIB = 1024
_STATUS = Path("/proc/self/status")


def peak_memory_mib() -> float:
    """Return the largest resident memory since this program started, MiB.

    On Linux from VmHWM: ru_maxrss there is handed on from the process that started this one, however large that was
    (`man getrusage`: it survives execve).
    """
    if _STATUS.is_file():
        found = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return int(found[1]) / _KIB_IN_MIB
    unit = _KIB_IN_MIB**2 if sys.platform == "darwin" else _KIB_IN_MIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
