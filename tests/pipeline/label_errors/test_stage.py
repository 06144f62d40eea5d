import logging
from pathlib import Path

import pytest
import torch

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.lineage import ancestors
from data_tools.errors import CheckFailedError, InputError
from pipeline.label_errors import stage
from pipeline.label_errors.artifact import OpenLabelErrors, open_label_errors
from pipeline.label_errors.config import LabelErrorConfig
from pipeline.label_errors.stage import check_labels
from tests.pipeline.label_errors.tiny_dataset import CLASSES, SWAPPED, make_dataset


def config(weights_file: Path, **changes: object) -> LabelErrorConfig:
    base = {"weights": str(weights_file), "height": 32, "width": 32, "folds": 4, "device": "cpu", "threads": 1}
    return LabelErrorConfig.model_validate({**base, **changes})


@pytest.fixture(scope="module")
def result(dataset_path: Path, weights_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return check_labels(config(weights_file), dataset_path, tmp_path_factory.mktemp("run") / "labels")


@pytest.fixture
def opened(result: Path) -> OpenLabelErrors:
    return open_label_errors(result)


def test_the_swapped_pictures_are_doubted_most(opened: OpenLabelErrors) -> None:
    worst = opened.suspects[:2]
    assert {suspect.path: suspect.suggested for suspect in worst} == SWAPPED
    assert len(opened.suspects) <= 4
    assert opened.artifact.suspected == len(opened.suspects)
    assert opened.artifact.suspected_by_class["dry"]["snow"] == 1
    assert opened.artifact.suspected_by_class["snow"]["dry"] == 1
    assert sum(sum(row.values()) for row in opened.artifact.suspected_by_class.values()) == len(opened.suspects)


def test_the_artifact_says_how_they_were_found(
    opened: OpenLabelErrors, result: Path, dataset_path: Path, weights_file: Path
) -> None:
    artifact = opened.artifact
    assert [(item.role, item.sha256) for item in artifact.parents] == [("dataset", sha256_file(dataset_path))]
    assert [link.kind for link in ancestors(result)] == ["label_errors", "dataset"]
    assert artifact.weights.sha256 == sha256_file(weights_file)
    assert (artifact.classes, artifact.pictures, artifact.groups, artifact.folds) == (CLASSES, 72, 36, 4)
    assert artifact.accuracy.successes >= 66
    assert artifact.largest_class == pytest.approx(1 / 3)
    assert tuple(artifact.thresholds) == CLASSES
    assert str(artifact.inverse_regularization) in artifact.log_loss_by_inverse_regularization
    assert (artifact.preprocessing.height, artifact.feature_dim) == (32, 1600)
    assert set(artifact.versions) == {"torch", "torchvision", "scikit-learn", "cleanlab", "numpy"}


def test_the_same_run_gives_the_same_bytes_and_says_nothing(
    result: Path,
    dataset_path: Path,
    weights_file: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = sorted((path, sha256_file(path)) for path in dataset_path.parent.rglob("*") if path.is_file())
    torch.manual_seed(99)
    again = check_labels(config(weights_file), dataset_path, tmp_path / "labels")
    assert (tmp_path / "labels" / "label_errors.csv").read_bytes() == (result.parent / "label_errors.csv").read_bytes()
    first, second = open_label_errors(result).artifact, open_label_errors(again).artifact
    assert first.model_copy(update={"parents": ()}) == second.model_copy(update={"parents": ()})
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""
    after = sorted((path, sha256_file(path)) for path in dataset_path.parent.rglob("*") if path.is_file())
    assert after == before


def test_progress_names_both_works(dataset_path: Path, weights_file: Path, tmp_path: Path) -> None:
    reports: list[tuple[int, int, str]] = []
    settings = config(weights_file, inverse_regularization=[0.01], batch_size=36)
    check_labels(settings, dataset_path, tmp_path, lambda *report: reports.append(report))
    looking = [(36, 72, "looking at pictures"), (72, 72, "looking at pictures")]
    assert reports == [*looking, *((done, 4, "cross-validating") for done in range(1, 5))]


def test_a_changed_table_and_a_damaged_artifact_are_errors(
    dataset_path: Path, weights_file: Path, tmp_path: Path
) -> None:
    path = check_labels(config(weights_file, inverse_regularization=[0.01]), dataset_path, tmp_path)
    table = tmp_path / "label_errors.csv"
    original = table.read_bytes()
    table.write_bytes(original + b"x\n")
    with pytest.raises(CheckFailedError, match=r"label_errors\.csv: changed"):
        open_label_errors(path)
    table.write_bytes(original)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"schema_version": 1', '"schema_version": 2'), encoding="utf-8")
    with pytest.raises(InputError, match="schema_version"):
        open_label_errors(path)
    path.write_text(text[:-50], encoding="utf-8")
    with pytest.raises(InputError, match="breaks off"):
        open_label_errors(path)


def test_too_few_groups_are_an_error_before_any_picture_is_opened(
    dataset_path: Path, weights_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "load_frozen", lambda _: pytest.fail("loaded a network"))
    with pytest.raises(InputError, match=r"dataset\.json: expected 13 or more groups of every class.* dry has 12"):
        check_labels(config(weights_file, folds=13), dataset_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_classes_that_look_alike_are_warned_of(
    weights_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = make_dataset(tmp_path / "data", 8)
    grey = (tmp_path / "data" / "dry" / "0.png").read_bytes()
    for picture in (tmp_path / "data").rglob("*.png"):
        picture.write_bytes(grey)
    with caplog.at_level(logging.WARNING, "roadgrip"):
        check_labels(config(weights_file, inverse_regularization=[0.01]), path, tmp_path / "out")
    assert "no better than guessing" in caplog.text
