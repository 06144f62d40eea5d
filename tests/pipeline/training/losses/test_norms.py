import torch
from torch import Tensor

from pipeline.training.losses.norms import pairwise_distances, safe_norm


def test_equals_the_norm_and_has_a_zero_gradient_at_zero() -> None:
    vectors = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    norms = safe_norm(vectors)
    assert norms.tolist() == [5.0, 0.0]
    (gradient,) = torch.autograd.grad(norms.sum(), vectors)
    torch.testing.assert_close(gradient, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))


def rows_with_two_equal() -> Tensor:
    rows = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rows[3] = rows[1]
    return rows


def test_pairwise_distances_equal_a_double_loop() -> None:
    rows = rows_with_two_equal()
    distances = pairwise_distances(rows)
    for i in range(5):
        for j in range(5):
            assert abs(distances[i, j] - (rows[i] - rows[j]).square().sum().sqrt()) < 1e-12
    assert distances[1, 3] == distances[3, 1] == 0
    assert distances.diagonal().eq(0).all()


def test_pairwise_distances_have_the_gradient_of_the_differences_and_none_between_equal_rows() -> None:
    rows = rows_with_two_equal().requires_grad_()
    factors = torch.randn(5, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (gradient,) = torch.autograd.grad((pairwise_distances(rows) * factors).sum(), rows)
    expected = torch.zeros_like(rows)
    for i in range(5):
        for j in range(5):
            shift = (rows[i] - rows[j]).detach()
            if shift.any():
                expected[i] += (factors[i, j] + factors[j, i]) * shift / shift.norm()
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-12)


def test_nearly_equal_rows_do_not_cancel() -> None:
    rows = torch.full((2, 4), 1000.0)
    rows[1, 2] += 2**-10
    assert pairwise_distances(rows)[0, 1] == 2**-10


def test_two_rows_are_enough() -> None:
    assert pairwise_distances(torch.tensor([[0.0, 0.0], [3.0, 4.0]])).tolist() == [[0, 5], [5, 0]]
