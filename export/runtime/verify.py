"""Check a bundle on the machine that will use it: seal, signature, every file's hash, and the golden pictures."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field

from data_tools.artifacts.model import Record
from data_tools.errors import CheckFailedError
from data_tools.progress import Progress, silent
from export.runtime.bundle import OpenBundle, open_bundle, unlisted_files, verify_files
from export.runtime.golden import GOLDEN_DISTANCE, GOLDEN_LOGITS, GOLDEN_PROBABILITIES, golden_inputs, golden_outputs
from export.runtime.manifest import Variant
from export.runtime.outputs import Outputs, with_temperature
from export.runtime.session import Classifier

_BATCH = 16


class VariantCheck(Record):
    """Say how a variant's probabilities on the golden pictures compare with the stored ones.

    Both the graph's own probabilities and softmax(logits / temperature), which is what the runtime answers, where both
    are compared: of each number the worse of the two.
    """

    variant: str
    hash_ok: bool
    pictures: int = Field(ge=1)
    max_abs_probability_difference: float
    tolerance: float
    argmax_equal: int = Field(description="pictures with the stored class")
    argmax_flips: int = Field(
        description="pictures with another class although the stored margin of the two best exceeds 2 · tolerance"
    )
    max_relative_distance_difference: float | None = Field(
        default=None, description="of centroid_distance, over the largest stored one; null: not compared"
    )
    passed: bool


class VerifyReport(Record):
    """Say what was checked on a bundle."""

    bundle: str
    files: int
    provider: str
    signed: bool
    key_id: str | None = Field(description="of the key that the signature was checked with; null: not checked")
    unlisted: tuple[str, ...] = Field(description="files in the bundle's folder that the manifest does not list")
    variants: tuple[VariantCheck, ...]


def verify_bundle(
    path: Path,
    *,
    key: Path | None = None,
    strict: bool = False,
    provider: str = "cpu",
    threads: int | None = 1,
    progress: Progress = silent,
) -> VerifyReport:
    """Check every file's sha256, run the golden pictures through every variant, and compare with what is stored.

    Args:
        path: The bundle's folder, or its manifest.json.
        key: A public key's PEM file to check the signature with; None leaves a signature unchecked.
        strict: Refuse files that the manifest does not list, instead of naming them in the report.
        provider: Where to run; see `export.runtime.providers`.
        threads: Threads within one operator; None leaves the number to ONNX Runtime.
        progress: Receives the number of variants done.

    Raises:
        InputError: There is no bundle at `path`, `key` is no public key, or the provider is unknown or missing.
        CheckFailedError: A file is missing, was changed or is not listed (`strict`), the seal is missing, the
            signature is missing or wrong, or a variant's probabilities or distances differ by more than its tolerance;
            the message names the file or the variant, and the numbers.
        MissingDependencyError: A key is given, but `cryptography` is not installed.
    """
    bundle = open_bundle(path, key)
    if not bundle.sealed:
        raise CheckFailedError(
            f"{bundle.seal_path}: missing, so nothing guards the manifest; copy the bundle anew, or export it again"
        )
    verify_files(bundle)
    unlisted = unlisted_files(bundle)
    if strict and unlisted:
        raise CheckFailedError(
            f"{bundle.folder / unlisted[0]}: the manifest does not list it ({len(unlisted)} such file(s)); "
            "remove it, or verify without --strict"
        )
    inputs = golden_inputs(bundle)
    checks = []
    for variant in bundle.manifest.variants:
        checks.append(_check_variant(bundle, variant, inputs, provider, threads))
        progress(len(checks), len(bundle.manifest.variants), "verifying variants")
    return VerifyReport(
        bundle=bundle.manifest.name,
        files=len(bundle.manifest.payload()),
        provider=provider,
        signed=bundle.signed,
        key_id=bundle.key_id,
        unlisted=unlisted,
        variants=tuple(checks),
    )


def compare_probabilities(
    variant: str, stored: npt.NDArray[np.float32], found: npt.NDArray[np.float32], tolerance: float
) -> VariantCheck:
    """Compare probabilities with the stored ones.

    Args:
        variant: The variant's name.
        stored: (N, C), N >= 1.
        found: (N, C).
        tolerance: Largest |Δprobability| allowed.

    Returns:
        The comparison; it passes when the largest difference is within the tolerance and no clear decision flips.
        A value that is not a number fails.
    """
    difference = float(np.abs(found.astype(np.float64) - stored.astype(np.float64)).max())
    best_two = np.sort(stored.astype(np.float64), axis=1)[:, -2:]
    clear = best_two[:, 1] - best_two[:, 0] > 2 * tolerance
    equal = found.argmax(axis=1) == stored.argmax(axis=1)
    flips = int((clear & ~equal).sum())
    return VariantCheck(
        variant=variant,
        hash_ok=True,
        pictures=len(stored),
        max_abs_probability_difference=difference,
        tolerance=tolerance,
        argmax_equal=int(equal.sum()),
        argmax_flips=flips,
        passed=difference <= tolerance and flips == 0,
    )


def compare_answers(
    graph: VariantCheck, stored: npt.NDArray[np.float32], found: npt.NDArray[np.float32], temperature: float
) -> VariantCheck:
    """Compare also what the runtime answers, for it takes the logits and never the graph's own probabilities.

    Args:
        graph: What comparing the graph's own probabilities gave.
        stored: (N, C) logits.
        found: (N, C) logits.
        temperature: T of the variant.

    Returns:
        The comparison with the worse of both for every number; it passes when both do.
    """
    with np.errstate(invalid="ignore"):  # infinity less infinity is not a number, which fails below
        wanted, given = (with_temperature(logits, temperature) for logits in (stored, found))
    answer = compare_probabilities(graph.variant, wanted, given, graph.tolerance)
    differences = (graph.max_abs_probability_difference, answer.max_abs_probability_difference)
    return graph.model_copy(
        update={
            "max_abs_probability_difference": float(np.max(differences)),
            "argmax_equal": min(graph.argmax_equal, answer.argmax_equal),
            "argmax_flips": max(graph.argmax_flips, answer.argmax_flips),
            "passed": graph.passed and answer.passed,
        }
    )


def _check_variant(
    bundle: OpenBundle, variant: Variant, inputs: npt.NDArray[np.uint8], provider: str, threads: int | None
) -> VariantCheck:
    """Run the golden pictures through a variant, and raise where the graph's outputs are not the stored ones."""
    stored = golden_outputs(bundle, variant, len(inputs))
    classifier = Classifier.open(bundle.manifest_path, variant.name, threads=threads, provider=provider)
    batches = [classifier.run_graph(inputs[start : start + _BATCH]) for start in range(0, len(inputs), _BATCH)]
    found = Outputs.join(batches)
    tolerance = variant.golden_tolerance
    check = compare_answers(
        compare_probabilities(variant.name, stored[:, GOLDEN_PROBABILITIES], found.probabilities, tolerance),
        stored[:, GOLDEN_LOGITS],
        found.logits,
        variant.temperature,
    )
    label = f"{bundle.file(variant.file)}: variant {variant.name}: the golden pictures'"
    if not check.passed:
        raise CheckFailedError(
            f"{label} probabilities differ by {check.max_abs_probability_difference:.3g} (allowed {tolerance:g}), "
            f"{check.argmax_equal} of {check.pictures} classes equal, {check.argmax_flips} clear decisions flipped"
        )
    difference = _relative_difference(stored[:, GOLDEN_DISTANCE], found.distance)
    if not difference <= variant.golden_distance_tolerance:
        raise CheckFailedError(
            f"{label} distances to the class centres differ by {difference:.3g} of the largest "
            f"(allowed {variant.golden_distance_tolerance:g})"
        )
    return check.model_copy(update={"max_relative_distance_difference": difference})


def _relative_difference(stored: npt.NDArray[np.float32], found: npt.NDArray[np.float32]) -> float:
    """Return the largest difference of (N, C) distances over the largest stored one."""
    largest = float(np.abs(stored.astype(np.float64)).max())
    difference = float(np.abs(found.astype(np.float64) - stored.astype(np.float64)).max())
    return difference / max(largest, float(np.finfo(np.float32).tiny))
