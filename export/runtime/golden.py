"""Read a bundle's golden pictures and the outputs stored for them.

The outputs are one float32 array (N, 3, C): the graph's own logits, its probabilities and its centroid_distance. The
probabilities are softmax(logits), without the variant's temperature: the array checks the file, whatever the
temperature. The logits are compared too, as softmax(logits / temperature), for that is what the runtime answers. The
feature is not stored; a wrong one shows in its distances.
"""

import numpy as np
import numpy.typing as npt

from data_tools.errors import CheckFailedError
from export.runtime.bundle import OpenBundle, read_file
from export.runtime.manifest import Variant
from export.runtime.npy_file import read_npy

GOLDEN_LOGITS, GOLDEN_PROBABILITIES, GOLDEN_DISTANCE = range(3)
"""Positions on the second axis of the stored outputs."""


def golden_inputs(bundle: OpenBundle) -> npt.NDArray[np.uint8]:
    """Read the golden pictures, (N, H, W, 3) uint8 at model size and in the graphs' colour order, N >= 1.

    Raises:
        CheckFailedError: The file is missing or was changed, is no .npy file, or holds something else.
    """
    ref = bundle.manifest.golden_inputs
    path = bundle.file(ref)
    spec = bundle.manifest.preprocessing
    array = read_npy(read_file(bundle, ref), str(path))
    if array.dtype != np.uint8 or array.ndim != 4 or array.shape[1:] != (spec.height, spec.width, 3):
        raise CheckFailedError(
            f"{path}: expected (N, {spec.height}, {spec.width}, 3) uint8 with N >= 1, got {array.shape} {array.dtype}"
        )
    return np.asarray(array, dtype=np.uint8)


def golden_outputs(bundle: OpenBundle, variant: Variant, pictures: int) -> npt.NDArray[np.float32]:
    """Read the stored outputs of a variant's graph, (N, 3, C) float32: logits, probabilities, centroid_distance.

    Args:
        bundle: The bundle.
        variant: One of its variants.
        pictures: N, the number of golden pictures.

    Raises:
        CheckFailedError: The file is missing or was changed, is no .npy file, or holds something else.
    """
    path = bundle.file(variant.golden_outputs)
    wanted = (pictures, 3, len(bundle.manifest.classes))
    array = read_npy(read_file(bundle, variant.golden_outputs), str(path))
    if array.dtype != np.float32 or array.shape != wanted:
        raise CheckFailedError(f"{path}: expected {wanted} float32, got {array.shape} {array.dtype}")
    return np.asarray(array, dtype=np.float32)
