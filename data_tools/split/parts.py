"""Name the parts of a split, and number them."""

from typing import Literal

import numpy as np
import numpy.typing as npt

Part = Literal["train", "val", "calibration", "test"]
PARTS: tuple[Part, ...] = ("train", "val", "calibration", "test")
CODE_OF: dict[str, int] = {part: code for code, part in enumerate(PARTS)}
NO_PART = -1
TEST = CODE_OF["test"]


def part_bits(part: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """Return part codes as bits; no part is 0."""
    return np.where(part >= 0, np.left_shift(1, np.maximum(part, 0)), 0).astype(np.uint8)
