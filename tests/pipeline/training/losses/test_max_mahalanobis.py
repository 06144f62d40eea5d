import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from pipeline.training.losses import (
    hierarchical_centers,
    max_mahalanobis_centers,
    max_mahalanobis_loss,
    nearest_center_logits,
    spring_energy,
)


def smallest_angle(vectors: Tensor) -> Tensor:
    """Return the smallest angle between two of (..., C, d) vectors, in radians."""
    units = torch.nn.functional.normalize(vectors.double(), dim=-1)
    cosines = units @ units.mT - 3 * torch.eye(units.shape[-2], dtype=torch.float64)
    return torch.acos(cosines.amax(dim=(-2, -1)).clamp(-1, 1))


@pytest.mark.parametrize(("classes", "width"), [(2, 1), (2, 5), (3, 2), (3, 128), (10, 9), (10, 128), (100, 128)])
def test_norms_and_angles(classes: int, width: int) -> None:
    centers = max_mahalanobis_centers(classes, width, 10.0)
    assert centers.shape == (classes, width)
    assert centers.dtype == torch.float32
    products = centers.double() @ centers.double().T / 100
    expected = torch.full((classes, classes), -1 / (classes - 1), dtype=torch.float64).fill_diagonal_(1)
    torch.testing.assert_close(products, expected, rtol=0, atol=1e-6)
    assert centers.sum(dim=0).abs().max() < 1e-4


@pytest.mark.parametrize(("classes", "width"), [(3, 2), (3, 8), (6, 5)])
def test_no_random_draw_has_a_larger_smallest_angle(classes: int, width: int) -> None:
    draws = torch.randn(1000, classes, width, generator=torch.Generator().manual_seed(0))
    ours = smallest_angle(max_mahalanobis_centers(classes, width, 1.0))
    assert ours > smallest_angle(draws).max()
    assert ours.item() == pytest.approx(math.acos(-1 / (classes - 1)), abs=1e-6)


