import hashlib
import subprocess
import sys

import numpy as np
import pytest

from pipeline.training.augmentation_config import AugmentationConfig, CropFlipAugmentation, RoadAugmentation
from pipeline.training.data.augmentation import build_augmentation

OFF = RoadAugmentation(
    color_jitter=0, rotation_deg=0, perspective=0, perspective_probability=0, horizontal_flip_probability=0
)
BOTH = pytest.mark.parametrize("config", [RoadAugmentation(), CropFlipAugmentation(padding=12)], ids=["road", "crop"])


def picture(side: int = 48) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)


@BOTH
def test_depends_on_the_key_alone(config: AugmentationConfig) -> None:
    one, other = build_augmentation(config, 0), build_augmentation(config, 0)
    other(picture(), "something else", 9)
    first = one(picture(), "a.png", 3)
    assert first.shape == (48, 48, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, other(picture(), "a.png", 3))
    np.testing.assert_array_equal(first, one(picture(), "a.png", 3, 0))
    for variant in (
        one(picture(), "a.png", 4),
        one(picture(), "b.png", 3),
        one(picture(), "a.png", 3, 1),
        one(picture(), "a.png", 3, 2),
        build_augmentation(config, 1)(picture(), "a.png", 3),
        build_augmentation(config, 0, "statistics")(picture(), "a.png", 3),
    ):
        assert not np.array_equal(first, variant)
    assert not np.array_equal(one(picture(), "a.png", 3, 1), one(picture(), "a.png", 3, 2))


def test_another_process_makes_the_same_picture() -> None:
    script = (
        "import hashlib, numpy as np\n"
        "from pipeline.training.augmentation_config import RoadAugmentation\n"
        "from pipeline.training.data.augmentation import build_augmentation\n"
        "np.random.seed(5)\n"
        "picture = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)\n"
        "made = build_augmentation(RoadAugmentation(), 0)(picture, 'a.png', 3)\n"
        "print(hashlib.sha256(made.tobytes()).hexdigest())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    made = build_augmentation(RoadAugmentation(), 0)(picture(), "a.png", 3)
    assert done.stdout.strip() == hashlib.sha256(made.tobytes()).hexdigest()


def test_all_off_changes_nothing() -> None:
    np.testing.assert_array_equal(build_augmentation(OFF, 0)(picture(), "a.png", 0), picture())


def test_color_jitter_stays_within_its_factors() -> None:
    grey = np.full((48, 48, 3), 100, dtype=np.uint8)
    jitter = build_augmentation(OFF.model_copy(update={"color_jitter": 0.3}), 0)
    levels = [int(jitter(grey, f"{index}.png", 0).mean()) for index in range(200)]
    assert 69 <= min(levels) < 80
    assert 120 < max(levels) <= 131
