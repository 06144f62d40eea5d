"""Give every kind of bad input to the command line: one line of error or a listed finding, and nothing half-written."""

import csv
import json
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from export.runtime.seal import seal
from tests.export.runtime.tiny_bundle import flip_byte, write_bundle
from tests.pipeline.cli.conftest import Result
from tests.pipeline.stages.tiny_run import tiny_tree, write_config

Cli = Callable[..., Result]


def picture(seed: int, height: int = 40, width: int = 48) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Class folders with five good pictures each."""
    root = tmp_path / "roads"
    for label, name in enumerate(("dry", "wet", "snow")):
        (root / name).mkdir(parents=True)
        for index in range(5):
            cv2.imwrite(str(root / name / f"{index}.jpg"), picture(10 * label + index))
    return root


def build(roadgrip: Cli, source: Path, out: Path) -> Result:
    result = roadgrip("data", "build", source, "--out", out)
    if result.code:
        assert not out.exists(), "a failed build left a result"
        assert [item.name for item in out.parent.glob(".*")] == [], "a failed build left a temporary folder"
    return result


def set_aside(out: Path) -> dict[str, str]:
    with (out / "issues.csv").open(newline="") as stream:
        return {row["path"]: row["issue"] for row in csv.DictReader(stream) if row["action"] == "quarantine"}


def test_good_folders_build(roadgrip: Cli, folders: Path, tmp_path: Path) -> None:
    assert build(roadgrip, folders, tmp_path / "out").code == 0
    assert set_aside(tmp_path / "out") == {}


def test_missing_folder(roadgrip: Cli, tmp_path: Path) -> None:
    result = build(roadgrip, tmp_path / "nowhere", tmp_path / "out")
    assert result.code == 2
    assert "does not exist" in result.error


def test_class_folder_without_pictures(roadgrip: Cli, folders: Path, tmp_path: Path) -> None:
    for file in (folders / "snow").iterdir():
        file.unlink()
    result = build(roadgrip, folders, tmp_path / "out")
    assert result.code == 2
    assert "snow: expected pictures" in result.error


def test_one_class_only(roadgrip: Cli, folders: Path, tmp_path: Path) -> None:
    for name in ("wet", "snow"):
        for file in (folders / name).iterdir():
            file.unlink()
        (folders / name).rmdir()
    result = build(roadgrip, folders, tmp_path / "out")
    assert result.code == 2
    assert "missing: wet, snow" in result.error


def test_text_file_named_jpg(roadgrip: Cli, folders: Path, tmp_path: Path) -> None:
    (folders / "dry" / "note.jpg").write_text("not a picture")
    assert build(roadgrip, folders, tmp_path / "out").code == 0
    assert set_aside(tmp_path / "out") == {"dry/note.jpg": "unreadable"}


def test_truncated_jpeg(roadgrip: Cli, folders: Path, tmp_path: Path) -> None:
    data = (folders / "dry" / "0.jpg").read_bytes()
    (folders / "dry" / "0.jpg").write_bytes(data[: len(data) // 2])
    assert build(roadgrip, folders, tmp_path / "out").code == 0
    assert set_aside(tmp_path / "out") == {"dry/0.jpg": "truncated"}


def test_picture_of_one_pixel(roadgrip: Cli, folders: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(folders / "wet" / "dot.png"), picture(1, 1, 1))
    assert build(roadgrip, folders, tmp_path / "out").code == 0
    assert set_aside(tmp_path / "out") == {"wet/dot.png": "too_small"}


def test_cmyk_16_bit_and_rotated_pictures_are_used(roadgrip: Cli, folders: Path, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="only Pillow writes CMYK JPEGs")
    image.fromarray(picture(80)).convert("CMYK").save(folders / "dry" / "cmyk.jpg")
    cv2.imwrite(str(folders / "dry" / "deep.png"), picture(81).astype(np.uint16) * 257)
    plain = (folders / "dry" / "1.jpg").read_bytes()
    tag = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 0)
    (folders / "dry" / "turned.jpg").write_bytes(
        plain[:2] + b"\xff\xe1" + struct.pack(">H", len(tag) + 2) + tag + plain[2:]
    )
    assert build(roadgrip, folders, tmp_path / "out").code == 0
    assert set_aside(tmp_path / "out") == {}
    records = (tmp_path / "out" / "records.csv").read_text()
    assert "dry/cmyk.jpg" in records
    assert "dry/deep.png" in records
    (turned,) = [row for row in records.splitlines() if row.startswith("dry/turned.jpg")]
    assert ",48,40,,,,jpeg,6," in turned, "the orientation tag swaps height and width"


def test_strict_check_fails_with_1_and_lists_the_file(roadgrip: Cli, folders: Path, tmp_path: Path) -> None:
    (folders / "dry" / "note.jpg").write_text("not a picture")
    findings = tmp_path / "findings.json"
    result = roadgrip("data", "check", folders, "--strict", "--json", findings)
    assert result.code == 1
    assert "1 file(s) quarantined (unreadable: 1)" in result.error
    assert json.loads(findings.read_text())["quarantined_by_issue"] == {"unreadable": 1}
    assert roadgrip("data", "check", folders).code == 0


@pytest.mark.parametrize(
    ("override", "expected"),
    [("train.epoch=3", "did you mean 'epochs'?"), ("train.epochs=many", "train.epochs: expected a valid integer")],
)
def test_bad_configuration(roadgrip: Cli, tmp_path: Path, override: str, expected: str) -> None:
    config = write_config(tmp_path / "run.yaml", tiny_tree(tmp_path / "runs"))
    result = roadgrip("run", config, "--set", override)
    assert result.code == 2
    assert expected in result.error
    assert not (tmp_path / "runs").exists()


def test_unknown_option_and_command(roadgrip: Cli) -> None:
    assert roadgrip("run", "x.yaml", "--no-such-option").code == 2
    assert roadgrip("no-such-command").code == 2


def test_changed_byte_in_a_bundle(roadgrip: Cli, tmp_path: Path) -> None:
    seal(write_bundle(tmp_path / "bundle").parent)
    assert roadgrip("verify", tmp_path / "bundle").code == 0
    flip_byte(tmp_path / "bundle" / "int8.onnx", 100)
    result = roadgrip("verify", tmp_path / "bundle")
    assert result.code == 1
    assert "int8.onnx" in result.error
    cv2.imwrite(str(tmp_path / "a.png"), picture(0))
    assert roadgrip("predict", tmp_path / "bundle", tmp_path / "a.png", "--variant", "int8").code == 1


def test_variant_that_does_not_exist(roadgrip: Cli, tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle")
    cv2.imwrite(str(tmp_path / "a.png"), picture(0))
    result = roadgrip("predict", tmp_path / "bundle", tmp_path / "a.png", "--variant", "int9")
    assert result.code == 2
    assert "did you mean 'int8'?" in result.error


def test_folder_that_is_no_bundle(roadgrip: Cli, tmp_path: Path) -> None:
    result = roadgrip("verify", tmp_path)
    assert result.code == 2
    assert "manifest.json" in result.error


def test_result_folder_of_the_users_own_is_never_replaced(roadgrip: Cli, folders: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert roadgrip("data", "build", folders, "--out", tmp_path / "mine").code == 2
    assert roadgrip("data", "build", folders, "--out", tmp_path / "mine", "--overwrite").code == 2
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    assert roadgrip("data", "build", folders, "--out", tmp_path / "out").code == 0
    assert roadgrip("data", "build", folders, "--out", tmp_path / "out").code == 2
    assert roadgrip("data", "build", folders, "--out", tmp_path / "out", "--overwrite").code == 0


def test_override_of_another_section(roadgrip: Cli, folders: Path, tmp_path: Path) -> None:
    build(roadgrip, folders, tmp_path / "data")
    result = roadgrip(
        "data", "split", tmp_path / "data" / "dataset.json", "--out", tmp_path / "s", "--set", "train.seed=1"
    )
    assert result.code == 2
    assert "expected a key of this command's section, split." in result.error


def test_artifact_of_the_wrong_kind(roadgrip: Cli, tmp_path: Path) -> None:
    manifest = write_bundle(tmp_path / "bundle")
    result = roadgrip("data", "split", manifest, "--out", tmp_path / "s")
    assert result.code == 2
    assert "manifest.json" in result.error
    assert not (tmp_path / "s").exists()


def test_misspelt_section_of_a_configuration_is_no_default(roadgrip: Cli, tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle")
    config = write_config(tmp_path / "run.yaml", {"latancy": {"rounds": 3}})
    result = roadgrip("bench", "latency", tmp_path / "bundle", "--out", tmp_path / "out", "--config", config)
    assert result.code == 2
    assert "latancy: unknown key; did you mean 'latency'?" in result.error
    assert not (tmp_path / "out").exists()
