"""Offer `roadgrip run`."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import OUT, bars, table
from pipeline.cli.options import SetOption


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    config: Annotated[Path, typer.Argument(help="Run configuration (YAML), such as configs/demo.yaml.")],
    overrides: SetOption = None,
    first: Annotated[str | None, typer.Option("--from", help="First stage; earlier ones must be up to date.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last stage.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run the stages even when they are up to date.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the resolved configuration and stop.")] = False,
) -> None:
    """Run the whole line: data, split, train, evaluate, export, quantize, bundle, latency, robustness, report.

    Results go to OUTPUT_DIR/NAME, a folder a stage. A stage whose inputs, configuration and code are unchanged is
    skipped; an interrupted training goes on at its last finished epoch.

    Examples:
        roadgrip run configs/demo.yaml

        roadgrip run configs/demo.yaml --set train.epochs=3 --to train

        roadgrip run configs/roads.yaml --set data.source.path=/data/roads --set train.weights=mobilenet.pth
    """
    from pipeline.stages.config import RunConfig
    from pipeline.stages.loading import load_config, to_yaml
    from pipeline.stages.runner import run_stages, total_seconds

    resolved = load_config(config, overrides or [], RunConfig)
    if dry_run:
        OUT.print(to_yaml(resolved), end="", markup=False, highlight=False)
        return
    outcomes = run_stages(resolved, first=first, last=last, force=force, progress=bars)
    if all(outcome.action != "ran" for outcome in outcomes):
        OUT.print("nothing to do: every stage is up to date", markup=False)
    table(
        f"{resolved.name}: stages",
        ("stage", "", "seconds", "artifact"),
        [
            (item.stage, item.action, f"{item.seconds:.1f}" if item.action == "ran" else "", str(item.artifact))
            for item in outcomes
        ],
        right=(2,),
    )
    if outcomes[-1].stage == "report":
        _summarise({item.stage: item.artifact for item in outcomes}, resolved.name)
        OUT.print(f"all stages together took {total_seconds(resolved, outcomes):.0f} s", markup=False)


def _summarise(artifacts: dict[str, Path], name: str) -> None:
    """Print the key figures and where the report is."""
    from pipeline.report.artifact import HTML_FILE_NAME
    from pipeline.report.figures import key_figures
    from pipeline.stages.table import report_inputs

    figures = key_figures(report_inputs(artifacts))
    table(f"{name}: key figures", ("figure", "value", "note"), [(item.name, item.value, item.note) for item in figures])
    OUT.print(f"report: {artifacts['report'].with_name(HTML_FILE_NAME)}", markup=False)
