"""Facts against closed forms and naive loops."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.dataset.measure import chroma, container, luma_level, measure, sharpness
from data_tools.duplicates.crops import thumbnail
from data_tools.duplicates.phash import perceptual_hash
from data_tools.images.decode import SUFFIXES
from tests.data_tools.images.segments import exif, with_segment
from tests.data_tools.pictures import encode, gradient, noise


def grey(values: np.ndarray) -> np.ndarray:
    return np.repeat(values.astype(np.uint8)[..., None], 3, axis=2)


def textured(height: int = 160, width: int = 200) -> np.ndarray:
    """Return grey noise at several scales, as natural pictures have it."""
    total = np.zeros((height, width), np.float32)
    for step in (1, 2, 4, 8, 16, 32):
        small = noise("scale", step, height=height // step + 1, width=width // step + 1)[..., 0].astype(np.float32)
        total += cv2.resize(small - 127.5, (width, height), interpolation=cv2.INTER_CUBIC) * step**0.1 / 6
    return np.clip(127.5 + total, 0, 255).astype(np.uint8)


def naive_sharpness(level: np.ndarray) -> float:
    """Sum outer products pixel by pixel, and let numpy find the eigenvalues."""

    def tensor(plane: np.ndarray) -> np.ndarray:
        total, count = np.zeros((2, 2)), 0
        for row in range(plane.shape[0] - 1):
            for column in range(plane.shape[1] - 1):
                across = plane[row, column + 1] - plane[row, column]
                down = plane[row + 1, column] - plane[row, column]
                total += np.outer([across, down], [across, down])
                count += 1
        return total / count

    values = level.astype(float)
    fine = (values[1:, 1:] + values[:-1, 1:] + values[1:, :-1] + values[:-1, :-1]) / 4
    height, width = level.shape[0] // 4, level.shape[1] // 4
    coarse = values[: height * 4, : width * 4].reshape(height, 4, width, 4).mean(axis=(1, 3))
    return float(np.sqrt(np.linalg.eigvals(np.linalg.solve(tensor(coarse) + 0.2 * np.eye(2), tensor(fine))).min()))


@pytest.mark.parametrize("value", [0, 51, 255])
def test_flat_picture(value: int):
    facts = measure(b"", grey(np.full((300, 400), value)))
    assert (facts.height_px, facts.width_px) == (300, 400)
    assert facts.brightness == round(value / 255, 4)
    assert (facts.contrast, facts.sharpness, facts.entropy_bits, facts.chroma) == (0, 0, 0, 0)


def test_coarse_checkerboard():
    squares = np.kron(np.indices((8, 8)).sum(axis=0) % 2, np.ones((16, 16))) * 255
    facts = measure(b"", grey(squares))
    assert (facts.brightness, facts.contrast, facts.entropy_bits) == (0.5, 0.5, 1.0)


def test_entropy_of_equally_many_levels():
    for levels in (2, 4, 16, 256):
        step = 256 // levels
        picture = grey((np.arange(128 * 128).reshape(128, 128) % levels) * step)
        assert measure(b"", picture).entropy_bits == math.log2(levels)


def test_entropy_of_a_known_histogram():
    values = np.zeros(128 * 128)
    values[: 128 * 32] = 100
    facts = measure(b"", grey(values.reshape(128, 128)))
    assert facts.entropy_bits == round(-0.25 * math.log2(0.25) - 0.75 * math.log2(0.75), 4)
    assert facts.brightness == round(0.25 * 100 / 255, 4)
    assert facts.contrast == round(math.sqrt(0.25 * 0.75) * 100 / 255, 4)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((255, 900), (255, 900)), ((256, 300), (128, 150)), ((513, 1025), (128, 256)), ((720, 1280), (180, 320))],
)
def test_level_is_halved_to_a_short_side_of_128_to_255(size: tuple[int, int], expected: tuple[int, int]):
    assert luma_level(gradient(*size)).shape == expected


def test_level_holds_the_means_of_the_luma():
    picture = noise("level", height=300, width=410)
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(float)
    assert np.abs(luma_level(picture) - luma.reshape(150, 2, 205, 2).mean(axis=(1, 3))).max() <= 0.5


def test_chroma_of_pure_colours_and_greys():
    flat = np.zeros((100, 100, 3), np.uint8)
    flat[:] = (255, 51, 102)
    assert chroma(flat) == pytest.approx(204 / 255)
    assert chroma(grey(noise("grey")[..., 0])) == 0
    half = flat.copy()
    half[:50] = 77
    assert chroma(half) == pytest.approx(102 / 255)


def test_chroma_of_a_small_picture_looks_at_every_pixel():
    picture = noise("chroma", height=40, width=60)
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    assert chroma(picture) == pytest.approx(spread.mean() / 255)


def test_sharpness_against_a_loop():
    level = textured(40, 52)
    assert sharpness(level) == pytest.approx(naive_sharpness(level), rel=1e-4)


def test_sharpness_of_a_ramp_is_a_quarter_and_of_white_noise_root_two():
    rows, columns = np.mgrid[0:128, 0:128].astype(np.float32)
    bowl = (rows - 64) ** 2 / 40 + (columns - 64) ** 2 / 40
    assert sharpness(bowl.astype(np.uint8)) == pytest.approx(0.25, abs=0.01)
    assert sharpness(noise("white", height=128, width=128)[..., 0]) == pytest.approx(math.sqrt(2), rel=0.05)


def test_sharpness_is_free_of_contrast_and_falls_with_blur_in_any_direction():
    level = textured()
    clear = sharpness(level)
    assert clear > 0.4
    assert sharpness((level * 0.3 + 120).astype(np.uint8)) == pytest.approx(clear, rel=0.05)
    assert sharpness(cv2.GaussianBlur(level, (0, 0), 2.5)) < 0.35
    kernel = np.ones((1, 15), np.float32) / 15
    assert sharpness(cv2.filter2D(level, -1, kernel)) < 0.37
    assert sharpness(cv2.filter2D(level, -1, kernel.T)) < 0.37
    diagonal = np.eye(11, dtype=np.float32) / 11
    assert sharpness(cv2.filter2D(level, -1, diagonal)) < 0.37


def test_sharpness_of_a_blurred_picture_stays_low_under_noise():
    blurred = cv2.GaussianBlur(textured(), (0, 0), 3)
    noisy = blurred + (noise("grain", height=160, width=200)[..., 0] - 127.5) / 74 * 4
    assert sharpness(np.clip(noisy, 0, 255).astype(np.uint8)) < 0.36


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_container_by_first_bytes(suffix: str):
    names = {".jpg": "jpeg", ".tif": "tiff"}
    assert container(encode(gradient(), suffix)) == names.get(suffix, suffix[1:])


def test_unknown_container_is_other():
    assert container(b"GIF89a") == "other"
    assert container(b"") == "other"


def test_facts_of_a_file():
    picture = gradient(200, 300)
    data = with_segment(encode(picture, ".jpg"), exif(6))
    facts = measure(data, picture)
    assert (facts.format, facts.orientation) == ("jpeg", 6)
    assert facts.phash == f"{perceptual_hash(thumbnail(luma_level(picture))):016x}"
    assert len(facts.phash) == 16


@settings(deadline=None, max_examples=60)
@given(st.integers(16, 300), st.integers(16, 300), st.integers(0, 5))
def test_any_size_gives_facts_in_range_with_four_decimals(height: int, width: int, key: int):
    facts = measure(b"", noise(key, height=height, width=width))
    assert 0 <= facts.brightness <= 1
    assert 0 <= facts.contrast <= 0.5
    assert 0 <= facts.entropy_bits <= 8
    assert 0 <= facts.chroma <= 1
    assert facts.sharpness >= 0
    for value in (facts.brightness, facts.contrast, facts.entropy_bits, facts.chroma, facts.sharpness):
        assert float(f"{value:.4f}") == value


@pytest.mark.parametrize("wrong", [np.zeros((15, 40, 3), np.uint8), np.zeros((40, 40), np.uint8)])
def test_other_arrays_are_refused(wrong: np.ndarray):
    with pytest.raises(ValueError, match="expected a"):
        measure(b"", wrong)
