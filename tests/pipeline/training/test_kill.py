import signal
import subprocess
import sys
from pathlib import Path

import torch

from pipeline.training.stage import run
from tests.pipeline.training.quick import quick_config

ROOT = Path(__file__).parents[3]


def test_a_training_killed_in_mid_epoch_resumes_bit_identical(split_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "tests.pipeline.training.killed", str(split_path), str(out), "2", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert torch.load(out / "resume" / "last.ckpt", weights_only=True)["next_epoch"] == 2
    assert not (out / "checkpoint.json").exists()
    reports: list[int] = []
    run(quick_config(epochs=3), split_path, out, lambda epoch, total, what: reports.append(epoch))
    assert reports == [3]
    run(quick_config(epochs=3), split_path, tmp_path / "whole")
    assert (out / "model.safetensors").read_bytes() == (tmp_path / "whole" / "model.safetensors").read_bytes()
