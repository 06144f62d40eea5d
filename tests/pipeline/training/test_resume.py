import logging
from pathlib import Path

import pytest
import torch

from pipeline.training.artifact import WeightsOrigin
from pipeline.training.best import Best
from pipeline.training.resume import (
    LAST_NAME,
    ResumePoint,
    drop_resume_point,
    fingerprint,
    load_resume_point,
    save_resume_point,
)
from tests.pipeline.training.quick import quick_config

SCRATCH = WeightsOrigin(type="scratch", detail="chosen", sha256=None)
VERSIONS = {"torch": "2"}
CODE = "code"


def point(identity: str = "same") -> ResumePoint:
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.AdamW([parameter])
    parameter.grad = torch.ones(2)
    optimizer.step()
    return ResumePoint(
        fingerprint=identity,
        next_epoch=3,
        module={"network.weight": torch.arange(3.0)},
        optimizer=optimizer.state_dict(),
        best=Best(epoch=1, score=0.5, val_accuracy=0.5, val_loss=0.3, weights={"weight": torch.arange(2.0)}),
        history=[{"epoch": 0, "loss": 1.5}],
        scaler={"scale": 1024.0},
    )


def test_a_resume_point_comes_back(tmp_path: Path) -> None:
    saved = point()
    save_resume_point(saved, tmp_path / "kept")
    loaded = load_resume_point(tmp_path / "kept", "same")
    assert loaded is not None
    assert (loaded.next_epoch, loaded.history, loaded.best.epoch) == (3, saved.history, 1)
    assert torch.equal(loaded.module["network.weight"], saved.module["network.weight"])
    assert torch.equal(loaded.best.weights["weight"], saved.best.weights["weight"])
    assert str(loaded.optimizer) == str(saved.optimizer)
    assert loaded.scaler == {"scale": 1024.0}
    drop_resume_point(tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
    drop_resume_point(tmp_path / "kept")


def test_nothing_there_is_a_fresh_start(tmp_path: Path) -> None:
    assert load_resume_point(tmp_path, "same") is None


def test_another_trainings_point_is_not_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save_resume_point(point("other"), tmp_path)
    with caplog.at_level(logging.WARNING, "roadgrip"):
        assert load_resume_point(tmp_path, "same") is None
    assert "the training starts anew" in caplog.text


@pytest.mark.parametrize("data", [b"", b"damaged"])
def test_a_damaged_point_is_not_used(tmp_path: Path, caplog: pytest.LogCaptureFixture, data: bytes) -> None:
    (tmp_path / LAST_NAME).write_bytes(data)
    with caplog.at_level(logging.WARNING, "roadgrip"):
        assert load_resume_point(tmp_path, "same") is None
    assert "cannot be read" in caplog.text


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    save_resume_point(point(), tmp_path)
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    drop_resume_point(tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == ["mine.txt"]


def test_the_fingerprint_holds_what_decides_the_result() -> None:
    base = fingerprint(quick_config(), "a", SCRATCH, VERSIONS, CODE)
    assert base == fingerprint(quick_config(num_workers=3, loggers=["csv"]), "a", SCRATCH, VERSIONS, CODE)
    assert base == fingerprint(quick_config(), "a", SCRATCH.model_copy(update={"detail": "offline"}), VERSIONS, CODE)
    others = {
        fingerprint(quick_config(epochs=3), "a", SCRATCH, VERSIONS, CODE),
        fingerprint(quick_config(threads=2), "a", SCRATCH, VERSIONS, CODE),
        fingerprint(quick_config(), "b", SCRATCH, VERSIONS, CODE),
        fingerprint(quick_config(), "a", SCRATCH.model_copy(update={"sha256": "0" * 64}), VERSIONS, CODE),
        fingerprint(quick_config(), "a", SCRATCH, {"torch": "3"}, CODE),
        fingerprint(quick_config(), "a", SCRATCH, VERSIONS, "other"),
    }
    assert len(others) == 6
    assert base not in others
