"""Make up what networks got right, without any network."""

from collections.abc import Mapping

import numpy as np

from data_tools.randomness import keyed_generator
from pipeline.comparison.artifact import ComparisonArtifact, MeasuredNetwork
from pipeline.comparison.config import CompareConfig
from pipeline.comparison.entries import Entry, resolve
from pipeline.comparison.measuring import summarise
from pipeline.comparison.summary import Result, compared_entry, differences
from pipeline.training.config import TrainConfig

CLASSES = ("dry", "wet", "snow")


def made_up_network(config: CompareConfig, accuracies: Mapping[float, float], pictures: int, *key: str | int) -> Result:
    """Return a network that is right about as often as wanted; a hard picture is hard for every network."""
    hardness = keyed_generator("hardness").random(pictures)
    labels = np.arange(pictures) % 3
    rows = []
    for sigma in config.sigmas:
        for run in range(config.runs_at(sigma)):
            jitter = keyed_generator("jitter", f"{sigma:g}", run, *key).normal(0, 0.15, pictures)
            right = hardness + jitter < accuracies[sigma]
            rows.append(np.where(right, labels, (labels + 1) % 3))
    measured = MeasuredNetwork(
        schema_version=1,
        producer="tests",
        parents=(),
        fingerprint="0" * 64,
        classes=CLASSES,
        part=config.part,
        levels=summarise(np.stack(rows), labels, CLASSES, config),
    )
    return Result(measured, epochs=24, seconds=300.0 + 10 * len(key))


def made_up_results(
    config: CompareConfig, curves: Mapping[str, tuple[float, ...]], pictures: int = 348
) -> tuple[tuple[Entry, ...], dict[str, dict[int, Result]]]:
    """Return entries and their results with every seed of the configuration."""
    entries = resolve(config, TrainConfig(), "tests")
    results = {
        name: {
            seed: made_up_network(config, dict(zip(config.sigmas, curve, strict=True)), pictures, name, seed)
            for seed in config.seeds
        }
        for name, curve in curves.items()
    }
    return entries, results


def made_up_comparison(
    config: CompareConfig, curves: Mapping[str, tuple[float, ...]], pictures: int = 348
) -> ComparisonArtifact:
    """Return a whole comparison in drives of two pictures."""
    entries, results = made_up_results(config, curves, pictures)
    groups = [f"drive {index // 2}" for index in range(pictures)]
    return ComparisonArtifact(
        schema_version=1,
        producer="tests",
        parents=(),
        classes=CLASSES,
        part=config.part,
        pictures=pictures,
        groups=len(set(groups)),
        sigmas=config.sigmas,
        runs=config.runs,
        reference=config.reference,
        resamples=4000,
        entries=tuple(compared_entry(entry, results[entry.name]) for entry in entries if entry.name in results),
        differences=differences(results, config.reference, groups),
    )
