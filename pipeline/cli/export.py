"""Offer `roadgrip export`."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import OUT, bars
from pipeline.cli.options import ConfigOption, ForceOption, OutOption, SetOption
from pipeline.cli.sections import result_folder, section


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def export(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint.json of `roadgrip train`.")],
    split: Annotated[Path, typer.Argument(help="split.json; calibration, parity and golden pictures come from it.")],
    out: OutOption,
    name: Annotated[str, typer.Option(help="The bundle's name.")] = "bundle",
    config: ConfigOption = None,
    overrides: SetOption = None,
    overwrite: ForceOption = False,
) -> None:
    """Export a checkpoint: OUT/export (fp32 ONNX), OUT/quantize (int8), OUT/bundle (both, with golden pictures).

    The fp32 graph is compared with torch on the test pictures, int8 is calibrated on the calibration part alone.

    Example: roadgrip export work/train/checkpoint.json work/split/split.json --out work/exported
    """
    from export.config import BundleConfig, ExportConfig, QuantizeConfig
    from pipeline.stages.requirements import require

    chosen = {part: [text for text in overrides or [] if text.startswith(f"{part}.")] for part in _SECTIONS}
    unknown = [text for text in overrides or [] if text.partition(".")[0] not in _SECTIONS]
    exporting = section("export", ExportConfig, config, chosen["export"] + unknown)
    quantizing = section("quantize", QuantizeConfig, config, chosen["quantize"])
    bundling = section("bundle", BundleConfig, config, chosen["bundle"])
    require(["train"], "roadgrip export")
    from export.bundle import stage as bundle
    from export.graph import stage as graph
    from export.quantize import stage as quantize

    with result_folder(out, "bundle/manifest.json", overwrite) as folder, bars() as progress:
        for part in ("export", "quantize", "bundle"):
            (folder / part).mkdir()
        onnx = graph.run(exporting, checkpoint, split, folder / "export", progress)
        int8 = quantize.run(quantizing, onnx, split, folder / "quantize", progress)
        bundle.run(bundling, onnx, int8, split, folder / "bundle", name=name, progress=progress)
    OUT.print(f"{out / 'bundle'}", markup=False)


_SECTIONS = ("export", "quantize", "bundle")
