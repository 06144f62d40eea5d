"""Define the classifier: a MobileNetV3, an optional linear embedding, and the last linear layer."""

from typing import NamedTuple

import torchvision
from torch import Tensor, nn

from pipeline.training.artifact import NetworkName, NetworkSpec

TORCHVISION_DROPOUT = 0.2


class Output(NamedTuple):
    """Hold what the network says about a batch."""

    features: Tensor
    """(B, d): q, the last linear layer's input before dropout."""
    logits: Tensor
    """(B, C)."""


class RoadNet(nn.Module):
    """Compute features and logits of normalised pictures.

    With an embedding, q = E·h + e for torchvision's hidden feature h (1024-d Small, 1280-d Large, after a
    hard-swish), and there is no dropout. Without one, q = h, and torchvision's dropout stands before the head.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        base = _torchvision_network(spec.name, spec.num_classes)
        self.spec = spec
        self.features = base.features
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.hidden: nn.Linear = base.classifier[0]
        self.activation = nn.Hardswish()
        width = self.hidden.out_features
        own = spec.embedding_dim is None
        self.embedding = None if spec.embedding_dim is None else nn.Linear(width, spec.embedding_dim)
        self.dropout = nn.Dropout(TORCHVISION_DROPOUT) if own else None
        self.feature_dim: int = spec.embedding_dim or width
        self.head: nn.Linear = base.classifier[3] if own else nn.Linear(self.feature_dim, spec.num_classes)

    def forward(self, pictures: Tensor) -> Output:
        """Compute features and logits.

        Args:
            pictures: (B, 3, H, W) normalised.
        """
        pooled = self.pool(self.features(pictures)).flatten(1)
        features = self.activation(self.hidden(pooled))
        if self.embedding is not None:
            features = self.embedding(features)
        logits = self.head(features if self.dropout is None else self.dropout(features))
        return Output(features, logits)


def build_network(spec: NetworkSpec) -> RoadNet:
    """Build a network with random weights from torch's global generator."""
    return RoadNet(spec)


def _torchvision_network(name: NetworkName, num_classes: int) -> torchvision.models.MobileNetV3:
    """Build torchvision's network without downloading weights."""
    if name == "mobilenet_v3_small":
        return torchvision.models.mobilenet_v3_small(weights=None, num_classes=num_classes)
    return torchvision.models.mobilenet_v3_large(weights=None, num_classes=num_classes)
