"""Bring a picture to model size: the one implementation behind training, evaluation, export and the device."""

from typing import Annotated, Literal

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from data_tools.artifacts.model import Record
from data_tools.images.decode import Picture

Channel = Annotated[float, Field(ge=0.0, le=1.0)]

_INTERPOLATIONS = {"area": cv2.INTER_AREA, "linear": cv2.INTER_LINEAR}


class Normalization(Record):
    """Per-channel mean and standard deviation of RGB on the 0..1 scale, as the weights were trained with."""

    mean: tuple[Channel, Channel, Channel]
    std: tuple[Channel, Channel, Channel]

    @model_validator(mode="after")
    def _positive(self) -> "Normalization":
        if min(self.std) <= 0:
            raise ValueError("std: expected values above 0")
        return self


IMAGENET = Normalization(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
"""torchvision's ImageNet statistics (`torchvision.transforms._presets.ImageClassification`)."""


class PreprocessingSpec(Record):
    """Say how a decoded picture becomes the network's input.

    The resize happens outside the graph (`to_model_size`), the normalisation inside it.
    """

    height: int = Field(ge=32, le=4096, description="model input height, px")
    width: int = Field(ge=32, le=4096, description="model input width, px")
    color: Literal["rgb"] = "rgb"
    layout: Literal["nhwc"] = "nhwc"
    dtype: Literal["uint8"] = "uint8"
    interpolation: Literal["area", "linear"] = "area"
    normalization: Normalization = IMAGENET


def to_model_size(picture: Picture, spec: PreprocessingSpec) -> Picture:
    """Resize a picture to the model's input size; the aspect ratio is not kept.

    Args:
        picture: (H, W, 3) uint8 RGB.
        spec: The preprocessing spec.

    Returns:
        (spec.height, spec.width, 3) uint8 RGB, contiguous.

    Raises:
        ValueError: The picture is not (H, W, 3) uint8.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(f"expected a (H, W, 3) uint8 picture, got {picture.shape} {picture.dtype}")
    size = (spec.width, spec.height)
    resized = cv2.resize(picture, size, interpolation=_INTERPOLATIONS[spec.interpolation])
    return np.ascontiguousarray(resized, dtype=np.uint8)


def normalize(batch: npt.NDArray[np.uint8], spec: Normalization) -> npt.NDArray[np.float32]:
    """Normalise in numpy; the reference that the exported graph is tested against.

    Args:
        batch: (B, H, W, 3) uint8 RGB.
        spec: Mean and standard deviation on the 0..1 scale.

    Returns:
        (B, 3, H, W) float32, (x / 255 − mean) / std.
    """
    scaled = batch.astype(np.float32) / np.float32(255)
    shifted = (scaled - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)
    return np.ascontiguousarray(shifted.transpose(0, 3, 1, 2), dtype=np.float32)
