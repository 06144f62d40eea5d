"""Check that a graph takes and gives what the manifest says."""

import json
from typing import NamedTuple

import onnxruntime
from pydantic import ValidationError

from data_tools.errors import CheckFailedError, InputError
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.validation import describe
from export.runtime.limits import MANIFEST_BYTES
from export.runtime.manifest import BundleManifest
from export.runtime.strict_json import parse

CLASSES_KEY = "roadgrip.classes"
PREPROCESSING_KEY = "roadgrip.preprocessing"
LOGITS, PROBABILITIES, FEATURE, DISTANCE = "logits", "probabilities", "feature", "centroid_distance"
OUTPUTS = (LOGITS, PROBABILITIES, FEATURE, DISTANCE)
"""In the graph's order."""
MAX_BATCH = 1024
"""Largest fixed batch; a smaller one is filled up to it."""


class GraphInput(NamedTuple):
    """Name a graph's one input.

    Attributes:
        name: What it is called.
        batch: Pictures that it takes at a time, or None where that is free.
    """

    name: str
    batch: int | None


def check_graph(session: onnxruntime.InferenceSession, manifest: BundleManifest, label: str) -> GraphInput:
    """Compare a graph's input, outputs and metadata with the manifest.

    Args:
        session: The opened graph.
        manifest: The bundle's manifest.
        label: What to call the graph's file in messages.

    Returns:
        The graph's input.

    Raises:
        CheckFailedError: The input is not (B, H, W, 3) uint8 with B free or fixed to 1..1024, an output is missing
            or has another size, the classes or the preprocessing (the colour order included) in the graph's metadata
            are not the manifest's, or a name is not UTF-8.
    """
    try:
        _check_metadata(dict(session.get_modelmeta().custom_metadata_map), manifest, label)
        found = _check_input(session, manifest.preprocessing, label)
        _check_outputs(session, manifest, found.batch, label)
    except UnicodeDecodeError as error:
        raise CheckFailedError(f"{label}: expected names and metadata in UTF-8, the graph has others") from error
    return found


def _check_input(session: onnxruntime.InferenceSession, spec: PreprocessingSpec, label: str) -> GraphInput:
    """Check the one input."""
    inputs = session.get_inputs()
    wanted = ["B", spec.height, spec.width, 3]
    if len(inputs) != 1:
        raise CheckFailedError(f"{label}: expected one input, got {_cut([item.name for item in inputs])}")
    shape = list(inputs[0].shape)
    batch_fits = len(shape) == 4 and (not isinstance(shape[0], int) or 1 <= shape[0] <= MAX_BATCH)
    if inputs[0].type != "tensor(uint8)" or not batch_fits or shape[1:] != wanted[1:]:
        raise CheckFailedError(f"{label}: expected a tensor(uint8) input {wanted}, got {inputs[0].type} {_cut(shape)}")
    return GraphInput(str(inputs[0].name), shape[0] if isinstance(shape[0], int) else None)


def _check_outputs(
    session: onnxruntime.InferenceSession, manifest: BundleManifest, batch: int | None, label: str
) -> None:
    """Check that all outputs are there as float32, (B, C) or for the feature (B, d)."""
    outputs = {item.name: item for item in session.get_outputs()}
    for name in OUTPUTS:
        if name not in outputs:
            raise CheckFailedError(f"{label}: expected an output '{name}', the graph has {_cut(sorted(outputs))}")
        width = manifest.feature_dim if name == FEATURE else len(manifest.classes)
        shape, kind = list(outputs[name].shape), outputs[name].type
        fits = len(shape) == 2 and all(
            not isinstance(found, int) or found == wanted for found, wanted in zip(shape, (batch, width), strict=True)
        )
        if kind != "tensor(float)" or not fits:
            first = "B" if batch is None else batch
            raise CheckFailedError(
                f"{label}: expected the output '{name}' as tensor(float) ['{first}', {width}], got {kind} {_cut(shape)}"
            )


def _check_metadata(metadata: dict[str, str], manifest: BundleManifest, label: str) -> None:
    """Check the classes and the preprocessing that travel in the graph."""
    for key in (CLASSES_KEY, PREPROCESSING_KEY):
        if key not in metadata:
            raise CheckFailedError(f"{label}: expected the metadata key {key}, the graph has {_cut(sorted(metadata))}")
    classes = _parse(metadata[CLASSES_KEY], f"{label}: the metadata {CLASSES_KEY}")
    if classes != list(manifest.classes):
        raise CheckFailedError(
            f"{label}: the graph's classes are {_cut(classes)}, the manifest's {_cut(list(manifest.classes))}"
        )
    value = _parse(metadata[PREPROCESSING_KEY], f"{label}: the metadata {PREPROCESSING_KEY}")
    try:
        spec = PreprocessingSpec.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        raise CheckFailedError(
            f"{label}: the metadata {PREPROCESSING_KEY} does not fit: {describe(error, PreprocessingSpec)}"
        ) from error
    if spec != manifest.preprocessing:
        keys = [key for key, value in spec if value != getattr(manifest.preprocessing, key)]
        raise CheckFailedError(f"{label}: the graph's preprocessing differs from the manifest's in {', '.join(keys)}")


def _parse(text: str, label: str) -> object:
    """Parse a metadata value as strictly as a manifest, for a stranger may have written it too."""
    data = text.encode()
    if len(data) > MANIFEST_BYTES:
        raise CheckFailedError(f"{label}: expected at most {MANIFEST_BYTES} bytes, got {len(data)}")
    try:
        return parse(data, label)
    except InputError as error:
        raise CheckFailedError(str(error)) from error


def _cut(value: object) -> str:
    """Return what a graph says, in at most 200 characters that no terminal obeys."""
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."
