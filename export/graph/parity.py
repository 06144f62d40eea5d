"""Run torch on real pictures, and compare a graph with it."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from data_tools.errors import CheckFailedError
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample
from export.artifact import Parity
from export.inference import Outputs, batches
from pipeline.evaluation.prediction import softmax
from pipeline.training.networks import Normalize, RoadNet, to_unit_range

Values = npt.NDArray[np.floating]


def torch_outputs(
    network: RoadNet,
    spec: PreprocessingSpec,
    centroids: torch.Tensor,
    samples: tuple[Sample, ...],
    progress: Progress = silent,
) -> Outputs:
    """Compute what a graph should give, the distances in closed form and the softmax in float64.

    Args:
        network: In eval mode, on the CPU, as trained.
        spec: Its preprocessing, RGB.
        centroids: (C, d).
        samples: At least one.
        progress: Receives the count of pictures done.
    """
    normalize = Normalize(spec.normalization)
    logits, features = [], []
    done = 0
    with torch.inference_mode():
        for batch in batches(samples, spec):
            found = network(normalize(to_unit_range(torch.from_numpy(batch))))
            logits.append(found.logits.numpy())
            features.append(found.features.numpy())
            done += len(batch)
            progress(done, len(samples), "running torch")
    z, q = np.concatenate(logits), np.concatenate(features)
    offsets = q[:, None].astype(np.float64) - centroids.double().numpy()
    return Outputs(
        logits=z,
        probabilities=np.asarray(softmax(z), dtype=np.float32),
        feature=q,
        distance=np.asarray(np.sqrt((offsets**2).sum(axis=2)), dtype=np.float32),
    )


def allowed_difference(reference: Values, tolerance: float) -> float:
    """Return the largest difference allowed between two computations of the same values.

    `tolerance` where no |value| is above 1, else that share of the largest |value|: float32 rounds relative to what
    it holds, and logits of 20 are normal.

    Args:
        reference: One of the two.
        tolerance: For values up to 1.
    """
    return tolerance * max(1.0, float(np.abs(reference).max()))


def check_parity(reference: Outputs, found: Outputs, tolerance: float, graph: Path, part: str) -> Parity:
    """Compare a graph with torch.

    Args:
        reference: torch's outputs.
        found: The graph's, of the same pictures.
        tolerance: Largest difference allowed for values up to 1 (`allowed_difference`); for logits, features and
            distances alike.
        graph: The graph's file, for messages.
        part: Name of the part that the pictures are of.

    Raises:
        CheckFailedError: A value is not finite or differs by more than allowed, or a predicted class differs.
    """
    pictures = f"{len(reference.logits)} {part} pictures"
    for name, ours, theirs in zip(Outputs._fields, found, reference, strict=True):
        if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
            raise CheckFailedError(f"{graph.name}: expected finite values of {name} on {pictures}, got others")
    parity = Parity(
        pictures=len(reference.logits),
        part=part,
        max_abs_logit_difference=_difference(found.logits, reference.logits),
        argmax_equal=int((found.logits.argmax(axis=1) == reference.logits.argmax(axis=1)).sum()),
        tolerance=allowed_difference(reference.logits, tolerance),
    )
    if parity.max_abs_logit_difference > parity.tolerance or parity.argmax_equal != parity.pictures:
        raise CheckFailedError(
            f"{graph.name}: differs from torch on {pictures}: "
            f"max |Δlogit| {parity.max_abs_logit_difference:.3g} (allowed {parity.tolerance:.3g}), "
            f"same class on {parity.argmax_equal}"
        )
    pairs: dict[str, tuple[Values, Values]] = {
        "feature": (found.feature, reference.feature),
        "distance": (found.distance, reference.distance),
        # What the logits may differ by is above; here the graph's softmax is judged by the graph's own logits.
        "probability": (found.probabilities, softmax(found.logits)),
    }
    for name, (left, right) in pairs.items():
        difference, allowed = _difference(left, right), allowed_difference(right, tolerance)
        if difference > allowed:
            raise CheckFailedError(
                f"{graph.name}: expected torch's values on {pictures}, got others: "
                f"max |Δ{name}| {difference:.3g} (allowed {allowed:.3g})"
            )
    return parity


def _difference(left: Values, right: Values) -> float:
    """Return the largest difference of two arrays."""
    return float(np.abs(left.astype(np.float64) - right.astype(np.float64)).max())
