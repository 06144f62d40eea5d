"""Keep finished networks from being replaced unasked, and find out first whether a training can start."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from data_tools.errors import InputError
from data_tools.split.artifact import OpenSplit
from data_tools.validation import closest
from pipeline.comparison.networks import Network, Surroundings, is_finished, what_changed
from pipeline.training.epochs import choose_accelerator, prepare
from pipeline.training.networks.weights import WORDS

_SHOWN = 4


def check_replacing(missing: Sequence[Network], around: Surroundings, split: OpenSplit, *, overwrite: bool) -> None:
    """Raise where a training would cost a finished network that nobody gave up, or cannot start at all.

    Half-trained and damaged networks may go unasked. Nothing is changed here.

    Args:
        missing: The networks that are to be trained.
        around: What decides them beside the configuration.
        split: The pictures.
        overwrite: Whether finished networks may be replaced.

    Raises:
        InputError: There are such networks; the message counts them and says what changed. Or the weights or the
            device of one to be trained cannot be used.
    """
    for network in {network.entry.name: network for network in missing}.values():
        _check_start(network)
    replaced = [network for network in missing if is_finished(network)]
    if replaced and not overwrite:
        changes = by_reason({network.label: what_changed(network, around) for network in replaced})
        raise InputError(
            f"{_counted(len(replaced))} would be trained anew: {changes}; choose another --out to keep what is there, "
            "go back to the earlier settings, or pass --overwrite"
        )
    for network in {network.entry.name: network for network in replaced}.values():
        _check_network(network, split)


def by_reason(reasons: Mapping[str, str]) -> str:
    """Return networks' labels with what is the matter with them, in one line.

    Examples:
        >>> by_reason({"a, seed 0": "not trained", "b, seed 0": "not trained", "b, seed 1": "damaged"})
        'a, seed 0 / b, seed 0 (not trained); b, seed 1 (damaged)'
    """
    labels: dict[str, list[str]] = {}
    for label, reason in reasons.items():
        labels.setdefault(reason, []).append(label)
    return "; ".join(f"{_listed(own)} ({reason})" for reason, own in labels.items())


def _check_start(network: Network) -> None:
    """Check what a training needs from outside, without loading anything."""
    config = network.config()
    try:
        choose_accelerator(config)
    except InputError as error:
        raise InputError(f"{network.entry.name}: {error}") from error
    if config.weights not in WORDS and not Path(config.weights).is_file():
        raise InputError(
            f"{network.entry.name}: train.weights: no such file '{config.weights}', nor is it one of the words; "
            f"{closest(config.weights, WORDS)}"
        )


def _check_network(network: Network, split: OpenSplit) -> None:
    """Build the network with its first weights and its method, and drop it."""
    with torch.random.fork_rng(devices=[]):
        try:
            prepare(network.config(), split)
        except InputError as error:
            raise InputError(f"{network.entry.name}: {error}") from error


def _listed(labels: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return " / ".join(labels[:_SHOWN]) + more


def _counted(number: int) -> str:
    return "1 finished network" if number == 1 else f"{number} finished networks"
