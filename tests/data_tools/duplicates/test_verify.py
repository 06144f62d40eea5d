import numpy as np
import pytest

from data_tools.duplicates.crops import thumbnail
from data_tools.duplicates.verify import MIN_SIMILARITY, similarity
from tests.data_tools.duplicates.scenes import SPOILERS, brightened, cropped, scenes, spoiled, turned

NAMES = [name for name in scenes() if name.endswith("/0")]


@pytest.mark.parametrize("kind", SPOILERS)
def test_copies_are_alike(kind: str) -> None:
    for name in NAMES[::3]:
        turn = kind in {"mirror", "all"}
        copy = thumbnail(spoiled(kind, name))
        assert similarity(thumbnail(scenes()[name]), copy, mirrored=turn) >= MIN_SIMILARITY


def test_either_picture_may_be_the_cropped_one() -> None:
    for name in NAMES[::3]:
        whole, part = thumbnail(scenes()[name]), thumbnail(cropped(scenes()[name], 0.06, 0, 0.06, 0.03))
        assert similarity(whole, part) >= MIN_SIMILARITY
        assert similarity(part, whole) >= MIN_SIMILARITY


def test_scenes_of_other_drives_are_not_alike() -> None:
    small = [thumbnail(scenes()[name]) for name in NAMES]
    values = [similarity(a, b) for place, a in enumerate(small) for b in small[:place]]
    assert max(values) < MIN_SIMILARITY
    assert np.median(values) < 0.4


def test_a_mirrored_copy_needs_the_mirror() -> None:
    luma = thumbnail(scenes()[NAMES[0]])
    assert similarity(luma, turned(luma), mirrored=True) == pytest.approx(1, abs=1e-3)
    assert similarity(luma, turned(luma)) < MIN_SIMILARITY


def test_the_same_is_one_and_the_opposite_nothing() -> None:
    luma = thumbnail(scenes()[NAMES[0]])
    assert similarity(luma, luma) == pytest.approx(1, abs=1e-3)
    assert similarity(luma, 255 - luma) < MIN_SIMILARITY


def test_a_shared_gradient_does_not_count() -> None:
    ramp = np.linspace(0, 80, 64)[:, None]
    first, second = (brightened(thumbnail(scenes()[name]), 0.5, 0) + ramp.astype(np.uint8) for name in NAMES[:2])
    assert similarity(first, second) < MIN_SIMILARITY


def test_a_picture_without_detail_is_like_nothing() -> None:
    plain = np.full((64, 64), 90, dtype=np.uint8)
    assert similarity(plain, plain) == 0
    assert similarity(plain, thumbnail(scenes()[NAMES[0]])) == 0
