"""Offer the commands that run on a device without torch: `roadgrip predict` and `roadgrip verify`."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import ERR, OUT, bars, table

BundleArgument = Annotated[Path, typer.Argument(help="The bundle's folder, or its manifest.json.")]
VariantOption = Annotated[str, typer.Option(help="Variant of the bundle, such as fp32 or int8.")]
ProviderOption = Annotated[str, typer.Option(help="Where to run: cpu, cuda or tensorrt; never replaced in silence.")]
ThreadsOption = Annotated[int, typer.Option(min=0, help="Threads within one operator; 0 leaves it to ONNX Runtime.")]


class OutputFormat(str, Enum):
    """Say how predictions are printed."""

    TABLE = "table"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(predict)
    app.command()(verify)


def predict(
    bundle: BundleArgument,
    paths: Annotated[list[Path], typer.Argument(help="Pictures, or folders of pictures.")],
    variant: VariantOption = "fp32",
    output_format: Annotated[OutputFormat, typer.Option("--format", help="How to print.")] = OutputFormat.TABLE,
    provider: ProviderOption = "cpu",
    threads: ThreadsOption = 1,
    batch_size: Annotated[int, typer.Option(min=1, help="Pictures a run.")] = 16,
) -> None:
    """Classify pictures. An unreadable file is an entry with `error`; the exit code is then 1.

    JSON is a list of {path, label, confidence, probabilities}. Example:

        roadgrip predict runs/demo/bundle photos/ --variant int8 --format json
    """
    from export.runtime.predict import UnreadableEntry, entries_json, predict_paths
    from export.runtime.session import Classifier

    classifier = Classifier.open(bundle, variant, threads=threads or None, provider=provider)
    with bars() as progress:
        entries = predict_paths(classifier, paths, batch_size, progress)
    unreadable = sum(isinstance(entry, UnreadableEntry) for entry in entries)
    if output_format is OutputFormat.JSON:
        typer.echo(entries_json(entries), nl=False)
    else:
        table(
            f"{classifier.manifest.name}, {variant}",
            ("picture", "label", *(f"p({name})" for name in classifier.classes)),
            [
                (entry.path, f"error: {entry.error}", *("" for _ in classifier.classes))
                if isinstance(entry, UnreadableEntry)
                else (entry.path, entry.label, *(f"{entry.probabilities[name]:.3f}" for name in classifier.classes))
                for entry in entries
            ],
            right=range(2, 2 + len(classifier.classes)),
        )
    if unreadable:
        ERR.print(f"error: {unreadable} of {len(entries)} pictures could not be read", markup=False, highlight=False)
        raise typer.Exit(1)


def verify(bundle: BundleArgument, provider: ProviderOption = "cpu", threads: ThreadsOption = 1) -> None:
    """Check a bundle on this machine: every file's sha256, and the golden pictures through every variant.

    Exit code 0 when all holds, 1 when a file was changed or a result differs. Example:

        roadgrip verify runs/demo/bundle
    """
    from export.runtime.verify import verify_bundle

    with bars() as progress:
        report = verify_bundle(bundle, provider=provider, threads=threads or None, progress=progress)
    table(
        f"{report.bundle}: {report.files} files unchanged",
        ("variant", "golden pictures", "same class", "max |Δp|", "allowed", "passed"),
        [
            (
                item.variant,
                str(item.pictures),
                str(item.argmax_equal),
                f"{item.max_abs_probability_difference:.2g}",
                f"{item.tolerance:g}",
                "yes" if item.passed else "no",
            )
            for item in report.variants
        ],
        right=range(1, 5),
    )
    OUT.print("verified", markup=False)
