"""Artifacts on disk: round trips, and every way a file can be wrong."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import Artifact, check_payload, file_ref, load_artifact, parent, save_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.split.artifact import SplitArtifact
from tests.data_tools.artifacts.examples import dataset_artifact, split_artifact

EXAMPLES = [dataset_artifact(), split_artifact()]


def edited(path: Path, example: Artifact, **changes: object) -> Path:
    """Write an artifact's JSON with keys changed; None removes a key."""
    value = json.loads(example.model_dump_json()) | changes
    path.write_text(json.dumps({key: item for key, item in value.items() if item is not None}), encoding="utf-8")
    return path


def one_line_error(cls: type[Artifact], path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_artifact(cls, path)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(path))
    return text


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda item: item.kind)
def test_round_trip(example: Artifact, tmp_path: Path):
    path = save_artifact(example, tmp_path / "new" / "a.json")
    assert path == tmp_path / "new" / "a.json"
    assert load_artifact(type(example), path) == example
    again = save_artifact(load_artifact(type(example), path), tmp_path / "b.json")
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda item: item.kind)
@pytest.mark.parametrize("key", ["schema_version", "producer", "parents"])
def test_missing_key_is_an_error(example: Artifact, key: str, tmp_path: Path):
    path = edited(tmp_path / "a.json", example, **{key: None})
    assert one_line_error(type(example), path) == f"{path}: {key}: missing"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda item: item.kind)
@pytest.mark.parametrize("version", [0, 1, 3, "2", 2.5])
def test_another_schema_version_is_an_error(example: Artifact, version: object, tmp_path: Path):
    path = edited(tmp_path / "a.json", example, schema_version=version)
    assert f"schema_version: expected 2, got {version!r}" in one_line_error(type(example), path)


def test_wrong_kind_is_named(tmp_path: Path):
    path = edited(tmp_path / "a.json", dataset_artifact(), kind="split")
    assert "kind: expected 'dataset', got 'split'" in one_line_error(DatasetArtifact, path)


def test_another_json_file_is_no_artifact(tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_text('{"schema_version": 2, "issues": []}')
    assert one_line_error(DatasetArtifact, path).startswith(
        f"{path}: expected a DatasetArtifact's JSON file, but it has"
    )


def test_another_class_does_not_load(tmp_path: Path):
    path = save_artifact(split_artifact(), tmp_path / "a.json")
    assert "kind" in one_line_error(DatasetArtifact, path)


def test_unknown_key_names_the_closest(tmp_path: Path):
    path = edited(tmp_path / "a.json", dataset_artifact(), picturs=3)
    assert f"{path}: picturs: unknown key; did you mean 'pictures'?" in one_line_error(DatasetArtifact, path)


def test_unknown_nested_key_is_named_with_its_full_path(tmp_path: Path):
    item = {"role": "dataset", "path": "d.json", "sha256": "0" * 64, "rol": 1}
    path = edited(tmp_path / "a.json", split_artifact(), parents=[item])
    expected = "parents.0.rol: unknown key; did you mean 'role'? (known: role, path, sha256)"
    assert expected in one_line_error(SplitArtifact, path)


@pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, "G" * 64, "AB" * 32])
def test_digest_must_be_a_sha256(digest: str, tmp_path: Path):
    item = {"path": "records.csv", "sha256": digest, "size_bytes": 1}
    path = edited(tmp_path / "a.json", dataset_artifact(), records=item)
    assert "records.sha256" in one_line_error(DatasetArtifact, path)


def test_split_with_a_leak_cannot_be_stored(tmp_path: Path):
    path = edited(tmp_path / "a.json", split_artifact(), groups_in_two_parts=1)
    assert "groups_in_two_parts" in one_line_error(SplitArtifact, path)


def test_json_cut_off_anywhere_is_one_line(tmp_path: Path):
    whole = dataset_artifact().model_dump_json(indent=2).encode()
    path = tmp_path / "a.json"
    for size in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:size])
        assert "expected JSON" in one_line_error(DatasetArtifact, path) or "cannot be read" in one_line_error(
            DatasetArtifact, path
        )