@pytest.mark.parametrize(
    ("classes", "width", "radius", "message"),
    [
        (10, 8, 1.0, "expected 9 or more feature dimensions for 10 classes, got 8"),
        (1, 8, 1.0, "expected 2 or more classes"),
        (3, 8, 0.0, "a radius above 0, got 3 and 0.0"),
        (3, 8, math.nan, "a radius above 0"),
    ],
)
def test_wrong_arguments_are_errors(classes: int, width: int, radius: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        max_mahalanobis_centers(classes, width, radius)


def test_groups_lie_apart_and_classes_of_a_group_near() -> None:
    groups = [[4, 0], [1, 5, 3], [2]]
    centers = hierarchical_centers(groups, 4, 10.0, 2.0).double()
    group_of = {index: number for number, group in enumerate(groups) for index in group}
    across = math.sqrt(2 * (1 + 1 / 2)) * 10  # three group centres
    inner = {0: 2 * 2.0, 1: math.sqrt(2 * (1 + 1 / 2)) * 2}
    for i in range(6):
        for j in range(i):
            distance = (centers[i] - centers[j]).norm().item()
            if group_of[i] == group_of[j]:
                assert distance == pytest.approx(inner[group_of[i]], abs=1e-5)
            else:
                assert distance >= across - 4.0
                assert distance > max(inner.values())
    means = torch.stack([centers[group].mean(dim=0) for group in groups])
    torch.testing.assert_close(means.norm(dim=1), torch.full((3,), 10.0, dtype=torch.float64), rtol=0, atol=1e-5)
    for number, group in enumerate(groups):
        offsets = centers[group] - means[number]
        assert (offsets @ means.T).abs().max() < 1e-4  # the levels are orthogonal
        expected = 2.0 if len(group) > 1 else 0.0
        assert offsets.norm(dim=1).tolist() == pytest.approx([expected] * len(group), abs=1e-5)


@pytest.mark.parametrize(
    ("groups", "width", "inner_radius", "message"),
    [
        ([[0], [1, 2]], 1, 1.0, "expected 2 or more feature dimensions for these groups, got 1"),
        ([[0, 1, 2]], 8, 1.0, "two or more groups"),
        ([[0], [1, 3]], 8, 1.0, "every class index from 0 once"),
        ([[0], [1, 0]], 8, 1.0, "every class index from 0 once"),
        ([[0, 1], []], 8, 1.0, "none empty"),
        ([[0], [1, 2]], 8, 0.0, "inner radius above 0, got 0.0"),
    ],
)
def test_wrong_groups_are_errors(
    groups: Sequence[Sequence[int]], width: int, inner_radius: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        hierarchical_centers(groups, width, 10.0, inner_radius)


def draw(size: int, classes: int, width: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    features = 3 * torch.randn(size, width, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, classes, (size,), generator=generator)
    return features, labels, torch.randn(classes, width, generator=generator, dtype=torch.float64)


def squared(left: list[float], right: list[float]) -> float:
    return sum((a - b) ** 2 for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("weighted", [False, True])
def test_loss_equals_the_loop(weighted: bool) -> None:
    features, labels, centers = draw(9, 4, 5)
    weights = torch.tensor([0.5, 1.0, 2.0, 4.0], dtype=torch.float64) if weighted else None
    shares = [weights[y].item() if weights is not None else 1.0 for y in labels]
    total = sum(
        share * 0.5 * squared(q, centers[y].tolist())
        for share, q, y in zip(shares, features.tolist(), labels.tolist(), strict=True)
    )
    loss = max_mahalanobis_loss(features, labels, centers, weights)
    assert loss.item() == pytest.approx(total / len(shares), abs=1e-9)


def test_logits_equal_the_loop_and_their_largest_is_the_nearest() -> None:
    features, _, centers = draw(9, 4, 5)
    logits = nearest_center_logits(features, centers)
    for row, q in zip(logits.tolist(), features.tolist(), strict=True):
        expected = [-squared(q, center) for center in centers.tolist()]
        assert row == pytest.approx(expected, abs=1e-9)
        assert row.index(max(row)) == min(range(4), key=lambda c: math.dist(q, centers[c].tolist()))


def test_logits_do_not_cancel_near_a_centre() -> None:
    centers = torch.tensor([[1000.0, 0.0], [-1000.0, 0.0]])
    features = torch.tensor([[1000.0, 2**-10]])
    assert nearest_center_logits(features, centers)[0, 0].item() == -(2**-20)


def test_springs_and_pull_move_the_centres() -> None:
    features, _, preset = draw(9, 4, 5)
    centers = (preset + 0.1 * draw(9, 4, 5, seed=1)[2]).requires_grad_()
    springs = sum(squared(c, p) for c, p in zip(centers.tolist(), preset.tolist(), strict=True)) / 4
    assert spring_energy(centers, preset).item() == pytest.approx(springs / 2)
    absent = torch.zeros(9, dtype=torch.int64)
    loss = max_mahalanobis_loss(features, absent, centers) + 0.7 * spring_energy(centers, preset)
    (gradient,) = torch.autograd.grad(loss, centers)
    torch.testing.assert_close(gradient[1:], (0.7 / 4 * (centers - preset)).detach()[1:])  # class 0 alone has samples


def test_gradchecks() -> None:
    features, labels, centers = draw(5, 3, 4)
    preset = draw(5, 3, 4, seed=1)[2]
    inputs = (features.requires_grad_(), centers.requires_grad_())
    weights = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda q, m: max_mahalanobis_loss(q, labels, m, weights), inputs)
    assert torch.autograd.gradcheck(nearest_center_logits, inputs)
    assert torch.autograd.gradcheck(lambda m: spring_energy(m, preset), inputs[1:])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_float32_under_autocast(dtype: torch.dtype) -> None:
    centers = max_mahalanobis_centers(3, 8, 10.0)
    features = torch.full((4, 8), 300.0, dtype=dtype, requires_grad=True)  # the squares are beyond float16
    labels = torch.tensor([0, 1, 2, 0])
    with torch.autocast("cpu", dtype=dtype):
        logits = nearest_center_logits(features, centers)
        loss = max_mahalanobis_loss(features, labels, centers) + spring_energy(centers, centers)
    wide = features.detach().float()
    assert torch.equal(logits, nearest_center_logits(wide, centers))
    assert torch.equal(loss, max_mahalanobis_loss(wide, labels, centers))
    (gradient,) = torch.autograd.grad(logits.sum() + loss, features)
    assert torch.isfinite(gradient).all()
