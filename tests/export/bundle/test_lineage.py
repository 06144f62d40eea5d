from pathlib import Path

import pytest

from data_tools.artifacts.hashing import sha256_file, sha256_json
from data_tools.artifacts.model import load_artifact
from data_tools.errors import CheckFailedError
from export.artifact import OnnxArtifact
from export.bundle.lineage import checkpoint_of, lineage_of_bundle, parents_of
from pipeline.training.artifact import CheckpointArtifact


def test_lineage_is_complete_nearest_first_and_names_no_file_that_holds_paths(
    onnx_path: Path, checkpoint_path: Path, split_path: Path
):
    checkpoint = load_artifact(CheckpointArtifact, checkpoint_path)
    found = lineage_of_bundle(onnx_path, split_path, checkpoint)
    assert [item.kind for item in found] == ["checkpoint", "split", "dataset", "configuration", "code"]
    files = (checkpoint_path, split_path, split_path.parent / "dataset.json")
    for item, path in zip(found, files, strict=False):
        assert item.sha256 == sha256_file(path)
        assert item.summary.startswith(f"{path.name} by ")
    assert found[3].sha256 == sha256_json(checkpoint.settings)
    assert [item.kind for item in lineage_of_bundle(onnx_path, split_path, None)][3:] == ["code"]


def test_paths_are_kept_within_a_run_alone(onnx_path: Path, split_path: Path, tmp_path: Path):
    parent = checkpoint_of(load_artifact(OnnxArtifact, onnx_path), onnx_path)
    far = parents_of(parent, onnx_path, split_path, tmp_path / "a" / "bundle")
    assert [(item.role, item.path) for item in far] == [("checkpoint", "checkpoint.json"), ("split", "split.json")]
    near = parents_of(parent, onnx_path, split_path, split_path.parent.parent / "bundle")
    assert near[1].path == f"../{split_path.parent.name}/split.json"
    assert [item.sha256 for item in near] == [item.sha256 for item in far] == [parent.sha256, sha256_file(split_path)]


def test_a_changed_ancestor_is_refused(onnx_path: Path, checkpoint_path: Path, split_path: Path):
    before = checkpoint_path.read_text()
    try:
        checkpoint_path.write_text(before + " ")
        with pytest.raises(CheckFailedError, match=r"checkpoint\.json: changed after something was made from it"):
            lineage_of_bundle(onnx_path, split_path, None)
    finally:
        checkpoint_path.write_text(before)


def test_onnx_json_must_name_its_checkpoint(onnx_path: Path):
    source = load_artifact(OnnxArtifact, onnx_path).model_copy(update={"parents": ()})
    with pytest.raises(CheckFailedError, match=r"onnx\.json: expected one parent with the role checkpoint, got 0"):
        checkpoint_of(source, onnx_path)
