import pytest
import torch
from torch import Tensor, nn

from data_tools.errors import InputError
from pipeline.training.views.sign_perturbation import perturb_hidden, sign_perturbed


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_value_moves_by_its_share_up_or_down() -> None:
    values = torch.randn(50, 40, generator=seeded(5), dtype=torch.float64)
    moved = sign_perturbed(values, 0.1, 0.5, seeded())
    steps = (moved - values) / (0.1 * values.abs())
    torch.testing.assert_close(steps.abs(), torch.ones_like(steps))
    assert {round(step) for step in steps.flatten().tolist()} == {-1, 1}


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("scale", [1.0, -1.0])
def test_l_is_the_sign_with_probability_p(probability: float, scale: float) -> None:
    """x·sgn(x) = |x|: with probability p a value grows, negative ones too, independently of its neighbours."""
    grown = sign_perturbed(scale * torch.ones(200, 200), 0.1, probability, seeded()) > scale
    deviation = (probability * (1 - probability)) ** 0.5
    assert abs(grown.double().mean() - probability) <= 4 * deviation / 200
    agree = (grown[:, 1:] == grown[:, :-1]).double().mean()
    expected = probability**2 + (1 - probability) ** 2
    assert abs(agree - expected) <= 4 * (expected * (1 - expected)) ** 0.5 / 199


def test_zero_stays_and_shape_and_type_are_kept() -> None:
    moved = sign_perturbed(torch.tensor([[0.0, 2.0]], dtype=torch.bfloat16), 0.25, 1.0, seeded())
    assert moved.tolist() == [[0.0, 2.5]]
    assert moved.dtype == torch.bfloat16


def test_the_generator_alone_decides() -> None:
    values = torch.ones(100)
    torch.manual_seed(1)
    first = sign_perturbed(values, 0.1, 0.5, seeded(3))
    torch.manual_seed(2)
    assert torch.equal(first, sign_perturbed(values, 0.1, 0.5, seeded(3)))
    assert not torch.equal(first, sign_perturbed(values, 0.1, 0.5, seeded(4)))


def test_the_jacobian_is_one_plus_epsilon_l() -> None:
    values = torch.randn(30, generator=seeded(7), dtype=torch.float64).requires_grad_()
    moved = sign_perturbed(values, 0.1, 0.5, seeded())
    (gradient,) = torch.autograd.grad(moved.sum(), values)
    torch.testing.assert_close(gradient, (moved / values).detach())  # x + ε·x·l over x
    assert torch.autograd.gradcheck(lambda x: sign_perturbed(x, 0.1, 0.5, seeded()), values)


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(4, 6), nn.ReLU(inplace=True))
        self.head = nn.Linear(6, 2)

    def forward(self, values: Tensor) -> Tensor:
        return self.head(self.features(values))


def make_network() -> Network:
    torch.manual_seed(0)
    return Network()


def hook_count(network: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in network.modules())


def test_hidden_outputs_are_perturbed_inside_the_block_only() -> None:
    network, values = make_network(), torch.randn(3, 4, generator=seeded(1))
    clean = network(values)
    with perturb_hidden(network, ["features"], 0.1, 0.5, seeded()):
        perturbed = network(values)
    assert torch.equal(perturbed, network.head(sign_perturbed(network.features(values), 0.1, 0.5, seeded())))
    assert not torch.equal(perturbed, clean)
    assert torch.equal(network(values), clean)
    assert hook_count(network) == 0


def test_several_layers_and_nested_names_before_an_inplace_relu() -> None:
    network, values = make_network(), torch.randn(3, 4, generator=seeded(1), requires_grad=True)
    with perturb_hidden(network, ["features.0", "head", "head"], 0.1, 0.5, seeded()):
        assert hook_count(network) == 2
        logits = network(values)
    generator = seeded()
    hidden = sign_perturbed(network.features[0](values), 0.1, 0.5, generator).relu()
    assert torch.equal(logits, sign_perturbed(network.head(hidden), 0.1, 0.5, generator))
    logits.sum().backward()
    assert values.grad is not None
    assert values.grad.abs().min() > 0


def test_the_hooks_go_when_the_block_raises() -> None:
    network = make_network()
    with pytest.raises(RuntimeError, match="in the block"), perturb_hidden(network, ["head"], 0.1, 0.5, seeded()):
        raise RuntimeError("in the block")
    assert hook_count(network) == 0


def test_an_unknown_layer_is_an_error_that_names_the_closest_and_leaves_no_hook() -> None:
    network = make_network()
    expected = r"unknown layer 'feature'; did you mean 'features'\? \(known: features, features.0, features.1, head\)"
    with pytest.raises(InputError, match=expected), perturb_hidden(network, ["head", "feature"], 0.1, 0.5, seeded()):
        pass
    assert hook_count(network) == 0


def test_a_layer_without_a_tensor_is_an_error() -> None:
    network = nn.Sequential(nn.LSTM(3, 2))
    expected = "expected a layer with one tensor as output, got LSTM with tuple"
    with pytest.raises(InputError, match=expected), perturb_hidden(network, ["0"], 0.1, 0.5, seeded()):
        network(torch.zeros(4, 3))
    assert hook_count(network) == 0
