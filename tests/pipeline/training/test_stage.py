import csv
import signal
from pathlib import Path

import pytest
import torch

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import load_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.split.artifact import Part
from pipeline.training import stage
from pipeline.training.artifact import CheckpointArtifact
from pipeline.training.augmentation_config import RoadAugmentation
from pipeline.training.config import TrainConfig
from pipeline.training.method_config import NormalConfig
from pipeline.training.networks import load_checkpoint
from pipeline.training.stage import run
from tests.pipeline.training.quick import quick_config
from tests.pipeline.training.tiny_split import CLASSES, make_split

EXPECTED_VERSIONS = {"torch", "torchvision", "lightning", "albumentations", "opencv", "numpy", "python"}


def weights_sha256(path: Path) -> str:
    return load_artifact(CheckpointArtifact, path).weights.sha256


def history(path: Path) -> list[dict[str, str]]:
    with (path.parent / "history.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def trained(split_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted training of three epochs."""
    return run(quick_config(epochs=3), split_path, tmp_path_factory.mktemp("trained"))


def test_the_artifact_names_all_that_is_needed(trained: Path, split_path: Path) -> None:
    artifact, network = load_checkpoint(trained)
    assert artifact.classes == CLASSES
    assert (artifact.method, artifact.epochs, artifact.initial_weights.type) == ("robust", 3, "scratch")
    assert [(item.role, item.sha256) for item in artifact.parents] == [("split", sha256_file(split_path))]
    assert (trained.parent / artifact.parents[0].path).resolve() == split_path.resolve()
    assert set(artifact.versions) - {"timm"} == EXPECTED_VERSIONS
    assert not network.training
    assert not (trained.parent / "resume").exists()
    assert list((trained.parent / "tensorboard").glob("events.out.tfevents.*"))


def test_the_weights_hold_the_methods_buffers_in_float32(trained: Path) -> None:
    import safetensors.torch

    state = safetensors.torch.load_file(trained.parent / "model.safetensors")
    assert state["method.discriminative.centroids"].shape == (3, 16)
    assert state["method.discriminative.seen"].all()
    assert {value.dtype for value in state.values() if value.is_floating_point()} == {torch.float32}


def test_the_history_has_a_row_an_epoch(trained: Path) -> None:
    rows = history(trained)
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    expected = "learning_rate loss loss_cross_entropy loss_compact loss_margin loss_reg loss_noisy train_accuracy"
    assert set(expected.split()) | {"val_accuracy", "val_accuracy_noisy", "val_loss", "seconds"} < set(rows[0])
    best = load_artifact(CheckpointArtifact, trained)
    assert float(rows[best.best_epoch]["val_accuracy"]) == pytest.approx(best.best_val_accuracy, abs=1e-5)
    scores = [(float(row["val_accuracy"]) + float(row["val_accuracy_noisy"])) / 2 for row in rows]
    assert best.selected_by == "clean_and_noisy"
    assert scores[best.best_epoch] == pytest.approx(max(scores), abs=1e-5)


def test_two_trainings_end_bit_identical(trained: Path, split_path: Path, tmp_path: Path) -> None:
    torch.rand(7)  # whatever this process drew before must not matter
    again = run(quick_config(epochs=3), split_path, tmp_path / "again")
    assert weights_sha256(again) == weights_sha256(trained)
    other = run(quick_config(epochs=3, seed=1), split_path, tmp_path / "other")
    assert weights_sha256(other) != weights_sha256(trained)


def test_an_interrupted_training_goes_on_and_ends_bit_identical(
    trained: Path, split_path: Path, tmp_path: Path
) -> None:
    handler = signal.getsignal(signal.SIGINT)
    reports: list[tuple[int, int, str]] = []

    def interrupt(done: int, total: int, what: str) -> None:
        reports.append((done, total, what))
        if done == 2 and len(reports) == 2:
            raise KeyboardInterrupt

    config, kept = quick_config(epochs=3, num_workers=1, loggers=["csv"]), tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        run(config, split_path, tmp_path / "out", interrupt, resume_dir=kept)
    assert signal.getsignal(signal.SIGINT) is handler
    assert (kept / "last.ckpt").is_file()
    assert not (tmp_path / "out" / "checkpoint.json").exists()
    path = run(config, split_path, tmp_path / "out", interrupt, resume_dir=kept)
    assert reports == [(1, 3, "training"), (2, 3, "training"), (3, 3, "training")]
    assert weights_sha256(path) == weights_sha256(trained)
    assert [row["epoch"] for row in history(path)] == ["0", "1", "2"]
    assert [row["loss"] for row in history(path)] == [row["loss"] for row in history(trained)]
    with (tmp_path / "out" / "csv" / "metrics.csv").open(encoding="utf-8") as stream:
        assert [row["step"] for row in csv.DictReader(stream)] == ["0", "1", "2"]  # loggers are told what was before
    assert (kept / "last.ckpt").is_file()  # for the caller to remove once the result is in its place


def test_a_crash_after_the_last_epoch_costs_no_epoch(
    trained: Path, split_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(stage, "save_weights", full)
        with pytest.raises(OSError, match="disk full"):
            run(quick_config(epochs=3), split_path, tmp_path)
    reports: list[int] = []
    path = run(quick_config(epochs=3), split_path, tmp_path, lambda done, total, what: reports.append(done))
    assert reports == []
    assert weights_sha256(path) == weights_sha256(trained)


def test_another_configuration_starts_anew(split_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def stop(done: int, total: int, what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(quick_config(), split_path, tmp_path, stop)
    path = run(quick_config(epochs=1), split_path, tmp_path)
    assert "another configuration" in caplog.text
    assert load_artifact(CheckpointArtifact, path).epochs == 1


@pytest.mark.parametrize(
    "config",
    [
        quick_config(epochs=1, method=NormalConfig().model_dump()),
        quick_config(epochs=1, embedding_dim=None),
        quick_config(epochs=1, network="mobilenet_v3_large", schedule="constant"),
    ],
    ids=["normal", "torchvision's classifier", "large"],
)
def test_every_kind_trains(config: TrainConfig, split_path: Path, tmp_path: Path) -> None:
    artifact, network = load_checkpoint(run(config, split_path, tmp_path))
    assert artifact.network == network.spec
    assert ("val_accuracy_noisy" in history(tmp_path / "checkpoint.json")[0]) == (config.method.type == "robust")


def test_dropout_draws_are_repeated_too(split_path: Path, tmp_path: Path) -> None:
    shas = {
        weights_sha256(run(quick_config(epochs=1, embedding_dim=None), split_path, tmp_path / str(index)))
        for index in range(2)
    }
    assert len(shas) == 1


def test_a_training_part_smaller_than_a_batch_trains(tmp_path: Path) -> None:
    sizes: dict[Part, int] = {"train": 1, "val": 1, "calibration": 1, "test": 1}
    split = make_split(tmp_path / "split", sizes)
    path = run(quick_config(epochs=1, batch_size=64), split, tmp_path / "out")
    assert load_artifact(CheckpointArtifact, path).epochs == 1


def test_it_learns_the_tiny_classes(split_path: Path, tmp_path: Path) -> None:
    still = RoadAugmentation(color_jitter=0, rotation_deg=0, perspective=0, horizontal_flip_probability=0.5)
    config = quick_config(epochs=8, batch_size=4, warmup_steps=0, augmentation=still.model_dump())
    rows = history(run(config, split_path, tmp_path))
    assert max(float(row["train_accuracy"]) for row in rows) > 0.8
    assert float(rows[-1]["val_accuracy"]) > 0.6  # from random weights: batch-norm statistics have caught up


def test_a_loss_that_is_not_finite_stops_the_training(split_path: Path, tmp_path: Path) -> None:
    import torchvision

    state = torchvision.models.mobilenet_v3_small(weights=None).state_dict()
    state["classifier.0.weight"].fill_(float("nan"))
    torch.save(state, tmp_path / "nan.pth")
    with pytest.raises(
        CheckFailedError, match=r"no longer finite in epoch 0 .*loss_cross_entropy = nan.*learning_rate"
    ):
        run(quick_config(weights=str(tmp_path / "nan.pth")), split_path, tmp_path / "out")
    assert not (tmp_path / "out" / "checkpoint.json").exists()


@pytest.mark.parametrize("num_workers", [0, 1])
def test_a_picture_that_vanished_is_a_one_line_error(tmp_path: Path, num_workers: int) -> None:
    split = make_split(tmp_path / "split")
    for index in range(7):
        (tmp_path / "split" / "wet" / f"train_{index}.png").unlink()
    with pytest.raises(InputError, match=r"^\S*train_\d\.png: no such file$"):
        run(quick_config(num_workers=num_workers), split, tmp_path / "out")


def test_a_gpu_that_is_not_there_is_an_error(split_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"train\.accelerator: expected a CUDA GPU"):
        run(quick_config(accelerator="gpu"), split_path, tmp_path)


def test_a_missing_class_or_part_is_an_error(tmp_path: Path) -> None:
    no_val: dict[Part, int] = {"train": 2, "val": 0, "calibration": 1, "test": 1}
    with pytest.raises(InputError, match="expected validation pictures, got none"):
        run(quick_config(), make_split(tmp_path / "no_val", no_val), tmp_path / "out")
    no_train: dict[Part, int] = {"train": 0, "val": 1, "calibration": 1, "test": 1}
    with pytest.raises(InputError, match="expected 2 or more training pictures, got 0"):
        run(quick_config(), make_split(tmp_path / "no_train", no_train), tmp_path / "out")
