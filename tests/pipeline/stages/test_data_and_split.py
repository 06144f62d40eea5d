"""A run carries its own split on when the data set grows, and a cache changes speed alone."""

import csv
import logging
from pathlib import Path

import pytest

from data_tools.artifacts.hashing import sha256_file
from pipeline.stages.config import RunConfig
from pipeline.stages.runner import run_stages
from tests.data_tools.pictures import class_folders
from tests.pipeline.stages.tiny_run import tiny_tree


def parts(run: RunConfig) -> dict[str, str]:
    with (run.folder / "split" / "assignment.csv").open(newline="") as stream:
        return {row["path"]: row["part"] for row in csv.DictReader(stream)}


def folders_run(tmp_path: Path, **split: object) -> RunConfig:
    tree = tiny_tree(tmp_path / "runs")
    tree["data"] = {"source": {"type": "class_folders", "path": str(tmp_path / "roads")}}
    tree["split"] = split
    return RunConfig.model_validate(tree)


def test_new_drives_move_no_picture_of_a_run(tmp_path: Path) -> None:
    class_folders(tmp_path / "roads", groups=10, frames=2)
    run = folders_run(tmp_path)
    run_stages(run, last="split")
    before = parts(run)
    class_folders(tmp_path / "roads", groups=16, frames=2)
    run_stages(run, last="split")
    after = parts(run)
    assert len(after) == 96
    assert {path: after[path] for path in before} == before


def test_another_seed_deals_anew_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class_folders(tmp_path / "roads", groups=10, frames=1)
    run_stages(folders_run(tmp_path), last="split")
    before = parts(folders_run(tmp_path))
    logger = logging.getLogger("roadgrip")
    logger.addHandler(caplog.handler)
    try:
        run_stages(folders_run(tmp_path, seed=1), last="split")
    finally:
        logger.removeHandler(caplog.handler)
    assert parts(folders_run(tmp_path)) != before
    assert any("dealt anew" in message and "seed 0, but 1" in message for message in caplog.messages)


def test_cached_pictures_give_the_same_weights(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    weights = []
    for name, cache in (("plain", None), ("cached", {"height": 48, "width": 64})):
        tree = tiny_tree(tmp_path) | {"name": name}
        tree["data"] = {**tree["data"], "cache": cache}
        run = RunConfig.model_validate(tree)
        run_stages(run, last="train")
        weights.append(sha256_file(run.folder / "train" / "model.safetensors"))
    assert weights[0] == weights[1]
    shards = list((tmp_path / "cached" / "data" / "cache").glob("*.tar"))
    assert len(shards) == 1
    shards[0].write_bytes(shards[0].read_bytes()[:-1])
    outcomes = {item.stage: item.action for item in run_stages(run, last="data")}
    assert outcomes == {"data": "ran"}, "a shard that was cut off is noticed and made again"
