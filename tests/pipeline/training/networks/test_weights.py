import logging
from pathlib import Path
from typing import NoReturn
from urllib.error import URLError

import pytest
import safetensors.torch
import torch
import torchvision
from torch import Tensor

from data_tools.errors import InputError
from pipeline.training.artifact import NetworkSpec
from pipeline.training.networks import RoadNet, build_network
from pipeline.training.networks.weights import start_from

REAL_FILE = Path(__file__).parents[5] / "shared" / "weights" / "mobilenet_v3_small_imagenet1001_tv.pth"


def small(embedding: int | None = 16, classes: int = 3) -> RoadNet:
    return build_network(
        NetworkSpec(name="mobilenet_v3_small", embedding_dim=embedding, num_classes=classes, head="linear")
    )


def their_state(classes: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(classes)
    state = torchvision.models.mobilenet_v3_small(weights=None, num_classes=classes).state_dict()
    return {
        name: torch.rand(value.shape, generator=generator) if value.is_floating_point() else value
        for name, value in state.items()
    }


@pytest.fixture
def weights_file(tmp_path: Path) -> Path:
    path = tmp_path / "tv1001.pth"
    torch.save(their_state(1001), path)
    return path


def offline(*args: object, **kwargs: object) -> NoReturn:
    raise URLError("no route to host")


def test_a_file_of_another_class_count_gives_the_body(weights_file: Path) -> None:
    network = small()
    head_before = network.head.weight.clone()
    origin = start_from(network, str(weights_file))
    state = their_state(1001)
    assert torch.equal(network.backbone.hidden.weight, state["classifier.0.weight"])
    assert all(
        torch.equal(value, state[f"features.{name}"]) for name, value in network.backbone.features.state_dict().items()
    )
    assert torch.equal(network.head.weight, head_before)
    assert (origin.type, origin.detail) == ("file", "tv1001.pth")
    assert origin.sha256 is not None


@pytest.mark.parametrize(("classes", "embedding", "taken"), [(3, None, True), (3, 16, False), (4, None, False)])
def test_the_last_layer_is_taken_where_it_fits(
    tmp_path: Path, classes: int, embedding: int | None, taken: bool
) -> None:
    path = tmp_path / "tv.safetensors"
    safetensors.torch.save_file(their_state(classes), path)
    network = small(embedding)
    start_from(network, str(path))
    theirs = their_state(classes)["classifier.3.weight"]
    assert (network.head.weight.shape == theirs.shape and torch.equal(network.head.weight, theirs)) == taken


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "features.0.0.weight",
            torch.zeros(16, 3, 5, 5),
            r"features.0.0.weight: expected shape \(16, 3, 3, 3\), found \(16, 3, 5, 5\)",
        ),
        ("classifier.0.bias", None, r"classifier.0.bias: expected shape \(1024,\), found no such key"),
        ("classifier.3.bias", None, r"classifier.3.bias: expected shape \(1001,\), found no such key"),
        ("classifier.3.weight", torch.zeros(1001, 7), r"expected shape \(1001, 1024\), found \(1001, 7\)"),
        ("extra", torch.zeros(2), r"extra: expected no such key, found one of shape \(2,\)"),
    ],
)
def test_the_first_misfit_is_named(weights_file: Path, key: str, value: Tensor | None, message: str) -> None:
    state = their_state(1001)
    if value is None:
        del state[key]
    else:
        state[key] = value
    torch.save(state, weights_file)
    with pytest.raises(InputError, match=message) as caught:
        start_from(small(), str(weights_file))
    assert "\n" not in str(caught.value)


def test_another_networks_file_is_an_error(weights_file: Path) -> None:
    large = build_network(NetworkSpec(name="mobilenet_v3_large", embedding_dim=16, num_classes=3, head="linear"))
    with pytest.raises(InputError, match="does not fit mobilenet_v3_large"):
        start_from(large, str(weights_file))


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("data", [b"", b"not weights at all", b"half"])
def test_a_damaged_file_is_a_one_line_error(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(data)
    with pytest.raises(InputError, match="cannot be read as one") as caught:
        start_from(small(), str(path))
    assert "\n" not in str(caught.value)


def test_a_file_without_tensors_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"state_dict": {}, "epoch": 3}, path)
    with pytest.raises(InputError, match="expected tensors by name, got 'state_dict': dict"):
        start_from(small(), str(path))


