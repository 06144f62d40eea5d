"""The data commands when something is in the way: results, locks, options that do not apply."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from data_tools.artifacts import atomic
from pipeline.cli.sections import work_folder
from pipeline.stages.lock import locked
from tests.data_tools.pictures import class_folders
from tests.data_tools.sources.archives import write_zip
from tests.pipeline.cli.conftest import Result

Cli = Callable[..., Result]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    root = class_folders(tmp_path / "roads")
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.png"))}
    return write_zip(tmp_path / "roads.zip", files)


def test_a_build_that_is_stopped_while_it_clears_up_has_its_result(
    roadgrip: Cli, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = shutil.rmtree

    def stop_halfway(path: Path, **options: object) -> None:
        if ".gone-" in Path(path).name:
            for file in sorted(Path(path).rglob("*.png"))[:5]:
                file.unlink()
            raise KeyboardInterrupt
        remove(path, **options)

    monkeypatch.setattr(atomic.shutil, "rmtree", stop_halfway)
    assert roadgrip("data", "build", archive, "--out", tmp_path / "out").code == 130
    pictures = json.loads((tmp_path / "out" / "dataset.json").read_text())["pictures"]
    assert pictures == 24
    monkeypatch.undo()
    assert roadgrip("data", "build", archive, "--out", tmp_path / "out", "--overwrite", "--strict").code == 0
    assert json.loads((tmp_path / "out" / "dataset.json").read_text())["pictures"] == 24
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "roads", "roads.zip"]


def test_a_refused_build_leaves_the_lock_of_the_one_that_runs(roadgrip: Cli, archive: Path, tmp_path: Path) -> None:
    with work_folder(tmp_path / "out") as work:
        for _ in range(2):
            refused = roadgrip("data", "build", archive, "--out", tmp_path / "out")
            assert refused.code == 2
            assert "another roadgrip process" in refused.error
        assert (work / ".lock").exists()
    assert not work.exists()
    with locked(work):
        pass


@pytest.mark.parametrize("target", ["file/out", "x" * 300])
def test_a_result_that_cannot_be_written_is_one_line(roadgrip: Cli, target: str, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (("data", "build", archive), ("data", "synth")):
        result = roadgrip(*command, "--out", tmp_path / target)
        assert result.code == 2
        assert "cannot be written" in result.error


def test_the_current_folder_is_no_result(
    roadgrip: Cli, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert "is the current folder" in roadgrip("data", "build", archive, "--out", ".").error


def test_a_folder_that_cannot_be_read_is_named(
    roadgrip: Cli, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = os.scandir

    def closed(path: object = ".") -> object:
        if str(path).endswith("dry"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    for command in (("check", tmp_path / "roads"), ("build", tmp_path / "roads", "--out", tmp_path / "out")):
        result = roadgrip("data", *command)
        assert result.code == 2
        assert result.error == f"error: {tmp_path / 'roads' / 'dry'}: Permission denied"


def test_targets_of_a_check_are_looked_at_before_the_pictures(roadgrip: Cli, archive: Path, tmp_path: Path) -> None:
    assert "expected a file, got a folder" in roadgrip("data", "check", "none", "--json", tmp_path).error
    assert "expected a folder, got a file" in roadgrip("data", "check", "none", "--gallery", archive).error


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--set", "data.checks.blurred.action=quarantine"), "--set: applies to a source"),
        (("--set", "nonsense=1"), "--set: applies to a source"),
        (("--classes", "dry,wet"), "--classes: applies to a source"),
        (("--labels", "none.yaml"), "--labels: applies to a source"),
        (("--config", "none.yaml"), "--config: applies to a source"),
        (("--weights", "none.pth"), "--weights: applies to --label-errors"),
        (("--set", "label_errors.folds=3"), "--set: applies to --label-errors"),
    ],
)
def test_options_that_would_be_passed_over_are_refused(
    roadgrip: Cli, options: tuple[str, ...], what: str, tmp_path: Path
) -> None:
    built = tmp_path / "built"
    assert roadgrip("data", "build", class_folders(tmp_path / "roads", groups=1), "--out", built).code == 0
    result = roadgrip("data", "check", built / "dataset.json", *options)
    assert result.code == 2
    assert what in result.error


def test_cache_option_leaves_the_rest_of_the_section(roadgrip: Cli, tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    config.write_text("data: {cache: {height: 32, width: 32, interpolation: area}}")
    source = class_folders(tmp_path / "roads", groups=1)
    out = tmp_path / "out"
    assert roadgrip("data", "build", source, "--config", config, "--cache", "40x48", "--out", out).code == 0
    cache = json.loads((out / "dataset.json").read_text())["cache"]
    assert (cache["height"], cache["width"], cache["interpolation"]) == (40, 48, "area")
