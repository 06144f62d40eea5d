"""Write a weights file with torchvision's key names that nobody trained."""

from pathlib import Path

import torch
import torchvision

CLASS_COUNT = 1001


def make_weights(path: Path) -> Path:
    """Write random weights; the batch norms have seen noise, so that what comes out depends on the picture."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = torchvision.models.mobilenet_v3_small(weights=None, num_classes=CLASS_COUNT).train()
        for part in network.modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                part.momentum = None  # an even average
        with torch.no_grad():
            for _ in range(3):
                network(2 * torch.randn(16, 3, 1, 1) + 0.3 * torch.randn(16, 3, 32, 32))
    torch.save(network.state_dict(), path)
    return path
