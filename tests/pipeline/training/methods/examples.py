"""Make surroundings, heads and outputs for tests of methods."""

import torch
from torch import Tensor, nn

from pipeline.training.method_config import NEAREST_CENTER, MethodConfig
from pipeline.training.methods import Method, Surroundings, build_method
from pipeline.training.networks import Output
from pipeline.training.networks.nearest_center import NearestCenterHead

CLASSES = ("dry", "wet", "snow")
LABELS = torch.tensor([0, 1, 2, 0, 1, 2])
SURROUNDINGS = Surroundings(CLASSES, feature_dim=5)


def make(config: MethodConfig, surroundings: Surroundings = SURROUNDINGS) -> tuple[Method, nn.Module]:
    """Build a method and a head that it has prepared."""
    method = build_method(config, surroundings)
    nearest = isinstance(config, NEAREST_CENTER)
    torch.manual_seed(0)
    width, classes = surroundings.feature_dim, len(surroundings.classes)
    head: nn.Module = NearestCenterHead(classes, width) if nearest else nn.Linear(width, classes)
    method.prepare(head)
    return method, head


def features(seed: int, size: int = len(LABELS), width: int = 5) -> Tensor:
    """Draw features, (B, d), that collect gradients."""
    return torch.randn(size, width, generator=torch.Generator().manual_seed(seed), requires_grad=True)


def outputs(head: nn.Module, count: int) -> list[Output]:
    """Make the outputs of several views."""
    return [Output(q, head(q)) for q in (features(seed) for seed in range(count))]


def value(scalar: Tensor) -> float:
    """Return a scalar that may carry a gradient as a number."""
    return scalar.detach().item()
