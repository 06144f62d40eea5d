"""Measure many networks in one pass: a picture is decoded once, its noise is drawn once, and every network sees it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from data_tools.artifacts.model import load_artifact
from data_tools.errors import InputError
from data_tools.images.decode import Picture
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.confusion import confusion_matrix
from data_tools.perturbations import perturb
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample
from pipeline.comparison.artifact import NoiseLevel
from pipeline.comparison.config import CompareConfig
from pipeline.evaluation.prediction import predict_logits
from pipeline.training.artifact import CheckpointArtifact
from pipeline.training.data.dataset import read_at_model_size
from pipeline.training.networks import load_checkpoint

Predictions = npt.NDArray[np.int64]
Sizes = tuple[int, int, str]
_WHAT = "measuring pictures"


def measure(
    checkpoints: Sequence[Path],
    samples: Sequence[Sample],
    classes: tuple[str, ...],
    config: CompareConfig,
    *,
    threads: int | None = None,
    progress: Progress = silent,
) -> list[tuple[NoiseLevel, ...] | None]:
    """Measure networks on the same pictures under the same noise.

    The noise is drawn on the 8-bit picture at model size from (image id, σ, run) as in `roadgrip evaluate`, so the
    networks of one input size share it; the pictures are read once for every input size.

    Args:
        checkpoints: The networks' JSON files.
        samples: N pictures.
        classes: Class names in logit order.
        config: Noise levels, runs and batch size.
        threads: torch's CPU threads; None leaves them.
        progress: Told after every batch.

    Returns:
        For each network its results by noise level; None for one whose output is not finite.

    Raises:
        InputError: A file cannot be read, or a network has other classes.
        CheckFailedError: A network's weights were changed.
    """
    views = [(sigma, run) for sigma in config.sigmas for run in range(config.runs_at(sigma))]
    labels = np.array([sample.label for sample in samples], dtype=np.int64)
    by_size = _by_size(checkpoints, classes)
    total, done = len(samples) * len(by_size), 0
    results: dict[int, tuple[NoiseLevel, ...] | None] = dict.fromkeys(range(len(checkpoints)))
    with _threads(threads):
        for members in by_size.values():
            networks = [load_checkpoint(checkpoints[index]) for index in members]
            finite = [True] * len(members)
            predictions = np.empty((len(members), len(views), len(samples)), dtype=np.int16)
            for start in range(0, len(samples), config.batch_size):
                chosen = samples[start : start + config.batch_size]
                pictures = [read_at_model_size(sample, networks[0][0].preprocessing) for sample in chosen]
                for at, (sigma, run) in enumerate(views):
                    batch = _noisy(pictures, chosen, sigma, run)
                    for row, (artifact, network) in enumerate(networks):
                        if not finite[row]:
                            continue
                        logits = predict_logits(network, artifact.preprocessing, batch)
                        finite[row] = bool(np.isfinite(logits).all())
                        predictions[row, at, start : start + len(chosen)] = logits.argmax(axis=1)
                done += len(chosen)
                progress(done, total, _WHAT)
            for row, index in enumerate(members):
                if finite[row]:
                    results[index] = summarise(predictions[row].astype(np.int64), labels, classes, config)
    return [results[index] for index in range(len(checkpoints))]


def summarise(
    predictions: Predictions, labels: npt.NDArray[np.int64], classes: tuple[str, ...], config: CompareConfig
) -> tuple[NoiseLevel, ...]:
    """Summarise one network's (views, N) predictions; the views are the runs of the first noise level, and so on."""
    levels, start = [], 0
    for sigma in config.sigmas:
        runs = config.runs_at(sigma)
        own = predictions[start : start + runs]
        start += runs
        hits = own == labels
        matrix = confusion_matrix(np.tile(labels, runs), own.ravel(), len(classes))
        totals = matrix.sum(axis=1)
        levels.append(
            NoiseLevel(
                sigma=sigma,
                accuracy_by_run=tuple(float(value) for value in hits.mean(axis=1)),
                correct=tuple(int(value) for value in hits.sum(axis=0)),
                confusion=tuple(tuple(int(value) for value in row) for row in matrix),
                recall={
                    name: float(matrix[index, index] / totals[index]) if totals[index] else None
                    for index, name in enumerate(classes)
                },
            )
        )
    return tuple(levels)


def _noisy(pictures: Sequence[Picture], samples: Sequence[Sample], sigma: float, run: int) -> npt.NDArray[np.uint8]:
    """Return (B, H, W, 3) pictures with noise."""
    return np.stack(
        [
            perturb(picture, sample.image_id, "gaussian_noise", sigma, run)
            for picture, sample in zip(pictures, samples, strict=True)
        ]
    )


def _by_size(checkpoints: Sequence[Path], classes: tuple[str, ...]) -> dict[Sizes, list[int]]:
    """Group networks by what decides a picture's pixels; the normalisation is part of the network."""
    groups: dict[Sizes, list[int]] = {}
    for index, path in enumerate(checkpoints):
        artifact = load_artifact(CheckpointArtifact, path)
        if artifact.classes != classes:
            raise InputError(f"{path}: expected the split's classes {classes}, got {artifact.classes}")
        groups.setdefault(_sizes(artifact.preprocessing), []).append(index)
    return groups


def _sizes(spec: PreprocessingSpec) -> Sizes:
    return spec.height, spec.width, spec.interpolation


@contextmanager
def _threads(number: int | None) -> Iterator[None]:
    """Set torch's CPU threads for a while."""
    before = torch.get_num_threads()
    try:
        if number is not None:
            torch.set_num_threads(number)
        yield
    finally:
        torch.set_num_threads(before)
