"""Train with every option of the trainer that is not the default, on the tiny split."""

import csv
import logging
from pathlib import Path

import pytest
import safetensors.torch
import torch

from data_tools.artifacts.model import load_artifact
from data_tools.errors import InputError
from pipeline.training.artifact import CheckpointArtifact
from pipeline.training.method_config import METHOD_CONFIGS, NormalConfig, RobustConfig
from pipeline.training.module import RoadModule
from pipeline.training.networks import load_checkpoint
from pipeline.training.stage import run
from pipeline.training.validation import Batch
from tests.pipeline.training.quick import quick_config

NORMAL = NormalConfig().model_dump()


def load(path: Path) -> CheckpointArtifact:
    return load_artifact(CheckpointArtifact, path)


def weights(path: Path) -> dict[str, torch.Tensor]:
    return safetensors.torch.load_file(path.parent / "model.safetensors")


def history(path: Path) -> list[dict[str, str]]:
    with (path.parent / "history.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def plain(split_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(quick_config(epochs=1), split_path, tmp_path_factory.mktemp("plain"))


def test_half_precision_trains_to_nearly_the_same_loss(plain: Path, split_path: Path, tmp_path: Path) -> None:
    path = run(quick_config(epochs=1, precision="bf16"), split_path, tmp_path)
    assert float(history(path)[0]["loss"]) == pytest.approx(float(history(plain)[0]["loss"]), rel=0.1)
    assert history(path)[0]["loss"] != history(plain)[0]["loss"]
    assert {value.dtype for value in weights(path).values() if value.is_floating_point()} == {torch.float32}


@pytest.mark.parametrize(
    "changes",
    [{"optimizer": "adam"}, {"optimizer": "sgd", "learning_rate": 0.01}, {"channels_last": False}, {"accumulate": 2}],
    ids=str,
)
def test_other_optimisers_and_layouts_change_the_result_and_still_train(
    changes: dict[str, object], plain: Path, split_path: Path, tmp_path: Path
) -> None:
    path = run(quick_config(epochs=1, **changes), split_path, tmp_path)
    assert load(path).weights.sha256 != load(plain).weights.sha256
    assert float(history(path)[0]["loss"]) == pytest.approx(float(history(plain)[0]["loss"]), rel=0.5)


def test_settings_are_on_record_without_the_path_of_the_weights(plain: Path) -> None:
    settings = load(plain).settings
    assert settings["batch_size"] == 8
    assert settings["method"]["type"] == "robust"  # type: ignore[index,call-overload]
    assert "weights" not in settings


def test_the_average_is_what_is_kept(plain: Path, split_path: Path, tmp_path: Path) -> None:
    path = run(quick_config(epochs=1, ema_decay=0.9), split_path, tmp_path)
    assert weights(path).keys() == weights(plain).keys()
    assert not torch.equal(weights(path)["head.weight"], weights(plain)["head.weight"])
    assert history(path)[0]["loss"] == history(plain)[0]["loss"]  # what is trained is the same


def test_early_stopping_ends_after_its_patience_and_stays_ended(split_path: Path, tmp_path: Path) -> None:
    config = quick_config(epochs=12, patience=2, learning_rate=1e-7, warmup_steps=0)
    reports: list[int] = []
    path = run(config, split_path, tmp_path / "out", lambda done, total, what: reports.append(done))
    artifact = load(path)
    assert artifact.epochs == artifact.best_epoch + 3 < 12
    assert reports == list(range(1, artifact.epochs + 1))


@pytest.mark.parametrize("window", [2, 5])
def test_a_windows_gradient_is_the_mean_of_its_batches_also_the_last_one(
    window: int, split_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = []
    original = RoadModule.training_step

    def step(self: RoadModule, batch: Batch, batch_idx: int) -> torch.Tensor:
        before = self.train_meters.means().get("loss", 0.0) * batch_idx
        loss = original(self, batch, batch_idx)
        shares.append(loss.item() / (self.train_meters.means()["loss"] * (batch_idx + 1) - before))
        return loss

    monkeypatch.setattr(RoadModule, "training_step", step)
    run(quick_config(epochs=1, batch_size=7, accumulate=window), split_path, tmp_path)
    # Three batches; Lightning divides each loss by the window's length.
    assert shares == pytest.approx({2: [1, 1, 2], 5: [5 / 3] * 3}[window], rel=1e-4)


def test_class_weights_and_sampler_help_a_rare_class_to_be_seen(split_path: Path, tmp_path: Path) -> None:
    losses = set()
    for balance in ("none", "class_weights", "sampler"):
        path = run(quick_config(epochs=1, balance=balance, method=NORMAL), split_path, tmp_path / balance)
        losses.add(history(path)[0]["loss"])
    assert len(losses) == 2  # the tiny classes are equally large: weights of 1 change nothing, drawing again does


@pytest.mark.parametrize("policy", ["clean", "mixture", "separate"])
def test_a_batch_norm_policy_changes_the_statistics_but_no_weight(
    policy: str, plain: Path, split_path: Path, tmp_path: Path
) -> None:
    path = run(quick_config(epochs=1, batch_norm=policy), split_path, tmp_path)
    assert load(path).batch_norm == policy
    own, other = weights(path), weights(plain)
    assert own.keys() == other.keys()
    differing = {name.rsplit(".", 1)[1] for name in own if not torch.equal(own[name], other[name])}
    assert differing <= {"running_mean", "running_var", "num_batches_tracked"}
    assert {"running_mean", "running_var"} <= differing


def test_auto_keeps_the_statistics_that_score_best(split_path: Path, tmp_path: Path) -> None:
    path = run(quick_config(epochs=2, batch_norm="auto"), split_path, tmp_path)
    artifact = load(path)
    assert set(artifact.batch_norm_scores) == {"shared", "clean", "mixture"}
    assert artifact.batch_norm_scores[artifact.batch_norm] == max(artifact.batch_norm_scores.values())
    normal = load(run(quick_config(epochs=1, batch_norm="auto", method=NORMAL), split_path, tmp_path / "normal"))
    assert set(normal.batch_norm_scores) == {"shared", "clean"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"batch_norm": "mixture", "method": NORMAL},
            "mixture needs a method with Gaussian noise, and normal has none",
        ),
        ({"batch_norm": "separate", "method": NORMAL}, "separate needs a method with two views, and normal has one"),
        ({"batch_norm": "frozen"}, r"train\.batch_norm: frozen keeps the start weights' statistics, and random ones"),
        ({"precision": "fp16"}, r"train\.precision: fp16 needs a GPU; use bf16 or fp32"),
        ({"sync_batch_norm": True, "devices": 2}, r"train\.sync_batch_norm: torch has it for GPUs only"),
    ],
)
def test_options_that_do_not_fit_are_errors(
    changes: dict[str, object], expected: str, split_path: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=expected):
        run(quick_config(epochs=1, **changes), split_path, tmp_path)


