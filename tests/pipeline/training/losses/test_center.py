import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pipeline.training.losses import CenterLoss, center_loss, moved_centers

Rows = list[list[float]]


def draw(size: int, classes: int, width: int, seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    features = 2 * torch.randn(size, width, generator=generator, dtype=torch.float64)
    return features, torch.randint(0, classes, (size,), generator=generator)


def naive_step(centers: Rows, features: Rows, labels: list[int], rate: float) -> tuple[float, Rows]:
    loss = sum(
        0.5 * sum((a - b) ** 2 for a, b in zip(q, centers[y], strict=True))
        for q, y in zip(features, labels, strict=True)
    )
    new = []
    for j, center in enumerate(centers):
        own = [q for q, y in zip(features, labels, strict=True) if y == j]
        shift = [sum(c - q[k] for q in own) / (1 + len(own)) for k, c in enumerate(center)]
        new.append([c - rate * s for c, s in zip(center, shift, strict=True)])
    return loss / len(features), new


@given(
    size=st.integers(1, 9),
    classes=st.integers(1, 6),
    width=st.integers(1, 5),
    rate=st.sampled_from([0.1, 0.5, 1.0]),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_equals_the_loop_over_several_steps(size: int, classes: int, width: int, rate: float, seed: int) -> None:
    loss = CenterLoss(classes, width, rate).double()
    centers = [[0.0] * width for _ in range(classes)]
    for step in range(4):
        features, labels = draw(size, classes, width, seed + 31 * step)
        expected, centers = naive_step(centers, features.tolist(), labels.tolist(), rate)
        assert loss(features, labels).item() == pytest.approx(expected, abs=1e-9)
        for ours, theirs in zip(loss.centers.tolist(), centers, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-9)


def test_an_absent_class_stays_bit_for_bit() -> None:
    centers = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    moved = moved_centers(centers, torch.ones(2, 4), torch.tensor([0, 2]), 0.5)
    assert torch.equal(moved[1], centers[1])
    assert not torch.equal(moved[0], centers[0])


def test_module_equals_functions() -> None:
    loss, centers = CenterLoss(3, 4, 0.3).double(), torch.zeros(3, 4, dtype=torch.float64)
    for step in range(3):
        features, labels = draw(5, 3, 4, step)
        assert torch.equal(loss(features, labels), center_loss(features, labels, centers))
        centers = moved_centers(centers, features, labels, 0.3)
        assert torch.equal(loss.centers, centers)


def test_gradcheck_and_no_gradient_through_the_centers() -> None:
    features, labels = draw(5, 3, 4, 0)
    centers = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2)).requires_grad_()
    assert torch.autograd.gradcheck(lambda q: center_loss(q, labels, centers), features.requires_grad_())
    center_loss(features, labels, centers).backward()
    assert centers.grad is None


def test_the_centers_move_after_the_loss_and_only_in_training() -> None:
    loss = CenterLoss(2, 3)
    features, labels = torch.ones(2, 3, requires_grad=True), torch.tensor([0, 1])
    value = loss(features, labels)
    assert value.item() == 1.5  # still to the centres at the origin
    value.backward()  # moving the buffer in place has not harmed the graph
    torch.testing.assert_close(features.grad, torch.full((2, 3), 0.5))
    before = loss.centers.clone()
    assert before.eq(0.25).all()
    loss.eval()
    loss(features, labels)
    assert torch.equal(loss.centers, before)


def test_state_travels_with_the_state_dict() -> None:
    loss, other = CenterLoss(3, 4), CenterLoss(3, 4)
    features, labels = draw(6, 3, 4, 0)
    loss(features.float(), labels)
    other.load_state_dict(loss.state_dict())
    assert loss(features.float(), labels).item() == other(features.float(), labels).item()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_float32_under_autocast(dtype: torch.dtype) -> None:
    loss = CenterLoss(2, 4)
    features = torch.full((2, 4), 300.0, dtype=dtype, requires_grad=True)
    with torch.autocast("cpu", dtype=dtype):
        value = loss(features, torch.tensor([0, 0]))
    assert value.dtype == loss.centers.dtype == torch.float32
    assert value.item() == 180_000.0  # beyond float16
    assert loss.centers.tolist() == [[100.0] * 4, [0.0] * 4]
    (gradient,) = torch.autograd.grad(value, features)
    assert gradient.eq(150).all()


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.5])
def test_a_wrong_rate_is_an_error(rate: float) -> None:
    with pytest.raises(ValueError, match=f"0 < center_rate <= 1, got {rate}"):
        CenterLoss(2, 4, rate)
