import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from data_tools.artifacts import source_code
from pipeline.cli.compare import _surroundings
from tests.pipeline.cli.conftest import Result
from tests.pipeline.training.tiny_split import make_split

Cli = Callable[..., Result]
TRAIN = {
    "weights": "scratch", "input": {"height": 64, "width": 64}, "embedding_dim": 16, "epochs": 1, "batch_size": 8,
    "threads": 1, "accelerator": "cpu", "loggers": [],
}  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "compare.yaml"
    sections = {"train": TRAIN, "compare": {"seeds": [0, 1], "sigmas": [0, 40], "runs": 2}}
    path.write_text(yaml.safe_dump(sections), encoding="utf-8")
    return path


def test_from_a_split_to_the_table(roadgrip: Cli, config: Path, tmp_path: Path) -> None:
    split, out = make_split(tmp_path / "split"), tmp_path / "out"
    command = ("compare", split, "--out", out, "--config", config)
    first = roadgrip(*command, "--only", "normal", "--seeds", "0")
    assert first.code == 0, first.err
    assert "training 1 of 1: normal, seed 0" in first.err
    assert "difference to" not in first.out
    both = roadgrip(*command, "--seeds", "0", "--set", "compare.entries.robust.method={type: robust, beta: 0.5}",
                    "--set", "compare.entries.normal={}", "--set", "train.method={type: normal}")  # fmt: skip
    assert both.code == 0, both.err
    assert "training 1 of 1: robust, seed 0" in both.err
    assert "robust" in both.out
    assert "difference to normal, points" in both.out
    assert "over the noise runs of one seed" in " ".join(both.out.split())
    names = {"settings.resolved.yaml", "comparison.csv", "comparison.json", "comparison.png", "table.md"}
    assert {path.name for path in out.iterdir() if path.is_file() and path.name != ".lock"} == names
    written = yaml.safe_load((out / "settings.resolved.yaml").read_text(encoding="utf-8"))
    assert written["compare"]["entries"]["robust"] == {"method": {"type": "robust", "beta": 0.5}}
    assert written["train"]["method"] == {"type": "normal"}
    changed = roadgrip(*command, "--seeds", "0", "--only", "normal", "--set", "train.epochs=2")
    assert changed.code == 2
    assert "1 finished network would be trained anew: normal, seed 0 (changed: train." in changed.error
    kept = yaml.safe_load((out / "settings.resolved.yaml").read_text(encoding="utf-8"))
    assert kept == written


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--set", "evaluate.runs=3"], "expected a key of this command's sections, train.… or compare.…"),
        (["--set", "compare.run=3"], "compare: run: unknown key; did you mean 'runs'?"),
        (["--set", "train.epoch=3"], "train: epoch: unknown key; did you mean 'epochs'?"),
        (["--seeds", "0,x"], "compare: seeds.1: expected a valid integer"),
        (["--only", "robst"], "--only robst: no such entry; did you mean 'robust'?"),
        (
            ["--set", "compare.entries={normal: {}, x: {method: {type: robust, alhpa: 1}}}"],
            "compare.entries.x.method.alhpa: unknown key; did you mean 'alpha'?",
        ),
    ],
)
def test_wrong_settings_are_one_line(
    roadgrip: Cli, config: Path, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    result = roadgrip("compare", tmp_path / "split.json", "--out", tmp_path / "out", "--config", config, *arguments)
    assert result.code == 2
    assert expected in result.error
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_else_is_refused(roadgrip: Cli, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "table.md").write_text("mine", encoding="utf-8")
    result = roadgrip("compare", tmp_path / "split.json", "--out", out, "--config", config)
    assert result.code == 2
    assert "expected a new or empty folder, or one of an earlier comparison" in result.error
    assert (out / "table.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["settings.resolved.yaml", "table.md"])
def test_an_input_that_the_result_would_overwrite_is_refused(
    roadgrip: Cli, config: Path, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    own = config.rename(out / name)
    before = own.read_bytes()
    for command in (("split.json", "--config", own), (own, "--set", "train.epochs=1")):
        result = roadgrip("compare", command[0], "--out", tmp_path / "x" / ".." / "out", *command[1:])
        assert result.code == 2
        assert "would be overwritten by the result; copy it to another place" in result.error
    assert own.read_bytes() == before


def test_a_configuration_in_the_work_folder_stays(roadgrip: Cli, config: Path) -> None:
    before = config.read_bytes()
    result = roadgrip("compare", "split.json", "--out", config.parent, "--config", config)
    assert result.code == 2
    assert config.read_bytes() == before


def test_a_split_that_cannot_be_used_leaves_no_settings(roadgrip: Cli, config: Path, tmp_path: Path) -> None:
    split, out = tmp_path / "split.json", tmp_path / "out"
    split.write_text("{}", encoding="utf-8")
    result = roadgrip("compare", split, "--out", out, "--config", config)
    assert result.code == 2
    assert "no kind" in result.error
    assert not out.exists()
    out.mkdir()
    assert roadgrip("compare", split, "--out", out, "--config", config).code == 2
    assert out.is_dir()  # the user's own folder stays


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the packages, which the digests are made of."""
    for package in ("data_tools", "pipeline"):
        shutil.copytree(source_code._ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(source_code, "_ROOT", tmp_path)
    source_code.code_version.cache_clear()
    yield tmp_path
    source_code.code_version.cache_clear()


def test_code_that_decides_a_result_changes_its_digest_and_other_code_does_not(sources: Path) -> None:
    split = sources / "split.json"
    split.touch()

    def digests() -> tuple[str, str]:
        source_code.code_version.cache_clear()
        found = _surroundings(split)
        return found.training_code, found.measuring_code

    for name, changes in {
        "pipeline/training/module.py": (True, True),
        "data_tools/randomness.py": (True, True),
        "data_tools/metrics/confusion.py": (False, True),
        "data_tools/perturbations/__init__.py": (False, True),
        "pipeline/comparison/measuring.py": (False, True),
        "pipeline/evaluation/prediction.py": (False, True),
        "pipeline/training/preview/page.py": (False, False),
        "pipeline/comparison/table.py": (False, False),
    }.items():
        before = digests()
        (sources / name).write_text("changed", encoding="utf-8")
        assert tuple(a != b for a, b in zip(before, digests(), strict=True)) == changes, name


def test_help_and_the_settings_need_no_torch() -> None:
    program = (
        "import sys; from pipeline.cli.main import main; import pipeline.comparison.config,"
        " pipeline.comparison.entries, pipeline.comparison.table, pipeline.comparison.artifact;"
        " print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_missing_split_is_one_line_and_leaves_nothing(roadgrip: Cli, config: Path, tmp_path: Path) -> None:
    done = roadgrip("compare", str(tmp_path / "none.json"), "--out", str(tmp_path / "new"), "--config", str(config))
    assert done.code == 2
    assert "none.json: expected the split.json of `roadgrip data split`; it does not exist" in done.err
    assert not (tmp_path / "new").exists()
