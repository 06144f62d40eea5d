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


def test_a_killed_rank_ends_the_training_and_the_next_try_goes_on(split_path: Path, tmp_path: Path) -> None:
    config = quick_config(network="timm/test_resnet", epochs=3, devices=2)
    out, kept = tmp_path / "out", tmp_path / "kept"
    reports: list[int] = []

    def strike(done: int, total: int, what: str) -> None:
        reports.append(done)
        if reports == [1]:
            os.kill(children()[1], signal.SIGKILL)

    with pytest.raises(CheckFailedError, match=r"training: process \d ended with code -9"):
        run(config, split_path, out, strike, resume_dir=kept)
    assert children() == []
    assert not (out / "checkpoint.json").exists()
    assert [path.name for path in kept.iterdir()] == ["last.ckpt"]

    done = len(reports)
    artifact = load_artifact(CheckpointArtifact, run(config, split_path, out, strike, resume_dir=kept))
    assert children() == []
    assert min(reports[done:]) > done
    assert reports[-1] == 3
    assert artifact.settings["devices"] == 2
    with (out / "history.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    # The validation part has 9 pictures: every one of both ranks' shares is counted once.
    assert float(rows[0]["val_accuracy"]) * 9 == pytest.approx(round(float(rows[0]["val_accuracy"]) * 9), abs=1e-3)
    assert list((out / "tensorboard").glob("events.out.tfevents.*"))


def test_what_a_rank_finds_wrong_is_one_line(tmp_path: Path) -> None:
    split = make_split(tmp_path / "split")
    for index in range(7):
        (tmp_path / "split" / "wet" / f"train_{index}.png").unlink()
    with pytest.raises(InputError, match=r"^\S*train_\d\.png: no such file$"):
        run(quick_config(devices=2), split, tmp_path / "out")
    assert children() == []