@pytest.mark.parametrize("data", [b"\xff\xfe{}", b"[]", b"3", b"null", b'"text"'])
def test_no_object_is_an_error(data: bytes, tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_bytes(data)
    one_line_error(DatasetArtifact, path)


def test_non_utf8_is_named(tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_bytes(b'{"kind": "\xff"}')
    assert "cannot be read as a DatasetArtifact (UnicodeDecodeError)" in one_line_error(DatasetArtifact, path)


def test_missing_file_and_folder_are_errors(tmp_path: Path):
    assert "expected a DatasetArtifact's JSON file; it does not exist" in one_line_error(
        DatasetArtifact, tmp_path / "nowhere.json"
    )
    assert "IsADirectoryError" in one_line_error(DatasetArtifact, tmp_path)


def test_artifacts_are_frozen():
    artifact = dataset_artifact()
    with pytest.raises(ValidationError, match="frozen"):
        artifact.pictures = 4
    with pytest.raises(ValidationError, match="frozen"):
        artifact.records.path = "other"


def test_parent_path_resolves_back_from_anywhere(tmp_path: Path):
    source = save_artifact(dataset_artifact(), tmp_path / "a" / "data" / "dataset.json")
    for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "data", tmp_path / "a" / "split", tmp_path / "b/c/d"):
        found = parent("dataset", source, folder)
        assert (folder / found.path).resolve() == source.resolve()
        assert found.sha256 == sha256_file(source)
        assert not Path(found.path).is_absolute()


def test_parent_path_survives_moving_both(tmp_path: Path):
    source = save_artifact(dataset_artifact(), tmp_path / "run" / "data" / "dataset.json")
    found = parent("dataset", source, tmp_path / "run" / "split")
    (tmp_path / "run").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "split" / found.path).resolve() == (tmp_path / "moved/data/dataset.json").resolve()


@pytest.fixture
def stored(tmp_path: Path) -> tuple[DatasetArtifact, Path]:
    files = [tmp_path / "records.csv", tmp_path / "deep" / "issues.csv", tmp_path / "deep" / "near_duplicates.csv"]
    files[1].parent.mkdir()
    for file in files:
        file.write_bytes(bytes(range(50)))
    refs = {file.stem: file_ref(file, tmp_path) for file in files}
    return dataset_artifact(**refs), tmp_path


def test_payload_lists_every_file(stored: tuple[DatasetArtifact, Path]):
    artifact, folder = stored
    check_payload(artifact, folder)
    assert [(ref.path, ref.size_bytes) for ref in artifact.payload()] == [
        ("records.csv", 50),
        ("deep/issues.csv", 50),
        ("deep/near_duplicates.csv", 50),
    ]


@pytest.mark.parametrize("name", ["records.csv", "deep/issues.csv"])
def test_any_flipped_byte_of_the_payload_is_found(stored: tuple[DatasetArtifact, Path], name: str):
    artifact, folder = stored
    whole = (folder / name).read_bytes()
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 1
        (folder / name).write_bytes(changed)
        with pytest.raises(CheckFailedError, match=f"{name}: changed after it was written"):
            check_payload(artifact, folder)
    (folder / name).write_bytes(whole)
    check_payload(artifact, folder)


@pytest.mark.parametrize("name", ["records.csv", "deep/issues.csv"])
def test_missing_payload_is_named(stored: tuple[DatasetArtifact, Path], name: str):
    artifact, folder = stored
    (folder / name).unlink()
    with pytest.raises(CheckFailedError, match=f"{name}: missing"):
        check_payload(artifact, folder)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"kind": ' * 100_000, "9" * 5000], ids=["list", "object", "number"])
def test_json_that_python_cannot_parse_is_an_error(text: str, tmp_path: Path):
    (tmp_path / "a.json").write_text(text)
    assert one_line_error(DatasetArtifact, tmp_path / "a.json").startswith(f"{tmp_path / 'a.json'}: expected")
