"""Make a bundle's variant take whole camera frames, and prove that it answers as before."""

import json
from pathlib import Path
from typing import NamedTuple

import onnx
from google.protobuf.message import DecodeError

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.errors import CheckFailedError, InputError
from data_tools.progress import Progress, silent
from export.engine.graph_check import check_model
from export.graph.camera import with_camera_input
from export.graph.camera_input import CAMERA_KEY, CameraInput, CameraSize, Color
from export.graph.camera_proof import TOLERANCE, CameraProof, prove
from export.runtime.bundle import OpenBundle, find_variant, read_file, verify_files
from export.runtime.golden import golden_inputs
from export.runtime.graph_contract import check_graph
from export.runtime.manifest import Variant
from export.runtime.ort_session import create_session
from export.runtime.session import Classifier


class CameraGraph(NamedTuple):
    """Hold a finished graph, what it takes, and what was compared."""

    data: bytes
    input_name: str
    batch: int | None
    takes: CameraInput
    variant: Variant
    proof: CameraProof


def make_camera_graph(
    bundle: OpenBundle,
    variant: str,
    camera: CameraSize,
    color: Color | None = None,
    *,
    tolerance: float = TOLERANCE,
    progress: Progress = silent,
) -> CameraGraph:
    """Return a graph that takes frames of a camera, made from a variant; the same bundle gives the same bytes.

    The metadata stays, and gets `CAMERA_KEY`. A variant that is made for TensorRT is checked against TensorRT's rules
    once more.

    Args:
        bundle: Every file of it is compared with the manifest first.
        variant: Its name.
        camera: The frames' size.
        color: The frames' channel order; None: the graph's own.
        tolerance: See `export.graph.camera_proof.prove`.
        progress: Receives the number of frames compared.

    Raises:
        InputError: No such variant, or `with_camera_input` refuses the size or the graph.
        CheckFailedError: A file of the bundle was changed, TensorRT would refuse the result, or it does not answer as
            the bundle's variant does.
    """
    found = find_variant(bundle, variant)
    verify_files(bundle)
    label = str(bundle.file(found.file))
    source = read_file(bundle, found.file)
    session = create_session(source, label, 1, "cpu")
    given = check_graph(session, bundle.manifest, label)
    spec = bundle.manifest.preprocessing
    order: Color = color or spec.color
    try:
        framed = with_camera_input(_parse(source, label), spec, camera, order)
    except InputError as error:
        raise InputError(f"{label}: {error}") from error
    takes = CameraInput(
        width=camera.width,
        height=camera.height,
        color=order,
        variant=found.name,
        graph_sha256=sha256_bytes(source),
        temperature=found.temperature,
        ood_thresholds=found.ood_thresholds,
    )
    framed.metadata_props.add(key=CAMERA_KEY, value=json.dumps(takes.model_dump()))
    if "tensorrt" in found.back_ends:
        check_model(framed, f"{label} with frames of {camera}")
    data = framed.SerializeToString(deterministic=True)
    proof = prove(
        data,
        Classifier(session, given, bundle.manifest, found),
        golden_inputs(bundle),
        camera,
        order,
        tolerance=tolerance,
        progress=progress,
    )
    return CameraGraph(data, given.name, given.batch, takes, found, proof)


def is_camera_graph(path: Path) -> bool:
    """Tell whether a file is an earlier result: an ONNX file with `CAMERA_KEY` in its metadata."""
    try:
        model = onnx.load_from_string(path.read_bytes())
    except (OSError, DecodeError):
        return False
    return any(item.key == CAMERA_KEY for item in model.metadata_props)


def _parse(graph: bytes, label: str) -> onnx.ModelProto:
    """Read a graph.

    Raises:
        CheckFailedError: It is no ONNX file, although ONNX Runtime took it (it has a format of its own).
    """
    try:
        return onnx.load_from_string(graph)
    except DecodeError as error:
        raise CheckFailedError(f"{label}: expected an ONNX file, but it cannot be read as one") from error
