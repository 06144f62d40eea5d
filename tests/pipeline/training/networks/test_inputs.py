import numpy as np
import torch

from data_tools.images.preprocessing import IMAGENET, normalize
from pipeline.training.networks import Normalize, to_unit_range


def test_equals_the_numpy_reference_in_channels_last_memory() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 8, 6, 3), dtype=np.uint8)
    scaled = to_unit_range(torch.from_numpy(pictures))
    assert scaled.is_contiguous(memory_format=torch.channels_last)
    assert 0 <= scaled.min() <= scaled.max() <= 1
    np.testing.assert_allclose(Normalize(IMAGENET)(scaled).numpy(), normalize(pictures, IMAGENET), atol=1e-6)


def test_normalisation_is_not_among_the_weights() -> None:
    assert not Normalize(IMAGENET).state_dict()