def test_loggers_write_their_folders(split_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlflow").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # the database back end is not in mlflow-skinny
    path = run(quick_config(epochs=1, method=NORMAL, loggers=["csv", "mlflow"]), split_path, tmp_path)
    assert "val_accuracy" in (path.parent / "csv" / "metrics.csv").read_text(encoding="utf-8")
    assert list((path.parent / "mlflow").rglob("metrics/val_accuracy"))
    assert not (path.parent / "tensorboard").exists()


def test_a_missing_mlflow_is_an_error(split_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.training.loggers.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"mlflow is not installed; pip install '\.\[mlflow\]'"):
        run(quick_config(epochs=1, loggers=["mlflow"]), split_path, tmp_path)


def test_collapsed_features_are_reported_once(
    split_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    method = RobustConfig(alpha=100, lambda_noisy=100, beta=1e-6, delta_v=0).model_dump()
    with caplog.at_level(logging.WARNING, "roadgrip"):
        run(quick_config(epochs=8, method=method, learning_rate=3e-3, warmup_steps=0), split_path, tmp_path)
    said = [record.message for record in caplog.records if "have collapsed" in record.message]
    assert len(said) == 1
    assert said[0].startswith("epoch 5: ")


@pytest.mark.parametrize("name", sorted(METHOD_CONFIGS))
def test_every_method_learns_the_tiny_classes(name: str, split_path: Path, tmp_path: Path) -> None:
    """Ends above 0.8 on its training pictures and above 0.9 on validation pictures; chance is 0.33."""
    config = quick_config(
        network="timm/test_resnet",
        input={"height": 32, "width": 32},
        epochs=12,
        batch_size=4,
        warmup_steps=0,
        augmentation={"type": "road", "color_jitter": 0, "rotation_deg": 0, "perspective": 0},
        method={"type": name, **({"steps": 2, "step": 4} if name == "pgd" else {})},
    )
    path = run(config, split_path, tmp_path)
    assert max(float(row["train_accuracy"]) for row in history(path)) > 0.8
    assert load(path).best_val_accuracy > 0.9
    artifact, network = load_checkpoint(path)
    assert artifact.method == name
    assert network.spec.head == ("nearest_center" if name in {"mmc", "emc", "hmm"} else "linear")
