"""Bring a picture to model size: the one implementation behind training, evaluation, export and the device."""

from typing import Annotated, Literal

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from data_tools.artifacts.model import Record
from data_tools.images.decode import Picture

Channel = Annotated[float, Field(ge=0.0, le=1.0)]

Interpolation = Literal["supersampled", "area", "linear"]
"""How a picture is resized: see `to_model_size`."""

_ONE_PASS = {"area": cv2.INTER_AREA, "linear": cv2.INTER_LINEAR}
_MAX_STEP = 2.0
_MAX_SQUEEZE = 4.0
"""Bilinear sampling up to this many source pixels apart still reads every one of them."""


class Normalization(Record):
    """Per-channel mean and standard deviation on the 0..1 scale, in RGB order, as the weights were trained with."""

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
    color: Literal["rgb", "bgr"] = Field(default="rgb", description="order of the channels that the graph takes")
    layout: Literal["nhwc"] = "nhwc"
    dtype: Literal["uint8"] = "uint8"
    interpolation: Interpolation = "supersampled"
    normalization: Normalization = IMAGENET


def to_model_size(picture: Picture, spec: PreprocessingSpec) -> Picture:
    """Resize a picture to the model's input size; the aspect ratio is not kept.

    `supersampled` reads the picture bilinearly at 2^k times the wanted size, so densely that no source pixel is
    skipped, and takes exact 2×2 means k times. It differs from `area` (the mean over each output pixel's footprint)
    by 1 to 2 of 255 (root mean square, road pictures) and takes about a third of its time, for OpenCV has fast paths
    for these two steps and none for area at a fractional ratio. `linear` is bilinear at the wanted size; it skips
    pixels when it shrinks by more than two. A strip, which one axis shrinks over four times as much as the other, is
    first shrunk along it by means, or the denser picture would take gigabytes.

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
    if spec.interpolation == "supersampled":
        return _supersampled(picture, spec.height, spec.width)
    resized = cv2.resize(picture, (spec.width, spec.height), interpolation=_ONE_PASS[spec.interpolation])
    return np.ascontiguousarray(resized, dtype=np.uint8)


def to_model_color(pictures: npt.NDArray[np.uint8], spec: PreprocessingSpec) -> npt.NDArray[np.uint8]:
    """Bring RGB pictures into the channel order that the graph takes.

    Args:
        pictures: (..., 3) uint8 RGB.
        spec: The preprocessing spec.

    Returns:
        The same shape, contiguous; the array itself where nothing changes.
    """
    return pictures if spec.color == "rgb" else np.ascontiguousarray(pictures[..., ::-1])


def _supersampled(picture: Picture, height: int, width: int) -> Picture:
    """Sample bilinearly at 2^k times the size, then take 2×2 means k times; k = 0 when nothing shrinks."""
    down, across = picture.shape[0] / height, picture.shape[1] / width
    most = _MAX_SQUEEZE * max(1.0, min(down, across))
    if max(down, across) > most:
        near = (min(picture.shape[1], round(most * width)), min(picture.shape[0], round(most * height)))
        picture = np.asarray(cv2.resize(picture, near, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    factor = 2 if picture.shape[0] > height or picture.shape[1] > width else 1
    while max(picture.shape[0] / (factor * height), picture.shape[1] / (factor * width)) > _MAX_STEP:
        factor *= 2
    sized = cv2.resize(picture, (factor * width, factor * height), interpolation=cv2.INTER_LINEAR)
    while factor > 1:
        factor //= 2
        sized = cv2.resize(sized, (factor * width, factor * height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(sized, dtype=np.uint8)


def normalize(batch: npt.NDArray[np.uint8], spec: Normalization) -> npt.NDArray[np.float32]:
    """Normalise in numpy; the reference that the exported graph is tested against.

    Args:
        batch: (B, H, W, 3) uint8 RGB.
        spec: Mean and standard deviation of RGB on the 0..1 scale.

    Returns:
        (B, 3, H, W) float32, (x / 255 − mean) / std.
    """
    scaled = batch.astype(np.float32) / np.float32(255)
    shifted = (scaled - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)
    return np.ascontiguousarray(shifted.transpose(0, 3, 1, 2), dtype=np.float32)
