"""Reading at model size: the cache gives the same pixels as the file, or an error, and never others."""

import os
from pathlib import Path

import numpy as np
import pytest

from data_tools.cache.reader import CachedPicture, read_at_size
from data_tools.errors import CheckFailedError
from data_tools.images.decode import UnreadablePictureError, decode_bytes
from data_tools.images.preprocessing import PreprocessingSpec, to_model_size
from tests.data_tools.cache.shards import write_shard
from tests.data_tools.pictures import encode, gradient, noise, write

SPEC = PreprocessingSpec(height=32, width=40, interpolation="supersampled")
JPEG = encode(noise("reader", height=120, width=90), ".jpg")


def cached(folder: Path, spec: PreprocessingSpec = SPEC) -> CachedPicture:
    """Keep two pictures at a size and return the place of the second."""
    both = {"first": gradient(), "second": decode_bytes(JPEG)}
    places = write_shard(folder / "s.tar", {name: to_model_size(picture, spec) for name, picture in both.items()})
    return CachedPicture(folder / "s.tar", *places[1], spec.height, spec.width, spec.interpolation)


@pytest.mark.parametrize("interpolation", ["supersampled", "linear"])
def test_same_pixels_with_and_without(interpolation: str, tmp_path: Path):
    spec = PreprocessingSpec(height=48, width=36, interpolation=interpolation)
    file = write(tmp_path / "a.jpg", JPEG)
    place = cached(tmp_path, spec)
    without = read_at_size(file, None, spec)
    file.unlink()
    found = read_at_size(file, place, spec)
    assert (found.shape, found.dtype) == ((48, 36, 3), np.uint8)
    assert np.array_equal(found, without)


def test_picture_can_be_changed_in_place(tmp_path: Path):
    place = cached(tmp_path)
    first = read_at_size(Path("unused"), place, SPEC)
    first[:] = 0
    assert read_at_size(Path("unused"), place, SPEC).any()


@pytest.mark.parametrize(
    "wanted",
    [
        PreprocessingSpec(height=40, width=32, interpolation="supersampled"),
        PreprocessingSpec(height=32, width=48, interpolation="supersampled"),
        PreprocessingSpec(height=32, width=40, interpolation="linear"),
    ],
)
def test_cache_of_another_kind_is_not_used(wanted: PreprocessingSpec, tmp_path: Path):
    file = write(tmp_path / "a.jpg", JPEG)
    place = cached(tmp_path)
    place.shard.unlink()
    assert np.array_equal(read_at_size(file, place, wanted), to_model_size(decode_bytes(JPEG), wanted))


def test_unusable_original_is_an_error_only_when_it_is_needed(tmp_path: Path):
    file = write(tmp_path / "a.jpg", JPEG[:-100])
    read_at_size(file, cached(tmp_path), SPEC)
    with pytest.raises(UnreadablePictureError, match=r"a\.jpg"):
        read_at_size(file, None, SPEC)


def refusal(place: CachedPicture) -> str:
    with pytest.raises(CheckFailedError) as caught:
        read_at_size(Path("unused"), place, SPEC)
    text = str(caught.value)
    assert text.startswith(f"{place.shard}: ")
    assert text.endswith("; build the data set again")
    assert "\n" not in text
    return text


def test_any_flipped_byte_is_found(tmp_path: Path):
    place = cached(tmp_path)
    whole = place.shard.read_bytes()
    for position in range(place.offset, place.offset + 32 * 40 * 3, 97):
        changed = bytearray(whole)
        changed[position] ^= 1 << position % 8
        place.shard.write_bytes(changed)
        assert "changed after it was written" in refusal(place)
    place.shard.write_bytes(whole)
    read_at_size(Path("unused"), place, SPEC)


def test_cut_off_shard_is_found(tmp_path: Path):
    place = cached(tmp_path)
    for size in (place.offset + 32 * 40 * 3 - 1, place.offset, 10, 0):
        os.truncate(place.shard, size)
        assert "changed after it was written" in refusal(place)


def test_missing_shard_and_impossible_place_are_named(tmp_path: Path):
    place = cached(tmp_path)
    assert "changed after it was written" in refusal(place._replace(offset=place.offset + 512))
    assert "changed after it was written" in refusal(place._replace(offset=2**40))
    place.shard.unlink()
    assert "No such file" in refusal(place)
    place.shard.mkdir()
    assert "Is a directory" in refusal(place)
