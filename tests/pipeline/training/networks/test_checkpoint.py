from pathlib import Path

import pytest
import torch

from data_tools.artifacts.model import file_ref, load_artifact, save_artifact
from data_tools.errors import CheckFailedError, InputError
from pipeline.training.artifact import CheckpointArtifact, NetworkSpec
from pipeline.training.networks import build_network, load_checkpoint
from pipeline.training.networks.checkpoint import save_weights
from tests.pipeline.training.untrained import make_checkpoint


def test_a_checkpoint_gives_the_same_network_in_eval_mode(tmp_path: Path) -> None:
    path, network = make_checkpoint(tmp_path)
    artifact, loaded = load_checkpoint(path)
    assert not loaded.training
    assert artifact.network == network.spec
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        for ours, theirs in zip(loaded(pictures), network.eval()(pictures), strict=True):
            assert torch.equal(ours, theirs)


def test_a_changed_weights_file_is_noticed(tmp_path: Path) -> None:
    path, _ = make_checkpoint(tmp_path)
    weights = tmp_path / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))
    with pytest.raises(CheckFailedError, match=r"model\.safetensors: changed after it was written"):
        load_checkpoint(path)


def test_weights_of_another_network_are_an_error(tmp_path: Path) -> None:
    path, _ = make_checkpoint(tmp_path)
    other = build_network(NetworkSpec(name="mobilenet_v3_small", embedding_dim=8, num_classes=3))
    save_weights(other.state_dict(), tmp_path / "model.safetensors")
    artifact = load_artifact(CheckpointArtifact, path)
    changed = artifact.model_copy(update={"weights": file_ref(tmp_path / "model.safetensors", tmp_path)})
    save_artifact(changed, path)
    with pytest.raises(InputError, match=r"embedding.weight: expected shape \(16, 1024\), found \(8, 1024\)"):
        load_checkpoint(path)


def test_a_file_that_is_no_safetensors_is_an_error(tmp_path: Path) -> None:
    path, _ = make_checkpoint(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not weights at all")
    artifact = load_artifact(CheckpointArtifact, path)
    changed = artifact.model_copy(update={"weights": file_ref(tmp_path / "model.safetensors", tmp_path)})
    save_artifact(changed, path)
    with pytest.raises(InputError, match="expected a safetensors file"):
        load_checkpoint(path)
