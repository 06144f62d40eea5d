"""Offer `roadgrip lineage`."""

from pathlib import Path
from typing import Annotated

import typer

from data_tools.errors import CheckFailedError
from pipeline.cli.console import table


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(lineage)


def lineage(
    artifact: Annotated[Path, typer.Argument(help="Any artifact's JSON, such as runs/demo/report/report.json.")],
) -> None:
    """Walk from an artifact back to its data set, and check every sha256 on the way.

    Example: roadgrip lineage runs/demo/bundle/manifest.json
    """
    from data_tools.artifacts.lineage import ancestors

    links = ancestors(artifact)
    table(
        f"lineage of {artifact}",
        ("kind", "file", "sha256", "by", "state"),
        [
            ("  " * x.depth + x.kind, f"{x.path.parent.name}/{x.path.name}", x.sha256[:12], x.producer, x.state)
            for x in links
        ],
    )
    changed = [link for link in links if link.state == "changed"]
    if changed:
        raise CheckFailedError(f"{changed[0].path}: changed after its child was made from it")
