import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.training import loading_speed
from benchmarks.training.cached_pictures import cached_samples
from benchmarks.training.loading_speed import main, make_loaders
from benchmarks.training.recipes import AlbumentationsRecipe, TorchvisionRecipe
from pipeline.training.augmentation_config import RoadAugmentation
from pipeline.training.config import InputConfig, TrainConfig

STILL = RoadAugmentation(
    color_jitter=0, rotation_deg=0, perspective=0, perspective_probability=0, horizontal_flip_probability=0
)


def test_a_run_names_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loading_speed, "WORKERS", (0,))
    out = tmp_path / "figures.json"
    main(["--pictures", "6", "--rounds", "1", "--height", "48", "--width", "64", "--out", str(out)])
    figures = json.loads(out.read_text())["figures"]
    assert [figure["unit"] for figure in figures] == ["pictures/s"] * 3 + ["×"] * 2
    assert all(figure["value"] > 0 for figure in figures)
    assert [figure["at_least"] for figure in figures] == [None, None, None, 1.0, None]


def test_all_loaders_read_the_cache_with_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    samples = cached_samples(tmp_path, 5, 48, 64)
    for sample in samples:
        sample.file.unlink()
    monkeypatch.setattr(loading_speed, "BATCH", 2)
    config = TrainConfig(input=InputConfig(height=48, width=64), batch_size=2, weights="scratch")
    loaders = make_loaders(samples, config)
    assert list(loaders) == ["ours", "again", "torchvision", "albumentations"]
    for name, loader in loaders.items():
        batches = list(loader)
        assert [len(labels) for _, labels in batches] == [2, 2]
        shape = (2, 3, 48, 64) if name == "torchvision" else (2, 48, 64, 3)
        assert all(pictures.shape == shape for pictures, _ in batches)


@pytest.mark.parametrize("pinned", [False, True])
def test_all_loaders_pin_memory_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pinned: bool):
    samples = cached_samples(tmp_path, 3, 48, 64)
    config = TrainConfig(input=InputConfig(height=48, width=64), batch_size=2, weights="scratch")
    own = loading_speed.train_loader(samples, config, 0)
    own.pin_memory = pinned
    monkeypatch.setattr(loading_speed, "train_loader", lambda *_: own)
    assert {loader.pin_memory for loader in make_loaders(samples, config).values()} == {pinned}


@pytest.mark.parametrize("recipe", [TorchvisionRecipe, AlbumentationsRecipe])
def test_a_recipe_follows_the_strengths(recipe: type[TorchvisionRecipe | AlbumentationsRecipe]):
    picture = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    kept = recipe(STILL)(picture).numpy()
    kept = kept.transpose(1, 2, 0) if kept.shape[0] == 3 else kept
    np.testing.assert_array_equal(kept, picture)
    assert not np.array_equal(recipe(RoadAugmentation())(picture).numpy().reshape(-1), picture.reshape(-1))
