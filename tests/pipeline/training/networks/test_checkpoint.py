from pathlib import Path
from typing import Literal

import pytest
import torch

from data_tools.artifacts.model import file_ref, load_artifact, save_artifact
from data_tools.errors import CheckFailedError, InputError
from pipeline.training.artifact import CheckpointArtifact, NetworkSpec
from pipeline.training.networks import build_network, load_checkpoint
from pipeline.training.networks.checkpoint import METHOD_PREFIX, load_method_state, save_weights
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


def with_method(path: Path, network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Store what a method keeps beside a checkpoint's network, and return it."""
    kept = {"loss.centroids": torch.randn(3, 16), "loss.seen": torch.tensor([True, False, True])}
    weights = path.parent / "model.safetensors"
    save_weights({**network.state_dict(), **{f"{METHOD_PREFIX}{name}": value for name, value in kept.items()}}, weights)
    artifact = load_artifact(CheckpointArtifact, path)
    save_artifact(artifact.model_copy(update={"weights": file_ref(weights, path.parent)}), path)
    return kept


def test_what_a_method_kept_comes_back_apart_from_the_network(tmp_path: Path) -> None:
    path, network = make_checkpoint(tmp_path)
    kept = with_method(path, network)
    found = load_method_state(path)
    assert found.keys() == kept.keys()
    assert all(torch.equal(found[name], value) for name, value in kept.items())
    assert found["loss.seen"].dtype == torch.bool
    _, loaded = load_checkpoint(path)
    assert loaded.state_dict().keys() == network.state_dict().keys()


def test_a_method_that_kept_nothing(tmp_path: Path) -> None:
    path, network = make_checkpoint(tmp_path)
    save_weights(network.state_dict(), tmp_path / "model.safetensors")
    weights = file_ref(tmp_path / "model.safetensors", tmp_path)
    save_artifact(load_artifact(CheckpointArtifact, path).model_copy(update={"weights": weights}), path)
    assert load_method_state(path) == {}


def test_a_changed_method_state_is_noticed(tmp_path: Path) -> None:
    path, network = make_checkpoint(tmp_path)
    with_method(path, network)
    data = bytearray((tmp_path / "model.safetensors").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "model.safetensors").write_bytes(bytes(data))
    for load in (load_method_state, load_checkpoint):
        with pytest.raises(CheckFailedError, match=r"model\.safetensors: changed after it was written"):
            load(path)


def test_a_checkpoint_that_does_not_read_rgb_is_refused(tmp_path: Path) -> None:
    path, _ = make_checkpoint(tmp_path)
    artifact = load_artifact(CheckpointArtifact, path)
    spec = artifact.preprocessing.model_copy(update={"color": "bgr"})
    save_artifact(artifact.model_copy(update={"preprocessing": spec}), path)
    with pytest.raises(InputError, match=r"checkpoint\.json: preprocessing\.color: expected rgb, .*got bgr"):
        load_checkpoint(path)
