import numpy as np

from data_tools.duplicates.crops import CROPS, crop_hashes, thumbnail
from data_tools.duplicates.hamming import hamming
from data_tools.duplicates.phash import MIRROR_MASK, perceptual_hash
from tests.data_tools.duplicates.scenes import cropped, scenes, turned


def test_each_hash_is_that_of_the_cropped_picture() -> None:
    cuts = [(before, after) for before in (0.005, 0.05) for after in (0.005, 0.05)]
    distances = []
    for luma in list(scenes().values())[::3]:
        large = np.repeat(np.repeat(luma, 4, axis=0), 4, axis=1)
        expected = [perceptual_hash(cropped(large, *rows, *columns)) for rows in cuts for columns in cuts]
        distances.append(hamming(crop_hashes(thumbnail(large)), np.array(expected, dtype=np.uint64)))
    assert np.stack(distances).shape[1] == CROPS
    assert np.mean(distances) < 1.5


def test_crops_bring_a_cropped_copy_near() -> None:
    plain, best = [], []
    for luma in scenes().values():
        copy = np.uint64(perceptual_hash(cropped(luma, 0.05, 0.02, 0.03, 0.05)))
        plain.append(int(hamming(np.uint64(perceptual_hash(luma)), copy)))
        best.append(int(hamming(crop_hashes(luma), copy).min()))
    assert max(best) <= 6
    assert np.mean(best) < np.mean(plain) / 2


def test_the_crops_of_a_mirrored_picture_are_the_mirrored_crops() -> None:
    luma = thumbnail(next(iter(scenes().values())))
    assert set((crop_hashes(luma) ^ MIRROR_MASK).tolist()) == set(crop_hashes(turned(luma)).tolist())


def test_a_thumbnail_stays_as_it_is() -> None:
    luma = thumbnail(next(iter(scenes().values())))
    assert luma.shape == (64, 64)
    assert thumbnail(luma) is luma
