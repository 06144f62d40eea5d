"""Check a bundle on the machine that will use it: every file's hash, and every variant's golden pictures."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field

from data_tools.artifacts.model import Record
from data_tools.errors import CheckFailedError
from data_tools.progress import Progress, silent
from export.runtime.bundle import OpenBundle, open_bundle, verify_files
from export.runtime.golden import golden_inputs, golden_outputs
from export.runtime.manifest import Variant
from export.runtime.session import Classifier

_BATCH = 16


class VariantCheck(Record):
    """Say how a variant's probabilities on the golden pictures compare with the stored ones."""

    variant: str
    hash_ok: bool
    pictures: int = Field(ge=1)
    max_abs_probability_difference: float
    tolerance: float
    argmax_equal: int = Field(description="pictures with the stored class")
    argmax_flips: int = Field(
        description="pictures with another class although the stored margin of the two best exceeds 2 · tolerance"
    )
    passed: bool


class VerifyReport(Record):
    """Say what was checked on a bundle."""

    bundle: str
    files: int
    provider: str
    variants: tuple[VariantCheck, ...]


def verify_bundle(
    path: Path, *, provider: str = "cpu", threads: int | None = 1, progress: Progress = silent
) -> VerifyReport:
    """Check every file's sha256, run the golden pictures through every variant, and compare with what is stored.

    Args:
        path: The bundle's folder, or its manifest.json.
        provider: Where to run; see `export.runtime.providers`.
        threads: Threads within one operator; None leaves the number to ONNX Runtime.
        progress: Receives the number of variants done.

    Raises:
        InputError: There is no bundle at `path`, or the provider is unknown or missing.
        CheckFailedError: A file is missing or was changed, or a variant's probabilities differ by more than its
            tolerance; the message names the file or the variant, and the numbers.
    """
    bundle = open_bundle(path)
    verify_files(bundle)
    inputs = golden_inputs(bundle)
    checks = []
    for variant in bundle.manifest.variants:
        checks.append(_check_variant(bundle, variant, inputs, provider, threads))
        progress(len(checks), len(bundle.manifest.variants), "verifying variants")
    return VerifyReport(
        bundle=bundle.manifest.name,
        files=len(bundle.manifest.payload()),
        provider=provider,
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


def _check_variant(
    bundle: OpenBundle, variant: Variant, inputs: npt.NDArray[np.uint8], provider: str, threads: int | None
) -> VariantCheck:
    """Run the golden pictures through a variant, and raise where the outputs are not the stored ones."""
    stored = golden_outputs(bundle, variant, len(inputs))[:, 1]
    classifier = Classifier.open(bundle.manifest_path, variant.name, threads=threads, provider=provider)
    batches = [classifier.run(inputs[start : start + _BATCH])[1] for start in range(0, len(inputs), _BATCH)]
    check = compare_probabilities(variant.name, stored, np.concatenate(batches), variant.golden_tolerance)
    if not check.passed:
        raise CheckFailedError(
            f"{bundle.file(variant.file)}: variant {variant.name}: the golden pictures' probabilities differ by "
            f"{check.max_abs_probability_difference:.3g} (allowed {variant.golden_tolerance:g}), "
            f"{check.argmax_equal} of {check.pictures} classes equal, {check.argmax_flips} clear decisions flipped"
        )
    return check
