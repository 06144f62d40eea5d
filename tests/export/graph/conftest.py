from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from export.config import ExportConfig
from export.graph.stage import run
from pipeline.training.networks.checkpoint import load_checkpoint
from tests.export.trained_like import one_torch_thread, write_checkpoint
from tests.pipeline.training.tiny_split import CLASSES

KEPT = {
    "loss.centroids": torch.arange(48, dtype=torch.float32).reshape(3, 16) / 10,
    "loss.seen": torch.ones(3, dtype=torch.bool),
}
"""What a robust loss leaves beside the network."""


@pytest.fixture(scope="package", autouse=True)
def _one_torch_thread() -> Iterator[None]:
    with one_torch_thread():
        yield


@pytest.fixture(scope="package")
def bgr_path(checkpoint_path: Path, split_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same network with centroids that its loss kept, for four BGR pictures a call and operator set 20."""
    folder = tmp_path_factory.mktemp("bgr")
    network = load_checkpoint(checkpoint_path)[1]
    checkpoint = write_checkpoint(network, split_path, folder / "train", CLASSES, KEPT)
    return run(ExportConfig(color="bgr", batch=4, opset=20), checkpoint, split_path, folder / "export")
