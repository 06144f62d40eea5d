"""The measurement of a large split, on a small one."""

import json
from pathlib import Path

import pytest

from benchmarks.data.split_scale import main


def test_every_step_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["--pictures", "3000", "--drives", "300", "--out", str(tmp_path / "out.json")]) == 0
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
    assert len(capsys.readouterr().out.splitlines()) == len(found) + 1
