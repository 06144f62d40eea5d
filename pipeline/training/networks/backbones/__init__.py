"""Build the part of a network between the picture and its last feature, one file a family."""

from pipeline.training.networks.backbones.backbone import Backbone, Parts
from pipeline.training.networks.backbones.mobilenet_v3 import MobileNetV3Backbone, mobilenet_v3
from pipeline.training.networks.backbones.resnet18_32 import resnet18_32
from pipeline.training.networks.backbones.timm_backbone import TIMM_PREFIX, timm_parts

__all__ = ["TIMM_PREFIX", "Backbone", "MobileNetV3Backbone", "Parts", "build_parts"]


def build_parts(name: str, num_classes: int) -> Parts:
    """Build a backbone and the classifier it comes with, with random weights from torch's global generator.

    Args:
        name: A `NetworkName`.
        num_classes: Of the classifier.

    Raises:
        MissingDependencyError: A timm network without timm.
        InputError: timm knows no such network.
    """
    if name.startswith(TIMM_PREFIX):
        return timm_parts(name, num_classes)
    if name == "resnet18_32":
        return resnet18_32(num_classes)
    return mobilenet_v3(name, num_classes)
