"""Count what a plan gives each part."""

import numpy as np
import numpy.typing as npt

from data_tools.split.artifact import PartShares
from data_tools.split.parts import CODE_OF, PARTS, Part
from data_tools.split.plan import Plan
from data_tools.split.table import PictureTable


def count_pictures(table: PictureTable, plan: Plan) -> dict[Part, dict[str, int]]:
    """Return the pictures by part and class."""
    counts: dict[Part, dict[str, int]] = {}
    for part in PARTS:
        found = np.bincount(table.label[plan.part == CODE_OF[part]], minlength=len(table.classes)).tolist()
        counts[part] = dict(zip(table.classes, found, strict=True))
    return counts


def count_distinct(values: npt.NDArray[np.integer], plan: Plan) -> dict[Part, int]:
    """Return by part how many distinct values its pictures have; values: (n,)."""
    return {part: len(np.unique(values[plan.part == CODE_OF[part]])) for part in PARTS}


def count_left_out(plan: Plan) -> dict[str, int]:
    """Return the pictures in no part by reason, sorted."""
    counts = np.bincount(plan.reason, minlength=len(plan.reasons)).tolist()
    return dict(sorted(zip(plan.reasons[1:], counts[1:], strict=True)))


def shares_of(pictures: dict[Part, dict[str, int]], plan: Plan, classes: tuple[str, ...]) -> dict[Part, PartShares]:
    """Return the wanted and the achieved share of every class, for the parts that were dealt to."""
    dealt = [part for part in PARTS if part in plan.wanted]
    total = {name: max(sum(pictures[part][name] for part in dealt), 1) for name in classes}
    return {
        part: PartShares(
            wanted=plan.wanted[part], achieved={name: pictures[part][name] / total[name] for name in classes}
        )
        for part in dealt
    }
