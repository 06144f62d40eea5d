import pytest
from torch import nn

from pipeline.training.artifact import NetworkSpec
from pipeline.training.networks import build_network
from pipeline.training.networks.weight_decay import decayed_and_plain


@pytest.mark.parametrize("moving", [False, True])
def test_centers_alone_are_plain(moving: bool) -> None:
    spec = NetworkSpec(name="mobilenet_v3_small", embedding_dim=8, num_classes=3, head="nearest_center")
    network = build_network(spec)
    network.head.requires_grad_(moving)
    module = nn.ModuleDict({"network": network})
    decayed, plain = decayed_and_plain(module)
    assert [id(value) for value in plain] == [id(network.head.centers)]
    rest = [id(value) for name, value in network.named_parameters() if name != "head.centers"]
    assert [id(value) for value in decayed] == rest


def test_a_linear_head_is_decayed_like_the_rest() -> None:
    network = build_network(NetworkSpec(name="mobilenet_v3_small", embedding_dim=8, num_classes=3, head="linear"))
    decayed, plain = decayed_and_plain(network)
    assert [id(value) for value in decayed] == [id(value) for value in network.parameters()]
    assert plain == []
