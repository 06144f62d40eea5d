import logging
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import InputError
from pipeline.training.artifact import NetworkSpec
from pipeline.training.networks import RoadNet, build_network
from pipeline.training.networks.weights import start_from

timm = pytest.importorskip("timm")
huggingface_hub = pytest.importorskip("huggingface_hub")


def tiny(embedding: int | None = None, classes: int = 3) -> RoadNet:
    return build_network(
        NetworkSpec(name="timm/test_resnet", embedding_dim=embedding, num_classes=classes, head="linear")
    )


def their_state(classes: int) -> dict[str, Tensor]:
    torch.manual_seed(classes)
    state: dict[str, Tensor] = timm.create_model("test_resnet", pretrained=False, num_classes=classes).state_dict()
    return state


def assert_body_is(network: RoadNet, state: dict[str, Tensor]) -> None:
    own = network.state_dict()
    names = [name for name in own if name.startswith("backbone.")]
    assert len(names) > 50
    assert all(torch.equal(own[name], state[name.removeprefix("backbone.body.")]) for name in names)


@pytest.mark.parametrize(
    ("classes", "embedding", "taken"), [(3, None, True), (3, 8, False), (7, None, False), (0, None, False)]
)
def test_a_file_with_timms_names(tmp_path: Path, classes: int, embedding: int | None, taken: bool) -> None:
    state = their_state(classes)
    safetensors.torch.save_file(state, tmp_path / "model.safetensors")
    network = tiny(embedding)
    head = network.head.weight.clone()
    start_from(network, str(tmp_path / "model.safetensors"))
    assert_body_is(network, state)
    assert torch.equal(network.head.weight, state["fc.weight"] if taken else head)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("conv1.0.weight", r"timm/test_resnet with timm's key names: conv1\.0\.weight: .*found no such key"),
        ("fc.bias", r"fc\.bias: expected shape \(3,\), found no such key"),
    ],
)
def test_the_first_misfit_is_named(tmp_path: Path, key: str, message: str) -> None:
    state = their_state(3)
    del state[key]
    torch.save(state, tmp_path / "weights.pth")
    with pytest.raises(InputError, match=message):
        start_from(tiny(), str(tmp_path / "weights.pth"))


def test_imagenet_takes_the_hubs_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = their_state(1000)
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(state, path)
    asked: list[tuple[str, str, bool]] = []

    def download(repository: str, name: str, *, local_files_only: bool = False) -> str:
        asked.append((repository, name, local_files_only))
        if local_files_only:
            raise huggingface_hub.errors.LocalEntryNotFoundError("not in the cache")
        return str(path)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    network = tiny()
    before = torch.get_rng_state()
    origin = start_from(network, "imagenet")
    assert torch.equal(torch.get_rng_state(), before)
    assert_body_is(network, state)
    repository = "timm/test_resnet.r160_in1k"
    assert asked == [(repository, "model.safetensors", True), (repository, "model.safetensors", False)]
    assert (origin.type, origin.detail) == ("imagenet", "timm/test_resnet.r160_in1k")
    assert origin.sha256 == sha256_file(path)


def test_a_damaged_download_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.safetensors"
    state = their_state(1000)
    del state["conv1.0.weight"]
    safetensors.torch.save_file(state, path)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", lambda *args, **kwargs: str(path))
    with pytest.raises(InputError, match=r"test_resnet\.r160_in1k.* could not be fetched.*conv1\.0\.weight"):
        start_from(tiny(), "imagenet")
    path.write_bytes(b"not weights at all")
    with pytest.raises(InputError, match=r"test_resnet\.r160_in1k.* could not be fetched"):
        start_from(tiny(), "imagenet")


def test_offline_says_how_to_give_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError, match=r"could not be fetched: .*--weights FILE.*'scratch'") as caught:
        start_from(tiny(), "imagenet")
    assert "\n" not in str(caught.value)
    with caplog.at_level(logging.WARNING, "roadgrip"):
        assert start_from(tiny(), "imagenet-or-scratch").type == "scratch"
    assert "random weights" in caplog.text


def test_a_network_without_pretrained_weights_says_so(caplog: pytest.LogCaptureFixture) -> None:
    spec = NetworkSpec(name="timm/convnext_atto_rms", embedding_dim=8, num_classes=3, head="linear")
    network = build_network(spec)
    with pytest.raises(InputError, match="no pretrained weights on the hub for convnext_atto_rms"):
        start_from(network, "imagenet")
    with caplog.at_level(logging.WARNING, "roadgrip"):
        assert start_from(network, "imagenet-or-scratch").type == "scratch"
    assert "random weights" in caplog.text


def test_a_network_of_several_classifiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "levit_128s"
    torch.manual_seed(0)
    state = timm.create_model(name, pretrained=False).state_dict()
    assert {"head.linear.weight", "head_dist.linear.weight"} <= state.keys()
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(state, path)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", lambda *args, **kwargs: str(path))
    network = build_network(NetworkSpec(name=f"timm/{name}", embedding_dim=8, num_classes=3, head="linear"))
    assert start_from(network, "imagenet").type == "imagenet"
    assert_body_is(network, state)
