"""Offer the commands that run on a device without torch: `roadgrip predict` and `roadgrip verify`."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from export.runtime.limits import THREADS
from pipeline.cli.console import ERR, OUT, bars, table

BundleArgument = Annotated[Path, typer.Argument(help="The bundle's folder, or its manifest.json.")]
VariantOption = Annotated[str, typer.Option(help="Variant of the bundle, such as fp32 or int8.")]
KeyOption = Annotated[
    Path | None, typer.Option(help="Public key (PEM); the bundle must be signed with its private half.")
]
ProviderOption = Annotated[str, typer.Option(help="Where to run: cpu, cuda or tensorrt; never replaced in silence.")]
ThreadsOption = Annotated[
    int, typer.Option(min=0, max=THREADS, help="Threads within one operator; 0 leaves it to ONNX Runtime.")
]


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

    `in_distribution` says whether the picture is like those that the network knows: whether `distance`, from the
    picture's feature to the nearest class centre, is one that 99 % of the validation pictures keep.

    JSON is a list of {path, label, confidence, probabilities, distance, in_distribution}. Example:

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
            ("picture", "label", *(f"p({name})" for name in classifier.classes), "distance", "known"),
            [
                (entry.path, f"error: {entry.error}", *("" for _ in classifier.classes), "", "")
                if isinstance(entry, UnreadableEntry)
                else (
                    entry.path,
                    entry.label,
                    *(f"{entry.probabilities[name]:.3f}" for name in classifier.classes),
                    f"{entry.distance:.3g}",
                    "yes" if entry.in_distribution else "no",
                )
                for entry in entries
            ],
            right=range(2, 3 + len(classifier.classes)),
        )
    if unreadable:
        ERR.print(f"error: {unreadable} of {len(entries)} pictures could not be read", markup=False, highlight=False)
        raise typer.Exit(1)


def verify(
    bundle: BundleArgument,
    key: KeyOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on files that the manifest does not list.")] = False,
    provider: ProviderOption = "cpu",
    threads: ThreadsOption = 1,
) -> None:
    """Check a bundle on this machine: every file's sha256, and the golden pictures through every variant.

    With --key the bundle must also be signed with the private half of that key. `roadgrip bundle verify` is the same.

    Exit code 0 when all holds, 1 when a file was changed or a result differs. Example:

        roadgrip verify runs/demo/bundle
    """
    from export.runtime.verify import verify_bundle

    with bars() as progress:
        report = verify_bundle(
            bundle, key=key, strict=strict, provider=provider, threads=threads or None, progress=progress
        )
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
    for name in report.unlisted:
        OUT.print(f"not listed in the manifest: {name}", markup=False, highlight=False)
    OUT.print(_signature(report.signed, report.key_id), markup=False, highlight=False)
    OUT.print("verified", markup=False)


def _signature(signed: bool, key_id: str | None) -> str:
    """Say in a line what is known about a bundle's signature."""
    if not signed:
        return "not signed"
    return f"signature valid, key {key_id}" if key_id else "signature not checked: give --key public.pem"
