"""Run an ONNX graph over samples of a split, in batches."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime

from data_tools.cache.reader import read_at_size
from data_tools.errors import CheckFailedError, InputError
from data_tools.images.decode import Picture
from data_tools.images.preprocessing import PreprocessingSpec, to_model_color
from data_tools.progress import Progress, silent
from data_tools.split.artifact import OpenSplit, Part, Sample
from export.runtime.graph_contract import OUTPUTS
from export.runtime.ort_session import create_session

BATCH = 16

Rows = npt.NDArray[np.float32]


class Outputs(NamedTuple):
    """Hold what a network says about N pictures, in the graph's order of outputs."""

    logits: Rows
    """(N, C)."""
    probabilities: Rows
    """(N, C), softmax of the logits, without a temperature."""
    feature: Rows
    """(N, d), q."""
    distance: Rows
    """(N, C), ‖q − m_c‖ to each class centroid."""


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
    """Read samples as a graph takes them: at model size, in the spec's channel order; (B, H, W, 3) uint8.

    Raises:
        UnreadablePictureError: A picture that the data stage accepted can no longer be read.
        CheckFailedError: A shard of the data set's cache was changed.
    """
    pictures: list[Picture] = [read_at_size(sample.file, sample.cached, spec) for sample in samples]
    return to_model_color(np.stack(pictures), spec)


def batches(samples: Sequence[Sample], spec: PreprocessingSpec, size: int = BATCH) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the samples in order, `size` at a time."""
    for start in range(0, len(samples), size):
        yield load_batch(samples[start : start + size], spec)


def run_graph(path: Path, samples: Sequence[Sample], spec: PreprocessingSpec, progress: Progress = silent) -> Outputs:
    """Compute a graph's outputs for every sample with ONNX Runtime on the CPU.

    A graph with a fixed batch gets batches of that size; the last one is filled up with its last picture, and what the
    graph says of the filling is dropped.

    Args:
        path: The graph.
        samples: N samples, at least one.
        spec: Its preprocessing.
        progress: Receives the count of pictures done.

    Raises:
        CheckFailedError: ONNX Runtime refuses the graph, or the graph lacks an output.
    """
    session = create_session(path.read_bytes(), str(path), None, "cpu")
    there = [item.name for item in session.get_outputs()]
    if not set(OUTPUTS).issubset(there):
        raise CheckFailedError(f"{path}: expected the outputs {', '.join(OUTPUTS)}, got {there}; export it anew")
    fixed = fixed_batch(session)
    name = session.get_inputs()[0].name
    found: list[list[Rows]] = []
    done = 0
    for batch in batches(samples, spec, fixed or BATCH):
        filled = batch if fixed is None else filled_up(batch, fixed)
        found.append([values[: len(batch)] for values in session.run(list(OUTPUTS), {name: filled})])
        done += len(batch)
        progress(done, len(samples), f"running {path.name}")
    return Outputs(*(np.concatenate(rows) for rows in zip(*found, strict=True)))


def labels_of(samples: Sequence[Sample]) -> npt.NDArray[np.int64]:
    """Return the class indices of samples, (N,)."""
    return np.array([sample.label for sample in samples], dtype=np.int64)


def fixed_batch(session: onnxruntime.InferenceSession) -> int | None:
    """Return the batch size that a graph insists on, or None."""
    size = session.get_inputs()[0].shape[0]
    return size if isinstance(size, int) else None


def filled_up(batch: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    """Repeat the last picture until the batch is full."""
    return np.concatenate([batch, np.repeat(batch[-1:], size - len(batch), axis=0)])
