"""Offer `roadgrip report`."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import OUT
from pipeline.cli.options import SetOption


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(
    config: Annotated[Path, typer.Argument(help="The configuration of a finished run (YAML).")],
    overrides: SetOption = None,
) -> None:
    """Write the report of a run again, whether or not it is up to date; the stages before it must be.

    Needs the extra `report`. Example: roadgrip report configs/demo.yaml --set 'report.title=Release 7'
    """
    from pipeline.report.artifact import HTML_FILE_NAME
    from pipeline.stages.config import RunConfig
    from pipeline.stages.loading import load_config
    from pipeline.stages.runner import run_stages

    resolved = load_config(config, overrides or [], RunConfig)
    outcomes = run_stages(resolved, first="report", force=True)
    OUT.print(str(outcomes[-1].artifact.with_name(HTML_FILE_NAME)), markup=False)
