"""Offer `roadgrip export graphs`, `engine` and `camera`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from typer.core import TyperGroup

from data_tools.errors import InputError
from pipeline.cli import camera, engine
from pipeline.cli.console import OUT, bars, table
from pipeline.cli.options import ConfigOption, ForceOption, OutOption, SetOption
from pipeline.cli.sections import result_folder, section

if TYPE_CHECKING:
    from export.config import BundleConfig, QuantizeConfig
    from export.runtime.manifest import BundleManifest

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SECTIONS = ("export", "quantize", "bundle")


class _ExportGroup(TyperGroup):
    """Name the command that took the old one's place to who types `roadgrip export CHECKPOINT SPLIT`."""

    def parse_args(self, ctx: object, args: list[str]) -> list[str]:
        """Refuse what is neither a command nor a cry for help.

        Raises:
            InputError: The first word is none of the commands.
        """
        context = cast("typer.Context", ctx)  # typer's own base class has no public name
        if args and args[0] not in {*self.commands, *context.help_option_names}:
            raise InputError(
                f"roadgrip export: expected {' or '.join(self.commands)}, got '{args[0]}'; a checkpoint is exported by "
                "roadgrip export graphs CHECKPOINT SPLIT --out OUT"
            )
        return super().parse_args(context, args)


app = typer.Typer(
    cls=_ExportGroup, help="Export a checkpoint as a bundle, and build TensorRT engines from it.", no_args_is_help=True
)


@app.command()
def graphs(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint.json of `roadgrip train`.")],
    split: Annotated[
        Path, typer.Argument(help="split.json; calibration, validation, parity and golden pictures come from it.")
    ],
    out: OutOption,
    name: Annotated[str, typer.Option(help="The bundle's name.")] = "bundle",
    config: ConfigOption = None,
    overrides: SetOption = None,
    overwrite: ForceOption = False,
) -> None:
    """Export a checkpoint: OUT/export (fp32 and fp16), OUT/quantize (int8), OUT/bundle (what ships, verified).

    The fp32 graph is compared with torch on the test pictures. int8 recipes are searched on the calibration and
    validation part; what misses the budget there or on the test part does not ship (bundle.int8), and neither does an
    int8 that is not faster than fp32 on this machine.

    Example: roadgrip export graphs work/train/checkpoint.json work/split/split.json --out work/exported
    """
    from data_tools.artifacts.model import load_artifact
    from export.config import BundleConfig, ExportConfig, QuantizeConfig
    from export.runtime.manifest import BundleManifest
    from pipeline.stages.requirements import require

    chosen = {part: [text for text in overrides or [] if text.startswith(f"{part}.")] for part in _SECTIONS}
    unknown = [text for text in overrides or [] if text.partition(".")[0] not in _SECTIONS]
    exporting = section("export", ExportConfig, config, chosen["export"] + unknown)
    quantizing = section("quantize", QuantizeConfig, config, chosen["quantize"])
    bundling = section("bundle", BundleConfig, config, chosen["bundle"])
    _check(name, quantizing, bundling)
    require(["train"], "roadgrip export graphs")
    from export.bundle import stage as bundle
    from export.graph import stage as graph
    from export.quantize import stage as quantize

    with result_folder(out, "bundle/manifest.json", overwrite) as folder, bars() as progress:
        for part in _SECTIONS:
            (folder / part).mkdir()
        onnx = graph.run(exporting, checkpoint, split, folder / "export", progress)
        quantized = quantize.run(quantizing, onnx, checkpoint, split, folder / "quantize", progress=progress)
        path = bundle.run(bundling, onnx, quantized, split, folder / "bundle", name=name, progress=progress)
        manifest = load_artifact(BundleManifest, path)
    _show(manifest)
    OUT.print(f"{out / 'bundle'}", markup=False)


def _check(name: str, quantizing: "QuantizeConfig", bundling: "BundleConfig") -> None:
    """Refuse at the start what would fail after the search.

    Raises:
        InputError: The name is none for a bundle, or int8 must be faster but is not timed.
    """
    from export.config import check_timed

    if not _NAME.fullmatch(name):
        raise InputError(f"--name: expected letters, digits and . _ - after a letter or digit, got {name!r}")
    try:
        check_timed(quantizing, bundling)
    except ValueError as error:
        raise InputError(str(error)) from error


def _show(manifest: "BundleManifest") -> None:
    """Print what ships and what does not."""
    table(
        f"{manifest.name}: {manifest.variants[0].metrics.test_pictures} pictures of the test part",
        ("variant", "MiB", "accuracy", "as fp32", "ECE", "temperature"),
        [
            (
                item.name,
                f"{item.file.size_bytes / 2**20:.2f}",
                f"{100 * item.metrics.accuracy.value:.1f} %",
                f"{100 * item.metrics.agreement_with_fp32.value:.1f} %",
                f"{item.metrics.calibrated.ece:.3f}",
                f"{item.temperature:.3g}",
            )
            for item in manifest.variants
        ],
        right=range(1, 6),
    )
    for left in manifest.left_out:
        OUT.print(f"{left.name} is not in the bundle: {left.reason}", markup=False, highlight=False)


engine.add_to(app)
camera.add_to(app)
