"""Say what a graph for camera frames takes, and read a size from text; free of the onnx package."""

import re
from typing import Literal, NamedTuple

from data_tools.artifacts.model import Record
from data_tools.errors import InputError
from data_tools.images.preprocessing import PreprocessingSpec

Color = Literal["rgb", "bgr"]

CAMERA_KEY = "roadgrip.camera"
"""In a graph's metadata_props: what `CameraInput` holds, as JSON."""
MAX_SIDE_PX = 8192
"""Twice an 8-megapixel camera's longer side; one square frame of it in float32 is 0.8 GB."""
_MAX_SQUEEZE = 4


class CameraSize(NamedTuple):
    """Hold a camera frame's size, px."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"


class CameraInput(Record):
    """Say what a graph for camera frames takes, and what a program without the bundle needs beside it."""

    width: int
    height: int
    color: Color
    variant: str
    graph_sha256: str
    """Of the variant's file that it was made from."""
    temperature: float
    """The bundle's probabilities are softmax(logits / temperature)."""
    ood_thresholds: dict[str, float]


def parse_camera_size(text: str) -> CameraSize:
    """Read a size as people write it, width first: 1280x720.

    Raises:
        InputError: It is no such text, or a side is below 1 or above `MAX_SIDE_PX`.
    """
    found = re.fullmatch(r"([0-9]{1,6})[x×]([0-9]{1,6})", text.strip().lower())
    if found is None:
        raise InputError(f"--camera: expected WIDTHxHEIGHT, such as 1280x720, got '{text}'")
    width, height = int(found[1]), int(found[2])
    if min(width, height) < 1 or max(width, height) > MAX_SIDE_PX:
        raise InputError(f"--camera: expected sides of 1 to {MAX_SIDE_PX} px, got {width}×{height}")
    return CameraSize(height, width)


def check_camera_size(camera: CameraSize, spec: PreprocessingSpec) -> None:
    """Refuse frames that a graph does not bring to model size as `to_model_size` does.

    Raises:
        InputError: The camera is smaller than the model's input, or `supersampled` would squeeze one side over four
            times as much as the other.
    """
    if camera.height < spec.height or camera.width < spec.width:
        raise InputError(
            f"camera {camera}: expected at least the model's {spec.width}×{spec.height}; "
            "enlarge outside the graph, or train at a smaller input"
        )
    down, across = camera.height / spec.height, camera.width / spec.width
    if spec.interpolation == "supersampled" and max(down, across) > _MAX_SQUEEZE * min(down, across):
        raise InputError(
            f"camera {camera}: expected sides that shrink by similar factors, got {down:.1f} and "
            f"{across:.1f}; crop the frame, or train with another input"
        )
