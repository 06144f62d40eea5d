import pytest
import torch
from torch.nn import functional

from pipeline.training.config import NormalConfig, RobustConfig
from pipeline.training.losses import DiscriminativeLoss
from pipeline.training.methods import build_method
from pipeline.training.networks import Output

LABELS = torch.tensor([0, 1, 2, 0])


def outputs(head: torch.nn.Linear, seed: int) -> Output:
    features = torch.randn(4, 5, generator=torch.Generator().manual_seed(seed))
    return Output(features, head(features))


def test_normal_is_cross_entropy_of_the_clean_view() -> None:
    head = torch.nn.Linear(5, 3)
    clean = outputs(head, 0)
    method = build_method(NormalConfig(), 3, 5)
    assert method.noise_sigma is None
    terms = method(clean, None, LABELS, head)
    assert terms.total.item() == functional.cross_entropy(clean.logits, LABELS).item()


def test_robust_adds_the_weighted_discriminative_terms() -> None:
    head = torch.nn.Linear(5, 3)
    clean, noisy = outputs(head, 0), outputs(head, 1)
    method = build_method(RobustConfig(sigma=12, alpha=0.5, lambda_noisy=2, delta_d=4), 3, 5)
    assert method.noise_sigma == 12
    terms = method(clean, noisy, LABELS, head)
    loss = DiscriminativeLoss(3, 5, alpha=0.5, lambda_noisy=2, delta_d=4)
    expected = loss(clean.features, noisy.features, LABELS, head)
    cross_entropy = functional.cross_entropy(clean.logits, LABELS)
    assert terms.total.item() == pytest.approx((cross_entropy + expected.total).item())
    assert {name: value.item() for name, value in terms.parts.items()} == {
        "cross_entropy": cross_entropy.item(),
        "compact": expected.compact.item(),
        "margin": expected.margin.item(),
        "reg": expected.reg.item(),
        "noisy": expected.noisy.item(),
    }


def test_robust_without_a_noisy_view_is_an_error() -> None:
    head = torch.nn.Linear(5, 3)
    with pytest.raises(ValueError, match="expected a noisy view"):
        build_method(RobustConfig(), 3, 5)(outputs(head, 0), None, LABELS, head)
