import numpy as np
import pytest

from pipeline.training.augmentation_config import RoadAugmentation
from pipeline.training.data.geometry import Geometry, draw_geometry, warp, warp_matrix

PLAIN = Geometry(rotation_deg=0.0, corner_shifts=None, mirrored=False)


def picture(height: int = 40, width: int = 60) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_nothing_drawn_changes_nothing() -> None:
    original = picture()
    assert warp(original, warp_matrix(PLAIN, 40, 60)) is original


def test_mirroring_is_exact() -> None:
    matrix = warp_matrix(Geometry(0.0, None, mirrored=True), 40, 60)
    np.testing.assert_array_equal(warp(picture(), matrix), picture()[:, ::-1])


def test_half_a_turn_is_exact_about_the_centre() -> None:
    matrix = warp_matrix(Geometry(180.0, None, mirrored=False), 40, 60)
    np.testing.assert_array_equal(warp(picture(), matrix), picture()[::-1, ::-1])


def test_corners_move_inward_as_torchvisions_do() -> None:
    shifts = np.array([[0.5, 0.2], [0.1, 0.0], [0.3, 0.4], [0.0, 0.5]])
    matrix = warp_matrix(Geometry(0.0, shifts, mirrored=False), 40, 60)
    corners = np.array([[0, 0, 1], [59, 0, 1], [59, 39, 1], [0, 39, 1]], dtype=float)
    moved = corners @ matrix.T
    expected = [[15, 4], [59 - 3, 0], [59 - 9, 39 - 8], [0, 39 - 10]]
    np.testing.assert_allclose(moved[:, :2] / moved[:, 2:], expected, atol=1e-3)


def test_shares_and_ranges_are_those_configured() -> None:
    config = RoadAugmentation(rotation_deg=7, perspective=0.4, perspective_probability=0.25)
    generator = np.random.default_rng(1)
    drawn = [draw_geometry(config, generator) for _ in range(2000)]
    assert max(abs(item.rotation_deg) for item in drawn) == pytest.approx(7, abs=0.1)
    assert np.mean([item.corner_shifts is not None for item in drawn]) == pytest.approx(0.25, abs=0.04)
    assert np.mean([item.mirrored for item in drawn]) == pytest.approx(0.5, abs=0.04)
    shifts = np.concatenate([item.corner_shifts for item in drawn if item.corner_shifts is not None])
    assert 0 <= shifts.min() <= shifts.max() <= 0.4


def test_all_off_draws_nothing() -> None:
    config = RoadAugmentation(rotation_deg=0, perspective=0, perspective_probability=1, horizontal_flip_probability=0)
    assert draw_geometry(config, np.random.default_rng(0)) == PLAIN
