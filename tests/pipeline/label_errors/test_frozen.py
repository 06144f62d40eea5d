from pathlib import Path
from typing import NoReturn
from urllib.error import URLError

import pytest
import torch
import torchvision

from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import InputError
from pipeline.label_errors.config import LabelErrorConfig
from pipeline.label_errors.frozen import load_frozen


def config(weights: Path | str, device: str = "cpu") -> LabelErrorConfig:
    return LabelErrorConfig.model_validate({"weights": str(weights), "device": device})


def test_a_file_gives_the_body_and_its_digest(weights_file: Path) -> None:
    network, origin = load_frozen(config(weights_file))
    state = torch.load(weights_file, weights_only=True)
    assert torch.equal(network.backbone.hidden.weight, state["classifier.0.weight"])
    assert all(
        torch.equal(value, state[f"features.{name}"]) for name, value in network.backbone.features.state_dict().items()
    )
    assert (origin.type, origin.detail, origin.sha256) == ("file", "tv1001.pth", sha256_file(weights_file))
    assert not network.training
    assert not any(value.requires_grad for value in network.parameters())


def test_imagenet_takes_torchvisions_weights(weights_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = torch.load(weights_file, weights_only=True)
    monkeypatch.setattr(
        torchvision.models.MobileNet_V3_Small_Weights, "get_state_dict", lambda *args, **kwargs: dict(state)
    )
    network, origin = load_frozen(config("imagenet"))
    assert (origin.type, origin.detail) == ("imagenet", "MobileNet_V3_Small_Weights.IMAGENET1K_V1")
    assert torch.equal(network.backbone.hidden.weight, state["classifier.0.weight"])


def test_offline_says_how_to_give_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*args: object, **kwargs: object) -> NoReturn:
        raise URLError("no route to host")

    monkeypatch.setattr(torchvision.models.MobileNet_V3_Small_Weights, "get_state_dict", offline)
    with pytest.raises(InputError, match=r"no route to host.*--weights FILE") as caught:
        load_frozen(config("imagenet"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("word", ["imagnet", "scratch", "imagenet-or-scratch"])
def test_random_weights_and_misspelt_words_are_errors(word: str) -> None:
    with pytest.raises(InputError, match=f"expected imagenet or a weight file, .* no such file '{word}'"):
        load_frozen(config(word))


def test_another_networks_file_is_an_error(weights_file: Path) -> None:
    large = config(weights_file).model_copy(update={"network": "mobilenet_v3_large"})
    with pytest.raises(InputError, match="does not fit mobilenet_v3_large"):
        load_frozen(large)


def test_no_gpu_where_one_is_asked_for_is_an_error(weights_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="expected a CUDA GPU, found none"):
        load_frozen(config(weights_file, "gpu"))
    assert load_frozen(config(weights_file, "auto")).network.head.weight.device.type == "cpu"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_network_stands_on_the_gpu(weights_file: Path) -> None:
    assert load_frozen(config(weights_file, "gpu")).network.head.weight.device.type == "cuda"
