import csv
import os
import signal
from pathlib import Path

import pytest

from data_tools.artifacts.model import load_artifact
from data_tools.errors import CheckFailedError, InputError
from pipeline.training.artifact import CheckpointArtifact
from pipeline.training.stage import run
from tests.pipeline.training.quick import quick_config
from tests.pipeline.training.tiny_split import make_split


def children() -> list[int]:
    """Return the processes that this one has started as ranks."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == os.getpid() and b"pipeline.training.rank" in command:
                found.append(int(entry.name))
    return found


def test_two_processes_train_together(split_path: Path, tmp_path: Path) -> None:
    reports: list[tuple[int, int]] = []
    config = quick_config(epochs=2, devices=2)
    path = run(config, split_path, tmp_path, lambda done, total, what: reports.append((done, total)))
    assert reports == [(1, 2), (2, 2)]
    assert children() == []
    artifact = load_artifact(CheckpointArtifact, path)
    assert artifact.settings["devices"] == 2
    with (tmp_path / "history.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2
    # The validation part has 9 pictures: both ranks' shares are counted once.
    assert float(rows[0]["val_accuracy"]) * 9 == pytest.approx(round(float(rows[0]["val_accuracy"]) * 9), abs=1e-3)


def test_what_a_rank_finds_wrong_is_one_line(tmp_path: Path) -> None:
    split = make_split(tmp_path / "split")
    for index in range(7):
        (tmp_path / "split" / "wet" / f"train_{index}.png").unlink()
    with pytest.raises(InputError, match=r"^\S*train_\d\.png: no such file$"):
        run(quick_config(devices=2), split, tmp_path / "out")
    assert children() == []


def test_a_rank_that_is_killed_ends_the_training_and_the_resume_point_stays(split_path: Path, tmp_path: Path) -> None:
    def strike(done: int, total: int, what: str) -> None:
        if done == 1:
            os.kill(children()[1], signal.SIGKILL)

    with pytest.raises(CheckFailedError, match=r"training: process \d ended with code -9"):
        run(quick_config(epochs=50, devices=2), split_path, tmp_path / "out", strike, resume_dir=tmp_path / "kept")
    assert children() == []
    assert not (tmp_path / "out" / "checkpoint.json").exists()
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["last.ckpt"]
