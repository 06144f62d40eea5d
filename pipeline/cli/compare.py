"""Offer `roadgrip compare`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_tools.errors import InputError
from pipeline.cli.console import OUT, bars, table
from pipeline.cli.options import ConfigOption, SetOption
from pipeline.cli.sections import section, shared_folder
from pipeline.cli.train import SplitArgument

if TYPE_CHECKING:
    from pipeline.comparison.config import CompareConfig
    from pipeline.comparison.networks import Surroundings
    from pipeline.training.config import TrainConfig

_MEASURING_CODE = (
    "data_tools/metrics",
    "data_tools/perturbations",
    "pipeline/comparison/measuring.py",
    "pipeline/evaluation",
)
"""Beside the code of a training, which also decodes the pictures and builds the network."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)


def compare(
    split: SplitArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Work folder; the same command goes on in it.")],
    config: ConfigOption = None,
    overrides: SetOption = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Train this entry alone; may be repeated, or split by commas."),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(metavar="0,1,2", help="The seeds; the same as --set 'compare.seeds=[0,1,2]'.")
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace networks in OUT that other settings, data, libraries or code made."),
    ] = False,
) -> None:
    """Train one network with several methods and seeds, and measure them all under growing noise.

    The entries of `compare` change keys of `train`; both sections come from one configuration. Writes comparison.json,
    comparison.csv, table.md and comparison.png into OUT, again after every seed. What is finished is kept, and an
    interrupted training goes on at its last finished epoch; an interrupted measurement begins anew. A finished network
    is replaced with --overwrite alone. Needs the extras `train` and `report`. Examples:

      roadgrip compare work/split/split.json --out work/compare --config configs/roads_compare.yaml

      roadgrip compare work/split/split.json --out work/ablation --config configs/roads_compare.yaml \
--set compare.part=val --set 'compare.entries.no_margin={method: {type: robust, beta: 0}}' --only no_margin
    """
    from data_tools.artifacts.model import load_artifact
    from pipeline.comparison.artifact import ComparisonArtifact
    from pipeline.comparison.config import PLOT_NAME, TABLE_NAME, CompareConfig
    from pipeline.comparison.entries import check_chosen, resolve
    from pipeline.comparison.table import (
        accuracy_header,
        accuracy_rows,
        difference_header,
        difference_rows,
        difference_title,
        spread_note,
    )
    from pipeline.stages.requirements import require
    from pipeline.training.config import TrainConfig

    chosen = [*(overrides or []), *([f"compare.seeds=[{seeds}]"] if seeds is not None else [])]
    of_train, of_compare = _by_section(chosen)
    settings = section("compare", CompareConfig, config, of_compare)
    base = section("train", TrainConfig, config, of_train)
    entries = resolve(settings, base, str(config or "defaults"))
    names = [name.strip() for text in only or () for name in text.split(",")]
    check_chosen(entries, names)
    require(["train", "report"], "roadgrip compare")
    from pipeline.comparison.plan import Comparison
    from pipeline.comparison.stage import run

    _check_out(out, [split, *([config] if config else [])])
    if not split.is_file():
        raise InputError(f"{split}: expected the split.json of `roadgrip data split`; it does not exist")
    with shared_folder(out):
        comparison = Comparison(settings, entries, split, out, _surroundings(split))
        path = run(comparison, bars, names, overwrite=overwrite, ready=lambda: _write_settings(out, settings, base))
        result = load_artifact(ComparisonArtifact, path)
    wide = range(2, 5 + len(result.sigmas))
    table("accuracy, %", accuracy_header(result), accuracy_rows(result), right=wide)
    differences = difference_rows(result)
    if differences:
        table(
            difference_title(result),
            difference_header(result),
            differences,
            right=range(1, 2 + len(result.sigmas)),
        )
    OUT.print(f"{out / TABLE_NAME}, {out / PLOT_NAME}", markup=False)
    OUT.print(spread_note(result), markup=False, highlight=False)


def _by_section(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the overrides into those of `train` and those of `compare`.

    Raises:
        InputError: One belongs to another section.
    """
    other = [text for text in overrides if not text.startswith(("train.", "compare."))]
    if other:
        raise InputError(f"--set {other[0]}: expected a key of this command's sections, train.… or compare.…")
    return (
        [text for text in overrides if text.startswith("train.")],
        [text for text in overrides if text.startswith("compare.")],
    )


def _check_out(out: Path, inputs: Sequence[Path]) -> None:
    """Raise unless the folder is new, empty, or an earlier comparison's, and no input stands where an output goes.

    Raises:
        InputError: It holds something else, or an input would be overwritten.
    """
    from pipeline.comparison.config import OUTPUT_NAMES, SETTINGS_NAME

    targets = {(out / name).resolve() for name in OUTPUT_NAMES}
    for path in inputs:
        if path.resolve() in targets:
            raise InputError(f"{path}: would be overwritten by the result; copy it to another place, and give the copy")
    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: expected a folder, got a file")
    if (
        out.is_dir()
        and not (out / SETTINGS_NAME).is_file()
        and any(not item.name.startswith(".") for item in out.iterdir())
    ):
        raise InputError(f"{out}: expected a new or empty folder, or one of an earlier comparison; choose another one")


def _write_settings(out: Path, settings: "CompareConfig", train: "TrainConfig") -> None:
    """Write the resolved sections, with every default filled in; the file also marks the folder as a comparison's."""
    import yaml

    from data_tools.artifacts.atomic import write_text
    from pipeline.comparison.config import SETTINGS_NAME

    sections = {"train": train.model_dump(mode="json"), "compare": settings.model_dump(mode="json")}
    write_text(out / SETTINGS_NAME, yaml.safe_dump(sections, sort_keys=False, allow_unicode=True))


def _surroundings(split: Path) -> "Surroundings":
    """Return what decides the results beside the configuration."""
    from data_tools.artifacts.hashing import sha256_file, sha256_json
    from data_tools.artifacts.source_code import code_version
    from pipeline.comparison.networks import Surroundings
    from pipeline.training.versions import library_versions, training_code

    training = training_code()
    return Surroundings(
        split_sha256=sha256_file(split),
        versions=library_versions(),
        training_code=training,
        measuring_code=sha256_json([training, *(code_version(place) for place in _MEASURING_CODE)]),
    )
