"""Offer `roadgrip bench latency|robustness`; both run on a device without torch."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import OUT, bars, table
from pipeline.cli.device import BundleArgument
from pipeline.cli.options import ConfigOption, ForceOption, OutOption, SetOption
from pipeline.cli.sections import result_folder, section

app = typer.Typer(help="Measure the exported files on this device.", no_args_is_help=True)


@app.command()
def latency(
    bundle: BundleArgument,
    out: OutOption,
    config: ConfigOption = None,
    overrides: SetOption = None,
    overwrite: ForceOption = False,
) -> None:
    """Measure how long a decision takes: every variant, model only and from JPEG frame to label, interleaved.

    The row reference_again is the reference measured twice: how far its ratio is from 1 is this run's noise.

    Example: roadgrip bench latency runs/demo/bundle --out bench --set latency.threads=2
    """
    from benchmarks.latency.artifact import FILE_NAME, LatencyReport
    from benchmarks.latency.config import LatencyConfig
    from benchmarks.latency.stage import run
    from data_tools.artifacts.model import load_artifact
    from export.runtime.bundle import open_bundle

    settings = section("latency", LatencyConfig, config, overrides)
    manifest = open_bundle(bundle).manifest_path
    with result_folder(out, FILE_NAME, overwrite) as folder, bars() as progress:
        run(settings, manifest, folder, progress)
    result = load_artifact(LatencyReport, out / FILE_NAME)
    table(
        f"{result.bundle} on {result.host.cpu}, {result.provider}, {result.threads} thread(s), "
        f"{result.rounds} rounds; ms",
        ("variant", "mode", "p50", "p90", "p99", "min", "ratio", "MB"),
        [
            (
                row.variant,
                row.mode,
                *(f"{value:.2f}" for value in (row.p50_ms, row.p90_ms, row.p99_ms, row.min_ms, row.ratio_to_reference)),
                f"{result.size_bytes[row.variant] / 1e6:.2f}" if row.variant in result.size_bytes else "",
            )
            for row in result.rows
        ],
        right=range(2, 8),
    )
    OUT.print(str(out / FILE_NAME), markup=False)


@app.command()
def robustness(
    bundle: BundleArgument,
    split: Annotated[Path, typer.Argument(help="split.json; its test part is perturbed.")],
    out: OutOption,
    config: ConfigOption = None,
    overrides: SetOption = None,
    overwrite: ForceOption = False,
) -> None:
    """Measure the accuracy of the exported files under Gaussian noise and occlusion.

    Example: roadgrip bench robustness runs/demo/bundle runs/demo/split/split.json --out bench-robustness
    """
    from benchmarks.robustness.artifact import FILE_NAME, RobustnessReport
    from benchmarks.robustness.config import RobustnessConfig
    from benchmarks.robustness.stage import run
    from data_tools.artifacts.model import load_artifact
    from export.runtime.bundle import open_bundle

    settings = section("robustness", RobustnessConfig, config, overrides)
    manifest = open_bundle(bundle).manifest_path
    with result_folder(out, FILE_NAME, overwrite) as folder, bars() as progress:
        run(settings, manifest, split, folder, progress)
    result = load_artifact(RobustnessReport, out / FILE_NAME)
    table(
        f"{result.bundle}: accuracy on {result.pictures} {result.part} pictures, mean ± std over runs",
        ("variant", "perturbation", "severity", "accuracy", "95 %"),
        [
            (
                row.variant,
                row.perturbation,
                f"{row.severity:g}",
                f"{row.accuracy_mean:.4f} ± {row.accuracy_std:.4f}",
                f"{row.low:.3f}–{row.high:.3f}",
            )
            for row in result.rows
        ],
        right=range(2, 5),
    )
    OUT.print(str(out / FILE_NAME), markup=False)
