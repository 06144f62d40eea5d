"""Offer `roadgrip data synth|build|split|check`."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from data_tools.dataset.config import ClassFoldersSource, DataConfig, ManifestSource
from data_tools.errors import CheckFailedError, InputError
from pipeline.cli.console import OUT, bars, table
from pipeline.cli.options import ConfigOption, ForceOption, OutOption, SetOption
from pipeline.cli.sections import result_folder, section

app = typer.Typer(help="Make, build, check and split data sets.", no_args_is_help=True)
SourceArgument = Annotated[
    Path, typer.Argument(help="Folder with dry/, wet/, snow/, a folder with manifest.csv, or the CSV table itself.")
]
ClassesOption = Annotated[str, typer.Option("--classes", help="Class names in logit order, separated by commas.")]


@app.command()
def synth(
    out: OutOption,
    drives: Annotated[int, typer.Option("--drives-per-class", min=1, help="Drives for each condition.")] = 14,
    frames: Annotated[int, typer.Option("--frames-per-drive", min=1, help="Pictures for each drive.")] = 10,
    height: Annotated[int, typer.Option(min=32, max=2160, help="Picture height, px.")] = 400,
    width: Annotated[int, typer.Option(min=32, max=3840, help="Picture width, px.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Seed; the same seed draws the same pictures.")] = 0,
    overwrite: ForceOption = False,
) -> None:
    """Render synthetic drives: class folders and a manifest.csv with the drive as the group.

    Example: roadgrip data synth --out drives --drives-per-class 20
    """
    from data_tools.synth.campaign import write_campaign
    from data_tools.synth.config import SynthConfig

    config = SynthConfig(drives_per_class=drives, frames_per_drive=frames, height=height, width=width, seed=seed)
    with result_folder(out, "manifest.csv", overwrite) as folder, bars() as progress:
        write_campaign(config, folder, lambda done, total: progress(done, total, "rendering drives"))
    OUT.print(f"{out / 'manifest.csv'}: {3 * drives} drives, {3 * drives * frames} pictures", markup=False)


@app.command()
def build(
    source: SourceArgument,
    out: OutOption,
    classes: ClassesOption = "dry,wet,snow",
    overwrite: ForceOption = False,
) -> None:
    """Build a data set: open every picture, set bad ones aside, merge exact duplicates, write dataset.json.

    Pictures are not copied; dataset.json points at them. Example: roadgrip data build roads --out work/data
    """
    from data_tools.artifacts.model import load_artifact
    from data_tools.dataset.artifact import FILE_NAME, DatasetArtifact
    from data_tools.dataset.stage import run

    with result_folder(out, FILE_NAME, overwrite) as folder, bars() as progress:
        run(_data_config(source, classes), folder, progress)
    dataset = load_artifact(DatasetArtifact, out / FILE_NAME)
    _show_counts(dataset.pictures_by_class, dataset.groups_by_class, dataset.set_aside_by_reason)
    OUT.print(str(out / FILE_NAME), markup=False)


@app.command()
def split(
    dataset: Annotated[Path, typer.Argument(help="dataset.json of `roadgrip data build`.")],
    out: OutOption,
    config: ConfigOption = None,
    overrides: SetOption = None,
    overwrite: ForceOption = False,
) -> None:
    """Split a data set by group into train, val, calibration and test; no group is ever in two parts.

    Example: roadgrip data split work/data/dataset.json --out work/split --set split.seed=1
    """
    from data_tools.artifacts.model import load_artifact
    from data_tools.split.artifact import FILE_NAME, PARTS, SplitArtifact
    from data_tools.split.config import SplitConfig
    from data_tools.split.stage import run

    settings = section("split", SplitConfig, config, overrides)
    with result_folder(out, FILE_NAME, overwrite) as folder:
        run(settings, dataset, folder)
    result = load_artifact(SplitArtifact, out / FILE_NAME)
    table(
        f"split ({result.protocol}, seed {result.seed})",
        ("part", "groups", *result.classes),
        [
            (part, str(result.groups[part]), *(str(result.pictures[part][name]) for name in result.classes))
            for part in PARTS
        ],
        right=range(1, 2 + len(result.classes)),
    )
    OUT.print(str(out / FILE_NAME), markup=False)


@app.command()
def check(
    source: SourceArgument,
    classes: ClassesOption = "dry,wet,snow",
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the findings to this file.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when anything would be set aside.")] = False,
) -> None:
    """Open every picture of a source and list what a build would set aside, without building.

    Example: roadgrip data check roads --strict
    """
    from data_tools.artifacts.atomic import write_text
    from data_tools.dataset.check import CheckReport
    from data_tools.dataset.scan import scan
    from data_tools.dataset.stage import offer

    with bars() as progress:
        found = scan(offer(_data_config(source, classes), source), progress)
    groups = Counter(label for label, _ in {(row.label, row.group) for row in found.records})
    reasons = Counter(row.reason for row in found.set_aside)
    _show_counts(Counter(row.label for row in found.records), groups, reasons)
    if found.set_aside:
        table(
            "set aside", ("file", "reason", "detail"), [(row.path, row.reason, row.detail) for row in found.set_aside]
        )
    if json_file is not None:
        write_text(json_file, CheckReport.of(found).model_dump_json(indent=2) + "\n")
    if strict and found.set_aside:
        raise CheckFailedError(f"{source}: {len(found.set_aside)} file(s) would be set aside")


def _data_config(source: Path, classes: str) -> DataConfig:
    """Choose the source type from what lies at the path."""
    from pipeline.stages.loading import validate

    names = [name.strip() for name in classes.split(",")]
    is_table = source.is_file() or (source / "manifest.csv").is_file()
    if not source.exists():
        raise InputError(f"{source}: expected a folder of pictures or a manifest.csv; it does not exist")
    chosen = (
        ManifestSource(type="manifest", path=source)
        if is_table
        else ClassFoldersSource(type="class_folders", path=source)
    )
    return validate({"source": chosen.model_dump(), "classes": names}, DataConfig, "--classes")


def _show_counts(pictures: dict[str, int], groups: dict[str, int], set_aside: dict[str, int]) -> None:
    """Print usable pictures by class, and what was set aside by reason."""
    table(
        "usable pictures",
        ("class", "pictures", "groups"),
        [(name, str(count), str(groups[name])) for name, count in pictures.items()],
        right=(1, 2),
    )
    for reason, count in sorted(set_aside.items()):
        OUT.print(f"set aside, {reason}: {count}", markup=False)
