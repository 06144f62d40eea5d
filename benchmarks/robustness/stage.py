"""Measure the accuracy of a bundle's files under perturbations, through ONNX Runtime."""

from pathlib import Path

from benchmarks.host import fingerprint
from benchmarks.robustness.artifact import FILE_NAME, RobustnessReport
from benchmarks.robustness.conditions import conditions
from benchmarks.robustness.config import RobustnessConfig
from benchmarks.robustness.count import count_correct
from benchmarks.robustness.rows import robustness_row
from benchmarks.robustness.selection import select_samples
from data_tools.artifacts.model import parent, save_artifact
from data_tools.errors import InputError
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import open_split
from data_tools.split.origin import warn_of_other_split
from export.runtime.bundle import open_bundle, select_variants
from export.runtime.session import Classifier


def run(
    config: RobustnessConfig, manifest_path: Path, split_path: Path, out_dir: Path, progress: Progress = silent
) -> Path:
    """Measure every variant on one part of a split, clean and disturbed.

    Args:
        config: What to measure.
        manifest_path: The bundle's manifest, or its folder.
        split_path: The split's JSON.
        out_dir: Where robustness.json goes.
        progress: Receives the number of pictures done.

    Returns:
        The path of robustness.json.

    Raises:
        InputError: The bundle, a variant or the split is not there, the split has other classes than the bundle, its
            part is empty, or a picture cannot be read.
        CheckFailedError: A file of the bundle, the split or the data set was changed, or cannot be run.
    """
    bundle = open_bundle(manifest_path)
    split = open_split(split_path)
    if split.classes != bundle.manifest.classes:
        raise InputError(
            f"{split_path}: expected the bundle's classes {', '.join(bundle.manifest.classes)} in this order, "
            f"got {', '.join(split.classes)}"
        )
    warn_of_other_split(bundle.manifest.parents, split_path)
    samples = select_samples(split.samples[config.part], config.limit)
    if not samples:
        raise InputError(f"{split_path}: expected pictures in the part '{config.part}', but it is empty")
    classifiers = [
        Classifier.open(bundle.manifest_path, variant.name, threads=config.threads)
        for variant in select_variants(bundle, config.variants)
    ]
    listed = conditions(config)
    correct = count_correct(classifiers, samples, listed, config.batch_size, progress)
    report = RobustnessReport(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("bundle", bundle.manifest_path, out_dir), parent("split", split_path, out_dir)),
        bundle=bundle.manifest.name,
        host=fingerprint(),
        part=config.part,
        pictures=len(samples),
        runs=config.runs,
        rows=tuple(
            robustness_row(classifier.variant.name, condition, counts[position].tolist(), len(samples))
            for position, classifier in enumerate(classifiers)
            for condition, counts in zip(listed, correct, strict=True)
        ),
    )
    return save_artifact(report, out_dir / FILE_NAME)
