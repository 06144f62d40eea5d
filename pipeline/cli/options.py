"""Define the options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override one key, such as train.epochs=3; may be repeated."),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="A run configuration (YAML); its section for this command is used."),
]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder for the result; must be empty or not exist.")]
ForceOption = Annotated[bool, typer.Option("--overwrite", help="Replace what the result folder holds.")]
