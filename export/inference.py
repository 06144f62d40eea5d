"""Run an ONNX graph over samples of a split, in batches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.images.decode import Picture, read_picture
from data_tools.images.preprocessing import PreprocessingSpec, to_model_size
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample
from export.runtime.graph_contract import LOGITS, PROBABILITIES
from export.runtime.ort_session import create_session

BATCH = 16


def load_batch(samples: Sequence[Sample], spec: PreprocessingSpec) -> npt.NDArray[np.uint8]:
    """Read samples at model size; (B, H, W, 3) uint8 RGB.

    Raises:
        UnreadablePictureError: A picture that the data stage accepted can no longer be read.
    """
    pictures: list[Picture] = [to_model_size(read_picture(sample.file), spec) for sample in samples]
    return np.stack(pictures)


def batches(samples: Sequence[Sample], spec: PreprocessingSpec, size: int = BATCH) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the samples in order, `size` at a time."""
    for start in range(0, len(samples), size):
        yield load_batch(samples[start : start + size], spec)


def run_graph(
    path: Path, samples: Sequence[Sample], spec: PreprocessingSpec, progress: Progress = silent
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Compute logits and probabilities of every sample with ONNX Runtime on the CPU.

    Args:
        path: The graph.
        samples: N samples.
        spec: Its preprocessing.
        progress: Receives the count of pictures done.

    Returns:
        Logits and probabilities, each (N, C) float32.

    Raises:
        CheckFailedError: ONNX Runtime refuses the graph.
    """
    session = create_session(path.read_bytes(), str(path), None, "cpu")
    name = session.get_inputs()[0].name
    logits: list[npt.NDArray[np.float32]] = []
    probabilities: list[npt.NDArray[np.float32]] = []
    for batch in batches(samples, spec):
        first, second = session.run([LOGITS, PROBABILITIES], {name: batch})
        logits.append(first)
        probabilities.append(second)
        progress(sum(map(len, logits)), len(samples), f"running {path.name}")
    return np.concatenate(logits), np.concatenate(probabilities)


def labels_of(samples: Sequence[Sample]) -> npt.NDArray[np.int64]:
    """Return the class indices of samples, (N,)."""
    return np.array([sample.label for sample in samples], dtype=np.int64)
