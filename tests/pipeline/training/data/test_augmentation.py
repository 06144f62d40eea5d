import hashlib
import subprocess
import sys

import numpy as np

from pipeline.training.config import AugmentationConfig
from pipeline.training.data.augmentation import Augmentation

OFF = AugmentationConfig(
    color_jitter=0, rotation_deg=0, perspective=0, perspective_probability=0, horizontal_flip_probability=0
)


def picture(side: int = 48) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)


def test_depends_on_seed_epoch_and_picture_alone() -> None:
    one, other = Augmentation(AugmentationConfig(), 0), Augmentation(AugmentationConfig(), 0)
    other(picture(), "something else", 9)
    first = one(picture(), "a.png", 3)
    assert first.shape == (48, 48, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, other(picture(), "a.png", 3))
    np.testing.assert_array_equal(first, one(picture(), "a.png", 3))
    for variant in (
        one(picture(), "a.png", 4),
        one(picture(), "b.png", 3),
        Augmentation(AugmentationConfig(), 1)(picture(), "a.png", 3),
    ):
        assert not np.array_equal(first, variant)


def test_another_process_makes_the_same_picture() -> None:
    script = (
        "import hashlib, numpy as np\n"
        "from pipeline.training.config import AugmentationConfig\n"
        "from pipeline.training.data.augmentation import Augmentation\n"
        "np.random.seed(5)\n"
        "picture = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)\n"
        "made = Augmentation(AugmentationConfig(), 0)(picture, 'a.png', 3)\n"
        "print(hashlib.sha256(made.tobytes()).hexdigest())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    made = Augmentation(AugmentationConfig(), 0)(picture(), "a.png", 3)
    assert done.stdout.strip() == hashlib.sha256(made.tobytes()).hexdigest()


def test_all_off_changes_nothing() -> None:
    np.testing.assert_array_equal(Augmentation(OFF, 0)(picture(), "a.png", 0), picture())


def test_color_jitter_stays_within_its_factors() -> None:
    grey = np.full((48, 48, 3), 100, dtype=np.uint8)
    jitter = Augmentation(OFF.model_copy(update={"color_jitter": 0.3}), 0)
    levels = [int(jitter(grey, f"{index}.png", 0).mean()) for index in range(200)]
    assert 69 <= min(levels) < 80
    assert 120 < max(levels) <= 131
