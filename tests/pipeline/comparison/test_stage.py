import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import load_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.progress import Progress
from data_tools.split.artifact import Part, open_split
from pipeline.comparison import stage
from pipeline.comparison.artifact import ComparisonArtifact, MeasuredNetwork
from pipeline.comparison.results import write_results
from pipeline.comparison.stage import run
from pipeline.training.config import TrainConfig
from tests.pipeline.comparison.tiny_comparison import Recorder, tiny_comparison
from tests.pipeline.training.tiny_split import make_split

TRAINED = [(1, 2), (2, 2)]


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished comparison."""
    return Path(shutil.copytree(finished, tmp_path / "out"))


def weights(out: Path) -> dict[str, str]:
    return {path.parent.relative_to(out).as_posix(): sha256_file(path) for path in sorted(out.rglob("*.safetensors"))}


def load(out: Path) -> ComparisonArtifact:
    return load_artifact(ComparisonArtifact, out / "comparison.json")


def test_what_it_writes_is_what_the_networks_got_right(finished: Path, split_path: Path) -> None:
    found = load(finished)
    assert [(entry.name, entry.method, entry.seeds, entry.epochs) for entry in found.entries] == [
        ("normal", "normal", (0, 1), (2, 2)),
        ("robust", "robust", (0, 1), (2, 2)),
    ]
    assert (found.pictures, found.groups, found.sigmas, found.runs) == (9, 9, (0, 60), 2)
    roles = [item.role for item in found.parents]
    assert roles == ["split", *["checkpoint"] * 4]
    for item in found.parents:
        assert sha256_file((finished / item.path).resolve()) == item.sha256
    for entry in found.entries:
        for seed, seconds in zip(entry.seeds, entry.training_seconds, strict=True):
            folder = finished / entry.name / f"seed_{seed}"
            with (folder / "history.csv").open(encoding="utf-8") as stream:
                assert seconds == pytest.approx(sum(float(row["seconds"]) for row in csv.DictReader(stream)))
            measured = load_artifact(MeasuredNetwork, folder / "accuracy_under_noise.json")
            at = entry.seeds.index(seed)
            assert [level.accuracy_by_run for level in measured.levels] == [
                point.accuracy_by_seed[at] for point in entry.points
            ]
    assert len(set(weights(finished).values())) == 4
    assert {path.name for path in finished.iterdir() if path.is_file()} == {
        "comparison.json", "comparison.csv", "comparison.png", "table.md",
    }  # fmt: skip


def test_a_second_run_trains_and_measures_nothing(out: Path, split_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/*/*")}
    again = Recorder()
    run(tiny_comparison(split_path, out), again.progress)
    assert again.reports == []
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/*/*")} == before


def test_changed_noise_measures_again_together_and_trains_nothing(out: Path, split_path: Path) -> None:
    again = Recorder()
    run(tiny_comparison(split_path, out, sigmas=[0, 10, 60], part="val"), again.progress)
    assert again.of("training") == []
    assert again.of("measuring") == [(4, 9), (8, 9), (9, 9)]  # one pass for all four networks
    assert (load(out).sigmas, load(out).part) == ((0, 10, 60), "val")


def pretend_to_train(monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    """Let a training end at once, with the network of another folder."""

    def copy(_config: TrainConfig, _split: Path, folder: Path, progress: Progress) -> None:
        for done in (1, 2):
            progress(done, 2, "epochs")
        for path in source.iterdir():
            if path.name not in {"training.json", "accuracy_under_noise.json"}:
                shutil.copy(path, folder)

    monkeypatch.setattr(stage, "train", copy)


def test_one_more_seed_trains_that_seed_alone(
    out: Path, finished: Path, split_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, again = weights(out), Recorder()
    pretend_to_train(monkeypatch, finished / "normal" / "seed_0")
    run(tiny_comparison(split_path, out, seeds=[0, 1, 2]), again.progress, ["normal"])
    assert again.of("training") == TRAINED
    assert before.items() < weights(out).items()
    assert [entry.seeds for entry in load(out).entries] == [(0, 1, 2), (0, 1)]
    assert {item.seeds for item in load(out).differences} == {(0, 1)}


def test_ctrl_c_keeps_the_first_entry_and_goes_on_with_the_second_where_it_was(
    finished: Path, split_path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run(tiny_comparison(split_path, out), Recorder(stop_at=(3, 8)).progress)
    assert list(weights(out)) == ["normal/seed_0"]
    assert not (out / "comparison.json").exists()
    kept = (out / "normal" / "seed_0" / "checkpoint.json").stat().st_mtime_ns
    second = Recorder(stop_at=(2, 6))  # of the second entry's two epochs, one is done already
    with pytest.raises(KeyboardInterrupt):
        run(tiny_comparison(split_path, out), second.progress)
    assert second.of("training") == [(2, 6)]
    third = Recorder(stop_at=(3, 6))  # its last epoch was done too, only not written down
    with pytest.raises(KeyboardInterrupt):
        run(tiny_comparison(split_path, out), third.progress)
    assert third.of("training") == [(3, 6)]
    assert load(out).entries[1].seeds == (0,)  # a full table of the first seed
    assert load(out).entries[1].std_over == "runs"
    run(tiny_comparison(split_path, out), Recorder().progress)
    assert (out / "normal" / "seed_0" / "checkpoint.json").stat().st_mtime_ns == kept
    assert weights(out) == weights(finished)
    assert load(out).entries[0].points == load(finished).entries[0].points
    assert load(out).differences == load(finished).differences


def test_a_changed_entry_is_trained_anew_alone(
    out: Path, finished: Path, split_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before, again = weights(out), Recorder()
    pretend_to_train(monkeypatch, finished / "robust" / "seed_1")
    entries = {"normal": {}, "robust": {"method": {"type": "robust", "beta": 0.5}}}
    run(tiny_comparison(split_path, out, entries=entries, seeds=[0]), again.progress, overwrite=True)
    after = weights(out)
    assert again.of("training") == TRAINED
    assert {name for name in after if after[name] != before[name]} == {"robust/seed_0"}
    assert "robust, seed 0: was damaged, or trained with other settings, data or code" in caplog.text


@pytest.mark.parametrize("damage", ["weights", "results"])
def test_a_damaged_file_is_made_again(out: Path, finished: Path, split_path: Path, damage: str) -> None:
    name = {"weights": "model.safetensors", "results": "accuracy_under_noise.json"}[damage]
    (out / "robust" / "seed_1" / name).write_bytes(b"{")
    again = Recorder()
    run(tiny_comparison(split_path, out), again.progress)
    assert again.of("training") == ([] if damage == "results" else TRAINED)
    assert len(again.of("measuring")) == 3
    assert weights(out) == weights(finished)
    assert load(out).differences == load(finished).differences


def test_only_some_entries_keep_the_others_in_the_table(out: Path, split_path: Path) -> None:
    entries = {"normal": {}, "robust": {"method": {"type": "robust"}}, "third": {"epochs": 1}}
    again = Recorder()
    run(tiny_comparison(split_path, out, entries=entries, seeds=[1]), again.progress, ["third"])
    assert again.of("training") == [(1, 1)]
    assert [(entry.name, entry.epochs) for entry in load(out).entries] == [
        ("normal", (2,)), ("robust", (2,)), ("third", (1,)),
    ]  # fmt: skip


def test_networks_of_another_input_size_see_their_own_pictures(split_path: Path, tmp_path: Path) -> None:
    entries = {"normal": {}, "small": {"input": {"height": 32, "width": 48}}}
    record = Recorder()
    run(tiny_comparison(split_path, tmp_path, {"epochs": 1}, entries=entries, seeds=[0]), record.progress)
    assert record.of("measuring")[-1] == (18, 18)
    assert len(load(tmp_path).entries) == 2


def test_a_network_that_diverges_is_named_after_the_others_are_done(
    out: Path, finished: Path, split_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def diverge_or_copy(config: TrainConfig, _split: Path, folder: Path, _progress: object) -> None:
        if config.method.type == "normal":
            raise CheckFailedError("the loss is no longer finite")
        for path in (finished / folder.relative_to(out)).iterdir():
            shutil.copy(path, folder)

    monkeypatch.setattr(stage, "train", diverge_or_copy)
    for name in ("normal/seed_0", "robust/seed_0", "robust/seed_1"):
        shutil.rmtree(out / name)
    expected = r"^1 of 4 networks failed: normal, seed 0 \(the loss is no longer finite\); the tables have the others$"
    with pytest.raises(CheckFailedError, match=expected):
        run(tiny_comparison(split_path, out), Recorder().progress)
    assert [(entry.name, entry.seeds) for entry in load(out).entries] == [("normal", (1,)), ("robust", (0, 1))]
    assert "not in the tables: normal, seed 0 (the loss is no longer finite)" in caplog.text


def test_where_all_diverge_there_is_no_table(split_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverge(*_: object) -> None:
        raise CheckFailedError("x")

    monkeypatch.setattr(stage, "train", diverge)
    comparison = tiny_comparison(split_path, tmp_path)
    with pytest.raises(CheckFailedError, match=r"^4 of 4 networks failed: .* \(x\); there is nothing to write a table"):
        run(comparison, Recorder().progress)
    with pytest.raises(InputError, match="expected a network that is trained and measured with these settings"):
        write_results(comparison, open_split(split_path))


def test_endless_outputs_are_named_and_the_others_kept(
    out: Path, split_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = tiny_comparison(split_path, out)
    comparison = replace(comparison, around=replace(comparison.around, measuring_code="2"))
    results = {path.parent: load_artifact(MeasuredNetwork, path).levels for path in out.rglob("accuracy_*.json")}

    def measured(checkpoints: list[Path], *_: object, **__: object) -> list[object]:
        return [None, *(results[path.parent] for path in checkpoints[1:])]

    monkeypatch.setattr(stage, "measure", measured)
    with pytest.raises(CheckFailedError, match=r"^1 of 4 networks failed: normal, seed 0 \(its output is not finite\)"):
        run(comparison, Recorder().progress)
    assert [entry.seeds for entry in load(out).entries] == [(1,), (0, 1)]


def test_only_one_entry_measures_the_others_anew_too(
    out: Path, split_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(out / "normal" / "seed_1")
    again = Recorder()
    run(tiny_comparison(split_path, out, sigmas=[0]), again.progress, ["robust"])
    assert again.of("training") == []
    assert [(entry.name, entry.seeds) for entry in load(out).entries] == [("normal", (0,)), ("robust", (0, 1))]
    assert "not in the tables: normal, seed 1 (not trained)" in caplog.text
    assert "the reference" not in caplog.text
    shutil.rmtree(out / "normal" / "seed_0")
    run(tiny_comparison(split_path, out, sigmas=[0]), again.progress, ["robust"])
    assert "the reference, normal, is not in the tables" in caplog.text


def test_a_folder_of_the_users_own_is_left_alone(split_path: Path, tmp_path: Path) -> None:
    own = tmp_path / "normal" / "seed_0" / "notes.txt"
    own.parent.mkdir(parents=True)
    own.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="normal/seed_0: expected an empty or new folder"):
        run(tiny_comparison(split_path, tmp_path), Recorder().progress)
    assert own.read_text(encoding="utf-8") == "mine"


def test_an_empty_part_is_an_error_before_any_training(tmp_path: Path) -> None:
    sizes: dict[Part, int] = {"train": 2, "val": 1, "calibration": 1, "test": 0}
    split = make_split(tmp_path / "split", sizes)
    with pytest.raises(InputError, match="expected pictures in the test part, got none"):
        run(tiny_comparison(split, tmp_path / "out"), Recorder().progress)
    assert not (tmp_path / "out").exists()
