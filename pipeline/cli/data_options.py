"""Turn the options of the data commands into the configuration of the data stage."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from data_tools.dataset.config import DataConfig
from data_tools.engines.engine import Engine, make_engine
from data_tools.errors import InputError
from data_tools.sources.guess import guess_source
from pipeline.cli.sections import section_tree
from pipeline.stages.loading import Tree, apply_override, validate

SourceArgument = Annotated[
    Path | None,
    typer.Argument(
        help="Class folders, a manifest (CSV, Parquet), an archive (zip, tar), drive videos, RSCD or RoadSaW; what it "
        "is, is seen from what lies there. Leave it out when --config names the source.",
        show_default=False,
    ),
]
ClassesOption = Annotated[
    str | None, typer.Option("--classes", help="Class names in logit order, separated by commas [dry,wet,snow].")
]
LabelsOption = Annotated[
    Path | None, typer.Option("--labels", help="Label map (YAML): lines 'source label: class', and 'ignore: [labels]'.")
]
CacheOption = Annotated[
    str | None,
    typer.Option("--cache", metavar="HEIGHTxWIDTH", help="Keep every picture ready at this size, such as 224x224."),
]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, help="Processes at once [all cores].")]
EngineOption = Annotated[
    str, typer.Option("--engine", help="local, or ray: Ray Data on this machine or the cluster of RAY_ADDRESS.")
]


def data_config(
    source: Path | None,
    config: Path | None,
    overrides: Sequence[str] | None,
    classes: str | None = None,
    labels: Path | None = None,
    cache: str | None = None,
    parquet: bool = False,
) -> DataConfig:
    """Return the data stage's configuration: the file's section, then SOURCE and options, then overrides on top.

    Raises:
        InputError: Neither SOURCE nor a file says what to read, or a value is wrong.
    """
    section = section_tree("data", config)
    if source is not None:
        section["source"] = guess_source(source).model_dump(mode="json")
    elif "source" not in section:
        raise InputError("expected SOURCE, or a --config whose data section names one")
    if classes is not None:
        section["classes"] = [name.strip() for name in classes.split(",")]
    if labels is not None:
        section["labels"] = str(labels)
    if cache is not None:
        height, width = parse_size(cache)
        given = section.get("cache")
        section["cache"] = {**(given if isinstance(given, dict) else {}), "height": height, "width": width}
    if parquet:
        section["parquet"] = True
    tree: Tree = {"data": section}
    for text in overrides or ():
        if not text.startswith("data."):
            raise InputError(f"--set {text}: expected a key of this command's section, data.…")
        apply_override(tree, text)
    return validate(section, DataConfig, f"{config or 'options'}: data")


def parse_size(text: str) -> tuple[int, int]:
    """Return height and width of a text such as 400x500.

    Raises:
        InputError: It is no size.
    """
    found = re.fullmatch(r"(\d+)[x×](\d+)", text.strip().lower())
    if found is None:
        raise InputError(f"--cache {text}: expected HEIGHTxWIDTH in pixels, such as 224x224")
    return int(found[1]), int(found[2])


def chosen_engine(name: str, workers: int | None) -> Engine:
    """Return the engine that --engine names.

    Raises:
        InputError: There is no such engine.
        MissingDependencyError: Ray is wanted and not installed.
    """
    if name not in ("local", "ray"):
        raise InputError(f"--engine {name}: expected local or ray")
    return make_engine("ray" if name == "ray" else "local", workers)
