"""Offer `roadgrip data card`."""

import json
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from data_tools.errors import InputError
from pipeline.cli.console import OUT, bars, table
from pipeline.cli.options import ForceOption, OutOption
from pipeline.cli.sections import result_folder

_ONE_OF_THEM = "expected a dataset.json or a split.json, or --run with a run's folder; one of them"


class Described(NamedTuple):
    """Name what a card describes."""

    dataset: Path
    split: Path | None


def card(
    out: OutOption,
    artifact: Annotated[
        Path | None,
        typer.Argument(
            help="dataset.json, or a split.json, which leads to its data set.", metavar="[DATASET_JSON|SPLIT_JSON]"
        ),
    ] = None,
    run: Annotated[
        Path | None, typer.Option("--run", help="Folder of a run, such as runs/demo: its data set and its split.")
    ] = None,
    overwrite: ForceOption = False,
) -> None:
    """Describe a data set: card.md with pictures for people, card.json for programs.

    The card says what is in the data set, how it was checked and split, and where its numbers show it to be weak: a
    class from one source only, few drives, a small test part. Nothing but the card is written; the pictures stay where
    they are. Needs the extra `report`. Examples:

      roadgrip data card work/split/split.json --out work/card

      roadgrip data card --run runs/demo --out work/card
    """
    from data_tools.artifacts.model import load_artifact
    from data_tools.card.artifact import FILE_NAME, PAGE_NAME, CardArtifact
    from data_tools.card.write import write_card

    found = described(artifact, run)
    with result_folder(out, FILE_NAME, overwrite) as folder, bars() as progress:
        write_card(found.dataset, found.split, folder, progress)
    written = load_artifact(CardArtifact, out / FILE_NAME)
    data = written.data
    parts = data.split.pictures if data.split else {}
    table(
        "pictures",
        ("class", *parts, "all", "drives", "sources"),
        [
            (
                label,
                *(f"{counts.get(label, 0):,}" for counts in parts.values()),
                f"{count:,}",
                f"{data.drives[label].drives if label in data.drives else 0:,}",
                f"{sum(label in counts for counts in data.by_source.values()):,}",
            )
            for label, count in data.by_class.items()
        ],
        right=range(1, len(parts) + 4),
    )
    for spot in written.weak_spots:
        OUT.print(f"weak spot: {spot.plain}", markup=False, highlight=False)
    OUT.print(str(out / PAGE_NAME), markup=False)


def described(artifact: Path | None, run: Path | None) -> Described:
    """Return the data set and the split that an artifact or a run's folder names.

    Raises:
        InputError: Both or neither is given, a file is missing, or it is neither a data set nor a split.
    """
    if artifact is not None and run is not None:
        raise InputError(_ONE_OF_THEM)
    if run is not None:
        return _of_run(run)
    if artifact is None:
        raise InputError(_ONE_OF_THEM)
    kind = _kind(artifact)
    if kind == "dataset":
        return Described(artifact, None)
    if kind == "split":
        return _of_split(artifact)
    raise InputError(f"{artifact}: expected a dataset.json or a split.json, got the artifact of kind '{kind}'")


def _of_run(run: Path) -> Described:
    """Return what a run's folder holds; its split when it has come that far."""
    from data_tools.dataset.artifact import FILE_NAME
    from data_tools.split.artifact import FILE_NAME as SPLIT_NAME

    split, dataset = run / "split" / SPLIT_NAME, run / "data" / FILE_NAME
    if split.is_file():
        return _of_split(split)
    if not dataset.is_file():
        raise InputError(f"--run {run}: expected a run's folder with data/{FILE_NAME}; it has none")
    return Described(dataset, None)


def _of_split(path: Path) -> Described:
    """Return a split and the data set that it was made from."""
    from data_tools.artifacts.model import load_artifact
    from data_tools.split.artifact import SplitArtifact

    for origin in load_artifact(SplitArtifact, path).parents:
        if origin.role == "dataset":
            dataset = (path.parent / origin.path).resolve()
            if not dataset.is_file():
                raise InputError(f"{path}: its data set {dataset} is missing; build it again or move it back")
            return Described(dataset, path)
    raise InputError(f"{path}: expected a parent with the role dataset, got none")


def _kind(path: Path) -> str:
    """Return an artifact's kind without knowing its class."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: expected a dataset.json or a split.json; it does not exist") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected an artifact's JSON, but it cannot be parsed") from error
    return str(value.get("kind")) if isinstance(value, dict) else type(value).__name__
