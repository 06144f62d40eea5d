"""Build torchvision's MobileNetV3 (Howard et al., 2019) up to its hidden layer."""

import torchvision
from torch import Tensor, nn

from pipeline.training.networks.backbones.backbone import Parts

DROPOUT = 0.2
"""What torchvision's training used."""


class MobileNetV3Backbone(nn.Module):
    """Compute torchvision's hidden feature: 1024-d Small, 1280-d Large, after a hard-swish."""

    library = "torchvision"
    classifier_key = "classifier.3"
    classifier_required = True

    def __init__(self, base: torchvision.models.MobileNetV3) -> None:
        """Take the parts of torchvision's network."""
        super().__init__()
        self.features = base.features
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.hidden: nn.Linear = base.classifier[0]
        self.activation = nn.Hardswish()
        self.width: int = self.hidden.out_features

    def forward(self, pictures: Tensor) -> Tensor:
        """Compute features (see `Backbone`)."""
        return self.last_activation(self.pooled(pictures))

    def pooled(self, pictures: Tensor) -> Tensor:
        """Map (B, 3, H, W) pictures to the pooled last convolution: (B, 576) Small, (B, 960) Large."""
        pooled: Tensor = self.pool(self.features(pictures))
        return pooled.flatten(1)

    def last_activation(self, pooled: Tensor) -> Tensor:
        """Map the pooled convolution to (B, width)."""
        features: Tensor = self.activation(self.hidden(pooled))
        return features

    def public_key(self, own: str) -> str:
        """Return torchvision's name of a key."""
        return own.replace("hidden.", "classifier.0.", 1) if own.startswith("hidden.") else own


def mobilenet_v3(name: str, num_classes: int) -> Parts:
    """Build it with random weights, as torchvision does to the last bit.

    Args:
        name: mobilenet_v3_small or mobilenet_v3_large.
        num_classes: Of torchvision's classifier.
    """
    builders = {
        "mobilenet_v3_small": torchvision.models.mobilenet_v3_small,
        "mobilenet_v3_large": torchvision.models.mobilenet_v3_large,
    }
    base = builders[name](weights=None, num_classes=num_classes)
    return Parts(MobileNetV3Backbone(base), base.classifier[3], DROPOUT)
