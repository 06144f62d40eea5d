"""Search a data set for label errors: a data set in, a ranked list of doubted labels out."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import cleanlab
import numpy as np
import sklearn
import torch
import torchvision
from threadpoolctl import threadpool_limits

from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.errors import InputError
from data_tools.metrics.classification import Share
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from pipeline.label_errors.artifact import FILE_NAME, LabelErrorArtifact
from pipeline.label_errors.config import LabelErrorConfig
from pipeline.label_errors.features import picture_features
from pipeline.label_errors.find import class_thresholds, find_suspects
from pipeline.label_errors.folds import group_folds
from pipeline.label_errors.frozen import load_frozen
from pipeline.label_errors.pictures import read_pictures
from pipeline.label_errors.probabilities import out_of_fold
from pipeline.label_errors.suspects import TABLE_NAME, Suspect, write_suspects
from pipeline.training.reproducible import reproducible

_LOG = logging.getLogger("roadgrip")


def check_labels(config: LabelErrorConfig, dataset_path: Path, out_dir: Path, progress: Progress = silent) -> Path:
    """Look for wrong labels with a classifier that never saw the picture's group, and write what is doubtful.

    Writes `label_errors.csv` (the worst first) and, last, `label_errors.json`. Nothing is relabelled or removed. On
    the CPU and with `threads` given, the result depends on the configuration, the pictures and the libraries alone.

    Args:
        config: What to look with, and which labels to doubt.
        dataset_path: The data set's JSON.
        out_dir: Where to write.
        progress: Told after every batch of pictures and every fit.

    Returns:
        The path of label_errors.json.

    Raises:
        InputError: A file or the weights cannot be used, a class has fewer groups than there are folds, or there is
            no GPU where one is asked for.
        CheckFailedError: A table was changed, the features are not finite, or a fit did not converge.
    """
    classes, pictures = read_pictures(dataset_path)
    labels = np.array([classes.index(picture.label) for picture in pictures], dtype=np.int64)
    groups = [picture.group for picture in pictures]
    try:
        fold_of = group_folds(labels, groups, classes, config.folds, config.seed)
    except InputError as error:
        raise InputError(f"{dataset_path}: {error}") from error
    with reproducible(config.seed, config.threads), threadpool_limits(config.threads):
        frozen = load_frozen(config)
        features = picture_features(
            frozen.network,
            config.preprocessing(),
            [picture.file for picture in pictures],
            batch_size=config.batch_size,
            mirrored=config.mirrored,
            progress=progress,
        )
        found = out_of_fold(features, labels, fold_of, config.inverse_regularization, progress)
    suspects = find_suspects(
        [picture.path for picture in pictures],
        labels,
        found.probabilities,
        classes,
        filter_by=config.filter_by,
        rank_by=config.rank_by,
    )
    agreed = int((found.probabilities.argmax(axis=1) == labels).sum())
    largest = max(Counter(labels.tolist()).values())
    if agreed <= largest:
        _LOG.warning(
            "the network tells the classes of %s apart no better than guessing; its doubts mean nothing", dataset_path
        )
    out_dir.mkdir(parents=True, exist_ok=True)
    write_suspects(out_dir / TABLE_NAME, suspects)
    artifact = LabelErrorArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("dataset", dataset_path, out_dir),),
        classes=classes,
        pictures=len(pictures),
        groups=len(set(groups)),
        suspected=len(suspects),
        suspected_by_class=_by_class(suspects, classes),
        suspects=file_ref(out_dir / TABLE_NAME, out_dir),
        network=config.network,
        weights=frozen.origin,
        preprocessing=config.preprocessing(),
        feature_dim=features.shape[1],
        folds=config.folds,
        seed=config.seed,
        log_loss_by_inverse_regularization={
            str(strength): loss for strength, loss in zip(config.inverse_regularization, found.log_losses, strict=True)
        },
        inverse_regularization=found.inverse_regularization,
        filter_by=config.filter_by,
        rank_by=config.rank_by,
        thresholds=dict(zip(classes, class_thresholds(labels, found.probabilities), strict=True)),
        accuracy=Share.of(agreed, len(pictures)),
        largest_class=largest / len(pictures),
        versions=_versions(),
    )
    return save_artifact(artifact, out_dir / FILE_NAME)


def _by_class(suspects: Iterable[Suspect], classes: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count the suspects from each given class to each suggested one, in class order."""
    counts = Counter((suspect.label, suspect.suggested) for suspect in suspects)
    return {given: {other: counts[given, other] for other in classes if other != given} for given in classes}


def _versions() -> dict[str, str]:
    """Return the versions of the libraries that the result depends on."""
    return {
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "scikit-learn": sklearn.__version__,
        "cleanlab": cleanlab.__version__,
        "numpy": np.__version__,
    }
