import logging
from pathlib import Path

import numpy as np
import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import file_ref, load_artifact, save_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.images.decode import read_picture
from data_tools.images.preprocessing import to_model_size
from data_tools.perturbations import perturb
from data_tools.split.artifact import Part, open_split
from pipeline.evaluation.artifact import EvaluationArtifact
from pipeline.evaluation.config import EvaluateConfig
from pipeline.evaluation.prediction import predict_logits
from pipeline.evaluation.stage import run
from pipeline.training.artifact import CheckpointArtifact
from pipeline.training.networks import load_checkpoint
from pipeline.training.networks.checkpoint import save_weights
from tests.pipeline.training.tiny_split import CLASSES, make_split
from tests.pipeline.training.untrained import make_checkpoint

CONFIG = EvaluateConfig(sigma=60, runs=3, batch_size=4)


def test_equals_a_picture_by_picture_loop(checkpoint_path: Path, split_path: Path, tmp_path: Path) -> None:
    reports: list[tuple[int, int, str]] = []
    path = run(CONFIG, checkpoint_path, split_path, tmp_path, lambda *report: reports.append(report))
    assert reports == [(4, 9, "evaluating"), (8, 9, "evaluating"), (9, 9, "evaluating")]
    found = load_artifact(EvaluationArtifact, path)
    artifact, network = load_checkpoint(checkpoint_path)
    hits: dict[int, list[bool]] = {run_index: [] for run_index in (-1, 0, 1, 2)}
    samples = open_split(split_path).samples["test"]
    for sample in samples:
        picture = to_model_size(read_picture(sample.file), artifact.preprocessing)
        for index, list_of_hits in hits.items():
            view = picture if index < 0 else perturb(picture, sample.image_id, "gaussian_noise", 60, index)
            logits = predict_logits(network, artifact.preprocessing, view[None])
            list_of_hits.append(int(logits.argmax()) == sample.label)
    assert found.clean.accuracy.successes == sum(hits[-1])
    by_run = [float(np.mean(hits[index])) for index in range(3)]
    assert found.noisy.accuracy_by_run == pytest.approx(by_run)
    assert found.noisy.accuracy_mean == pytest.approx(np.mean(by_run))
    assert found.noisy.accuracy_std == pytest.approx(np.std(by_run, ddof=1))
    assert found.noisy.pooled.accuracy.trials == 27
    for source in ("car", "web"):
        own = [hit for hit, sample in zip(hits[-1], samples, strict=True) if sample.source == source]
        share = found.clean_accuracy_by_source[source]
        assert (share.successes, share.trials) == (sum(own), len(own))


def test_the_artifact_names_its_parents(checkpoint_path: Path, split_path: Path, tmp_path: Path) -> None:
    found = load_artifact(EvaluationArtifact, run(CONFIG, checkpoint_path, split_path, tmp_path / "new"))
    assert [(item.role, item.sha256) for item in found.parents] == [
        ("checkpoint", sha256_file(checkpoint_path)),
        ("split", sha256_file(split_path)),
    ]
    assert (found.classes, found.part, found.noisy.sigma) == (CLASSES, "test", 60)


def test_batch_size_does_not_matter_and_one_run_has_no_spread(
    checkpoint_path: Path, split_path: Path, tmp_path: Path
) -> None:
    results = []
    for size in (1, 100):
        config = EvaluateConfig(part="val", runs=1, batch_size=size)
        found = load_artifact(EvaluationArtifact, run(config, checkpoint_path, split_path, tmp_path / str(size)))
        results.append((found.clean.confusion, found.noisy.accuracy_by_run, found.noisy.accuracy_std))
    assert results[0] == results[1]
    assert results[0][2] == 0


def test_another_split_is_warned_of(
    split_path: Path, checkpoint_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "roadgrip"):
        run(CONFIG, checkpoint_path, split_path, tmp_path / "same")
        assert caplog.text == ""
        run(CONFIG, make_checkpoint(tmp_path / "stranger")[0], split_path, tmp_path / "other")
    assert "is not the split that this was trained on" in caplog.text


def test_wrong_inputs_are_errors(checkpoint_path: Path, split_path: Path, tmp_path: Path) -> None:
    sizes: dict[Part, int] = {"train": 1, "val": 1, "calibration": 1, "test": 0}
    empty = make_split(tmp_path / "empty", sizes)
    with pytest.raises(InputError, match="expected pictures in the test part, got none"):
        run(CONFIG, checkpoint_path, empty, tmp_path)
    other, _ = make_checkpoint(tmp_path / "other")
    changed = load_artifact(CheckpointArtifact, other).model_copy(update={"classes": ("snow", "wet", "dry")})
    save_artifact(changed, other)
    with pytest.raises(InputError, match=r"expected the checkpoint's classes \('snow', 'wet', 'dry'\)"):
        run(CONFIG, other, split_path, tmp_path)
    assert not (tmp_path / "evaluation.json").exists()


def test_a_network_that_is_not_finite_is_noticed(split_path: Path, tmp_path: Path) -> None:
    path, network = make_checkpoint(tmp_path)
    network.head.weight.data.fill_(float("nan"))
    save_weights(network.state_dict(), tmp_path / "model.safetensors")
    artifact = load_artifact(CheckpointArtifact, path)
    weights = file_ref(tmp_path / "model.safetensors", tmp_path)
    save_artifact(artifact.model_copy(update={"weights": weights}), path)
    with pytest.raises(CheckFailedError, match="output is not finite"):
        run(CONFIG, path, split_path, tmp_path / "out")
