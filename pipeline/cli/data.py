"""Offer `roadgrip data build|split`; the other commands of the group have files of their own."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from data_tools.errors import CheckFailedError
from data_tools.split.artifact import Part, SplitArtifact
from pipeline.cli.console import OUT, bars, table
from pipeline.cli.data_options import (
    CacheOption,
    ClassesOption,
    EngineOption,
    LabelsOption,
    SourceArgument,
    WorkersOption,
    chosen_engine,
    data_config,
)
from pipeline.cli.options import ConfigOption, ForceOption, OutOption, SetOption
from pipeline.cli.sections import result_folder, section, work_folder

app = typer.Typer(help="Make, build, check, split and describe data sets.", no_args_is_help=True)


@app.command()
def build(
    out: OutOption,
    source: SourceArgument = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    classes: ClassesOption = None,
    labels: LabelsOption = None,
    cache: CacheOption = None,
    parquet: Annotated[bool, typer.Option("--parquet", help="Also write records.parquet.")] = False,
    workers: WorkersOption = None,
    engine: EngineOption = "local",
    strict: Annotated[bool, typer.Option("--strict", help="Fail when a file would be quarantined.")] = False,
    overwrite: ForceOption = False,
) -> None:
    """Build a data set: open every picture once, check it, find copies, write dataset.json and its tables.

    Nothing is deleted: a picture that cannot be used is listed with the reason in issues.csv. Pictures in folders are
    not copied; frames of videos and archives are unpacked below the result. A build that was stopped goes on where it
    was. Examples:

      roadgrip data build roads --out work/data

      roadgrip data build drives/ --set data.source.fps=2 --cache 224x224 --out work/data
    """
    from data_tools.artifacts.model import load_artifact
    from data_tools.dataset.artifact import FILE_NAME, DatasetArtifact
    from data_tools.dataset.stage import run

    settings = data_config(source, config, overrides, classes, labels, cache, parquet or engine == "ray")
    chosen = chosen_engine(engine, workers)
    with work_folder(out) as work, result_folder(out, FILE_NAME, overwrite) as folder, bars() as progress:
        run(settings, folder, progress, work_dir=work, engine=chosen)
        dataset = load_artifact(DatasetArtifact, folder / FILE_NAME)
        if strict and dataset.quarantined_by_issue:
            listed = ", ".join(f"{name}: {count}" for name, count in dataset.quarantined_by_issue.items())
            raise CheckFailedError(f"{out}: not built, for --strict allows no quarantined file ({listed})")
    show_counts(dataset.pictures_by_class, dataset.groups_by_class)
    show_issues(dataset.quarantined_by_issue, dataset.reported_by_issue, dataset.skipped)
    OUT.print(str(out / FILE_NAME), markup=False)


@app.command()
def split(
    dataset: Annotated[Path, typer.Argument(help="dataset.json of `roadgrip data build`.")],
    out: OutOption,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", help="split.json made before the data set grew: what it knows stays in its part."),
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    overwrite: ForceOption = False,
) -> None:
    """Split a data set into train, val, calibration and test; nothing that belongs together is ever in two parts.

    Together belong: the pictures of a drive, pictures of one camera at most split.guard_gap_s apart, and near
    duplicates. A leak audit reads the result back and fails closed. Examples:

      roadgrip data split work/data/dataset.json --out work/split --set split.seed=1

      roadgrip data split work/data2/dataset.json --keep work/split/split.json --out work/split2
    """
    from data_tools.artifacts.model import load_artifact
    from data_tools.split.artifact import FILE_NAME
    from data_tools.split.config import SplitConfig
    from data_tools.split.stage import run

    settings = section("split", SplitConfig, config, overrides)
    with result_folder(out, FILE_NAME, overwrite) as folder, bars() as progress:
        run(settings, dataset, folder, progress, previous=keep)
    show_split(load_artifact(SplitArtifact, out / FILE_NAME))
    OUT.print(str(out / FILE_NAME), markup=False)


def show_split(split: SplitArtifact) -> None:
    """Print drives, pictures and achieved shares by part, what was left out, and the audit."""
    from data_tools.split.artifact import PARTS

    def cell(part: Part, name: str) -> str:
        achieved = split.shares[part].achieved[name] if part in split.shares else None
        return str(split.pictures[part][name]) + ("" if achieved is None else f" ({achieved:.1%})")

    table(
        f"split ({split.protocol}, seed {split.seed}; shares wanted within {split.tolerance:.0%})",
        ("part", "drives", "wanted", *split.classes),
        [
            (
                part,
                str(split.groups[part]),
                f"{split.shares[part].wanted:.1%}" if part in split.shares else "-",
                *(cell(part, name) for name in split.classes),
            )
            for part in PARTS
        ],
        right=range(1, 3 + len(split.classes)),
    )
    for reason, count in split.left_out.items():
        OUT.print(f"left out, {reason}: {count}", markup=False)
    OUT.print("leak audit: passed (the written split was read back and compared)", markup=False)


def show_counts(pictures: dict[str, int], groups: dict[str, int]) -> None:
    """Print usable pictures and groups by class."""
    table(
        "usable pictures",
        ("class", "pictures", "groups"),
        [(name, str(count), str(groups[name])) for name, count in pictures.items()],
        right=(1, 2),
    )


def show_issues(quarantined: dict[str, int], reported: dict[str, int], skipped: dict[str, int]) -> None:
    """Print how many issues of each type there are, in the checks' order."""
    from data_tools.checks.registry import get, names

    titles = {name: (get(name).title, get(name).meaning) for name in names()}
    rows = [
        (titles[name][0], str(quarantined.get(name, 0) or ""), str(reported.get(name, 0) or ""), titles[name][1])
        for name in titles
        if name in quarantined or name in reported
    ]
    if rows:
        table("issues", ("issue", "quarantined", "reported", "meaning"), rows, right=(1, 2))
    for what, count in Counter(skipped).items():
        OUT.print(f"skipped, {what}: {count}", markup=False)
