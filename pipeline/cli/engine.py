"""Offer `roadgrip export engine`."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_tools.errors import InputError
from pipeline.cli.console import OUT, bars, table
from pipeline.cli.device import BundleArgument
from pipeline.cli.options import ForceOption
from pipeline.cli.sections import result_folder

if TYPE_CHECKING:
    from export.engine.options import EngineOptions
    from export.runtime.bundle import OpenBundle
    from export.runtime.graph_contract import GraphInput


class EngineVariant(str, Enum):
    """Name the variants that are made for TensorRT."""

    FP16 = "fp16"
    INT8 = "int8-trt"


class Hardware(str, Enum):
    """Name the GPUs, beside the one of the build, that may load a plan."""

    NONE = "none"
    AMPERE_PLUS = "ampere-plus"
    SAME_COMPUTE_CAPABILITY = "same-compute-capability"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(engine)


def engine(
    bundle: BundleArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the plan and what describes it.")] = None,
    variant: Annotated[EngineVariant, typer.Option(help="Graph to build.")] = EngineVariant.FP16,
    batch: Annotated[
        str | None,
        typer.Option(
            metavar="MIN,OPT,MAX",
            help="Batch sizes of the optimisation profile; kernels suit OPT (default: 1,1,16, or the graph's own where "
            "that is fixed).",
        ),
    ] = None,
    workspace_mib: Annotated[
        int | None, typer.Option(min=1, help="Scratch memory a kernel may ask for, MiB (default: TensorRT's).")
    ] = None,
    timing_cache: Annotated[
        Path | None, typer.Option(help="File of kernel timings: read if it exists, written back after the build.")
    ] = None,
    dla: Annotated[
        int | None, typer.Option(min=0, help="Run what it can on this DLA core, the rest on the GPU; needs MIN = MAX.")
    ] = None,
    version_compatible: Annotated[
        bool, typer.Option("--version-compatible", help="The plan loads in later TensorRT versions too.")
    ] = False,
    hardware_compatible: Annotated[Hardware, typer.Option(help="Other GPUs that may load the plan.")] = Hardware.NONE,
    optimization_level: Annotated[int, typer.Option(min=0, max=5, help="Higher builds longer for faster kernels.")] = 3,
    repeat_builds: Annotated[
        int, typer.Option(min=0, max=10, help="Further builds that are compared with the first.")
    ] = 1,
    tolerance: Annotated[
        float, typer.Option(help="Largest difference of a golden picture's probability from the bundle's.")
    ] = 0.02,
    print_trtexec: Annotated[
        bool, typer.Option("--print-trtexec", help="Print the trtexec lines that build the same, and do nothing else.")
    ] = False,
    overwrite: ForceOption = False,
) -> None:
    """Build a TensorRT engine on this device, and check it at once against the bundle's golden pictures.

    Writes the plan, its JSON sidecar, the builder's log and the layer report; then builds again and says how far two
    builds differ. A plan belongs to the GPU and the TensorRT version that built it. Needs the extra `tensorrt` and an
    NVIDIA GPU. The makers of this program had neither: this command was checked against TensorRT's documented
    interface, but never executed on a GPU by us (docs/tensorrt.md).

    Example: roadgrip export engine runs/demo/bundle --out engine --variant int8-trt --timing-cache timing.bin
    """
    from pydantic import ValidationError

    from data_tools.validation import describe
    from export.engine.artifact import sidecar_name
    from export.engine.graph_input import graph_input
    from export.engine.options import BatchRange, EngineOptions
    from export.runtime.bundle import find_variant, open_bundle, read_file

    opened = open_bundle(bundle)
    graph = find_variant(opened, variant.value).file
    taken = graph_input(read_file(opened, graph), str(opened.file(graph)))
    try:
        options = EngineOptions(
            batch=BatchRange.fitting(batch, taken, str(opened.file(graph))),
            workspace_mib=workspace_mib,
            timing_cache=str(timing_cache) if timing_cache is not None else None,
            dla_core=dla,
            version_compatible=version_compatible,
            hardware_compatible=hardware_compatible.value,
            optimization_level=optimization_level,
            repeat_builds=repeat_builds,
            tolerance=tolerance,
        )
    except ValidationError as error:
        raise InputError(f"engine: {describe(error, EngineOptions)}") from error
    if print_trtexec:
        _print_trtexec(opened, variant.value, options, out or Path(), taken)
        return
    if out is None:
        raise InputError("--out: expected the folder for the engine")
    major = _build(bundle, variant.value, options, out, overwrite)
    _print_trtexec(opened, variant.value, options, out, taken, major)
    OUT.print(str(out / sidecar_name(variant.value)), markup=False)


def _build(bundle: Path, variant: str, options: "EngineOptions", out: Path, overwrite: bool) -> int:
    """Build, check and show what came out; return TensorRT's major version."""
    from data_tools.artifacts.model import load_artifact
    from export.engine.artifact import EngineArtifact, sidecar_name
    from export.engine.requirements import require_engine_packages
    from export.engine.source import read_source
    from export.engine.stage import run

    require_engine_packages("roadgrip export engine")
    source = read_source(bundle, variant)
    name = sidecar_name(variant)
    failed_log = out.resolve().with_name(f"{out.resolve().name}.build.log")
    with result_folder(out, name, overwrite) as folder, bars() as progress:
        run(source, options, folder, failed_log, final_dir=out.resolve(), progress=progress)
    result = load_artifact(EngineArtifact, out / name)
    table(
        f"{variant} on {result.machine.gpu}, TensorRT {result.machine.tensorrt}: layers",
        ("layer", "computes in", "layers"),
        [(row.layer_type, row.precision, str(row.layers)) for row in result.precision],
        right=(2,),
    )
    checks = [("golden pictures against the bundle", result.golden.max_abs_probability_difference)]
    checks += [("a repeated build against the first", item.max_abs_probability_difference) for item in result.repeats]
    for what, difference in checks:
        OUT.print(f"{what}: max |Δp| {difference:.3g} (allowed {options.tolerance:g})", markup=False, highlight=False)
    if not result.graph_checked:
        OUT.print("the graph was not checked before the build: onnx is not installed here", markup=False)
    return int(result.machine.tensorrt.partition(".")[0])


def _print_trtexec(
    opened: "OpenBundle",
    variant: str,
    options: "EngineOptions",
    out: Path,
    taken: "GraphInput",
    major: int | None = None,
) -> None:
    """Print the trtexec line of one major version; of each that is known, where none is asked for or it is not."""
    from export.engine.artifact import plan_name
    from export.engine.trtexec import MAJORS, trtexec_command
    from export.runtime.bundle import find_variant

    spec = opened.manifest.preprocessing
    graph = str(opened.file(find_variant(opened, variant).file))
    if major not in {None, *MAJORS}:
        reason = "its trtexec is not known to us; here are the lines of the versions that are"
        OUT.print(f"# TensorRT {major}: {reason}", markup=False, highlight=False)
    for version in MAJORS if major not in MAJORS else (major,):
        line = trtexec_command(
            options,
            graph,
            str(out / plan_name(variant)),
            input_name=taken.name,
            shape=(spec.height, spec.width, 3),
            major=version,
            fixed_batch=taken.batch is not None,
        )
        OUT.print(f"# TensorRT {version}", markup=False, highlight=False)
        OUT.print(line, markup=False, highlight=False)
