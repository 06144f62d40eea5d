"""Merge each entry's changes into the train section, and validate the result (torch-free)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from data_tools.errors import InputError
from data_tools.validation import closest, describe
from pipeline.comparison.config import CompareConfig
from pipeline.training.config import TrainConfig

Tree = dict[str, object]


@dataclass(frozen=True)
class Entry:
    """Hold one thing that is compared."""

    name: str
    changes: Tree
    """What it changes in the train section, as written."""
    train: TrainConfig
    """The whole section; its seed is a placeholder for those of the comparison."""

    def seeded(self, seed: int) -> TrainConfig:
        """Return the training of one seed."""
        return self.train.model_copy(update={"seed": seed})


def merge(base: Mapping[str, object], changes: Mapping[str, object]) -> Tree:
    """Lay changes over a tree: sections are merged key by key, all else is replaced.

    A section whose `type` changes is replaced as a whole, for the keys of one type mean nothing to another.

    Examples:
        >>> merge({"a": 1, "m": {"type": "x", "k": 1}}, {"m": {"k": 2}})
        {'a': 1, 'm': {'type': 'x', 'k': 2}}
        >>> merge({"a": 1, "m": {"type": "x", "k": 1}}, {"m": {"type": "y"}})
        {'a': 1, 'm': {'type': 'y'}}
    """
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        same_kind = (
            isinstance(value, dict) and isinstance(old, dict) and value.get("type", old.get("type")) == old.get("type")
        )
        merged[key] = merge(old, value) if same_kind and isinstance(value, dict) and isinstance(old, dict) else value
    return merged


def resolve(config: CompareConfig, train: TrainConfig, where: str) -> tuple[Entry, ...]:
    """Return the entries with their whole train section, in the order of the configuration.

    Args:
        config: The compare section.
        train: The train section that the entries change.
        where: What to call the configuration in messages.

    Raises:
        InputError: An entry sets the seed or does not validate; the message names the entry and the key's full path.
    """
    base: Tree = train.model_dump(mode="json")
    entries = []
    for name, changes in config.entries.items():
        if "seed" in changes:
            raise InputError(
                f"{where}: compare.entries.{name}.seed: expected no seed here; compare.seeds holds those of all entries"
            )
        try:
            merged = TrainConfig.model_validate(merge(base, changes))
        except ValidationError as error:
            raise InputError(f"{where}: compare.entries.{name}.{describe(error, TrainConfig)}") from error
        entries.append(Entry(name, dict(changes), merged))
    return tuple(entries)


def check_chosen(entries: Sequence[Entry], only: Sequence[str]) -> None:
    """Raise unless every chosen name is an entry's.

    Raises:
        InputError: One is unknown; the message lists the known ones, the closest first.
    """
    names = [entry.name for entry in entries]
    for name in only:
        if name not in names:
            raise InputError(f"--only {name}: no such entry; {closest(name, names)}")
