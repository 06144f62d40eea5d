import cv2
import numpy as np
import pytest

from data_tools.duplicates.phash import (
    ACROSS,
    DOWN,
    MIRROR_MASK,
    cosines,
    from_hex,
    is_flat,
    mirrored,
    perceptual_hash,
)
from data_tools.errors import InputError
from data_tools.randomness import keyed_generator
from tests.data_tools.duplicates.scenes import encoded, resized, scenes

GOLDEN = "27ac7bf25b73c767"


def noise(height: int = 32, width: int = 32) -> np.ndarray:
    return keyed_generator("phash", height, width).integers(0, 256, (height, width), dtype=np.uint8)


def bits(value: int) -> np.ndarray:
    return np.array([value >> place & 1 for place in range(64)], dtype=bool)


def test_bits_are_the_signs_of_opencvs_dct() -> None:
    luma = noise()
    expected = cv2.dct(luma.astype(np.float32))[DOWN, ACROSS] > 0
    assert (bits(perceptual_hash(luma)) == expected).all()


def test_the_hash_uses_64_distinct_low_frequencies() -> None:
    pairs = set(zip(DOWN.tolist(), ACROSS.tolist(), strict=True))
    assert len(pairs) == 64
    assert all(0 < down + across <= 10 for down, across in pairs)


def test_golden_hash() -> None:
    assert f"{perceptual_hash(noise(64, 96)):016x}" == GOLDEN


@pytest.mark.parametrize("size", [(32, 32), (64, 96), (128, 32)])
def test_mirroring_is_an_exclusive_or(size: tuple[int, int]) -> None:
    luma = noise(*size)
    assert perceptual_hash(np.ascontiguousarray(luma[:, ::-1])) == mirrored(perceptual_hash(luma))
    assert perceptual_hash(luma) != mirrored(perceptual_hash(luma))


def test_mirroring_holds_for_any_size_but_for_rounding() -> None:
    for luma in scenes().values():
        odd = np.ascontiguousarray(luma[:101, :173])
        difference = perceptual_hash(np.ascontiguousarray(odd[:, ::-1])) ^ mirrored(perceptual_hash(odd))
        assert difference.bit_count() <= 1


def test_mirroring_twice_is_nothing() -> None:
    assert mirrored(mirrored(0x0123456789ABCDEF)) == 0x0123456789ABCDEF
    assert (bits(int(MIRROR_MASK)) == (ACROSS % 2 == 1)).all()


def test_the_cosines_sum_to_zero_and_mirror_exactly() -> None:
    table = cosines(0, 64, 64)
    sign = (-1.0) ** np.arange(11)
    assert (table[1:].sum(axis=1)[::2] == 0).all()
    assert np.array_equal(table[:, ::-1], table * sign[:, None])


def test_copies_are_near_and_other_drives_are_not() -> None:
    hashes = {name: perceptual_hash(luma) for name, luma in scenes().items() if name.endswith("/0")}
    for name, value in hashes.items():
        assert (perceptual_hash(encoded(resized(scenes()[name], 0.7), 50)) ^ value).bit_count() <= 6
    values = list(hashes.values())
    distances = [(a ^ b).bit_count() for place, a in enumerate(values) for b in values[:place]]
    assert 24 < np.mean(distances) < 36


def test_flat_pictures_are_told() -> None:
    assert is_flat(np.full((40, 50), 128, dtype=np.uint8))
    assert is_flat(np.tile(np.linspace(80, 200, 64).astype(np.uint8)[:, None], (1, 64)))
    weak = keyed_generator("flat").normal(128, 5, (256, 256))
    assert is_flat(weak.clip(0, 255).astype(np.uint8))
    assert not any(is_flat(luma) for luma in scenes().values())


def test_hex_round_trip() -> None:
    hashes = np.array([0, 1, 2**63, 2**64 - 1, 0x0123456789ABCDEF], dtype=np.uint64)
    texts = [f"{value:016x}" for value in hashes.tolist()]
    assert texts[1] == "0000000000000001"
    assert np.array_equal(from_hex(texts), hashes)
    assert from_hex([]).shape == (0,)


@pytest.mark.parametrize("text", ["", "12", "0" * 17, "000000000000000g", " 00000000000000 "])
def test_malformed_hex_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="16 hexadecimal digits"):
        from_hex(["0" * 16, text])


@pytest.mark.parametrize(
    "luma", [np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.float32), np.zeros((0, 4), np.uint8)]
)
def test_what_is_no_grey_picture_is_refused(luma: np.ndarray) -> None:
    with pytest.raises(InputError, match="grey picture"):
        perceptual_hash(luma)
