"""Five thousand mutated picture files: every one is opened or refused in one line, without a crash or a hang."""

import subprocess
import sys
import time
from pathlib import Path

from data_tools.images.decode import decode_bytes
from data_tools.images.preprocessing import PreprocessingSpec
from tests.data_tools.images.fuzzing import LIMIT_S, cases, open_like_a_build, seeds

ROOT = Path(__file__).parents[3]
COUNT = 5_000
REASONS = {"empty", "truncated", "too_large", "too_small", "undecodable"}


def test_seeds_are_valid_and_the_mutants_are_not_the_seeds():
    for data in seeds():
        assert decode_bytes(data).shape == (40, 56, 3)
    known = set(seeds())
    made = [data for _, data in cases(0, 500)]
    assert len(set(made)) > 450
    assert sum(data in known for data in made) < 25


def test_a_strip_that_once_filled_the_memory():
    """Mutant 21929 is a JPEG of 55,592×56 px; resizing it took 10 GB and minutes."""
    (_, data), spec = next(cases(21929, 1)), PreprocessingSpec(height=48, width=64)
    assert decode_bytes(data).shape == (55592, 56, 3)
    started = time.monotonic()
    assert open_like_a_build(data, spec) == "usable"
    assert time.monotonic() - started < LIMIT_S


def test_mutated_files_crash_and_hang_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "tests.data_tools.images.fuzzing", "0", str(COUNT)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, "\n".join(done.stderr.splitlines()[-20:])
    numbers = [line for line in done.stderr.splitlines() if line.isdigit()]  # libpng and libjpeg print there too
    assert numbers == [str(number) for number in range(COUNT)]
    found = {name: int(count) for name, count in (line.split() for line in done.stdout.splitlines())}
    assert sum(found.values()) == COUNT
    assert found.keys() <= REASONS | {"usable"}
    # The damage must reach the decoders, and not all be caught at the door.
    assert found["usable"] > COUNT / 20
    assert found["undecodable"] > COUNT / 20
    assert found["truncated"] > COUNT / 20
