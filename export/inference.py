"""Run an ONNX graph over samples of a split, in batches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.cache.reader import read_at_size
from data_tools.errors import InputError
from data_tools.images.decode import Picture
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.progress import Progress, silent
from data_tools.split.artifact import OpenSplit, Part, Sample
from export.runtime.graph_contract import LOGITS, PROBABILITIES
from export.runtime.ort_session import create_session

BATCH = 16


def part_of(split: OpenSplit, part: Part, classes: tuple[str, ...], split_path: Path) -> tuple[Sample, ...]:
    """Return a part's samples, whose labels count in the network's order of classes.

    Args:
        split: The opened split.
        part: Name of the part.
        classes: The network's classes.
        split_path: For messages.

    Raises:
        InputError: The split has other classes, or the part has no pictures.
    """
    if split.classes != classes:
        raise InputError(f"{split_path}: expected the network's classes {classes}, got {split.classes}")
    if not split.samples[part]:
        raise InputError(f"{split_path}: expected pictures in the {part} part, got none")
    return split.samples[part]


def load_batch(samples: Sequence[Sample], spec: PreprocessingSpec) -> npt.NDArray[np.uint8]:
    """Read samples at model size; (B, H, W, 3) uint8 RGB.

    Raises:
        UnreadablePictureError: A picture that the data stage accepted can no longer be read.
        CheckFailedError: A shard of the data set's cache was changed.
    """
    pictures: list[Picture] = [read_at_size(sample.file, sample.cached, spec) for sample in samples]
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
