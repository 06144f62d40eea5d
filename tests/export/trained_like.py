"""Make a network that behaves like a trained one, and its checkpoint, within a second and without training."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.images.preprocessing import Normalization, PreprocessingSpec, normalize
from data_tools.split.artifact import open_split
from export.inference import labels_of, load_batch
from pipeline.training.artifact import FILE_NAME, CheckpointArtifact, NetworkName, NetworkSpec, WeightsOrigin
from pipeline.training.networks.checkpoint import METHOD_PREFIX, WEIGHTS_NAME, save_weights
from pipeline.training.networks.roadnet import RoadNet, build_network

SPEC = PreprocessingSpec(
    height=64, width=96, normalization=Normalization(mean=(0.30, 0.45, 0.60), std=(0.20, 0.25, 0.35))
)
"""Not square, and not ImageNet's statistics: swapped sides, swapped channels or forgotten constants must show."""


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Keep torch to one thread: on a busy machine two wait for each other ten times as long as they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def rough_network(
    embedding_dim: int | None,
    name: NetworkName = "mobilenet_v3_small",
    head: Literal["linear", "nearest_center"] = "linear",
) -> RoadNet:
    """Return a network in eval mode whose batch norms are far from the identity, with activations of order 1."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        spec = NetworkSpec(name=name, embedding_dim=embedding_dim, num_classes=3, head=head)
        network = build_network(spec).train()
        norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
        for norm in norms:
            norm.momentum = 1.0
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias, 0, 0.3)
        with torch.no_grad():
            network(normalized(random_pictures(16)))
            for norm in norms:
                norm.running_mean += 0.1 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
                norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.7, 1.4)
            if isinstance(network.head, nn.Linear):
                network.head.weight *= 20
    return network.eval()


def fitted_network(split_path: Path) -> RoadNet:
    """Return a rough network whose last layers, solved in closed form on the train part, tell the classes apart."""
    samples = open_split(split_path).samples["train"]
    pictures = normalized(load_batch(samples, SPEC))
    network = rough_network(16)
    assert network.embedding is not None
    with torch.no_grad():
        hidden = network.backbone(pictures).double()
        wanted = nn.functional.one_hot(torch.from_numpy(labels_of(samples)), 3).double() - 1 / 3
        gram = hidden @ hidden.T
        gram += 0.1 * gram.diagonal().mean() * torch.eye(len(hidden), dtype=torch.float64)
        network.embedding.weight[:3] = (hidden.T @ torch.linalg.solve(gram, wanted)).T
        network.embedding.bias[:3] = 0
        network.head.weight *= 0.01
        network.head.weight[:, :3] += 6 * torch.eye(3)
    return network


def write_checkpoint(
    network: RoadNet,
    split_path: Path,
    folder: Path,
    classes: tuple[str, ...],
    method_state: Mapping[str, torch.Tensor] | None = None,
    settings: dict[str, float] | None = None,
) -> Path:
    """Save a network as the training stage would, with what its method kept beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {f"{METHOD_PREFIX}{name}": value for name, value in (method_state or {}).items()}
    save_weights({**network.state_dict(), **kept}, folder / WEIGHTS_NAME)
    (folder / "history.csv").write_text("epoch\n0\n", encoding="utf-8")
    return save_artifact(
        CheckpointArtifact(
            schema_version=2,
            producer="tests",
            parents=(parent("split", split_path, folder),),
            classes=classes,
            network=network.spec,
            preprocessing=SPEC,
            method="normal",
            initial_weights=WeightsOrigin(type="scratch", detail="chosen", sha256=None),
            weights=file_ref(folder / WEIGHTS_NAME, folder),
            history=file_ref(folder / "history.csv", folder),
            epochs=1,
            best_epoch=0,
            selected_by="clean",
            batch_norm="shared",
            batch_norm_scores={},
            settings=settings or {},
            best_val_accuracy=0.5,
            versions={},
        ),
        folder / FILE_NAME,
    )


def random_pictures(count: int, seed: int = 0) -> np.ndarray:
    """Return (count, 64, 96, 3) uint8 pictures, each of one random colour with strong noise."""
    generator = np.random.default_rng(seed)
    colors = generator.uniform(20, 235, (count, 1, 1, 3))
    return np.clip(colors + generator.normal(0, 25, (count, 64, 96, 3)), 0, 255).astype(np.uint8)


def normalized(pictures: np.ndarray) -> torch.Tensor:
    """Normalise with the numpy reference."""
    return torch.from_numpy(normalize(pictures, SPEC.normalization))
