"""Make pictures and a data set with a cache of them, to load from."""

from pathlib import Path

import cv2
import numpy as np

from data_tools.artifacts.model import load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.cached import read_cache
from data_tools.dataset.config import CacheConfig, DataConfig
from data_tools.dataset.records import read_records
from data_tools.dataset.stage import run
from data_tools.randomness import keyed_generator
from data_tools.sources.class_folders import ClassFoldersSource
from data_tools.split.artifact import Sample

CLASSES = ("dry", "wet", "snow")
HEIGHT_PX, WIDTH_PX = 480, 640


def write_pictures(folder: Path, count: int) -> None:
    """Write smooth random fields with some grain as JPEG files in class folders."""
    for index in range(count):
        draw = keyed_generator("loading-speed", index)
        field = cv2.resize(draw.uniform(20, 235, (24, 32, 3)), (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
        picture = np.clip(field + draw.normal(0, 4, field.shape), 0, 255).astype(np.uint8)
        done, data = cv2.imencode(".jpg", picture)
        file = folder / CLASSES[index % len(CLASSES)] / f"{index:06d}.jpg"
        if not done:
            raise OSError(f"{file}: cannot be encoded")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.tobytes())


def cached_samples(folder: Path, count: int, height: int, width: int) -> list[Sample]:
    """Make pictures, build a data set with a cache of them in a folder, and return its samples.

    Args:
        folder: An existing folder.
        count: Number of pictures.
        height: Of the cached pictures, px.
        width: Of the cached pictures, px.
    """
    write_pictures(folder / "pictures", count)
    source = ClassFoldersSource(type="class_folders", path=folder / "pictures")
    (folder / "data").mkdir()
    path = run(DataConfig(source=source, cache=CacheConfig(height=height, width=width)), folder / "data")
    dataset = load_artifact(DatasetArtifact, path)
    cached, file_of = read_cache(dataset, path.parent), dataset.file_namer(path.parent)
    samples = [
        Sample(
            record.path,
            file_of(record.path),
            dataset.classes.index(record.label),
            record.source,
            record.group,
            cached[record.path],
        )
        for record in read_records(path.parent / dataset.records.path)
    ]
    if len(samples) != count:
        raise RuntimeError(f"{path}: expected {count} pictures, got {len(samples)}")
    return samples
