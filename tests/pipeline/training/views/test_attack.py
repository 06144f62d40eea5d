import pytest
import torch
from torch import Tensor, nn

from pipeline.training.methods.views import AdversarialView
from pipeline.training.views.attack import attacked, evaluating

LABELS = torch.tensor([0, 1, 2, 0])


def linear_logits() -> tuple[nn.Linear, Tensor]:
    torch.manual_seed(0)
    return nn.Linear(12, 3), torch.rand(4, 3, 2, 2)


def test_one_step_is_the_fast_gradient_sign_of_a_linear_network() -> None:
    head, pictures = linear_logits()
    view = AdversarialView(epsilon=51, step=51, steps=1, random_start=False)
    found = attacked(lambda x: head(x.flatten(1)), pictures, LABELS, view, torch.Generator())
    probabilities = head(pictures.flatten(1)).softmax(dim=1)
    slope = (probabilities - nn.functional.one_hot(LABELS, 3)) @ head.weight  # d(cross-entropy)/dx in closed form
    expected = (pictures + 0.2 * slope.view_as(pictures).sign()).clamp(0, 1)
    torch.testing.assert_close(found, expected.detach())


def test_the_attack_stays_in_its_ball_and_raises_the_loss() -> None:
    head, pictures = linear_logits()
    view = AdversarialView(epsilon=8, step=3, steps=5, random_start=True)
    found = attacked(lambda x: head(x.flatten(1)), pictures, LABELS, view, torch.Generator().manual_seed(1))
    assert (found - pictures).abs().max().item() <= 8 / 255 + 1e-6
    assert 0 <= found.min().item() <= found.max().item() <= 1
    before = nn.functional.cross_entropy(head(pictures.flatten(1)), LABELS)
    assert nn.functional.cross_entropy(head(found.flatten(1)), LABELS) > before
    again = attacked(lambda x: head(x.flatten(1)), pictures, LABELS, view, torch.Generator().manual_seed(1))
    assert torch.equal(found, again)


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16])
def test_parameters_get_no_gradient_also_under_autocast_and_no_grad(precision: torch.dtype) -> None:
    head, pictures = linear_logits()
    view = AdversarialView(epsilon=8, step=8, steps=1, random_start=False)
    plain = attacked(lambda x: head(x.flatten(1)), pictures, LABELS, view, torch.Generator())
    with torch.no_grad(), torch.autocast("cpu", precision):
        found = attacked(lambda x: head(x.flatten(1)), pictures, LABELS, view, torch.Generator())
    assert torch.equal(found, plain)
    assert head.weight.grad is None
    assert not found.requires_grad


def test_evaluating_puts_every_mode_back() -> None:
    network = nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(), nn.BatchNorm2d(3))
    network[2].eval()

    def fail() -> None:
        with evaluating(network):
            assert not any(module.training for module in network.modules())
            raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        fail()
    assert [module.training for module in network] == [True, True, False]
