from typing import Literal

import pytest
import torch
import torchvision
from torch import nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from pipeline.training.artifact import NetworkSpec
from pipeline.training.networks import RoadNet, build_network
from pipeline.training.networks.nearest_center import NearestCenterHead

Head = Literal["linear", "nearest_center"]
NETWORKS = [
    ("mobilenet_v3_small", 1024),
    ("mobilenet_v3_large", 1280),
    ("resnet18_32", 512),
    ("timm/test_resnet", 96),
]


def make(name: str, embedding: int | None, head: Head = "linear") -> RoadNet:
    if name.startswith("timm/"):
        pytest.importorskip("timm")
    return build_network(NetworkSpec(name=name, embedding_dim=embedding, num_classes=3, head=head))


@pytest.mark.parametrize("head", ["linear", "nearest_center"])
@pytest.mark.parametrize("embedding", [16, None])
@pytest.mark.parametrize(("name", "width"), NETWORKS)
def test_features_and_logits(name: str, width: int, embedding: int | None, head: Head) -> None:
    network = make(name, embedding, head).eval()
    with torch.inference_mode():
        output = network(torch.randn(2, 3, 64, 48))
        logits = network.head(output.features)
    assert network.feature_dim == (embedding or width)
    assert output.features.shape == (2, embedding or width)
    assert output.logits.shape == (2, 3)
    torch.testing.assert_close(output.logits, logits)


def test_without_embedding_it_is_torchvisions_network() -> None:
    torch.manual_seed(0)
    network = make("mobilenet_v3_small", None).eval()
    torch.manual_seed(0)
    theirs = torchvision.models.mobilenet_v3_small(weights=None, num_classes=3).eval()
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(network(pictures).logits, theirs(pictures))


def test_features_are_taken_before_dropout() -> None:
    network = make("mobilenet_v3_small", None)
    network.backbone.eval()
    assert network.dropout is not None
    assert network.dropout.training
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        first, second = network(pictures), network(pictures)
    assert torch.equal(first.features, second.features)
    assert not torch.equal(first.logits, second.logits)


@pytest.mark.parametrize(
    ("name", "embedding", "head"),
    [
        ("mobilenet_v3_small", 16, "linear"),
        ("mobilenet_v3_small", None, "nearest_center"),
        ("resnet18_32", None, "linear"),
        ("timm/test_resnet", None, "linear"),
    ],
)
def test_only_mobilenets_own_classifier_has_dropout(name: str, embedding: int | None, head: Head) -> None:
    network = make(name, embedding, head)
    assert network.dropout is None
    assert not any(isinstance(part, nn.Dropout) for part in network.modules())


@pytest.mark.parametrize("name", [name for name, _ in NETWORKS])
def test_random_weights_come_from_torchs_global_generator(name: str) -> None:
    states = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        states.append(torch.cat([value.flatten() for value in make(name, 8, "nearest_center").parameters()]))
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


@pytest.mark.parametrize("name", [name for name, _ in NETWORKS])
def test_channels_last_computes_the_same_and_trains(name: str) -> None:
    network = make(name, 8).eval()
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        expected = network(pictures).logits
    convert_conv2d_weight_memory_format(network, torch.channels_last)
    found = network.train(mode=False)(pictures.to(memory_format=torch.channels_last)).logits
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    network.train()(pictures.to(memory_format=torch.channels_last)).logits.sum().backward()
    assert all(value.grad is not None and value.grad.isfinite().all() for value in network.parameters())


def test_nearest_center_is_the_squared_distance_in_float32() -> None:
    head = NearestCenterHead(4, 8)
    features = torch.randn(5, 8)
    expected = torch.tensor([[-float(((q - center) ** 2).sum()) for center in head.centers] for q in features])
    torch.testing.assert_close(head(features), expected)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert head(features.bfloat16()).dtype == torch.float32
    assert head(features.double()).dtype == torch.float64


def test_centers_are_saved_and_still_unless_asked_to_move() -> None:
    head = NearestCenterHead(3, 8)
    features = torch.randn(2, 8, requires_grad=True)
    head(features).sum().backward()
    assert list(head.state_dict()) == ["centers"]
    assert head.centers.grad is None
    assert features.grad is not None
    head.requires_grad_()
    head(features).sum().backward()
    torch.testing.assert_close(head.centers.grad, 2 * (features.detach().sum(0) - 2 * head.centers.detach()))
