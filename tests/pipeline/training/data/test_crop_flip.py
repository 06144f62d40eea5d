from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.training.augmentation_config import CropFlipAugmentation
from pipeline.training.data.augmentation import build_augmentation
from pipeline.training.data.crop_flip import crop_padded


def numbered(height: int, width: int) -> np.ndarray:
    """A picture whose pixels are all different and none of them black."""
    rows, columns = np.indices((height, width))
    return np.stack([rows + 1, columns + 1, np.full((height, width), 200)], axis=-1).astype(np.uint8)


@settings(derandomize=True, deadline=None)
@given(height=st.integers(1, 20), width=st.integers(1, 20), padding=st.integers(0, 9), data=st.data())
def test_a_crop_is_that_of_numpys_padding(height: int, width: int, padding: int, data: st.DataObject) -> None:
    top, left = (data.draw(st.integers(0, 2 * padding)) for _ in range(2))
    picture = numbered(height, width)
    padded = np.pad(picture, ((padding, padding), (padding, padding), (0, 0)))
    crop = crop_padded(picture, padding, top, left)
    np.testing.assert_array_equal(crop, padded[top : top + height, left : left + width])
    assert crop.flags.c_contiguous
    assert crop.dtype == np.uint8


def test_what_comes_from_outside_is_black() -> None:
    white = np.full((8, 8, 3), 255, np.uint8)
    crop = crop_padded(white, 4, 0, 8)
    assert (crop[:4] == 0).all()
    assert (crop[:, 4:] == 0).all()
    assert (crop[4:, :4] == 255).all()


def offset(varied: np.ndarray, padding: int) -> tuple[int, int, bool]:
    """Find top, left and mirroring of a variation of `numbered`."""
    row, column = np.argwhere(varied[..., 2] > 0)[0]
    mirrored = bool((np.diff(varied[row, varied[row, :, 2] > 0, 1].astype(int)) < 0).all())
    unmirrored = varied[:, ::-1] if mirrored else varied
    row, column = np.argwhere(unmirrored[..., 2] > 0)[0]
    top = padding + int(unmirrored[row, column, 0]) - 1 - row
    left = padding + int(unmirrored[row, column, 1]) - 1 - column
    return int(top), int(left), mirrored


def test_all_crops_and_both_sides_are_equally_likely() -> None:
    padding, draws = 2, 5000
    vary = build_augmentation(CropFlipAugmentation(padding=padding), 0)
    picture = numbered(9, 12)
    seen = Counter(offset(vary(picture, f"{index}.png", 0), padding) for index in range(draws))
    expected = draws / (25 * 2)
    assert len(seen) == 50
    chi_squared = sum((count - expected) ** 2 / expected for count in seen.values())
    assert chi_squared < 85  # the 99.9 % quantile of 49 degrees of freedom


@pytest.mark.parametrize(("probability", "mirrored"), [(0.0, False), (1.0, True)])
def test_mirroring_alone(probability: float, mirrored: bool) -> None:
    vary = build_augmentation(CropFlipAugmentation(padding=0, horizontal_flip_probability=probability), 0)
    picture = numbered(9, 12)
    varied = vary(picture, "a.png", 0)
    np.testing.assert_array_equal(varied, picture[:, ::-1] if mirrored else picture)
    assert varied.flags.c_contiguous


def test_the_picture_itself_is_not_changed() -> None:
    picture = numbered(9, 12)
    kept = picture.copy()
    vary = build_augmentation(CropFlipAugmentation(padding=0), 0)
    for epoch in range(4):
        vary(picture, "a.png", epoch)[:] = 0
    np.testing.assert_array_equal(picture, kept)
