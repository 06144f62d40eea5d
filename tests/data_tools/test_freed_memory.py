import platform
import subprocess
import sys

import pytest

from data_tools import freed_memory
from data_tools.freed_memory import keep_freed_memory

SCRIPT = """
import resource, sys
import numpy as np
from data_tools.freed_memory import keep_freed_memory
values = int(sys.argv[2]) // 4
if sys.argv[1] != "plain":
    assert keep_freed_memory(any_size=sys.argv[1] == "any size")
for _ in range(3):
    np.ones(values, np.float32)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    np.ones(values, np.float32)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(mode: str, size: int) -> int:
    """Count the pages that a fresh process asks the system for when it fills and frees a block five times."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, mode, str(size)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": ""},
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc's settings are glibc's")
def test_large_blocks_are_used_again() -> None:
    assert faults("plain", 80_000_000) > 300  # at least 40 huge pages a round, or 20,000 small ones
    assert faults("any size", 80_000_000) < 100
    assert faults("up to 32 MiB", 80_000_000) > 300


def test_a_picture_s_blocks_are_used_again() -> None:
    assert faults("up to 32 MiB", 16_000_000) < 100


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    assert not keep_freed_memory()


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freed_memory.platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
