"""Run a network on 8-bit pictures: the reference that exported graphs are compared with."""

import numpy as np
import numpy.typing as npt
import torch

from data_tools.images.preprocessing import PreprocessingSpec
from pipeline.training.networks import Normalize, RoadNet, to_unit_range


def predict_logits(
    network: RoadNet, preprocessing: PreprocessingSpec, pictures: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """Compute logits on the network's device.

    Args:
        network: In eval mode.
        preprocessing: The spec that the network was trained with.
        pictures: (B, H, W, 3) uint8 RGB at model size.

    Returns:
        (B, C) float32.

    Raises:
        ValueError: The pictures are not of that shape and type, or the network is in training mode.
    """
    expected = (preprocessing.height, preprocessing.width, 3)
    if pictures.ndim != 4 or pictures.shape[1:] != expected or pictures.dtype != np.uint8:
        raise ValueError(f"expected (B, {', '.join(map(str, expected))}) uint8, got {pictures.shape} {pictures.dtype}")
    if network.training:
        raise ValueError("expected a network in eval mode, got one in training mode")
    device = next(network.parameters()).device
    normalize = Normalize(preprocessing.normalization).to(device)
    with torch.inference_mode():
        logits = network(normalize(to_unit_range(torch.tensor(pictures, device=device)))).logits
        return np.asarray(logits.float().cpu().numpy(), dtype=np.float32)


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Compute probabilities from (B, C) logits."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True), dtype=np.float64)
