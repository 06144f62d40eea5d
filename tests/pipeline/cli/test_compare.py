import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

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
    names = {"compare.yaml", "comparison.csv", "comparison.json", "comparison.png", "table.md"}
    assert {path.name for path in out.iterdir() if path.is_file() and path.name != ".lock"} == names
    written = yaml.safe_load((out / "compare.yaml").read_text(encoding="utf-8"))
    assert written["compare"]["entries"]["robust"] == {"method": {"type": "robust", "beta": 0.5}}
    assert written["train"]["method"] == {"type": "normal"}


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


def test_help_and_the_settings_need_no_torch() -> None:
    program = (
        "import sys; from pipeline.cli.main import main; import pipeline.comparison.config,"
        " pipeline.comparison.entries, pipeline.comparison.table, pipeline.comparison.artifact;"
        " print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
