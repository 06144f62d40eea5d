"""Start the command line: `roadgrip`."""

import logging
import sys

import typer
from rich.logging import RichHandler

from data_tools.errors import InputError, RoadgripError
from data_tools.version import __version__
from pipeline.cli import (
    bench,
    bundle,
    card,
    compare,
    data,
    data_check,
    device,
    doctor,
    export,
    lineage,
    preview,
    report,
    run,
    synth,
    train,
)
from pipeline.cli.console import ERR, OUT

_HELP = """Road pictures in, a verified dry / wet / snow classifier out.

The whole line: **roadgrip run configs/demo.yaml**. Each stage has a command of its own, and every result is a folder
with a JSON file that names its parents by sha256. Exit codes: 0 fine, 1 a check failed or a picture was unreadable,
2 wrong input.
"""

app = typer.Typer(
    name="roadgrip",
    help=_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        OUT.print(f"roadgrip {__version__}")
        raise typer.Exit


@app.callback()
def options(
    quiet: bool = typer.Option(False, "--quiet", "-q", help="Show warnings and errors only."),
    version: bool = typer.Option(  # noqa: ARG001 - the callback acts
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Set up the log before any command."""
    logger = logging.getLogger("roadgrip")
    logger.handlers = [RichHandler(console=ERR, show_path=False, show_time=False, markup=False)]
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
    logger.propagate = False


run.add_to(app)
for command in (data_check.check, card.card, synth.synth):
    data.app.command()(command)
app.add_typer(data.app, name="data")
preview.add_to(app)
train.add_to(app)
compare.add_to(app)
app.add_typer(export.app, name="export")
app.add_typer(bench.app, name="bench")
device.add_to(app)
app.add_typer(bundle.app, name="bundle")
report.add_to(app)
lineage.add_to(app)
doctor.add_to(app)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; errors that the user can act on become one line on standard error.

    Args:
        arguments: What to parse instead of sys.argv.
    """
    try:
        app(args=arguments, prog_name="roadgrip")
    except RoadgripError as error:
        ERR.print(f"error: {' '.join(str(error).split())}", markup=False, highlight=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        ERR.print("stopped; the same command goes on where it can", markup=False)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:
        if error.filename is None and error.strerror is None:
            raise
        where = f"{error.filename}: " if error.filename is not None else ""
        ERR.print(f"error: {where}{error.strerror or error}", markup=False, highlight=False)
        sys.exit(InputError.exit_code)


if __name__ == "__main__":
    main()
