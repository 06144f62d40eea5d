"""Run a comparison: train what is missing, measure it, and write the tables after every seed."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.csv_table import write_table
from data_tools.artifacts.model import load_artifact, parent, save_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.producer import PRODUCER
from data_tools.progress import Progress
from data_tools.split.artifact import OpenSplit, open_split
from pipeline.comparison.artifact import ComparisonArtifact, MeasuredNetwork
from pipeline.comparison.bootstrap import RESAMPLES
from pipeline.comparison.config import CSV_NAME, JSON_NAME, PLOT_NAME, TABLE_NAME, CompareConfig
from pipeline.comparison.entries import Entry, check_chosen
from pipeline.comparison.measuring import measure
from pipeline.comparison.networks import (
    Network,
    Surroundings,
    is_trained,
    load_measured,
    measuring_fingerprint,
    network_of,
    prepare,
    training_seconds,
)
from pipeline.comparison.plot import draw
from pipeline.comparison.summary import Result, compared_entry, differences
from pipeline.comparison.table import CSV_COLUMNS, csv_rows, markdown
from pipeline.training.artifact import CheckpointArtifact
from pipeline.training.parts import check_parts
from pipeline.training.stage import run as train

ProgressFactory = Callable[[], AbstractContextManager[Progress]]

_LOG = logging.getLogger("roadgrip")


@dataclass(frozen=True)
class Comparison:
    """Hold what a comparison is about."""

    config: CompareConfig
    entries: tuple[Entry, ...]
    split_path: Path
    out: Path
    around: Surroundings

    def networks(self, seed: int) -> list[Network]:
        """Return a seed's networks."""
        return [network_of(self.out, entry, seed) for entry in self.entries]


def run(comparison: Comparison, progress: ProgressFactory, only: Sequence[str] = ()) -> Path:
    """Train and measure every entry with every seed, and write the tables.

    What is finished is kept, what is half trained goes on at its last finished epoch. All entries are trained with
    the first seed, then with the second, and so on; after each seed its networks are measured together, and
    `comparison.json`, `comparison.csv`, `table.md` and `comparison.png` are written with all that is finished.

    Args:
        comparison: What to compare, and where.
        progress: Opens a progress for one training or one pass over the pictures.
        only: Names of the entries to train and measure; the others keep their place in the tables when they are
            finished. Empty = all.

    Returns:
        The path of `comparison.json`.

    Raises:
        InputError: The split, the weights or a picture cannot be used, or a folder holds something else.
        CheckFailedError: The split's files were changed, or a network diverged; the message names it.
    """
    check_chosen(comparison.entries, only)
    split = open_split(comparison.split_path)
    check_parts(split, str(comparison.split_path))
    if not split.samples[comparison.config.part]:
        raise InputError(f"{comparison.split_path}: expected pictures in the {comparison.config.part} part, got none")
    wanted = [
        network
        for seed in comparison.config.seeds
        for network in comparison.networks(seed)
        if not only or network.entry.name in only
    ]
    missing = [network for network in wanted if not is_trained(network, comparison.around)]
    _LOG.info("%d of %d networks are trained already", len(wanted) - len(missing), len(wanted))
    trained = [network for network in wanted if network not in missing]
    for seed in comparison.config.seeds:
        own = [network for network in missing if network.seed == seed]
        for network in own:
            _train(network, comparison, missing, progress)
        trained += own
        measured = _measure(trained, comparison, split, progress)
        if own or measured or seed == comparison.config.seeds[-1]:
            write_results(comparison, split)
    return comparison.out / JSON_NAME


def _train(network: Network, comparison: Comparison, missing: Sequence[Network], progress: ProgressFactory) -> None:
    """Train one network of those that are missing."""
    if prepare(network, comparison.around):
        _LOG.warning("%s: was damaged, or trained with other settings, data or code; it is trained anew", network.label)
    place = missing.index(network)
    _LOG.info("training %d of %d: %s", place + 1, len(missing), network.label)
    before = sum(item.entry.train.epochs for item in missing[:place])
    total = sum(item.entry.train.epochs for item in missing)
    with progress() as show:
        try:
            train(
                network.config(),
                comparison.split_path,
                network.folder,
                lambda done, _total, _what: show(before + done, total, "training, epochs of all networks"),
            )
        except (InputError, CheckFailedError) as error:
            raise type(error)(f"{network.label}: {error}") from error


def _measure(networks: Sequence[Network], comparison: Comparison, split: OpenSplit, progress: ProgressFactory) -> bool:
    """Measure together the trained networks that have no results for these settings; return whether there were any."""
    config, around = comparison.config, comparison.around
    waiting = [network for network in networks if load_measured(network, config, around) is None]
    if not waiting:
        return False
    _LOG.info("measuring %d networks on the %s part", len(waiting), config.part)
    threads = {network.entry.train.threads for network in waiting}
    with progress() as show:
        measured = measure(
            [network.checkpoint for network in waiting],
            split.samples[config.part],
            split.classes,
            config,
            threads=threads.pop() if len(threads) == 1 else None,
            progress=show,
        )
    for network, levels in zip(waiting, measured, strict=True):
        result = MeasuredNetwork(
            schema_version=1,
            producer=PRODUCER,
            parents=(
                parent("checkpoint", network.checkpoint, network.folder),
                parent("split", comparison.split_path, network.folder),
            ),
            fingerprint=measuring_fingerprint(network, config, around),
            classes=split.classes,
            part=config.part,
            levels=levels,
        )
        save_artifact(result, network.measured)
    return True


def write_results(comparison: Comparison, split: OpenSplit) -> Path:
    """Write the tables and the picture of all networks that are trained and measured.

    Returns:
        The path of `comparison.json`, which is written last.
    """
    config, out = comparison.config, comparison.out
    found: dict[str, dict[int, Result]] = {}
    parents = [parent("split", comparison.split_path, out)]
    for entry in comparison.entries:
        for seed in config.seeds:
            network = network_of(out, entry, seed)
            result = _result(network, comparison)
            if result is not None:
                found.setdefault(entry.name, {})[seed] = result
                parents.append(parent("checkpoint", network.checkpoint, out))
    samples = split.samples[config.part]
    groups = [sample.group for sample in samples]
    artifact = ComparisonArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=tuple(parents),
        classes=split.classes,
        part=config.part,
        pictures=len(samples),
        groups=len(set(groups)),
        sigmas=config.sigmas,
        runs=config.runs,
        reference=config.reference,
        resamples=RESAMPLES,
        entries=tuple(compared_entry(entry, found[entry.name]) for entry in comparison.entries if entry.name in found),
        differences=differences(found, config.reference, groups),
    )
    write_table(out / CSV_NAME, CSV_COLUMNS, csv_rows(artifact))
    write_text(out / TABLE_NAME, markdown(artifact))
    draw(artifact, out / PLOT_NAME)
    return save_artifact(artifact, out / JSON_NAME)


def _result(network: Network, comparison: Comparison) -> Result | None:
    """Return a network's figures, or None where it is not trained and measured with these settings."""
    if not is_trained(network, comparison.around):
        return None
    measured = load_measured(network, comparison.config, comparison.around)
    if measured is None:
        return None
    checkpoint = load_artifact(CheckpointArtifact, network.checkpoint)
    return Result(measured, checkpoint.epochs, training_seconds(checkpoint, network.folder))
