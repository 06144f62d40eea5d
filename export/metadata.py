"""Write classes, preprocessing, outputs and lineage into a graph's metadata_props."""

import json
from collections.abc import Sequence
from pathlib import Path

import onnx

from data_tools.artifacts.lineage import ancestors
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.producer import PRODUCER
from export.runtime.graph_contract import CLASSES_KEY, PREPROCESSING_KEY

LINEAGE_KEY = "roadgrip.lineage"
PRODUCER_KEY = "roadgrip.producer"
OUTPUTS_KEY = "roadgrip.outputs"
CENTROIDS_KEY = "roadgrip.centroids"


def lineage_of(artifact_paths: Sequence[Path]) -> list[dict[str, str]]:
    """Return kind and sha256 of artifacts and of all they descend from, nearest first, each once.

    onnx.json is not named: it holds relative paths to its parents, and a graph's bytes must not depend on where it was
    made.
    """
    links = [link for path in artifact_paths for link in ancestors(path) if link.kind != "onnx"]
    return [{"kind": kind, "sha256": digest} for kind, digest in dict.fromkeys((x.kind, x.sha256) for x in links)]


def write_metadata(
    model: onnx.ModelProto,
    classes: tuple[str, ...],
    spec: PreprocessingSpec,
    lineage: list[dict[str, str]],
    centroids: str | None = None,
) -> None:
    """Replace the graph's metadata_props, in place; the names of its outputs are among them.

    Args:
        model: The graph.
        classes: In logit order.
        spec: What the graph takes: size, colour order, and the normalisation inside it.
        lineage: Kind and sha256 of all it descends from.
        centroids: Where the class centroids come from (`export.graph.centroids.Origin`); None: what the graph says of
            them already stays, as when it is quantised.
    """
    kept = next((item.value for item in model.metadata_props if item.key == CENTROIDS_KEY), None)
    origin = kept if centroids is None else centroids
    del model.metadata_props[:]
    onnx.helper.set_model_props(
        model,
        {
            CLASSES_KEY: json.dumps(list(classes)),
            PREPROCESSING_KEY: spec.model_dump_json(),
            OUTPUTS_KEY: json.dumps([item.name for item in model.graph.output]),
            **({} if origin is None else {CENTROIDS_KEY: origin}),
            LINEAGE_KEY: json.dumps(lineage),
            PRODUCER_KEY: PRODUCER,
        },
    )
