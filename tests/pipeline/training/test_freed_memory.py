import platform
import subprocess
import sys

import pytest

from pipeline.training import freed_memory
from pipeline.training.freed_memory import keep_freed_memory

SCRIPT = """
import resource, sys
import numpy as np
from pipeline.training.freed_memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
for _ in range(3):
    np.ones(20_000_000, np.float32)  # 80 MB, freed at once
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    np.ones(20_000_000, np.float32)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(mode: str, **environment: str) -> int:
    """Count the pages that a fresh process asks the system for in five rounds of 80 MB."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, mode],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "", **environment},
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc's settings are glibc's")
def test_large_blocks_are_used_again() -> None:
    assert faults("plain") > 300  # at least 40 huge pages a round, or 20,000 small ones
    assert faults("keep") < 100


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    assert not keep_freed_memory()


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freed_memory.platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
