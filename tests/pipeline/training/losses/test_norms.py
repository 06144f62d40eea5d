import torch

from pipeline.training.losses.norms import safe_norm


def test_equals_the_norm_and_has_a_zero_gradient_at_zero() -> None:
    vectors = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    norms = safe_norm(vectors)
    assert norms.tolist() == [5.0, 0.0]
    (gradient,) = torch.autograd.grad(norms.sum(), vectors)
    torch.testing.assert_close(gradient, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))
