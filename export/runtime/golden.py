"""Read a bundle's golden pictures and the outputs stored for them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.errors import CheckFailedError
from export.runtime.bundle import OpenBundle
from export.runtime.manifest import Variant


def golden_inputs(bundle: OpenBundle) -> npt.NDArray[np.uint8]:
    """Read the golden pictures, (N, H, W, 3) uint8 RGB at model size, N >= 1.

    Raises:
        CheckFailedError: The file is missing, is no .npy file, or holds something else.
    """
    path = bundle.file(bundle.manifest.golden_inputs)
    spec = bundle.manifest.preprocessing
    array = _read_npy(path)
    if array.dtype != np.uint8 or array.ndim != 4 or array.shape[1:] != (spec.height, spec.width, 3) or not len(array):
        raise CheckFailedError(
            f"{path}: expected (N, {spec.height}, {spec.width}, 3) uint8 with N >= 1, got {array.shape} {array.dtype}"
        )
    return np.asarray(array, dtype=np.uint8)


def golden_outputs(bundle: OpenBundle, variant: Variant, pictures: int) -> npt.NDArray[np.float32]:
    """Read the stored logits and probabilities of a variant, (N, 2, C) float32.

    Args:
        bundle: The bundle.
        variant: One of its variants.
        pictures: N, the number of golden pictures.

    Raises:
        CheckFailedError: The file is missing, is no .npy file, or holds something else.
    """
    path = bundle.file(variant.golden_outputs)
    wanted = (pictures, 2, len(bundle.manifest.classes))
    array = _read_npy(path)
    if array.dtype != np.float32 or array.shape != wanted:
        raise CheckFailedError(f"{path}: expected {wanted} float32, got {array.shape} {array.dtype}")
    return np.asarray(array, dtype=np.float32)


def _read_npy(path: Path) -> npt.NDArray[np.generic]:
    """Read a .npy file without pickles."""
    try:
        with path.open("rb") as stream:
            array: npt.NDArray[np.generic] = np.lib.format.read_array(stream, allow_pickle=False)
    except OSError as error:
        raise CheckFailedError(f"{path}: cannot be read, although the manifest lists it ({error.strerror})") from error
    except ValueError as error:
        raise CheckFailedError(f"{path}: expected a .npy file, but it cannot be read as one") from error
    return array
