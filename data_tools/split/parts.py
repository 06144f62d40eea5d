"""Name the parts of a split, and number them."""

from typing import Literal

Part = Literal["train", "val", "calibration", "test"]
PARTS: tuple[Part, ...] = ("train", "val", "calibration", "test")
CODE_OF: dict[str, int] = {part: code for code, part in enumerate(PARTS)}
NO_PART = -1
TEST = CODE_OF["test"]
