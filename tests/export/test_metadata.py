import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.producer import PRODUCER
from export.metadata import lineage_of, write_metadata
from tests.export.hand_made import make_model, node


def test_lineage_names_each_ancestor_once_nearest_first(split_path: Path, checkpoint_path: Path):
    split = {"kind": "split", "sha256": sha256_file(split_path)}
    dataset = {"kind": "dataset", "sha256": sha256_file(split_path.parent / "dataset.json")}
    checkpoint = {"kind": "checkpoint", "sha256": sha256_file(checkpoint_path)}
    assert lineage_of([split_path]) == [split, dataset]
    assert lineage_of([checkpoint_path, split_path]) == [checkpoint, split, dataset]


def found_in(model: onnx.ModelProto) -> dict[str, str]:
    found = {item.key: item.value for item in model.metadata_props}
    assert len(found) == len(model.metadata_props)
    return found


@pytest.fixture
def model() -> onnx.ModelProto:
    nodes = [node("Add", ["x", "one"], ["y"]), node("Neg", ["y"], ["z"])]
    return make_model(nodes, {"x": [2]}, {"y": [2], "z": [2]}, {"one": np.ones(2, dtype=np.float32)})


def test_written_metadata_replaces_what_was_there(model: onnx.ModelProto):
    spec = PreprocessingSpec(height=40, width=50, interpolation="linear", color="bgr")
    onnx.helper.set_model_props(model, {"stale": "note"})
    write_metadata(model, ("old", "stale"), spec, [{"kind": "x", "sha256": "0"}], "measured")
    write_metadata(model, ("a", "b ü"), spec, [], "trained")
    found = found_in(model)
    keys = ("classes", "preprocessing", "outputs", "centroids", "lineage", "producer")
    assert set(found) == {f"roadgrip.{key}" for key in keys}
    assert json.loads(found["roadgrip.classes"]) == ["a", "b ü"]
    assert PreprocessingSpec.model_validate_json(found["roadgrip.preprocessing"]) == spec
    assert json.loads(found["roadgrip.preprocessing"])["color"] == "bgr"
    assert json.loads(found["roadgrip.outputs"]) == ["y", "z"]
    assert found["roadgrip.centroids"] == "trained"
    assert json.loads(found["roadgrip.lineage"]) == []
    assert found["roadgrip.producer"] == PRODUCER


def test_the_origin_of_the_centroids_outlives_a_rewrite_that_does_not_know_it(model: onnx.ModelProto):
    spec = PreprocessingSpec(height=40, width=50)
    write_metadata(model, ("a", "b"), spec, [])
    assert "roadgrip.centroids" not in found_in(model)
    write_metadata(model, ("a", "b"), spec, [], "head")
    write_metadata(model, ("a", "b"), spec, [])
    assert found_in(model)["roadgrip.centroids"] == "head"
