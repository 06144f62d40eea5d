"""The measurement of a large split, on a small one."""

import json
import subprocess
import sys
from pathlib import Path


def test_every_step_is_measured(tmp_path: Path):
    """In a process of its own: the peak memory of this one is that of other tests."""
    arguments = ["--pictures", "3000", "--drives", "300", "--out", str(tmp_path / "out.json")]
    command = [sys.executable, "-m", "benchmarks.data.split_scale", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = {item["name"]: item for item in json.loads((tmp_path / "out.json").read_text())["figures"]}
    found = {name: item["value"] for name, item in figures.items()}
    assert (found["pictures"], found["pictures in parts"], found["drives"]) == (3000, 3000, 300)
    assert found["near duplicates"] >= 3
    assert 200 < found["united groups"] < 300
    steps = [name for name, item in figures.items() if item["unit"] == "s"]
    assert len(steps) == 6
    assert all(found[name] > 0 for name in steps)
    assert [name for name, item in figures.items() if item["at_most"]] == [
        "search + split + audit",
        "peak memory of the process",
    ]
    assert len(done.stdout.splitlines()) == len(found) + 1
