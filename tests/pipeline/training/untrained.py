"""Write a checkpoint of a network that nobody trained."""

from pathlib import Path

import torch

from data_tools.artifacts.model import Parent, file_ref, save_artifact
from data_tools.images.preprocessing import PreprocessingSpec
from pipeline.training.artifact import FILE_NAME, CheckpointArtifact, NetworkSpec, WeightsOrigin
from pipeline.training.networks import RoadNet, build_network
from pipeline.training.networks.checkpoint import METHOD_PREFIX, save_weights
from tests.pipeline.training.tiny_split import CLASSES


def make_checkpoint(folder: Path, parents: tuple[Parent, ...] = ()) -> tuple[Path, RoadNet]:
    """Write a checkpoint for 64 × 64 px with random weights; return its path and the network."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    network = build_network(NetworkSpec(name="mobilenet_v3_small", embedding_dim=16, num_classes=3, head="linear"))
    state = {**network.state_dict(), f"{METHOD_PREFIX}discriminative.seen": torch.ones(3, dtype=torch.bool)}
    save_weights(state, folder / "model.safetensors")
    (folder / "history.csv").write_text("epoch\n0\n", encoding="utf-8")
    artifact = CheckpointArtifact(
        schema_version=2,
        producer="tests",
        parents=parents,
        classes=CLASSES,
        network=network.spec,
        preprocessing=PreprocessingSpec(height=64, width=64),
        method="robust",
        initial_weights=WeightsOrigin(type="scratch", detail="chosen", sha256=None),
        weights=file_ref(folder / "model.safetensors", folder),
        history=file_ref(folder / "history.csv", folder),
        epochs=1,
        best_epoch=0,
        selected_by="clean",
        batch_norm="shared",
        batch_norm_scores={},
        settings={},
        best_val_accuracy=0.5,
        versions={},
    )
    return save_artifact(artifact, folder / FILE_NAME), network
