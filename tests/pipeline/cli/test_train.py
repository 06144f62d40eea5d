import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.method_choice import method_override
from tests.pipeline.cli.conftest import Result
from tests.pipeline.training.tiny_split import make_split

Cli = Callable[..., Result]
QUICK = """
schema_version: 1
name: quick
data: {source: {type: class_folders, path: pictures}}
train:
  network: timm/test_resnet
  weights: scratch
  embedding_dim: 8
  input: {height: 32, width: 32}
  method: {type: robust, sigma: 12, delta_d: 2}
  epochs: 1
  batch_size: 8
  threads: 1
  accelerator: cpu
"""


@pytest.fixture
def split(tmp_path: Path) -> Path:
    (tmp_path / "quick.yaml").write_text(QUICK, encoding="utf-8")
    return make_split(tmp_path / "split")


def settings(out: Path) -> dict:
    return json.loads((out / "checkpoint.json").read_text(encoding="utf-8"))["settings"]


def test_a_method_is_exchanged_by_its_name_and_keeps_what_both_have(roadgrip: Cli, split: Path, tmp_path: Path) -> None:
    command = ["train", str(split), "--config", str(tmp_path / "quick.yaml")]
    done = roadgrip(*command, "--out", str(tmp_path / "a"), "--method", "noisy")
    assert done.code == 0, done.err
    assert ", noisy, start scratch, val accuracy " in done.out
    assert settings(tmp_path / "a")["method"] == {"type": "noisy", "sigma": 12.0, "sigma_from": None}
    done = roadgrip(*command, "--out", str(tmp_path / "b"), "--method", "mmc", "--set", "train.method.radius=3")
    assert done.code == 0, done.err
    assert settings(tmp_path / "b")["method"] == {"type": "mmc", "radius": 3.0}


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("{type: robust, sigma: 9, delta_v: 1}", "noisy", {"sigma": 9}),
        ("{type: robust, sigma: 9, delta_v: 1}", "robust", {"sigma": 9, "delta_v": 1}),
        ("{sigma: 9, delta_v: 1}", "robust", {"sigma": 9, "delta_v": 1}),
        ("{type: sign, epsilon: 0.1}", "pgd", {}),  # a share of the value; there grey levels
        ("{type: fgsm, epsilon: 4}", "pgd", {"epsilon": 4}),
        ("{type: stability, weight: 1.0, ramp_epochs: 2}", "center", {"ramp_epochs": 2}),
        ("{type: mmc, radius: 4}", "hmm", {"radius": 4}),
    ],
)
def test_only_settings_that_mean_the_same_are_kept(tmp_path: Path, old: str, new: str, kept: dict) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(f"train: {{method: {old}}}", encoding="utf-8")
    key, _, value = method_override(new, config).partition("=")
    assert (key, json.loads(value)) == ("train.method", {**kept, "type": new})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--method", "robst"], "--method robst: unknown method; did you mean 'robust'?"),
        (["--resume"], "expected a resume point of this training, found none; leave --resume out to start anew"),
        (["--devices", "3"], "batch_size: expected a multiple of devices (3)"),
        (["--method", "normal", "--set", "train.batch_norm=mixture"], "mixture needs a method with Gaussian noise"),
        (["--set", "train.network=timm/no_such"], "no_such"),
        (["--set", "train.schedule=step"], "expected milestones with schedule=step"),
    ],
)
def test_wrong_options_are_one_line(
    roadgrip: Cli, split: Path, tmp_path: Path, options: list[str], expected: str
) -> None:
    done = roadgrip(
        "train", str(split), "--config", str(tmp_path / "quick.yaml"), "--out", str(tmp_path / "a"), *options
    )
    assert done.code == 2
    assert expected in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not (tmp_path / "a").exists()


def test_fresh_starts_anew(roadgrip: Cli, split: Path, tmp_path: Path) -> None:
    command = ["train", str(split), "--config", str(tmp_path / "quick.yaml"), "--out", str(tmp_path / "a")]
    (tmp_path / ".a.partial").mkdir()
    (tmp_path / ".a.partial" / "last.ckpt").write_bytes(b"damaged")
    done = roadgrip(*command, "--fresh")
    assert done.code == 0
    assert "cannot be read" not in done.err
    assert not (tmp_path / ".a.partial").exists()
