from pathlib import Path
from typing import Literal

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


@pytest.mark.parametrize(
    ("name", "embedding", "head"),
    [
        ("mobilenet_v3_small", None, "linear"),
        ("mobilenet_v3_small", 8, "nearest_center"),
        ("resnet18_32", 8, "linear"),
        ("timm/test_resnet", None, "nearest_center"),
    ],
)
def test_every_network_comes_back(
    tmp_path: Path, name: str, embedding: int | None, head: Literal["linear", "nearest_center"]
) -> None:
    if name.startswith("timm/"):
        pytest.importorskip("timm")
    network = build_network(NetworkSpec(name=name, embedding_dim=embedding, num_classes=3, head=head))
    network(torch.randn(4, 3, 64, 64))  # the statistics are not those of the start
    path, _ = make_checkpoint(tmp_path)
    save_weights(network.state_dict(), tmp_path / "model.safetensors")
    weights = file_ref(tmp_path / "model.safetensors", tmp_path)
    artifact = load_artifact(CheckpointArtifact, path)
    save_artifact(artifact.model_copy(update={"weights": weights, "network": network.spec}), path)
    _, loaded = load_checkpoint(path)
    state = network.state_dict()
    assert loaded.spec == network.spec
    assert state.keys() == loaded.state_dict().keys()
    assert all(torch.equal(value, state[key]) for key, value in loaded.state_dict().items())
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(loaded(pictures).logits, network.eval()(pictures).logits)


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
    other = build_network(NetworkSpec(name="mobilenet_v3_small", embedding_dim=8, num_classes=3, head="linear"))
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
