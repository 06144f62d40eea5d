"""Choose sample pictures and shrink them to data URIs."""

import base64
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import cv2

from data_tools.images.decode import read_picture
from data_tools.randomness import keyed_generator
from data_tools.split.artifact import Sample

_JPEG_QUALITY = 85


def choose(samples: Iterable[Sample], label: int, number: int) -> list[Sample]:
    """Choose up to `number` samples of a class, from as many groups as there are.

    The choice depends on the picture names alone.
    """
    pool = sorted((item for item in samples if item.label == label), key=lambda item: item.image_id)
    order = keyed_generator("report samples", label, *(item.image_id for item in pool)).permutation(len(pool))
    turn: Counter[str] = Counter()
    ranked: list[tuple[int, int]] = []
    for position, index in enumerate(order):
        group = pool[index].group
        ranked.append((turn[group], position))
        turn[group] += 1
    chosen = [int(order[position]) for _, position in sorted(ranked)[:number]]
    return [pool[index] for index in sorted(chosen)]


def data_uri(path: Path, width_px: int, height_px: int) -> str:
    """Return a picture as a JPEG data URI of one size; the aspect ratio is not kept, as for the network.

    Raises:
        UnreadablePictureError: The file cannot be read or is no usable picture.
    """
    small = cv2.resize(read_picture(path), (width_px, height_px), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")
