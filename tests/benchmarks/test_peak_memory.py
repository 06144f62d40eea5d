import subprocess
import sys

import numpy as np
import pytest

COMMAND = [sys.executable, "-c", "from benchmarks.peak_memory import peak_memory_mib; print(peak_memory_mib())"]


def peak_of_a_fresh_process() -> float:
    return float(subprocess.run(COMMAND, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is what the system counts")
def test_it_is_the_programs_own_and_not_that_of_who_started_it():
    before = peak_of_a_fresh_process()
    held = np.ones(40_000_000)  # 305 MiB
    assert peak_of_a_fresh_process() < before + 100
    assert held[-1] == 1


def test_it_grows_with_what_is_held():
    script = (
        "from benchmarks.peak_memory import peak_memory_mib as p; import numpy as np; "
        "a = p(); np.ones(26_214_400); print(p() - a)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert 150 < float(done.stdout) < 260  # 200 MiB
