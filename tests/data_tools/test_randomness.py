"""Keyed generators: the key decides, and nothing else."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.randomness import keyed_generator, keyed_seed

ROOT = Path(__file__).parents[2]
Keys = st.lists(st.integers() | st.text(st.characters(exclude_categories=["C"]), max_size=5), min_size=1, max_size=4)


def test_seed_is_the_documented_digest():
    digest = hashlib.sha256(b"str:wet/1.jpg\x1fint:3").hexdigest()
    assert keyed_seed("wet/1.jpg", 3) == int(digest[:32], 16)
    assert 0 <= keyed_seed("a") < 1 << 128


@settings(deadline=None, max_examples=200)
@given(Keys, Keys)
def test_seeds_are_equal_just_when_the_keys_are(left: list[str | int], right: list[str | int]):
    assert (keyed_seed(*left) == keyed_seed(*right)) == (left == right)


def test_parts_do_not_run_into_each_other():
    keys = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc"), (1, 12), (11, 2), (112,), ("1", 12)]
    assert len({keyed_seed(*key) for key in keys}) == len(keys)


def test_generator_ignores_the_process_state():
    np.random.default_rng(1).random(3)
    first = keyed_generator("a", 1).random(4)
    np.random.seed(7)  # noqa: NPY002  the global state is what must not count
    assert np.array_equal(first, keyed_generator("a", 1).random(4))
    assert not np.array_equal(first, keyed_generator("a", 2).random(4))


def test_another_process_draws_the_same():
    code = "from data_tools.randomness import keyed_generator as k; print(k('é', 1).integers(0, 1 << 30, 5).tolist())"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert outputs == {str(keyed_generator("é", 1).integers(0, 1 << 30, 5).tolist())}
