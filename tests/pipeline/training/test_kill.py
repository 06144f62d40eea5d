import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from pipeline.training.stage import run
from tests.pipeline.training.quick import quick_config

ROOT = Path(__file__).parents[3]
EVERYTHING: dict[str, object] = {
    "ema_decay": 0.9,
    "accumulate": 2,
    "balance": "sampler",
    "batch_norm": "separate",
    "precision": "bf16",
    "optimizer": "sgd",
    "schedule": "step",
    "milestones": [1],
    "embedding_dim": None,  # with torchvision's dropout
    "num_workers": 1,
}


def kill(split: Path, out: Path, epoch: int, batch: int, changes: dict[str, object]) -> None:
    command = [sys.executable, "-m", "tests.pipeline.training.killed", str(split), str(out), str(epoch), str(batch)]
    done = subprocess.run([*command, json.dumps(changes)], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not (out / "checkpoint.json").exists()


@pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=["plain", "everything"])
def test_a_training_killed_in_mid_epoch_resumes_bit_identical(
    changes: dict[str, object], split_path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    if changes:
        kill(split_path, out, 1, 0, changes)
        assert torch.load(out / "resume" / "last.ckpt", weights_only=True)["next_epoch"] == 1
    kill(split_path, out, 2, 1, changes)
    assert torch.load(out / "resume" / "last.ckpt", weights_only=True)["next_epoch"] == 2
    reports: list[int] = []
    config = quick_config(epochs=3, **changes)
    run(config, split_path, out, lambda epoch, total, what: reports.append(epoch), resume="require")
    assert reports == [3]
    run(config, split_path, tmp_path / "whole")
    assert (out / "model.safetensors").read_bytes() == (tmp_path / "whole" / "model.safetensors").read_bytes()
