"""Check that a split can be trained on."""

from data_tools.errors import InputError
from data_tools.split.artifact import OpenSplit


def check_parts(split: OpenSplit, name: str) -> None:
    """Check that there is something to learn from and something to choose the best epoch by.

    Args:
        split: The split.
        name: What to call it in messages.

    Raises:
        InputError: The training part has fewer than 2 pictures or lacks a class, or the validation part is empty.
    """
    train, val = split.samples["train"], split.samples["val"]
    if len(train) < 2:
        raise InputError(f"{name}: expected 2 or more training pictures, got {len(train)}")
    if not val:
        raise InputError(f"{name}: expected validation pictures, got none; give fractions.val a larger share")
    seen = {sample.label for sample in train}
    missing = [label for index, label in enumerate(split.classes) if index not in seen]
    if missing:
        raise InputError(f"{name}: the training part has no picture of {', '.join(missing)}")
