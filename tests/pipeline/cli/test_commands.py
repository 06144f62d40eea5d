import json
from collections.abc import Callable
from pathlib import Path

import pytest

from data_tools.version import __version__
from tests.export.runtime.tiny_bundle import colour_picture, write_bundle
from tests.pipeline.cli.conftest import Result
from tests.pipeline.stages.tiny_run import tiny_tree, write_config

Cli = Callable[..., Result]


def save_png(path: Path, label: int) -> Path:
    cv2 = pytest.importorskip("cv2")
    cv2.imwrite(str(path), colour_picture(label, seed=label)[..., ::-1])
    return path


def test_version_and_help(roadgrip: Cli) -> None:
    assert roadgrip("--version").out.strip() == f"roadgrip {__version__}"
    shown = roadgrip("--help").out
    commands = "run data train preview compare evaluate export bench verify predict report doctor lineage"
    assert all(name in shown for name in commands.split())


@pytest.mark.parametrize(
    "command",
    ["run", "data synth", "data build", "data split", "data check", "train", "preview", "compare", "evaluate", "export",
     "bench latency", "bench robustness", "verify", "predict", "report", "doctor", "lineage"],
)  # fmt: skip
def test_every_command_explains_itself(roadgrip: Cli, command: str) -> None:
    result = roadgrip(*command.split(), "--help")
    assert result.code == 0
    assert len(result.out) > 300


def test_dry_run_prints_the_resolved_configuration_and_makes_nothing(roadgrip: Cli, tmp_path: Path) -> None:
    import yaml

    config = write_config(tmp_path / "run.yaml", tiny_tree(tmp_path / "runs"))
    result = roadgrip("run", config, "--dry-run", "--set", "train.epochs=7")
    assert result.code == 0
    resolved = yaml.safe_load(result.out)
    assert resolved["train"]["epochs"] == 7
    assert resolved["train"]["weight_decay"] > 0
    assert not (tmp_path / "runs").exists()


def test_predict_json_has_exactly_the_promised_keys(roadgrip: Cli, tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle")
    good = [save_png(tmp_path / f"{label}.png", label) for label in range(3)]
    result = roadgrip("predict", tmp_path / "bundle", *good, "--variant", "int8", "--format", "json")
    assert result.code == 0
    entries = json.loads(result.out)
    keys = "path label confidence probabilities distance in_distribution"
    assert [set(entry) for entry in entries] == [{*keys.split()}] * 3
    assert [entry["label"] for entry in entries] == ["dry", "wet", "snow"]
    assert all(list(entry["probabilities"]) == ["dry", "wet", "snow"] for entry in entries)


def test_predict_answers_the_readable_ones_beside_an_unreadable_one(roadgrip: Cli, tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle")
    good = save_png(tmp_path / "good.png", 1)
    bad = tmp_path / "bad.jpg"
    bad.write_text("no picture")
    result = roadgrip("predict", tmp_path / "bundle", bad, good, tmp_path / "gone.png", "--format", "json")
    assert result.code == 1
    first, second, third = json.loads(result.out)
    assert set(first) == set(third) == {"path", "error"}
    assert second["label"] == "wet"
    assert "2 of 3 pictures could not be read" in result.error


def test_predict_table(roadgrip: Cli, tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle")
    result = roadgrip("predict", tmp_path / "bundle", save_png(tmp_path / "a.png", 2))
    assert result.code == 0
    assert "snow" in result.out
    assert "p(dry)" in result.out
    assert "known" in result.out
    assert "yes" in result.out


def test_bench_latency_writes_its_report(roadgrip: Cli, tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle")
    settings = ["--set", "latency.rounds=3", "--set", "latency.warmup=1", "--set", "latency.frame_height=90"]
    result = roadgrip("bench", "latency", tmp_path / "bundle", "--out", tmp_path / "bench", *settings)
    assert result.code == 0
    report = json.loads((tmp_path / "bench" / "latency.json").read_text())
    assert {(row["variant"], row["mode"]) for row in report["rows"]} == {
        (variant, mode) for variant in ("fp32", "int8", "reference_again") for mode in ("model_only", "end_to_end")
    }
    assert all(len(row["samples_ms"]) == 3 for row in report["rows"])


def test_single_stages_in_a_row(roadgrip: Cli, tmp_path: Path) -> None:
    """Walk the line by hand: synth, check, build, split, lineage."""
    size = ["--height", 64, "--width", 80, "--drives-per-class", 4, "--frames-per-drive", 2]
    assert roadgrip("data", "synth", "--out", tmp_path / "drives", *size).code == 0
    assert roadgrip("data", "check", tmp_path / "drives", "--strict").code == 0
    assert roadgrip("data", "build", tmp_path / "drives", "--out", tmp_path / "data").code == 0
    dealt = ("--set", "split.tolerance=1")
    split = roadgrip("data", "split", tmp_path / "data" / "dataset.json", "--out", tmp_path / "split", *dealt)
    assert split.code == 0
    shown = roadgrip("lineage", tmp_path / "split" / "split.json")
    assert shown.code == 0
    assert "dataset" in shown.out
    (tmp_path / "data" / "dataset.json").write_text((tmp_path / "data" / "dataset.json").read_text() + " ")
    assert roadgrip("lineage", tmp_path / "split" / "split.json").code == 1


def test_doctor_names_what_is_here(roadgrip: Cli) -> None:
    result = roadgrip("doctor")
    assert result.code == 0
    assert "ONNX Runtime CPU" in result.out
    assert "TensorRT" in result.out
