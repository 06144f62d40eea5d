from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.robustness import conditions, stage
from benchmarks.robustness.artifact import FILE_NAME, RobustnessReport
from benchmarks.robustness.config import PerturbationGrid, RobustnessConfig
from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import load_artifact
from data_tools.errors import InputError
from data_tools.images.preprocessing import to_model_size
from data_tools.perturbations import perturb
from data_tools.split.artifact import open_split
from export.runtime.session import Classifier
from tests.benchmarks.robustness.tiny_split import without_host, write_split
from tests.export.runtime.tiny_bundle import SPEC

COUNTS = {"dry": 5, "wet": 4, "snow": 3}
CONFIG = RobustnessConfig(
    runs=3,
    batch_size=5,
    threads=1,
    perturbations=(
        PerturbationGrid(name="gaussian_noise", severities=(20, 90)),
        PerturbationGrid(name="occlusion", severities=(3,)),
    ),
)


@pytest.fixture
def split_path(tmp_path: Path) -> Path:
    return write_split(tmp_path / "s", COUNTS)


def naive_accuracies(manifest_path: Path, split_path: Path) -> dict[tuple[str, str, float], list[float]]:
    """Classify picture by picture, disturbing each one anew for every variant."""
    found: dict[tuple[str, str, float], list[float]] = {}
    samples = open_split(split_path).samples["test"]
    for variant in ("fp32", "int8"):
        classifier = Classifier.open(manifest_path, variant)
        for name, severity, runs in (
            ("clean", 0, 1),
            ("gaussian_noise", 20, 3),
            ("gaussian_noise", 90, 3),
            ("occlusion", 3, 3),
        ):
            for run in range(runs):
                correct = 0
                for sample in samples:
                    picture = to_model_size(cv2.imread(str(sample.file))[..., ::-1].copy(), SPEC)
                    if severity:
                        picture = perturb(picture, sample.image_id, name, severity, run)
                    correct += int(classifier.run(picture[None]).probabilities[0].argmax()) == sample.label
                found.setdefault((variant, name, severity), []).append(correct / len(samples))
    return found


def test_numbers_are_those_of_a_naive_loop(manifest_path: Path, split_path: Path, tmp_path: Path):
    path = stage.run(CONFIG, manifest_path, split_path, tmp_path / "out")
    assert path == tmp_path / "out" / FILE_NAME
    report = load_artifact(RobustnessReport, path)
    found = {(row.variant, row.perturbation, row.severity): list(row.accuracy_by_run) for row in report.rows}
    expected = naive_accuracies(manifest_path, split_path)
    assert found == expected
    assert list(found) == list(expected)
    assert any(len(set(values)) > 1 for values in found.values()), "the runs must differ for this test to mean anything"
    assert (report.pictures, report.runs, report.part) == (12, 3, "test")
    assert [(item.role, item.sha256) for item in report.parents] == [
        ("bundle", sha256_file(manifest_path)),
        ("split", sha256_file(split_path)),
    ]


def test_calls_batch_sizes_and_a_subset_of_variants_give_the_same_numbers(
    manifest_path: Path, split_path: Path, tmp_path: Path
):
    first = stage.run(CONFIG, manifest_path, split_path, tmp_path / "a")
    again = stage.run(CONFIG, manifest_path, split_path, tmp_path / "b")
    other = stage.run(CONFIG.model_copy(update={"batch_size": 2}), manifest_path, split_path, tmp_path / "c")
    assert without_host(first) == without_host(again) == without_host(other)
    one = stage.run(CONFIG.model_copy(update={"variants": ("int8",)}), manifest_path, split_path, tmp_path / "d")
    rows = [row for row in without_host(first)["rows"] if row["variant"] == "int8"]
    assert without_host(one)["rows"] == rows


def test_each_disturbed_picture_is_made_once_for_all_variants(
    manifest_path: Path, split_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made: list[tuple] = []

    def counting(picture: np.ndarray, *key: object) -> np.ndarray:
        made.append(key)
        return perturb(picture, *key)

    monkeypatch.setattr(conditions, "perturb", counting)
    stage.run(CONFIG, manifest_path, split_path, tmp_path / "out")
    assert len(made) == len(set(made)) == 12 * 3 * 3


def test_limit_takes_the_classes_in_turn(manifest_path: Path, split_path: Path, tmp_path: Path):
    path = stage.run(CONFIG.model_copy(update={"limit": 6}), manifest_path, split_path, tmp_path / "out")
    report = load_artifact(RobustnessReport, path)
    assert report.pictures == 6
    assert all(row.accuracy_by_run[0] * 6 == pytest.approx(round(row.accuracy_by_run[0] * 6)) for row in report.rows)


def test_progress_ends_at_all_pictures(manifest_path: Path, split_path: Path, tmp_path: Path):
    seen: list[tuple[int, int]] = []
    stage.run(CONFIG, manifest_path, split_path, tmp_path / "out", lambda done, total, what: seen.append((done, total)))
    assert seen == [(5, 12), (10, 12), (12, 12)]


@pytest.mark.parametrize("counts", [{"wet": 1, "dry": 1, "snow": 1}, {"dry": 1, "wet": 1}])
def test_other_classes_are_refused(manifest_path: Path, tmp_path: Path, counts: dict[str, int]):
    path = write_split(tmp_path / "other", counts)
    with pytest.raises(InputError, match=r"expected the bundle's classes dry, wet, snow in this order, got"):
        stage.run(CONFIG, manifest_path, path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_empty_part_is_refused(manifest_path: Path, split_path: Path, tmp_path: Path):
    with pytest.raises(InputError, match="part 'val', but it is empty"):
        stage.run(CONFIG.model_copy(update={"part": "val"}), manifest_path, split_path, tmp_path / "out")


def test_missing_picture_stops_without_a_report(manifest_path: Path, split_path: Path, tmp_path: Path):
    open_split(split_path).samples["test"][7].file.unlink()
    with pytest.raises(InputError, match="no such file"):
        stage.run(CONFIG, manifest_path, split_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
