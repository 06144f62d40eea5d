"""Keep all that an interrupted training needs to go on: one file, replaced atomically after every epoch."""

import io
import logging
import pickle
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypedDict, cast

import torch
from torch import Tensor

from data_tools.artifacts.atomic import write_bytes
from data_tools.artifacts.hashing import sha256_json
from pipeline.training.artifact import WeightsOrigin
from pipeline.training.best import Best
from pipeline.training.config import TrainConfig

LAST_NAME = "last.ckpt"

_LOG = logging.getLogger("roadgrip")
_NO_EFFECT = {"num_workers", "loggers", "weights"}
"""Configuration keys that do not change the result, or do so through what they name (the weights' bytes)."""


@dataclass(frozen=True)
class ResumePoint:
    """Hold the state after an epoch."""

    fingerprint: str
    next_epoch: int
    module: dict[str, Tensor]
    """The training module's state dict: network, its average and noisy statistics if any, the method's buffers."""
    optimizer: dict[str, object]
    best: Best
    history: list[dict[str, float | int]]
    scaler: dict[str, object]
    """The gradient scaler's state; empty where the precision needs none."""


class _Stored(TypedDict):
    fingerprint: str
    next_epoch: int
    module: dict[str, Tensor]
    optimizer: dict[str, object]
    best: "_StoredBest"
    history: list[dict[str, float | int]]
    scaler: dict[str, object]


class _StoredBest(TypedDict):
    epoch: int
    score: float
    val_accuracy: float
    val_loss: float
    weights: dict[str, Tensor]


def fingerprint(
    config: TrainConfig, split_sha256: str, origin: WeightsOrigin, versions: dict[str, str], code: str
) -> str:
    """Return the sha256 of all that decides how a training ends.

    Args:
        config: The training's configuration.
        split_sha256: Of the split's JSON, which pins the pictures.
        origin: What the training starts from; its text does not count.
        versions: Of torch and the other libraries.
        code: Digest of the training's source code.
    """
    return sha256_json(
        {
            "config": config.model_dump(mode="json", exclude=_NO_EFFECT),
            "split": split_sha256,
            "weights": [origin.type, origin.sha256 or (origin.detail if origin.type == "imagenet" else "")],
            "code": code,
            "versions": versions,
        }
    )


def save_resume_point(point: ResumePoint, folder: Path) -> None:
    """Replace the folder's resume point; a crash leaves the old one or the new."""
    buffer = io.BytesIO()
    torch.save({**vars(point), "best": asdict(point.best)}, buffer)
    write_bytes(folder / LAST_NAME, buffer.getvalue())


def load_resume_point(folder: Path, expected_fingerprint: str) -> ResumePoint | None:
    """Load the folder's resume point.

    Returns:
        None where there is none, or where it is unreadable or of another training; then a warning says that the
        training starts anew.
    """
    path = folder / LAST_NAME
    if not path.is_file():
        return None
    try:
        stored = cast("_Stored", torch.load(path, map_location="cpu", weights_only=True))
        point = ResumePoint(
            fingerprint=stored["fingerprint"],
            next_epoch=stored["next_epoch"],
            module=stored["module"],
            optimizer=stored["optimizer"],
            best=Best(**stored["best"]),
            history=stored["history"],
            scaler=stored["scaler"],
        )
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, TypeError, KeyError) as error:
        _LOG.warning("%s: cannot be read (%s); the training starts anew", path, type(error).__name__)
        return None
    if point.fingerprint != expected_fingerprint:
        _LOG.warning(
            "%s: belongs to a training with another configuration, split, start, library version or code; "
            "the training starts anew",
            path,
        )
        return None
    _LOG.info("%s: going on with epoch %d", path, point.next_epoch)
    return point


def drop_resume_point(folder: Path) -> None:
    """Remove the resume point, and its folder if nothing else is in it."""
    (folder / LAST_NAME).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        shutil.rmtree(folder)
