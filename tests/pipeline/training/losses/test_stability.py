import math

import pytest
import torch

from pipeline.training.losses import stability_loss


def test_equals_the_mean_of_the_norms() -> None:
    generator = torch.Generator().manual_seed(0)
    clean, noisy = torch.randn(2, 7, 4, generator=generator, dtype=torch.float64)
    norms = [
        math.sqrt(sum((a - b) ** 2 for a, b in zip(left, right, strict=True)))
        for left, right in zip(clean.tolist(), noisy.tolist(), strict=True)
    ]
    assert stability_loss(clean, noisy).item() == pytest.approx(sum(norms) / 7, abs=1e-12)


def test_gradcheck() -> None:
    generator = torch.Generator().manual_seed(1)
    clean, noisy = (torch.randn(5, 3, generator=generator, dtype=torch.float64, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(stability_loss, (clean, noisy))


def test_equal_features_add_nothing_and_get_no_gradient() -> None:
    clean = torch.tensor([[1.0, 2.0], [1.0, 2.0]], requires_grad=True)
    loss = stability_loss(clean, torch.tensor([[1.0, 2.0], [4.0, 6.0]]))
    assert loss.item() == 2.5
    (gradient,) = torch.autograd.grad(loss, clean)
    torch.testing.assert_close(gradient, torch.tensor([[0.0, 0.0], [-0.3, -0.4]]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype) -> None:
    clean = torch.full((2, 4), 300.0, dtype=dtype, requires_grad=True)
    with torch.autocast("cpu", dtype=dtype):
        loss = stability_loss(clean, torch.zeros(2, 4, dtype=dtype))
    assert loss.dtype == torch.float32
    assert loss.item() == 600.0  # the square, 360,000, is beyond float16
    (gradient,) = torch.autograd.grad(loss, clean)
    assert gradient.eq(0.25).all()
