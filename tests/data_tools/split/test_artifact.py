"""Opening a split: samples resolve to files, and every later change is refused."""

import json
from pathlib import Path

import pytest

from data_tools.artifacts.atomic import new_folder
from data_tools.artifacts.model import file_ref
from data_tools.errors import CheckFailedError, InputError
from data_tools.images.decode import read_picture
from data_tools.split.artifact import PARTS, open_split
from data_tools.split.config import SplitConfig
from data_tools.split.stage import run
from tests.data_tools.pictures import CLASSES, write_picture
from tests.data_tools.split.by_hand import save_split
from tests.data_tools.split.records import drives, write_dataset


@pytest.fixture
def split_path(tmp_path: Path) -> Path:
    dataset = write_dataset(tmp_path / "run" / "data", drives(6, 2))
    return run(SplitConfig(tolerance=1), dataset, tmp_path / "run" / "split")


def test_samples_resolve_to_pictures(tmp_path: Path):
    rows = drives(5, 2)
    dataset = write_dataset(tmp_path / "run" / "data", rows)
    root = tmp_path / "run" / "data" / "pictures"
    for row in rows:
        write_picture(root / row.path)
    with new_folder(tmp_path / "run" / "split") as folder:  # as the runner does
        run(SplitConfig(tolerance=1), dataset, folder)
    opened = open_split(tmp_path / "run" / "split" / "split.json")
    assert (opened.classes, opened.dataset_path) == (CLASSES, dataset.resolve())
    assert tuple(opened.samples) == PARTS
    samples = [sample for part in PARTS for sample in opened.samples[part]]
    assert len(samples) == len({sample.image_id for sample in samples}) == 30
    for sample in samples:
        assert read_picture(sample.file).shape == (24, 32, 3)
        assert sample.file == root.resolve() / sample.image_id
        assert sample.image_id.split("/")[0] == CLASSES[sample.label]
        assert sample.image_id.split("/")[1] == sample.group
        assert sample.source == "car"
    groups = [{sample.group for sample in opened.samples[part]} for part in PARTS]
    assert sum(map(len, groups)) == len(set().union(*groups)) == 15


def test_moved_run_still_opens(split_path: Path, tmp_path: Path):
    before = open_split(split_path)
    (tmp_path / "run").rename(tmp_path / "moved")
    after = open_split(tmp_path / "moved" / "split" / "split.json")
    assert after.dataset_path == (tmp_path / "moved" / "data" / "dataset.json").resolve()
    for part in PARTS:
        assert [item.image_id for item in after.samples[part]] == [item.image_id for item in before.samples[part]]
        assert all(item.file.is_relative_to(tmp_path / "moved") for item in after.samples[part])


@pytest.mark.parametrize(
    "name",
    [
        "split/assignment.csv",
        "split/ledger.csv",
        "data/dataset.json",
        "data/records.csv",
        "data/near_duplicates.csv",
    ],
)
def test_any_later_change_is_refused(name: str, split_path: Path):
    file = split_path.parent.parent / name
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(CheckFailedError, match=f"{file.name}: changed after"):
        open_split(split_path)


@pytest.mark.parametrize("name", ["split/assignment.csv", "data/records.csv"])
def test_missing_table_is_refused(name: str, split_path: Path):
    (split_path.parent.parent / name).unlink()
    with pytest.raises(CheckFailedError, match="missing"):
        open_split(split_path)


def test_missing_data_set_or_split(split_path: Path, tmp_path: Path):
    (tmp_path / "run" / "data" / "dataset.json").unlink()
    with pytest.raises(InputError, match=r"its data set .*dataset\.json is missing; build it again or move it back"):
        open_split(split_path)
    with pytest.raises(InputError, match="does not exist"):
        open_split(tmp_path / "nowhere.json")


@pytest.mark.parametrize("count", [0, 2])
def test_split_needs_exactly_one_data_set(count: int, split_path: Path):
    value = json.loads(split_path.read_text())
    value["parents"] *= count
    split_path.write_text(json.dumps(value))
    with pytest.raises(InputError, match=r"split\.json: expected one parent with the role dataset, got \d") as caught:
        open_split(split_path)
    assert "\n" not in str(caught.value)


def test_left_out_pictures_are_in_no_part(tmp_path: Path):
    rows = drives(4, 2)
    dataset = write_dataset(tmp_path / "data", rows)
    part_of = {row.path: "train" for row in rows[2:]}
    path = save_split(tmp_path / "split", dataset, part_of)
    opened = open_split(path)
    assert [sample.image_id for sample in opened.samples["train"]] == list(part_of)
    assert not any(opened.samples[part] for part in PARTS[1:])


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("train,\n", "val,\n", CheckFailedError, r"lists \[8, 8, 8\] pictures in train, but its table has \[7, 8, 8\]"),
        ("train,\n", "trian,\n", InputError, "a picture has neither a part nor a reason"),
        ("train,\n", ",\n", InputError, "a picture has neither a part nor a reason"),
        ("dry/", "dry/x", InputError, "expected one row for each picture of the data set"),
        ("path,part,reason", "path,part", InputError, "expected the columns path, part, reason"),
    ],
)
def test_a_table_that_was_hashed_again_must_still_fit(
    old: str, new: str, error: type[Exception], message: str, tmp_path: Path
):
    rows = drives(4, 2)
    dataset = write_dataset(tmp_path / "data", rows)
    path = save_split(tmp_path / "split", dataset, dict.fromkeys((row.path for row in rows), "train"))
    table = path.parent / "assignment.csv"
    table.write_text(table.read_text().replace(old, new, 1))
    value = json.loads(path.read_text())
    value["assignment"] = file_ref(table, path.parent).model_dump()
    path.write_text(json.dumps(value))
    with pytest.raises(error, match=message):
        open_split(path)
