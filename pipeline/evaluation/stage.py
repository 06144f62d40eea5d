"""Run the evaluation stage: a checkpoint and a split in, metrics out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.artifacts.model import parent, save_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.classification import Share, classification_metrics
from data_tools.perturbations import perturb
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample, open_split
from data_tools.split.origin import warn_of_other_split
from pipeline.evaluation.artifact import FILE_NAME, EvaluationArtifact, NoiseMetrics
from pipeline.evaluation.config import EvaluateConfig
from pipeline.evaluation.prediction import predict_logits, softmax
from pipeline.training.data.dataset import read_at_model_size
from pipeline.training.networks import RoadNet, load_checkpoint

Probabilities = npt.NDArray[np.float64]
"""(1 + runs, N, C); the first is on the clean pictures."""


def run(
    config: EvaluateConfig, checkpoint_path: Path, split_path: Path, out_dir: Path, progress: Progress = silent
) -> Path:
    """Measure a checkpoint on one part of a split, clean and under Gaussian noise, and write `evaluation.json`.

    The noise is drawn on the 8-bit picture at model size from (image id, σ, run), so that any back end that
    evaluates the exported network sees the same pixels.

    Args:
        config: What to measure.
        checkpoint_path: The checkpoint's JSON.
        split_path: The split's JSON.
        out_dir: Where to write.
        progress: Told after every batch.

    Returns:
        The evaluation's path.

    Raises:
        InputError: A file is missing or malformed, the part is empty, or checkpoint and split differ in classes.
        CheckFailedError: A payload file was changed, or the network's output is not finite.
    """
    artifact, network = load_checkpoint(checkpoint_path)
    split = open_split(split_path)
    if split.classes != artifact.classes:
        raise InputError(f"{split_path}: expected the checkpoint's classes {artifact.classes}, got {split.classes}")
    samples = split.samples[config.part]
    if not samples:
        raise InputError(f"{split_path}: expected pictures in the {config.part} part, got none")
    warn_of_other_split(artifact.parents, split_path)
    probabilities = _predict(config, network, artifact.preprocessing, samples, progress)
    if not np.isfinite(probabilities).all():
        raise CheckFailedError(f"{checkpoint_path}: the network's output is not finite")
    labels = np.array([sample.label for sample in samples], dtype=np.int64)
    evaluation = EvaluationArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("checkpoint", checkpoint_path, out_dir), parent("split", split_path, out_dir)),
        classes=split.classes,
        part=config.part,
        clean=classification_metrics(probabilities[0], labels, split.classes),
        noisy=_noise_metrics(config, probabilities[1:], labels, split.classes),
        clean_accuracy_by_source=_accuracy_by_source(probabilities[0], labels, samples),
    )
    out_dir.mkdir(parents=True, exist_ok=True)
    return save_artifact(evaluation, out_dir / FILE_NAME)


def _predict(
    config: EvaluateConfig,
    network: RoadNet,
    preprocessing: PreprocessingSpec,
    samples: Sequence[Sample],
    progress: Progress,
) -> Probabilities:
    """Compute probabilities of every sample, clean and in every run; a picture is decoded once."""
    batches = []
    for start in range(0, len(samples), config.batch_size):
        chosen = samples[start : start + config.batch_size]
        pictures = [read_at_model_size(sample, preprocessing) for sample in chosen]
        views = [np.stack(pictures)]
        views += [
            np.stack(
                [
                    perturb(picture, sample.image_id, "gaussian_noise", config.sigma, repetition)
                    for picture, sample in zip(pictures, chosen, strict=True)
                ]
            )
            for repetition in range(config.runs)
        ]
        batches.append(np.stack([softmax(predict_logits(network, preprocessing, view)) for view in views]))
        progress(start + len(chosen), len(samples), "evaluating")
    return np.concatenate(batches, axis=1)


def _noise_metrics(
    config: EvaluateConfig, probabilities: Probabilities, labels: npt.NDArray[np.int64], classes: tuple[str, ...]
) -> NoiseMetrics:
    """Summarise the (runs, N, C) probabilities under noise."""
    accuracies = (probabilities.argmax(axis=2) == labels).mean(axis=1)
    return NoiseMetrics(
        sigma=config.sigma,
        runs=config.runs,
        accuracy_by_run=tuple(float(value) for value in accuracies),
        accuracy_mean=float(accuracies.mean()),
        accuracy_std=float(accuracies.std(ddof=1)) if config.runs > 1 else 0.0,
        pooled=classification_metrics(probabilities.reshape(-1, len(classes)), np.tile(labels, config.runs), classes),
    )


def _accuracy_by_source(
    probabilities: npt.NDArray[np.float64], labels: npt.NDArray[np.int64], samples: Sequence[Sample]
) -> dict[str, Share]:
    """Return the share of correct (N, C) predictions by the samples' source."""
    correct = probabilities.argmax(axis=1) == labels
    sources = np.array([sample.source for sample in samples])
    return {
        str(source): Share.of(int(correct[sources == source].sum()), int((sources == source).sum()))
        for source in np.unique(sources)
    }
