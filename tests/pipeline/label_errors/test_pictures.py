from pathlib import Path

import pytest

from data_tools.artifacts.model import load_artifact, save_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.errors import CheckFailedError, InputError
from pipeline.label_errors.pictures import read_pictures
from tests.pipeline.label_errors.tiny_dataset import CLASSES, make_dataset


def test_every_picture_has_its_label_group_and_file(dataset_path: Path) -> None:
    classes, pictures = read_pictures(dataset_path)
    assert classes == CLASSES
    assert len(pictures) == 72
    assert all(picture.file == (dataset_path.parent / picture.path).resolve() for picture in pictures)
    assert all(picture.file.is_file() for picture in pictures)
    assert {picture.label for picture in pictures} == set(CLASSES)
    assert pictures[3][:3] == ("dry/3.png", "dry", "dry-1")


def test_groups_with_near_duplicates_are_joined(tmp_path: Path) -> None:
    path = make_dataset(tmp_path, 4, [("snow-1", "wet-0"), ("dry-1", "snow-1")])
    found = {picture.path: picture.group for picture in read_pictures(path).pictures}
    assert {found[name] for name in ("snow/2.png", "snow/3.png", "wet/0.png", "dry/2.png")} == {"dry-1"}
    assert found["snow/0.png"] == "snow-0"


def test_a_changed_table_and_an_unknown_label_are_errors(tmp_path: Path) -> None:
    path = make_dataset(tmp_path, 4)
    dataset = load_artifact(DatasetArtifact, path)
    save_artifact(dataset.model_copy(update={"classes": ("dry", "wet", "ice")}), path)
    with pytest.raises(InputError, match="expected the labels dry, wet, ice, got snow"):
        read_pictures(path)
    with (tmp_path / "near_duplicates.csv").open("a", encoding="utf-8") as stream:
        stream.write("x\n")
    with pytest.raises(CheckFailedError, match=r"near_duplicates\.csv: changed"):
        read_pictures(path)
    with pytest.raises(InputError, match="does not exist"):
        read_pictures(tmp_path / "none.json")
