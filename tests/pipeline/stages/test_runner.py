import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_tools.artifacts.lineage import ancestors
from data_tools.errors import CheckFailedError, InputError, MissingDependencyError
from export.runtime.manifest import BundleManifest
from pipeline.stages import requirements
from pipeline.stages.config import RunConfig
from pipeline.stages.lock import locked
from pipeline.stages.runner import run_stages
from pipeline.stages.table import NAMES, STAGES
from tests.pipeline.stages.tiny_run import tiny_tree, write_config

AFTER_TRAIN = ("train", "evaluate", "export", "quantize", "bundle", "latency", "robustness", "report")


def actions(config: RunConfig, **options: object) -> dict[str, str]:
    return {outcome.stage: outcome.action for outcome in run_stages(config, **options)}


def times(config: RunConfig) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in sorted(config.folder.rglob("*.json")) if path.is_file()}


def test_second_run_does_no_work(copy: RunConfig) -> None:
    before = times(copy)
    assert actions(copy) == dict.fromkeys(NAMES, "up to date")
    assert times(copy) == before


def test_changed_training_key_reruns_training_and_what_follows_and_nothing_before(copy: RunConfig) -> None:
    changed = copy.model_copy(update={"train": copy.train.model_copy(update={"learning_rate": 1e-4})})
    found = actions(changed)
    assert {name for name, action in found.items() if action == "ran"} == set(AFTER_TRAIN)
    assert {name for name, action in found.items() if action == "up to date"} == {"data", "split"}


def test_changed_report_key_reruns_the_report_alone(copy: RunConfig) -> None:
    changed = copy.model_copy(update={"report": copy.report.model_copy(update={"title": "Another"})})
    assert [name for name, action in actions(changed).items() if action == "ran"] == ["report"]
    assert "Another" in (copy.folder / "report" / "report.html").read_text()


def test_damaged_result_is_made_again(copy: RunConfig) -> None:
    original = (copy.folder / "split" / "assignment.csv").read_bytes()
    (copy.folder / "split" / "assignment.csv").write_bytes(original.replace(b"train", b"trian", 1))
    found = actions(copy, last="split")
    assert found == {"data": "up to date", "split": "ran"}
    assert (copy.folder / "split" / "assignment.csv").read_bytes() == original


def test_lost_picture_is_noticed(copy: RunConfig) -> None:
    next((copy.folder / "data" / "pictures").rglob("*.jpg")).unlink()
    assert actions(copy, last="data") == {"data": "ran"}


def test_limits_reuse_what_is_before_and_leave_what_is_after(copy: RunConfig) -> None:
    assert actions(copy, first="bundle", last="latency", force=True) == {
        **dict.fromkeys(("data", "split", "train", "evaluate", "export", "quantize"), "reused"),
        "bundle": "ran",
        "latency": "ran",
    }


def test_from_refuses_when_an_earlier_stage_is_out_of_date(copy: RunConfig) -> None:
    changed = copy.model_copy(update={"split": copy.split.model_copy(update={"seed": 5})})
    with pytest.raises(InputError, match=r"stage .split. is not up to date .*start with --from split"):
        run_stages(changed, first="train")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [("trian", None, "did you mean 'train'"), (None, "reports", "did you mean 'report'"), ("report", "data", "after")],
)
def test_bad_limits(copy: RunConfig, first: str | None, last: str | None, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        run_stages(copy, first=first, last=last)


def test_failing_stage_leaves_the_old_result_and_no_half_of_a_new_one(
    copy: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    import data_tools.split.stage as split_stage

    before = (copy.folder / "split" / "split.json").read_bytes()
    write = split_stage.write_assignment

    def move_one_picture(path: Path, paths: list[str], part: list[int], *rest: object) -> None:
        write(path, paths, [(part[0] + 1) % 4, *part[1:]], *rest)

    monkeypatch.setattr(split_stage, "write_assignment", move_one_picture)
    changed = copy.model_copy(update={"split": copy.split.model_copy(update={"seed": 1})})
    with pytest.raises(CheckFailedError, match="in two parts"):
        run_stages(changed)
    assert (copy.folder / "split" / "split.json").read_bytes() == before
    assert [path.name for path in copy.folder.iterdir() if ".new-" in path.name] == []


def test_missing_package_is_said_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(requirements.EXTRAS, "train", ("no_such_package",))
    config = RunConfig.model_validate(tiny_tree(tmp_path))
    with pytest.raises(MissingDependencyError, match=r"no_such_package, .*pip install '\.\[train\]'"):
        run_stages(config)
    assert not config.folder.exists()


def test_one_process_at_a_time(copy: RunConfig) -> None:
    with locked(copy.folder), pytest.raises(InputError, match="another roadgrip process"):
        run_stages(copy)


def test_killed_run_leaves_nothing_half_written_and_the_next_one_finishes(tmp_path: Path) -> None:
    tree = tiny_tree(tmp_path)
    tree["data"]["source"]["drives"] |= {"drives_per_class": 30, "frames_per_drive": 10, "height": 200, "width": 250}
    config = write_config(tmp_path / "run.yaml", tree)
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli.main", "run", str(config), "--to", "data"],
        cwd=Path(__file__).parents[3],
        stderr=subprocess.DEVNULL,
    )
    folder = tmp_path / "tiny"
    deadline = time.monotonic() + 60
    while not list(folder.glob(".partial/data/pictures/.*/*/*.jpg")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert not (folder / "data").exists()
    tree["data"]["source"]["drives"] |= {"drives_per_class": 4, "frames_per_drive": 1, "height": 64, "width": 80}
    assert actions(RunConfig.model_validate(tree), last="data") == {"data": "ran"}
    assert list(folder.glob(".data.new-*")) == []


def test_report_walks_back_to_the_data_set(finished: RunConfig) -> None:
    links = ancestors(finished.folder / "report" / "report.json")
    kinds = "report latency robustness bundle quantized onnx evaluation checkpoint split dataset"
    assert {link.kind for link in links} == set(kinds.split())
    assert {link.state for link in links} == {"ok"}


def test_bundle_carries_its_lineage_without_its_neighbours(finished: RunConfig) -> None:
    text = (finished.folder / "bundle" / "manifest.json").read_text()
    manifest = BundleManifest.model_validate_json(text)
    known = {(link.kind, link.sha256) for link in ancestors(finished.folder / "bundle" / "manifest.json")[1:]}
    named = {(item.kind, item.sha256) for item in manifest.lineage}
    assert {kind for kind, _ in named - known} == {"configuration", "code"}
    assert {kind for kind, _ in known} == {"checkpoint", "split", "dataset"}
    assert known < named


def test_every_stage_reads_only_earlier_stages() -> None:
    for position, stage in enumerate(STAGES):
        assert set(stage.parents) <= set(NAMES[:position])
        assert all((Path(__file__).parents[3] / folder).is_dir() for folder in stage.code)
