"""Offer `roadgrip doctor`."""

import typer

from pipeline.cli.console import OUT, table


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor() -> None:
    """Say what is installed, which back ends work on this machine, and why the others do not."""
    from benchmarks.host import fingerprint
    from pipeline.cli.diagnosis import backends, packages

    host = fingerprint()
    OUT.print(
        f"{host.cpu}, {host.architecture}, {host.usable_cores} of {host.logical_cores} cores usable, "
        f"{host.memory_mib or '?'} MiB; int8 and vector flags: {', '.join(host.cpu_flags) or 'none known'}; "
        f"{host.operating_system}; Python {host.python}",
        markup=False,
        highlight=False,
    )
    table("packages", ("package", "version", "extra", "state"), [tuple(item) for item in packages()])
    table("back ends", ("back end", "works", "detail"), [tuple(item) for item in backends()])
