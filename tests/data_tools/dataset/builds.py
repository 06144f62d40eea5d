"""Make sources, and inspect or build what they offer."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.config import DataConfig
from data_tools.dataset.examine import Examined, examine
from data_tools.dataset.inspect_all import inspect_all, plan_shards
from data_tools.dataset.records import read_records
from data_tools.engines.local import LocalEngine
from data_tools.images.decode import read_picture
from data_tools.progress import silent
from data_tools.sources.candidates import Candidate, Listing
from tests.data_tools.pictures import noise, write


def data_config(source: Mapping[str, object] | None = None, **options: object) -> DataConfig:
    """Return a configuration; a source that a test does not need is synthetic."""
    return DataConfig.model_validate({"source": source or {"type": "synth"}, **options})


def folders_config(root: Path, **options: object) -> DataConfig:
    return data_config({"type": "class_folders", "path": root}, **options)


def listing(root: Path, files: dict[str, bytes]) -> Listing:
    """Write files named `label/drive/picture`, `label/picture` (its own drive) or `picture` (of the class dry)."""
    for name, data in files.items():
        write(root / name, data)
    return Listing({"": root}, [candidate(name) for name in files], [], {})


def candidate(name: str) -> Candidate:
    first, *inner = name.split("/")
    return Candidate(name, first if inner else "dry", "src", inner[0] if len(inner) > 1 else name)


def examined(config: DataConfig, given: Listing, work: Path) -> Examined:
    """Inspect a listing's pictures in this process and sort out what they told."""
    jobs = plan_shards(given, work / "shards", config.cache)
    inspect_all(jobs, LocalEngine(1), silent)
    return examine(config, given, jobs, silent)


def scene(*key: str | int, height: int = 96, width: int = 128) -> np.ndarray:
    """Return an RGB picture with detail at every scale, which its key determines."""
    total = np.zeros((height, width, 3), np.float32)
    for step in (1, 2, 4, 8, 16, 32):
        small = noise("scene", *key, step, height=height // step + 1, width=width // step + 1).astype(np.float32)
        total += cv2.resize(small - 127.5, (width, height), interpolation=cv2.INTER_CUBIC) * step**0.1 / 5
    return np.clip(127.5 + total, 0, 255).astype(np.uint8)


def scene_video(path: Path, frames: int, rate: float) -> Path:
    """Write a Motion JPEG video of unlike frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), rate, (128, 96))
    assert writer.isOpened()
    for index in range(frames):
        writer.write(scene(path.name, index))
    writer.release()
    return path


def opened(path: Path) -> DatasetArtifact:
    """Load a data set and see that every picture it lists can be read and is the size it says."""
    artifact = load_artifact(DatasetArtifact, path)
    check_payload(artifact, path.parent)
    name = artifact.file_namer(path.parent)
    records = read_records(path.parent / artifact.records.path)
    assert len(records) == artifact.pictures
    for record in records:
        assert read_picture(name(record.path)).shape == (record.height_px, record.width_px, 3)
    return artifact


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    return {str(item.relative_to(folder)): item.read_bytes() for item in folder.rglob("*") if item.is_file()}
