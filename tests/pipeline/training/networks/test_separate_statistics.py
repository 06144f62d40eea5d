import copy

import pytest
import torch
from torch import Tensor

from pipeline.training.artifact import NetworkSpec
from pipeline.training.networks import RoadNet, build_network
from pipeline.training.networks.separate_statistics import SeparateStatistics
from pipeline.training.networks.statistics import capture_statistics


@pytest.fixture
def network() -> RoadNet:
    torch.manual_seed(0)
    spec = NetworkSpec(name="mobilenet_v3_small", embedding_dim=8, num_classes=3, head="linear")
    return build_network(spec).train()


def views(steps: int) -> list[tuple[Tensor, Tensor]]:
    clean = torch.randn(steps, 4, 3, 32, 32)
    return list(zip(clean, clean + 2 * torch.randn_like(clean) + 1, strict=True))


def own(separate: SeparateStatistics) -> dict[str, Tensor]:
    return {name.replace("/", "."): value for name, value in separate.state_dict().items()}


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, value in found.items():
        assert torch.equal(value, expected[name]), name


def test_each_set_is_that_of_a_twin_that_saw_one_view_alone(network: RoadNet) -> None:
    twins = copy.deepcopy(network), copy.deepcopy(network)
    separate = SeparateStatistics(network)
    for clean, noisy in views(3):
        first = network(clean).logits
        with separate.swapped_in(network):
            second = network(noisy).logits
        (first.sum() + second.sum()).backward()  # both passes find what they saved
        twins[0](clean)
        twins[1](noisy)
    assert_same(capture_statistics(network), capture_statistics(twins[0]))
    assert_same(own(separate), capture_statistics(twins[1]))
    assert not torch.equal(
        network.backbone.features[0][1].running_mean, own(separate)["backbone.features.0.1.running_mean"]
    )


def test_evaluation_inside_the_block_uses_the_second_set(network: RoadNet) -> None:
    separate = SeparateStatistics(network)
    twin = copy.deepcopy(network)
    _, noisy = views(1)[0]
    with separate.swapped_in(network):
        network(noisy)
    twin(noisy)
    network.eval()
    twin.eval()
    with torch.inference_mode(), separate.swapped_in(network):
        assert torch.equal(network(noisy).logits, twin(noisy).logits)
    with torch.inference_mode():
        assert not torch.equal(network(noisy).logits, twin(noisy).logits)


def test_a_failure_swaps_them_back(network: RoadNet) -> None:
    separate = SeparateStatistics(network)
    before = capture_statistics(network)

    def fail() -> None:
        with separate.swapped_in(network):
            network(views(1)[0][1])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert_same(capture_statistics(network), before)
    assert not torch.equal(
        own(separate)["backbone.features.0.1.running_mean"], before["backbone.features.0.1.running_mean"]
    )


def test_it_is_saved_and_loaded_and_the_networks_keys_stay(network: RoadNet) -> None:
    keys = list(network.state_dict())
    separate = SeparateStatistics(network)
    with separate.swapped_in(network):
        network(views(1)[0][1])
        assert list(network.state_dict()) == keys
    again = SeparateStatistics(network)
    again.load_state_dict(separate.state_dict())
    assert_same(own(again), own(separate))
    assert not list(separate.parameters())
    assert list(network.state_dict()) == keys
