"""Define the classifier: a backbone, an optional linear embedding, and a head."""

from typing import NamedTuple

from torch import Tensor, nn

from pipeline.training.artifact import NetworkSpec
from pipeline.training.networks.backbones import Backbone, build_parts
from pipeline.training.networks.nearest_center import NearestCenterHead


class Output(NamedTuple):
    """Hold what the network says about a batch."""

    features: Tensor
    """(B, d): q, the head's input before dropout."""
    logits: Tensor
    """(B, C)."""


class RoadNet(nn.Module):
    """Compute features and logits of normalised pictures.

    With an embedding, q = E·h + e for the backbone's feature h, and there is no dropout. Without one, q = h, and a
    linear head is the classifier that the backbone's library puts there, behind its dropout where it has one.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        backbone, classifier, dropout = build_parts(spec.name, spec.num_classes)
        own = spec.embedding_dim is None and spec.head == "linear"
        self.spec = spec
        self.backbone: Backbone = backbone
        self.embedding = None if spec.embedding_dim is None else nn.Linear(backbone.width, spec.embedding_dim)
        self.dropout = nn.Dropout(dropout) if own and dropout is not None else None
        self.feature_dim: int = spec.embedding_dim or backbone.width
        self.head: nn.Linear | NearestCenterHead = classifier if own else _head(spec, self.feature_dim)

    def forward(self, pictures: Tensor) -> Output:
        """Compute features and logits.

        Args:
            pictures: (B, 3, H, W) normalised.
        """
        features = self.backbone(pictures)
        if self.embedding is not None:
            features = self.embedding(features)
        logits = self.head(features if self.dropout is None else self.dropout(features))
        return Output(features, logits)


def build_network(spec: NetworkSpec) -> RoadNet:
    """Build a network with random weights from torch's global generator.

    Raises:
        MissingDependencyError: A timm network without timm.
        InputError: timm knows no such network.
    """
    return RoadNet(spec)


def _head(spec: NetworkSpec, feature_dim: int) -> nn.Linear | NearestCenterHead:
    """Build the head that a spec names."""
    if spec.head == "nearest_center":
        return NearestCenterHead(spec.num_classes, feature_dim)
    return nn.Linear(feature_dim, spec.num_classes)
