"""Write classes, preprocessing and lineage into a graph's metadata_props."""

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


def lineage_of(artifact_paths: Sequence[Path]) -> list[dict[str, str]]:
    """Return kind and sha256 of artifacts and of all they descend from, nearest first, each once."""
    links = [link for path in artifact_paths for link in ancestors(path)]
    return [{"kind": kind, "sha256": digest} for kind, digest in dict.fromkeys((x.kind, x.sha256) for x in links)]


def write_metadata(
    model: onnx.ModelProto, classes: tuple[str, ...], spec: PreprocessingSpec, lineage: list[dict[str, str]]
) -> None:
    """Replace the graph's metadata_props, in place."""
    del model.metadata_props[:]
    onnx.helper.set_model_props(
        model,
        {
            CLASSES_KEY: json.dumps(list(classes)),
            PREPROCESSING_KEY: spec.model_dump_json(),
            LINEAGE_KEY: json.dumps(lineage),
            PRODUCER_KEY: PRODUCER,
        },
    )
