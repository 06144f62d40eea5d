"""Count correct decisions under every condition."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.robustness.conditions import Condition
from data_tools.images.decode import read_picture
from data_tools.images.preprocessing import to_model_color, to_model_size
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample
from export.runtime.session import Classifier


def count_correct(
    classifiers: Sequence[Classifier],
    samples: Sequence[Sample],
    listed: Sequence[Condition],
    batch_size: int,
    progress: Progress = silent,
) -> list[npt.NDArray[np.int64]]:
    """Classify every picture under every condition with every classifier.

    Each picture is read once, and each disturbed picture is made once, in RGB whatever order the graphs take, and given
    to all classifiers; two batches are held at a time.

    Args:
        classifiers: Variants of one bundle, which share their preprocessing; at least one.
        samples: Pictures and their true classes.
        listed: The conditions.
        batch_size: Pictures a batch.
        progress: Receives the number of pictures done.

    Returns:
        For each condition, correct decisions as (classifiers, runs).

    Raises:
        UnreadablePictureError: A picture of the split cannot be read any more.
        CheckFailedError: See `Classifier.run`.
    """
    spec = classifiers[0].manifest.preprocessing
    correct = [np.zeros((len(classifiers), condition.runs), dtype=np.int64) for condition in listed]
    for start in range(0, len(samples), batch_size):
        batch = samples[start : start + batch_size]
        labels = np.array([sample.label for sample in batch])
        clean = [to_model_size(read_picture(sample.file), spec) for sample in batch]
        for condition, counts in zip(listed, correct, strict=True):
            for run in range(condition.runs):
                disturbed = np.stack(
                    [
                        condition.apply(picture, sample.image_id, run)
                        for picture, sample in zip(clean, batch, strict=True)
                    ]
                )
                for position, classifier in enumerate(classifiers):
                    decisions = classifier.run(to_model_color(disturbed, spec)).probabilities.argmax(axis=1)
                    counts[position, run] += int((decisions == labels).sum())
        progress(start + len(batch), len(samples), "measuring robustness")
    return correct