def test_no_code_runs_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save(small(), path)
    with pytest.raises(InputError, match="UnpicklingError"):
        start_from(small(), str(path))


def test_a_misspelt_word_is_an_error() -> None:
    with pytest.raises(InputError, match=r"no such file 'imagnet'.*did you mean 'imagenet'"):
        start_from(small(), "imagnet")


def test_offline_says_how_to_give_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchvision.models.MobileNet_V3_Small_Weights, "get_state_dict", offline)
    with pytest.raises(InputError, match=r"no route to host.*--weights FILE.*train\.weights") as caught:
        start_from(small(), "imagenet")
    assert "\n" not in str(caught.value)


def test_offline_imagenet_or_scratch_goes_on_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torchvision.models.MobileNet_V3_Small_Weights, "get_state_dict", offline)
    with caplog.at_level(logging.WARNING, "roadgrip"):
        origin = start_from(small(), "imagenet-or-scratch")
    assert origin.type == "scratch"
    assert "no route to host" in origin.detail
    assert "random weights" in caplog.text


def test_imagenet_takes_torchvisions_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    state = their_state(1000)
    monkeypatch.setattr(
        torchvision.models.MobileNet_V3_Small_Weights, "get_state_dict", lambda *args, **kwargs: dict(state)
    )
    network = small()
    origin = start_from(network, "imagenet")
    assert (origin.type, origin.detail) == ("imagenet", "MobileNet_V3_Small_Weights.IMAGENET1K_V1")
    assert torch.equal(network.backbone.hidden.weight, state["classifier.0.weight"])


@pytest.mark.skipif(not REAL_FILE.is_file(), reason="the shared ImageNet weights are not here")
def test_the_shared_imagenet_weights_fit() -> None:
    origin = start_from(small(), str(REAL_FILE))
    assert origin.sha256 is not None
    assert origin.sha256.startswith("1caa13f5")


def resnet(classes: int = 3) -> RoadNet:
    return build_network(NetworkSpec(name="resnet18_32", embedding_dim=None, num_classes=classes, head="linear"))


def test_resnet_takes_a_file_with_torchvisions_names_and_a_small_stem(tmp_path: Path) -> None:
    state = torchvision.models.resnet18(weights=None, num_classes=3).state_dict()
    state["conv1.weight"] = torch.rand(64, 3, 3, 3)
    torch.save(state, tmp_path / "cifar.pth")
    network = resnet()
    assert start_from(network, str(tmp_path / "cifar.pth")).type == "file"
    own = network.state_dict()
    for name, value in state.items():
        key = name.replace("fc.", "head.") if name.startswith("fc.") else f"backbone.{name}"
        assert torch.equal(own[key], value), name


def test_resnet_refuses_the_large_stem(tmp_path: Path) -> None:
    torch.save(torchvision.models.resnet18(weights=None).state_dict(), tmp_path / "imagenet.pth")
    with pytest.raises(InputError, match=r"resnet18_32 with torchvision's key names: conv1\.weight: expected .*3, 3\)"):
        start_from(resnet(), str(tmp_path / "imagenet.pth"))


def test_resnet_has_no_imagenet_weights(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InputError, match=r"no ImageNet weights for resnet18_32.*'scratch'") as caught:
        start_from(resnet(), "imagenet")
    assert "\n" not in str(caught.value)
    with caplog.at_level(logging.WARNING, "roadgrip"):
        assert start_from(resnet(), "imagenet-or-scratch").type == "scratch"
    assert "random weights" in caplog.text


def test_a_nearest_center_head_takes_no_classifier(tmp_path: Path) -> None:
    torch.save(their_state(3), tmp_path / "tv.pth")
    spec = NetworkSpec(name="mobilenet_v3_small", embedding_dim=None, num_classes=3, head="nearest_center")
    network = build_network(spec)
    centers = network.head.centers.clone()
    start_from(network, str(tmp_path / "tv.pth"))
    assert torch.equal(network.head.centers, centers)
    assert torch.equal(network.backbone.hidden.weight, their_state(3)["classifier.0.weight"])
