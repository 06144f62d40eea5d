"""Check that a graph takes and gives what the manifest says."""

import json

import onnxruntime
from pydantic import ValidationError

from data_tools.errors import CheckFailedError
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.validation import describe
from export.runtime.manifest import BundleManifest

CLASSES_KEY = "roadgrip.classes"
PREPROCESSING_KEY = "roadgrip.preprocessing"
LOGITS, PROBABILITIES = "logits", "probabilities"


def check_graph(session: onnxruntime.InferenceSession, manifest: BundleManifest, label: str) -> str:
    """Compare a graph's input, outputs and metadata with the manifest.

    Args:
        session: The opened graph.
        manifest: The bundle's manifest.
        label: What to call the graph's file in messages.

    Returns:
        The name of the graph's input.

    Raises:
        CheckFailedError: The input is not (B, H, W, 3) uint8 with free B, an output is missing, or the classes or
            the preprocessing in the graph's metadata are not the manifest's.
    """
    _check_outputs(session, len(manifest.classes), label)
    _check_metadata(dict(session.get_modelmeta().custom_metadata_map), manifest, label)
    return _check_input(session, manifest.preprocessing, label)


def _check_input(session: onnxruntime.InferenceSession, spec: PreprocessingSpec, label: str) -> str:
    """Check the one input, and return its name."""
    inputs = session.get_inputs()
    wanted = ["B", spec.height, spec.width, 3]
    if len(inputs) != 1:
        raise CheckFailedError(f"{label}: expected one input, got {[item.name for item in inputs]}")
    shape = list(inputs[0].shape)
    free_batch = len(shape) == 4 and not isinstance(shape[0], int)
    if inputs[0].type != "tensor(uint8)" or not free_batch or shape[1:] != wanted[1:]:
        raise CheckFailedError(f"{label}: expected a tensor(uint8) input {wanted}, got {inputs[0].type} {shape}")
    return str(inputs[0].name)


def _check_outputs(session: onnxruntime.InferenceSession, num_classes: int, label: str) -> None:
    """Check that logits and probabilities are there, as (B, C) float32."""
    outputs = {item.name: item for item in session.get_outputs()}
    for name in (LOGITS, PROBABILITIES):
        if name not in outputs:
            raise CheckFailedError(f"{label}: expected an output '{name}', the graph has {sorted(outputs)}")
        shape, kind = list(outputs[name].shape), outputs[name].type
        if kind != "tensor(float)" or len(shape) != 2 or (isinstance(shape[1], int) and shape[1] != num_classes):
            raise CheckFailedError(
                f"{label}: expected the output '{name}' as tensor(float) ['B', {num_classes}], got {kind} {shape}"
            )


def _check_metadata(metadata: dict[str, str], manifest: BundleManifest, label: str) -> None:
    """Check the classes and the preprocessing that travel in the graph."""
    for key in (CLASSES_KEY, PREPROCESSING_KEY):
        if key not in metadata:
            raise CheckFailedError(f"{label}: expected the metadata key {key}, the graph has {sorted(metadata)}")
    try:
        classes = json.loads(metadata[CLASSES_KEY])
    except json.JSONDecodeError as error:
        raise CheckFailedError(f"{label}: the metadata {CLASSES_KEY} is no JSON") from error
    if classes != list(manifest.classes):
        raise CheckFailedError(f"{label}: the graph's classes are {classes}, the manifest's {list(manifest.classes)}")
    try:
        spec = PreprocessingSpec.model_validate_json(metadata[PREPROCESSING_KEY])
    except ValidationError as error:
        raise CheckFailedError(
            f"{label}: the metadata {PREPROCESSING_KEY} does not fit: {describe(error, PreprocessingSpec)}"
        ) from error
    if spec != manifest.preprocessing:
        keys = [key for key, value in spec if value != getattr(manifest.preprocessing, key)]
        raise CheckFailedError(f"{label}: the graph's preprocessing differs from the manifest's in {', '.join(keys)}")
