import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from data_tools.artifacts.model import load_artifact
from export.runtime.manifest import BundleManifest
from tests.pipeline.cli.conftest import Result

Cli = Callable[..., Result]


@pytest.mark.parametrize(
    "arguments", [["work/checkpoint.json", "work/split.json", "--out", "x"], ["--out", "x", "a.json"], ["grahps"]]
)
def test_the_old_command_names_the_new_one(roadgrip: Cli, arguments: list[str]):
    result = roadgrip("export", *arguments)
    assert result.code == 2
    assert f"roadgrip export: expected graphs or engine or camera, got '{arguments[0]}'" in result.error
    assert "roadgrip export graphs CHECKPOINT SPLIT --out OUT" in result.error


@pytest.mark.parametrize("name", ["graphs", "engine", "camera"])
def test_every_command_has_its_help(roadgrip: Cli, name: str):
    assert name in roadgrip("export", "--help").out
    result = roadgrip("export", name, "--help")
    assert result.code == 0
    assert f"roadgrip export {name}" in result.out


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("train.epochs=3", "--set train.epochs=3: expected a key of this command's section"),
        ("bundle.int8=sometimes", "int8: expected 'faster', 'within_budget' or 'always', got 'sometimes'"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_made(roadgrip: Cli, tmp_path: Path, setting: str, message: str):
    result = roadgrip("export", "graphs", "c.json", "s.json", "--out", tmp_path / "out", "--set", setting)
    assert result.code == 2
    assert message in result.error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["", ".hidden", "a b", "x\x1b[31m", "n" * 101, "bad\udcff"])
def test_a_name_that_no_bundle_may_have_is_refused_before_anything_is_made(roadgrip: Cli, tmp_path: Path, name: str):
    result = roadgrip("export", "graphs", "c.json", "s.json", "--out", tmp_path / "out", "--name", name)
    assert result.code == 2
    assert "--name: expected letters, digits and . _ - after a letter or digit, got " in result.error
    assert not (tmp_path / "out").exists()


def test_int8_that_must_be_faster_and_is_not_timed_is_refused_before_the_search(roadgrip: Cli, tmp_path: Path):
    setting = ["--set", "quantize.timing_rounds=0"]
    result = roadgrip("export", "graphs", "c.json", "s.json", "--out", tmp_path / "out", *setting)
    assert result.code == 2
    assert "quantize.timing_rounds: expected 1 or more, for bundle.int8 is faster, got 0" in result.error


def test_graphs_makes_a_bundle_and_says_what_is_in_it(roadgrip: Cli, tmp_path: Path):
    from tests.export.trained_like import fitted_network, one_torch_thread, write_checkpoint
    from tests.pipeline.training.tiny_split import CLASSES, make_split

    split = make_split(tmp_path / "split", {"train": 8, "val": 1, "calibration": 2, "test": 2}, side=80)
    with one_torch_thread():
        checkpoint = write_checkpoint(fitted_network(split), split, tmp_path / "train", CLASSES)
    settings = ["bundle.int8=always", "quantize.targets=[int8]", "quantize.steps=[]", "quantize.timing_rounds=0"]
    settings.append("quantize.finetune.when=never")
    chosen = [part for text in settings for part in ("--set", text)]
    result = roadgrip("export", "graphs", checkpoint, split, "--out", tmp_path / "out", "--name", "eye", *chosen)
    assert result.code == 0, result.err
    manifest = load_artifact(BundleManifest, tmp_path / "out" / "bundle" / "manifest.json")
    assert [item.name for item in manifest.variants] == ["fp32", "fp16", "int8"]
    assert manifest.name == "eye"
    assert "eye: 6 pictures of the test part" in " ".join(result.out.split())
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"export", "quantize", "bundle"}
    shutil.rmtree(tmp_path / "out" / "quantize")  # the bundle stands alone
    assert roadgrip("verify", tmp_path / "out" / "bundle").code == 0
