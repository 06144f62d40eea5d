"""Run a comparison: train what is missing, measure it, and write the tables after every seed."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from data_tools.artifacts.model import parent, save_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.producer import PRODUCER
from data_tools.progress import Progress
from data_tools.split.artifact import OpenSplit, open_split
from pipeline.comparison.artifact import MeasuredNetwork
from pipeline.comparison.config import JSON_NAME
from pipeline.comparison.entries import check_chosen
from pipeline.comparison.measuring import measure
from pipeline.comparison.networks import (
    Network,
    is_finished,
    is_trained,
    load_measured,
    measuring_fingerprint,
    prepare,
    what_changed,
)
from pipeline.comparison.plan import Comparison
from pipeline.comparison.replacing import by_reason, check_replacing
from pipeline.comparison.results import write_results
from pipeline.training.parts import check_parts
from pipeline.training.stage import run as train

ProgressFactory = Callable[[], AbstractContextManager[Progress]]
Failures = dict[str, str]
"""What happened to a network, by its label."""

_LOG = logging.getLogger("roadgrip")


def run(
    comparison: Comparison,
    progress: ProgressFactory,
    only: Sequence[str] = (),
    *,
    overwrite: bool = False,
    ready: Callable[[], None] | None = None,
) -> Path:
    """Train and measure every entry with every seed, and write the tables.

    What is finished is kept, what is half trained goes on at its last finished epoch. All entries are trained with
    the first seed, then with the second, and so on; after each seed its networks are measured together, and
    `comparison.json`, `comparison.csv`, `table.md` and `comparison.png` are written with all that is finished. A
    network that diverges does not keep the others from being trained and written.

    Args:
        comparison: What to compare, and where.
        progress: Opens a progress for one training or one pass over the pictures.
        only: Names of the entries to train; the others are measured and in the tables where they are trained
            already. Empty = all.
        overwrite: Replace finished networks that were trained with other settings, data, libraries or code.
        ready: Called once all has been checked, before the first file is written.

    Returns:
        The path of `comparison.json`.

    Raises:
        InputError: The split, the weights or a picture cannot be used, a folder holds something else, or a finished
            network would be replaced.
        CheckFailedError: The split's files were changed; networks that should have started alike did not; or, once
            everything else is done, networks diverged: the message names them.
    """
    check_chosen(comparison.entries, only)
    split = open_split(comparison.split_path)
    check_parts(split, str(comparison.split_path))
    if not split.samples[comparison.config.part]:
        raise InputError(f"{comparison.split_path}: expected pictures in the {comparison.config.part} part, got none")
    trained = [network for network in comparison.all_networks() if is_trained(network, comparison.around)]
    wanted = [network for network in comparison.all_networks() if not only or network.entry.name in only]
    missing = [network for network in wanted if network not in trained]
    check_replacing(missing, comparison.around, split, overwrite=overwrite)
    if ready is not None:
        ready()
    _LOG.info("%d of %d networks are trained already", len(wanted) - len(missing), len(wanted))
    failed: Failures = {}
    shown: list[Network] = []
    for seed in comparison.config.seeds:
        own = [network for network in missing if network.seed == seed]
        trained += [network for network in own if _train(network, comparison, missing, progress, failed)]
        sound = [network for network in trained if network.label not in failed]
        measured = _measure(sound, comparison, split, progress, failed)
        last = seed == comparison.config.seeds[-1]
        if (own or measured or last) and any(network.label not in failed for network in sound):
            shown = write_results(comparison, split)
    _warn_of_gaps(comparison, shown, failed)
    if failed:
        raise CheckFailedError(
            f"{len(failed)} of {len(comparison.all_networks())} networks failed: {by_reason(failed)}; "
            f"{'the tables have the others' if shown else 'there is nothing to write a table of'}"
        )
    return comparison.out / JSON_NAME


def _warn_of_gaps(comparison: Comparison, shown: Sequence[Network], failed: Mapping[str, str]) -> None:
    """Warn of networks that are not in the tables, and why."""
    absent = {
        network.label: failed.get(network.label) or _state(network, comparison)
        for network in comparison.all_networks()
        if network not in shown
    }
    if absent:
        _LOG.warning("not in the tables: %s", by_reason(absent))
    reference = comparison.config.reference
    if shown and all(network.entry.name != reference for network in shown):
        _LOG.warning("the reference, %s, is not in the tables, so they have no differences to it", reference)


def _state(network: Network, comparison: Comparison) -> str:
    """Say why a network that did not fail is not in the tables."""
    return what_changed(network, comparison.around) if is_finished(network) else "not trained"


def _train(
    network: Network,
    comparison: Comparison,
    missing: Sequence[Network],
    progress: ProgressFactory,
    failed: Failures,
) -> bool:
    """Train one network of those that are missing; return False, and note it, when it diverges."""
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
        except InputError as error:
            raise InputError(f"{network.label}: {error}") from error
        except CheckFailedError as error:
            _LOG.warning("%s: %s", network.label, error)
            failed[network.label] = str(error)
            return False
    return True


def _measure(
    networks: Sequence[Network],
    comparison: Comparison,
    split: OpenSplit,
    progress: ProgressFactory,
    failed: Failures,
) -> bool:
    """Measure together the trained networks that have no results for these settings; return whether there were any.

    Those that fail are noted.
    """
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
        if levels is None:
            failed[network.label] = "its output is not finite"
            continue
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
