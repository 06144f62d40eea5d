"""Find the class centroids that a network's features are compared with."""

from pathlib import Path
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample
from export.inference import batches
from pipeline.training.networks import Normalize, RoadNet, to_unit_range
from pipeline.training.networks.checkpoint import load_method_state
from pipeline.training.networks.nearest_center import NearestCenterHead

Origin = Literal["head", "trained", "measured"]
"""The nearest-centre head's own, those the loss kept, or class means of the train part's features."""


class Centroids(NamedTuple):
    """Hold a feature centre a class, (C, d), and where it comes from."""

    values: Tensor
    origin: Origin


def trained_centroids(checkpoint_path: Path, network: RoadNet, *, averaged: bool) -> Centroids | None:
    """Return the centroids that training left, or None where they are not those of the network's features.

    None too where the loss never saw a class: its centroid is still the zero vector that it started from.

    Args:
        checkpoint_path: checkpoint.json.
        network: The loaded network.
        averaged: Whether its weights are a moving average; a loss keeps the centroids of the weights that it trained.

    Raises:
        InputError: The checkpoint is missing or malformed.
        CheckFailedError: Its weights file was changed.
    """
    if isinstance(network.head, NearestCenterHead):
        return Centroids(network.head.centers.detach().clone(), "head")
    if averaged:
        return None
    state = load_method_state(checkpoint_path)
    shape = (network.spec.num_classes, network.feature_dim)
    for name, value in state.items():
        if name.rpartition(".")[2] not in {"centroids", "centers"} or tuple(value.shape) != shape:
            continue
        seen = state.get(f"{name.rpartition('.')[0]}.seen")
        if (bool(value.any(dim=1).all()) if seen is None else bool(seen.all())) and bool(value.isfinite().all()):
            return Centroids(value.float(), "trained")
    return None


def measured_centroids(
    network: RoadNet, spec: PreprocessingSpec, samples: tuple[Sample, ...], progress: Progress = silent
) -> Centroids:
    """Compute the mean feature of every class.

    Args:
        network: In eval mode, in RGB order.
        spec: Its preprocessing, RGB.
        samples: Clean pictures of the train part, at least one of every class.
        progress: Receives the count of pictures done.

    Raises:
        ValueError: A class has no picture.
    """
    classes = network.spec.num_classes
    present = {sample.label for sample in samples}
    if present != set(range(classes)):
        raise ValueError(f"expected pictures of all {classes} classes, got those of the labels {sorted(present)}")
    sums = torch.zeros(classes, network.feature_dim, dtype=torch.float64)
    counts = torch.zeros(classes, dtype=torch.float64)
    normalize, done = Normalize(spec.normalization), 0
    with torch.inference_mode():
        for batch in batches(samples, spec):
            labels = torch.tensor([sample.label for sample in samples[done : done + len(batch)]])
            features = network(normalize(to_unit_range(torch.from_numpy(batch)))).features
            sums.index_add_(0, labels, features.double())
            counts.index_add_(0, labels, torch.ones(len(batch), dtype=torch.float64))
            done += len(batch)
            progress(done, len(samples), "measuring class centroids")
    return Centroids((sums / counts[:, None]).float(), "measured")
