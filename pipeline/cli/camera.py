"""Offer `roadgrip export camera`."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_tools.errors import InputError, MissingDependencyError
from pipeline.cli.console import OUT, bars
from pipeline.cli.device import BundleArgument, KeyOption, VariantOption

if TYPE_CHECKING:
    from export.graph.camera_file import CameraGraph


class FrameColor(str, Enum):
    """Name the channel orders of a frame."""

    RGB = "rgb"
    BGR = "bgr"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(camera)


def camera(
    bundle: BundleArgument,
    size: Annotated[str, typer.Option("--camera", metavar="WIDTHxHEIGHT", help="The frames' size, such as 1280x720.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The ONNX file to write.")],
    variant: VariantOption = "fp32",
    color: Annotated[
        FrameColor | None, typer.Option(help="The frames' channel order; cv2 gives bgr (default: the bundle's).")
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(
            min=0,
            help="Largest difference of a probability from the bundle's, and of a distance as a share of the largest. "
            "The resize differs from OpenCV's by one grey level, which int8 may turn into a little more than float.",
        ),
    ] = 0.01,
    key: KeyOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier result of this command.")] = False,
) -> None:
    """Write a graph that takes whole camera frames, (B, height, width, 3) uint8: resize, colour order and network.

    For programs that run one graph and nothing else, TensorRT's among them. Before the file is written, the bundle's
    golden pictures, enlarged to the camera's size, and random frames go through it and through the bundle's own way:
    samples at model size must agree within one grey level, and probabilities within the tolerance. On a CPU it is
    slower than the resize outside (docs/camera.md). Needs the package onnx, which the extra `train` brings; torch is
    not needed. Nothing of it was run on a GPU by us.

    Example: roadgrip export camera runs/demo/bundle --variant int8 --camera 1280x720 --out road.1280x720.onnx
    """
    from pipeline.stages.requirements import installed

    if not installed("onnx"):
        raise MissingDependencyError(
            "roadgrip export camera needs onnx, not installed here; run: pip install onnx, or in the checkout: "
            "pip install '.[train]'"
        )
    from data_tools.artifacts.atomic import write_bytes
    from export.graph.camera_file import make_camera_graph
    from export.graph.camera_input import parse_camera_size
    from export.runtime.bundle import open_bundle

    frames = parse_camera_size(size)
    _check_free(out, overwrite)
    with bars() as progress:
        made = make_camera_graph(
            open_bundle(bundle, key),
            variant,
            frames,
            color.value if color is not None else None,
            tolerance=tolerance,
            progress=progress,
        )
    try:
        write_bytes(out, made.data)
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror}); choose another place") from error
    _show(made, out)


def _check_free(out: Path, overwrite: bool) -> None:
    """Raise unless a result may stand at `out`."""
    from export.graph.camera_file import is_camera_graph

    if not out.exists() and not out.is_symlink():
        return
    if out.is_dir() or out.is_symlink():
        raise InputError(f"{out}: expected the name of a file to write, got a folder or a link")
    if not overwrite:
        raise InputError(f"{out}: is there already; choose another name, or pass --overwrite")
    if not is_camera_graph(out):
        raise InputError(f"{out}: --overwrite replaces earlier results only, and this file is not one")


def _show(made: "CameraGraph", out: Path) -> None:
    """Print what the graph takes, what was compared, and how to run it."""
    from export.engine.options import BatchRange, EngineOptions
    from export.engine.trtexec import MAJORS, trtexec_command

    takes, proof, check = made.takes, made.proof, made.proof.probabilities
    batch = "B" if made.batch is None else str(made.batch)
    size_mib = len(made.data) / 2**20
    shape = f"({batch}, {takes.height}, {takes.width}, 3) uint8 {takes.color.upper()}"
    share = f"{100 * proof.share_of_samples_differing:.2g} % of them differ"
    same = f"{check.argmax_equal} of {check.pictures} classes equal"
    allowed = f"(allowed {check.tolerance:g})"
    lines = [
        f"{out}: {takes.variant}, {made.input_name} {shape}, {size_mib:.2f} MiB",
        f"compared on {proof.golden_frames} golden pictures and {proof.random_frames} random frames:",
        f"  samples at model size: {proof.max_grey_levels:g} of 255 at most (allowed 1), {share}",
        f"  probabilities: max |Δp| {check.max_abs_probability_difference:.2g} {allowed}, {same}",
        f"  distances: {proof.max_distance_difference:.2g} of the largest at most {allowed}",
        "run it in Python:",
        f"  session = onnxruntime.InferenceSession({str(out)!r})",
        f"  (logits,) = session.run(['logits'], {{{made.input_name!r}: frames}})",
        f"  # the bundle's probabilities are softmax(logits / {takes.temperature:.6g})",
    ]
    if "tensorrt" in made.variant.back_ends:
        size = made.batch or 1
        options = EngineOptions(batch=BatchRange(min=size, opt=size, max=size))
        sides = (takes.height, takes.width, 3)
        fixed = made.batch is not None
        for major in MAJORS:
            plan = str(out.with_suffix(".plan"))
            line = trtexec_command(
                options, str(out), plan, input_name=made.input_name, shape=sides, major=major, fixed_batch=fixed
            )
            lines += [f"# TensorRT {major}", line]
    for line in lines:
        OUT.print(line, markup=False, highlight=False)
