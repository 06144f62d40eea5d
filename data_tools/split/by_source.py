"""Keep what is tested on apart from what is trained on, where whole sources are held out."""

import numpy as np

from data_tools.split.parts import NO_PART, TEST
from data_tools.split.situation import Mask, Situation
from data_tools.split.sources import NO_SIDE, TEST_SIDE, TRAIN_SIDE
from data_tools.split.ties import bits_along_chains, marks_tied

OTHER_SOURCE = "source is in neither train_sources nor test_sources"
LINKED_TO_TEST = "linked to a test source"
LINKED_TO_KNOWN = "linked to a picture that an earlier split trained on"


def leave_out_links(situation: Situation) -> dict[str, Mask]:
    """Return the pictures to leave out by reason, (n,) each, so that no link between the sides remains.

    Of two linked pictures the one that an earlier split knows stays; of two new ones that of the test source, because
    the test set is what results are compared on, and a picture less to train on makes no result look better.
    """
    sides, kept = situation.sides, situation.kept
    trained, tested = sides == TRAIN_SIDE, sides == TEST_SIDE
    drive_side = np.full(len(situation.table.drive_names), NO_SIDE, np.int8)
    drive_side[situation.table.drive] = sides
    copy_drive = situation.table.copy_drive
    copies = (copy_drive >= 0) & (drive_side[copy_drive] == TEST_SIDE)
    near_test = _linked(situation, np.concatenate([tested, copies]))
    near_known = _linked(situation, np.concatenate([trained & kept, np.zeros(len(copies), np.bool_)]))
    for part in (situation.earlier, situation.own):
        near_known |= (part != NO_PART) & (part != TEST)
    return {
        OTHER_SOURCE: sides == NO_SIDE,
        LINKED_TO_TEST: near_test & trained & ~kept,
        LINKED_TO_KNOWN: near_known & tested & ~kept,
    }


def _linked(situation: Situation, marked: Mask) -> Mask:
    """Say which pictures look like a marked one, along any chain, or were taken within the guard gap of one, (n,).

    Chains count, because the search for near duplicates lists enough pairs to join what is alike, not every pair.

    Args:
        situation: n pictures and k copies set aside.
        marked: (n + k,).
    """
    table, pairs = situation.table, situation.pairs
    mark = np.where(marked, 0, NO_PART).astype(np.int8)
    near = marks_tied(table, pairs[:0], mark, 1, situation.config.guard_gap_s) > 0
    alike = bits_along_chains(pairs, marked.astype(np.uint8)) > 0
    found: Mask = (near | alike)[: len(table)]
    return found
