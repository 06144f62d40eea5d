import json
from pathlib import Path

import numpy as np

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


def test_written_metadata_replaces_what_was_there():
    model = make_model(
        [node("Add", ["x", "one"], ["y"])], {"x": [2]}, {"y": [2]}, {"one": np.ones(2, dtype=np.float32)}
    )
    spec = PreprocessingSpec(height=40, width=50, interpolation="linear")
    write_metadata(model, ("old", "stale"), spec, [{"kind": "x", "sha256": "0"}])
    write_metadata(model, ("a", "b ü"), spec, [])
    found = {item.key: item.value for item in model.metadata_props}
    assert len(model.metadata_props) == len(found) == 4
    assert json.loads(found["roadgrip.classes"]) == ["a", "b ü"]
    assert PreprocessingSpec.model_validate_json(found["roadgrip.preprocessing"]) == spec
    assert json.loads(found["roadgrip.lineage"]) == []
    assert found["roadgrip.producer"] == PRODUCER
