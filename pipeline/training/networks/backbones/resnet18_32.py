"""Build ResNet-18 (He et al., 2016) for pictures of 32 × 32 px (the paper's appendix H.1)."""

import torchvision
from torch import Tensor, nn

from pipeline.training.networks.backbones.backbone import Parts


class ResNet18Backbone(nn.Module):
    """Compute the globally averaged last convolution behind a ReLU, 512-d.

    The stem is a 3 × 3 convolution of stride 1 with no max-pooling behind it, so that a picture of 32 × 32 px still
    has 4 × 4 places at the end; torchvision's own would leave one.
    """

    library = "torchvision"
    classifier_key = "fc"
    classifier_required = True

    def __init__(self, base: torchvision.models.ResNet) -> None:
        """Take the parts of torchvision's network, and start a stem of its own as torchvision does."""
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        nn.init.kaiming_normal_(self.conv1.weight, mode="fan_out", nonlinearity="relu")
        self.bn1 = base.bn1
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = base.layer1
        self.layer2 = base.layer2
        self.layer3 = base.layer3
        self.layer4 = base.layer4
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.activation = nn.ReLU()
        self.width: int = base.fc.in_features

    def forward(self, pictures: Tensor) -> Tensor:
        """Compute features (see `Backbone`)."""
        x = self.relu(self.bn1(self.conv1(pictures)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        features: Tensor = self.activation(self.pool(x).flatten(1))
        return features

    def public_key(self, own: str) -> str:
        """Return torchvision's name of a key: the same."""
        return own


def resnet18_32(num_classes: int) -> Parts:
    """Build it with random weights; torchvision's classifier has no dropout before it."""
    base = torchvision.models.resnet18(weights=None, num_classes=num_classes)
    return Parts(ResNet18Backbone(base), base.fc, None)
