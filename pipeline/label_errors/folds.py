"""Deal pictures to folds by group, with every class in every training part."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from data_tools.errors import InputError
from data_tools.randomness import keyed_seed


def group_folds(
    labels: npt.NDArray[np.int64], groups: Sequence[str], classes: Sequence[str], folds: int, seed: int
) -> npt.NDArray[np.int64]:
    """Deal every picture to one fold; pictures of a group share theirs, and classes are spread evenly.

    Args:
        labels: (N,) class indices.
        groups: The group of each picture.
        classes: Class names, for messages.
        folds: Number of folds.
        seed: Which of the possible deals.

    Returns:
        (N,) fold of each picture, 0..folds − 1.

    Raises:
        InputError: A class has fewer groups than there are folds, or a few large groups hold all of a class.
    """
    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    for index, name in enumerate(classes):
        count = len(np.unique(numbers[labels == index]))
        if count < folds:
            advice = f"lower label_errors.folds to {count}, or add" if count >= 2 else "add"
            raise InputError(
                f"expected {folds} or more groups of every class, one for each fold, but {name} has {count}; "
                f"{advice} pictures of other drives"
            )
    dealer = StratifiedGroupKFold(folds, shuffle=True, random_state=keyed_seed("label_errors.folds", seed) % 2**32)
    fold_of = np.empty(len(labels), dtype=np.int64)
    for fold, (_, held_out) in enumerate(dealer.split(np.zeros(len(labels)), labels, numbers)):
        fold_of[held_out] = fold
    for fold in range(folds):
        absent = set(range(len(classes))) - set(labels[fold_of != fold].tolist())
        if absent:
            names = ", ".join(classes[index] for index in sorted(absent))
            raise InputError(f"expected every class outside every fold, but fold {fold} holds all pictures of {names}")
    return fold_of
