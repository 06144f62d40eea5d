import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException, FakeTensorMode

from pipeline.training.losses import (
    CenterLoss,
    DiscriminativeLoss,
    max_mahalanobis_loss,
    nearest_center_logits,
    spring_energy,
    stability_loss,
)


def test_no_loss_reads_a_value_or_has_a_shape_that_depends_on_one() -> None:
    """A fake tensor has a shape and no values: what would wait for a GPU is an error with it."""
    with FakeTensorMode():
        clean, noisy, centers = (torch.randn(size, 8, requires_grad=True) for size in (6, 6, 4))
        labels = torch.randint(0, 4, (6,))
        losses = [
            DiscriminativeLoss(4, 8)(clean, noisy, labels, torch.nn.Linear(8, 4)).total,
            CenterLoss(4, 8)(clean, labels),
            stability_loss(clean, noisy),
            max_mahalanobis_loss(clean, labels, centers, torch.ones(4)),
            spring_energy(centers, centers),
            nearest_center_logits(clean, centers).sum(),
        ]
        torch.stack(losses).sum().backward()
        assert clean.grad is not None
        with pytest.raises(DataDependentOutputException):
            losses[0].item()
        with pytest.raises(DynamicOutputShapeException):
            clean[labels == 0]
