import pytest
import torch
import torchvision

from pipeline.training.artifact import NetworkName, NetworkSpec
from pipeline.training.networks import build_network


@pytest.mark.parametrize(
    ("name", "embedding", "width"),
    [
        ("mobilenet_v3_small", 128, 128),
        ("mobilenet_v3_small", None, 1024),
        ("mobilenet_v3_large", 16, 16),
        ("mobilenet_v3_large", None, 1280),
    ],
)
def test_features_and_logits(name: NetworkName, embedding: int | None, width: int) -> None:
    network = build_network(NetworkSpec(name=name, embedding_dim=embedding, num_classes=3)).eval()
    with torch.inference_mode():
        output = network(torch.zeros(2, 3, 64, 48))
        logits = network.head(output.features)
    assert network.feature_dim == width
    assert output.features.shape == (2, width)
    torch.testing.assert_close(output.logits, logits)


def test_without_embedding_it_is_torchvisions_network() -> None:
    torch.manual_seed(0)
    network = build_network(NetworkSpec(name="mobilenet_v3_small", embedding_dim=None, num_classes=3)).eval()
    torch.manual_seed(0)
    theirs = torchvision.models.mobilenet_v3_small(weights=None, num_classes=3).eval()
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(network(pictures).logits, theirs(pictures))


def test_features_are_taken_before_dropout() -> None:
    network = build_network(NetworkSpec(name="mobilenet_v3_small", embedding_dim=None, num_classes=3))
    network.features.eval()
    assert network.dropout is not None
    assert network.dropout.training
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        first, second = network(pictures), network(pictures)
    assert torch.equal(first.features, second.features)
    assert not torch.equal(first.logits, second.logits)
