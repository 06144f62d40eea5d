"""What is planted, and how the search is scored, against lists worked out by hand."""

import json
from collections import Counter
from pathlib import Path

import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import read_records
from data_tools.errors import InputError
from data_tools.split.table import load_table
from pipeline.label_errors.pictures import read_pictures
from pipeline.label_errors.planted import main, plant_labels, score
from pipeline.label_errors.suspects import Suspect
from tests.pipeline.label_errors.tiny_dataset import make_dataset


def suspect(path: str, suggested: str = "wet") -> Suspect:
    return Suspect(path=path, label="dry", suggested=suggested, label_probability=0, suggested_probability=1, score=1)


def test_a_share_of_the_labels_is_wrong_and_nothing_else(dataset_path: Path, tmp_path: Path) -> None:
    before = {file: sha256_file(file) for file in dataset_path.parent.rglob("*") if file.is_file()}
    planted = plant_labels(dataset_path, tmp_path / "copy", 0.25, 0)
    old = read_records(dataset_path.parent / "records.csv")
    new = read_records(planted.dataset.parent / "records.csv")
    changed = {a.path: a.label for a, b in zip(old, new, strict=True) if a.label != b.label}
    assert changed == planted.truth
    assert len(changed) == 18
    assert [a._replace(label=b.label) for a, b in zip(old, new, strict=True)] == new
    dataset, _ = load_table(planted.dataset)
    assert dataset.pictures_by_class == Counter(record.label for record in new)
    assert dataset.groups_by_class == {
        name: len({record.group for record in new if record.label == name}) for name in dataset.classes
    }
    files = [picture.file for picture in read_pictures(planted.dataset).pictures]
    assert files == [picture.file for picture in read_pictures(dataset_path).pictures]
    assert {file: sha256_file(file) for file in before} == before


def test_the_seed_alone_decides(dataset_path: Path, tmp_path: Path) -> None:
    first = plant_labels(dataset_path, tmp_path / "a", 0.1, 1)
    again = plant_labels(dataset_path, tmp_path / "b", 0.1, 1)
    other = plant_labels(dataset_path, tmp_path / "c", 0.1, 2)
    tables = [load_artifact(DatasetArtifact, item.dataset).records.sha256 for item in (first, again, other)]
    assert tables[0] == tables[1] != tables[2]
    assert first.truth == again.truth != other.truth


def test_a_share_of_nothing_is_an_error(dataset_path: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"makes 1 to 72 labels wrong, got 0\.001, which is 0"):
        plant_labels(dataset_path, tmp_path / "copy", 0.001, 0)
    assert not (tmp_path / "copy").exists()


def test_the_score_of_a_list_worked_out_by_hand() -> None:
    listed = [suspect("a"), suspect("x"), suspect("b", "snow"), suspect("y"), suspect("c")]
    truth = {"a": "wet", "b": "wet", "c": "wet", "d": "snow"}
    assert score(listed, truth, {"x", "a"}, [2, 10]) == pytest.approx(
        {
            "planted": 4,
            "doubted": 5,
            "found": 3,
            "precision": 3 / 5,
            "recall": 3 / 4,
            "false alarms": 2,
            "false alarms doubted before planting": 1,
            "right class suggested, of those found": 2 / 3,
            "precision of the worst 2": 1 / 2,
            "recall of the worst 2": 1 / 4,
            "precision of the worst 4": 2 / 4,
            "recall of the worst 4": 2 / 4,
            "precision of the worst 10": 3 / 10,
            "recall of the worst 10": 3 / 4,
            "average precision": (1 + 2 / 3 + 3 / 5) / 4,
        }
    )


def test_an_empty_list_finds_nothing() -> None:
    found = score([], {"a": "wet"}, set(), [])
    assert (found["precision"], found["recall"], found["average precision"]) == (0, 0, 0)


def test_a_run_measures_every_seed(weights_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = make_dataset(tmp_path / "data", 14)
    common = [str(dataset), "--weights", str(weights_file), "--threads", "1", "--work", str(tmp_path / "work")]
    assert main([*common, "--share", "0.1", "--seeds", "2", "--top", "2", "--out", str(tmp_path / "out.json")]) == 0
    rows = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert list(rows) == ["0", "1"]
    assert all(row["planted"] == 4 and row["recall"] >= 0.5 for row in rows.values())
    mean = (rows["0"]["recall"] + rows["1"]["recall"]) / 2
    output = capsys.readouterr().out
    printed = {tuple(line.split()[:3]) for line in output.splitlines()}
    assert ("recall", f"{mean:.3f}", "±") in printed
    assert "doubted before any planting: " in output


def test_a_wrong_value_ends_with_2(dataset_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([str(dataset_path), "--normalization", "0.5", "-1", "--work", str(tmp_path)])
    assert stop.value.code == 2
    assert "std" in capsys.readouterr().err
    assert main([str(tmp_path / "none.json"), "--weights", str(dataset_path), "--work", str(tmp_path)]) == 2
