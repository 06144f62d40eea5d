"""Preprocessing: sizes, a naive normalisation, and the spec as JSON."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from data_tools.images.preprocessing import (
    IMAGENET,
    Normalization,
    PreprocessingSpec,
    normalize,
    to_model_color,
    to_model_size,
)
from tests.data_tools.pictures import gradient, noise


@pytest.mark.parametrize("interpolation", ["area", "linear"])
@pytest.mark.parametrize(("height", "width"), [(16, 16), (100, 125), (400, 500), (37, 1000)])
def test_shape_dtype_and_contiguity(interpolation: str, height: int, width: int):
    spec = PreprocessingSpec(height=64, width=80, interpolation=interpolation)
    sized = to_model_size(gradient(height, width), spec)
    assert sized.shape == (64, 80, 3)
    assert sized.dtype == np.uint8
    assert sized.flags["C_CONTIGUOUS"]
    codes = {"area": cv2.INTER_AREA, "linear": cv2.INTER_LINEAR}
    assert np.array_equal(sized, cv2.resize(gradient(height, width), (80, 64), interpolation=codes[interpolation]))


def test_area_is_the_mean_of_the_pixels_below():
    picture = noise("area", height=128, width=160)
    sized = to_model_size(picture, PreprocessingSpec(height=32, width=40, interpolation="area"))
    means = picture.reshape(32, 4, 40, 4, 3).mean(axis=(1, 3))
    assert np.abs(sized - means).max() <= 0.5001


@pytest.mark.parametrize("interpolation", ["supersampled", "area", "linear"])
def test_model_size_is_left_alone(interpolation: str):
    picture = noise("same", height=32, width=48)
    spec = PreprocessingSpec(height=32, width=48, interpolation=interpolation)
    assert np.array_equal(to_model_size(picture, spec), picture)


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_supersampling_by_a_power_of_two_is_the_mean_of_the_pixels_below(factor: int):
    picture = noise("supersampled", height=32 * factor, width=40 * factor)
    sized = to_model_size(picture, PreprocessingSpec(height=32, width=40))
    means = picture.reshape(32, factor, 40, factor, 3).mean(axis=(1, 3))
    # Each halving rounds once.
    assert np.abs(sized - means).max() <= (0.5001 if factor <= 2 else 1.0001)


@pytest.mark.parametrize(("height", "width"), [(720, 1280), (1080, 1920), (250, 256), (3000, 97)])
def test_supersampling_skips_no_source_pixel(height: int, width: int):
    """A single bright line must leave a trace wherever it lies; plain bilinear sampling loses some."""
    spec = PreprocessingSpec(height=40, width=50)
    for position in range(0, height, 7):
        picture = np.zeros((height, width, 3), np.uint8)
        picture[position] = 255
        assert to_model_size(picture, spec).max() > 0


@pytest.mark.parametrize(("height", "width"), [(20_000, 40), (40, 20_000), (16, 900), (3000, 300)])
def test_a_strip_takes_no_canvas_far_above_its_own_size(height: int, width: int, monkeypatch: pytest.MonkeyPatch):
    sizes: list[int] = []
    resize = cv2.resize

    def spy(picture: np.ndarray, size: tuple[int, int], interpolation: int) -> np.ndarray:
        sizes.append(size[0] * size[1])
        return resize(picture, size, interpolation=interpolation)

    monkeypatch.setattr(cv2, "resize", spy)
    picture = cv2.GaussianBlur(noise("strip", height=height, width=width), (0, 0), 2)
    spec = PreprocessingSpec(height=48, width=64)
    sized = to_model_size(picture, spec)
    assert max(sizes) <= 16 * max(height * width, 48 * 64)
    # The mean of each footprint, along the axis that shrinks; the other one is enlarged bilinearly.
    if height > width:
        expected = resize(resize(picture, (width, 48), interpolation=cv2.INTER_AREA), (64, 48))
    else:
        expected = resize(resize(picture, (64, height), interpolation=cv2.INTER_AREA), (64, 48))
    assert np.abs(sized.astype(int) - expected).mean() < 3


def test_supersampling_is_near_area_on_a_smooth_picture_and_linear_when_it_enlarges():
    big = cv2.GaussianBlur(noise("smooth", height=360, width=640), (0, 0), 2)
    spec = PreprocessingSpec(height=200, width=250)
    area = to_model_size(big, spec.model_copy(update={"interpolation": "area"}))
    assert np.abs(to_model_size(big, spec).astype(int) - area).max() <= 3
    small = noise("small", height=32, width=32)
    linear = to_model_size(small, spec.model_copy(update={"interpolation": "linear"}))
    assert np.array_equal(to_model_size(small, spec), linear)


def test_view_with_negative_strides_is_accepted():
    picture = noise("bgr", height=64, width=64)
    spec = PreprocessingSpec(height=32, width=32)
    assert np.array_equal(to_model_size(picture[..., ::-1], spec), to_model_size(picture[..., ::-1].copy(), spec))


@pytest.mark.parametrize("shape", [(3, 4, 3), (2, 3, 4, 3)])
def test_bgr_is_the_pictures_with_red_and_blue_in_each_others_place(shape: tuple[int, ...]):
    pictures = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    before = pictures.copy()
    found = to_model_color(pictures, PreprocessingSpec(height=32, width=32, color="bgr"))
    assert found.flags["C_CONTIGUOUS"]
    for ours, theirs in zip((2, 1, 0), range(3), strict=True):
        assert np.array_equal(found[..., ours], pictures[..., theirs])
    assert np.array_equal(pictures, before)
    if len(shape) == 3:
        assert np.array_equal(found, cv2.cvtColor(pictures, cv2.COLOR_RGB2BGR))


def test_rgb_is_left_alone():
    pictures = noise("rgb", height=4, width=5)
    assert to_model_color(pictures, PreprocessingSpec(height=32, width=32)) is pictures


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((20, 20), np.uint8),
        np.zeros((20, 20, 4), np.uint8),
        np.zeros((20, 20, 1), np.uint8),
        np.zeros((3, 20, 20), np.uint8),
        np.zeros((1, 20, 20, 3), np.uint8),
        np.zeros((20, 20, 3), np.float32),
        np.zeros((20, 20, 3), np.int8),
    ],
)
def test_wrong_input_says_what_came(wrong: np.ndarray):
    with pytest.raises(ValueError, match=r"expected a \(H, W, 3\) uint8 picture, got") as caught:
        to_model_size(wrong, PreprocessingSpec(height=32, width=32))
    assert str(wrong.shape) in str(caught.value)
    assert str(wrong.dtype) in str(caught.value)


Mean = st.floats(0, 1)
Std = st.floats(0.05, 1)


@settings(deadline=None, max_examples=25)
@given(st.tuples(Mean, Mean, Mean), st.tuples(Std, Std, Std), st.integers(0, 3))
def test_normalize_against_a_loop(mean: tuple[float, ...], std: tuple[float, ...], count: int):
    batch = np.stack([noise("batch", index, height=3, width=5) for index in range(4)])[:count]
    result = normalize(batch, Normalization(mean=mean, std=std))
    assert result.shape == (count, 3, 3, 5)
    assert result.dtype == np.float32
    assert result.flags["C_CONTIGUOUS"]
    for picture in range(count):
        for row in range(3):
            for column in range(5):
                for channel in range(3):
                    expected = (int(batch[picture, row, column, channel]) / 255 - mean[channel]) / std[channel]
                    assert result[picture, channel, row, column] == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_imagenet_statistics():
    assert IMAGENET.mean == (0.485, 0.456, 0.406)
    assert IMAGENET.std == (0.229, 0.224, 0.225)


def test_spec_round_trip():
    spec = PreprocessingSpec(
        height=256,
        width=320,
        color="bgr",
        interpolation="linear",
        normalization=Normalization(mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6)),
    )
    assert PreprocessingSpec.model_validate_json(spec.model_dump_json()) == spec


def test_spec_names_everything_a_reader_needs():
    assert json.loads(PreprocessingSpec(height=256, width=320).model_dump_json()) == {
        "height": 256,
        "width": 320,
        "color": "rgb",
        "layout": "nhwc",
        "dtype": "uint8",
        "interpolation": "supersampled",
        "normalization": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"height": 31},
        {"width": 4097},
        {"color": "grb"},
        {"layout": "nchw"},
        {"dtype": "float32"},
        {"interpolation": "cubic"},
        {"hight": 3},
    ],
)
def test_spec_refuses(changes: dict[str, object]):
    with pytest.raises(ValidationError, match=next(iter(changes))):
        PreprocessingSpec.model_validate({"height": 64, "width": 64} | changes)


@pytest.mark.parametrize("std", [(0.0, 0.2, 0.2), (0.2, 0.2, -0.1), (0.2, 0.2), (0.2, 0.2, float("nan"))])
def test_normalization_refuses_a_std_that_cannot_divide(std: tuple[float, ...]):
    with pytest.raises(ValidationError, match="std"):
        Normalization.model_validate({"mean": (0.5, 0.5, 0.5), "std": std})


def test_spec_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        PreprocessingSpec(height=64, width=64).height = 65
