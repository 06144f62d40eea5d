"""Occlusion: the covered area against a naive mask."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.perturbations.occlusion import cover, draw_corners, occlusion, patch_side_px

WHITE = np.full((40, 50, 3), 255, np.uint8)
Corners = st.lists(st.tuples(st.integers(0, 33), st.integers(0, 43)), max_size=12)


@settings(deadline=None, max_examples=60)
@given(Corners)
def test_area_against_a_mask(corners: list[tuple[int, int]]):
    covered = cover(WHITE, np.array(corners, np.int64).reshape(-1, 2), 7)
    black = {(row + i, column + j) for row, column in corners for i in range(7) for j in range(7)}
    for row in range(40):
        for column in range(50):
            assert covered[row, column].tolist() == [0 if (row, column) in black else 255] * 3
    assert WHITE.min() == 255, "the input must stay"


@pytest.mark.parametrize(
    ("height", "width", "side"),
    [(400, 500, 70), (800, 1000, 140), (200, 250, 35), (256, 320, 45), (1, 1, 1), (2, 3, 1), (5, 4000, 5)],
)
def test_patch_side(height: int, width: int, side: int):
    assert patch_side_px(height, width) == side


@pytest.mark.parametrize(("height", "width"), [(256, 320), (400, 500), (224, 224), (1080, 1920)])
def test_patch_covers_the_papers_share(height: int, width: int):
    share = patch_side_px(height, width) ** 2 / (height * width)
    assert share == pytest.approx(70 * 70 / (400 * 500), rel=0.05)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 30), st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000), st.data())
def test_corners_keep_patches_inside(count: int, height: int, width: int, seed: int, data: st.DataObject):
    side = data.draw(st.integers(1, min(height, width)))
    corners = draw_corners(count, height, width, side, np.random.default_rng(seed))
    assert corners.shape == (count, 2)
    assert all(0 <= row <= height - side and 0 <= column <= width - side for row, column in corners.tolist())


def test_corners_reach_both_ends():
    corners = draw_corners(2000, 10, 12, 7, np.random.default_rng(0))
    assert set(corners[:, 0].tolist()) == set(range(4))
    assert set(corners[:, 1].tolist()) == set(range(6))


@pytest.mark.parametrize("count", [1, 5, 20])
def test_severity_is_the_number_of_patches(count: int):
    picture = np.full((400, 500, 3), 9, np.uint8)
    covered = occlusion(picture, count, np.random.default_rng(count))
    corners = draw_corners(count, 400, 500, 70, np.random.default_rng(count))
    mask = np.zeros((400, 500), bool)
    for row, column in corners.tolist():
        mask[row : row + 70, column : column + 70] = True
    assert np.array_equal((covered == 0).all(axis=-1), mask)
    assert np.array_equal(covered[~mask], picture[~mask])
    assert mask.sum() <= count * 4900
    assert count > 1 or mask.sum() == 4900
