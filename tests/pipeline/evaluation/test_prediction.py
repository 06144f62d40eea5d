from pathlib import Path

import numpy as np
import pytest
import torch

from data_tools.images.preprocessing import normalize
from pipeline.evaluation.prediction import predict_logits, softmax
from pipeline.training.networks import load_checkpoint


def pictures(count: int = 3, side: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_equals_the_numpy_preprocessing_and_the_network(checkpoint_path: Path) -> None:
    artifact, network = load_checkpoint(checkpoint_path)
    logits = predict_logits(network, artifact.preprocessing, pictures())
    assert logits.dtype == np.float32
    with torch.inference_mode():
        inputs = torch.from_numpy(normalize(pictures(), artifact.preprocessing.normalization))
        expected = network(inputs).logits.numpy()
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_wrong_input_and_training_mode_are_errors(checkpoint_path: Path) -> None:
    artifact, network = load_checkpoint(checkpoint_path)
    with pytest.raises(ValueError, match=r"expected \(B, 64, 64, 3\) uint8, got \(3, 32, 32, 3\) uint8"):
        predict_logits(network, artifact.preprocessing, pictures(side=32))
    with pytest.raises(ValueError, match="float32"):
        predict_logits(network, artifact.preprocessing, pictures().astype(np.float32))
    with pytest.raises(ValueError, match="eval mode"):
        predict_logits(network.train(), artifact.preprocessing, pictures())


def test_softmax_is_stable_and_sums_to_one() -> None:
    probabilities = softmax(np.array([[1000.0, 1000.0], [0.0, np.log(3.0)]], dtype=np.float32))
    np.testing.assert_allclose(probabilities, [[0.5, 0.5], [0.25, 0.75]], atol=1e-7)
