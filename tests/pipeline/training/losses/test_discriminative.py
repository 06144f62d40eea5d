import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pipeline.training.losses import DiscriminativeLoss, DiscriminativeTerms, discriminative_loss
from pipeline.training.losses.centroids import Centroids
from pipeline.training.losses.discriminative import DiscriminativeWeights
from tests.pipeline.training.losses.naive import NaiveLoss

NAMES = ("compact", "margin", "reg", "noisy")


def make_head(classes: int, width: int, seed: int = 0) -> nn.Linear:
    head = nn.Linear(width, classes).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        head.weight.copy_(torch.randn(head.weight.shape, generator=generator, dtype=torch.float64))
        head.bias.copy_(torch.randn(head.bias.shape, generator=generator, dtype=torch.float64))
    return head


def draw(size: int, classes: int, width: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    clean = 2 * torch.randn(size, width, generator=generator, dtype=torch.float64)
    noisy = clean + torch.randn(size, width, generator=generator, dtype=torch.float64)
    return clean, noisy, torch.randint(0, classes, (size,), generator=generator)


def finite(terms: DiscriminativeTerms) -> bool:
    return all(bool(torch.isfinite(getattr(terms, name))) for name in (*NAMES, "total"))


@given(
    size=st.integers(1, 12),
    classes=st.integers(2, 6),
    width=st.integers(1, 7),
    momentum=st.sampled_from([0.0, 0.5, 0.9]),
    delta_d=st.sampled_from([0.0, 0.7, 3.0]),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_equals_the_loop_over_classes_and_samples(
    size: int, classes: int, width: int, momentum: float, delta_d: float, seed: int
) -> None:
    head = make_head(classes, width, seed)
    loss = DiscriminativeLoss(
        classes, width, delta_d=delta_d, alpha=0.3, beta=0.7, gamma_reg=0.11, lambda_noisy=1.3, momentum=momentum
    ).double()
    naive = NaiveLoss(delta_v=0.5, delta_d=delta_d, momentum=momentum)
    for step in range(4):
        clean, noisy, labels = draw(size, classes, width, seed + 77 * step)
        terms = loss(clean, noisy, labels, head)
        expected = naive.step(clean.tolist(), noisy.tolist(), labels.tolist(), head.weight.tolist(), head.bias.tolist())
        for name in NAMES:
            assert getattr(terms, name).item() == pytest.approx(expected[name], abs=1e-9), name
        total = 0.3 * expected["compact"] + 0.7 * expected["margin"] + 0.11 * expected["reg"] + 1.3 * expected["noisy"]
        assert terms.total.item() == pytest.approx(total, abs=1e-9)
    for index in range(classes):
        assert bool(loss.seen[index]) == (index in naive.centroids)
        if index in naive.centroids:
            assert loss.centroids[index].tolist() == pytest.approx(naive.centroids[index], abs=1e-9)
        else:
            assert loss.centroids[index].abs().sum() == 0


def test_module_equals_function() -> None:
    head = make_head(3, 5)
    loss = DiscriminativeLoss(3, 5, delta_v=0.2, alpha=2.0).double()
    old = Centroids(torch.zeros(3, 5, dtype=torch.float64), torch.zeros(3, dtype=torch.bool))
    weights = DiscriminativeWeights(delta_v=0.2, alpha=2.0)
    for step in range(3):
        clean, noisy, labels = draw(7, 3, 5, step)
        ours = loss(clean, noisy, labels, head)
        theirs, new = discriminative_loss(clean, noisy, labels, (head.weight, head.bias), old=old, weights=weights)
        old = Centroids(new.values.detach(), new.seen)
        assert [getattr(ours, name) for name in NAMES] == [getattr(theirs, name) for name in NAMES]
        assert torch.equal(loss.centroids, old.values)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_gradcheck(momentum: float) -> None:
    clean, noisy, labels = draw(6, 3, 4, seed=3)
    head = make_head(3, 4, seed=5)
    old = Centroids(torch.randn(3, 4, dtype=torch.float64), torch.tensor([True, True, False]))
    weights = DiscriminativeWeights(momentum=momentum, gamma_reg=0.3)

    def total(clean: Tensor, noisy: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return discriminative_loss(clean, noisy, labels, (weight, bias), old=old, weights=weights)[0].total

    inputs = tuple(item.detach().clone().requires_grad_() for item in (clean, noisy, head.weight, head.bias))
    assert torch.autograd.gradcheck(total, inputs)


def test_margin_is_computed_from_the_batch_mean() -> None:
    """Old centroids far away must not change margin, and its gradient must not shrink."""
    head = make_head(3, 4)
    clean, noisy, labels = draw(9, 3, 4, seed=1)
    results = []
    for momentum in (0.0, 0.9):
        loss = DiscriminativeLoss(3, 4, alpha=0, gamma_reg=0, lambda_noisy=0, momentum=momentum).double()
        loss.centroids, loss.seen = torch.full((3, 4), 50.0, dtype=torch.float64), torch.ones(3, dtype=torch.bool)
        features = clean.clone().requires_grad_()
        terms = loss(features, noisy, labels, head)
        results.append((terms.margin, torch.autograd.grad(terms.total, features)[0]))
    assert torch.equal(results[0][0], results[1][0])
    assert torch.equal(results[0][1], results[1][1])


def test_old_centroids_get_no_gradient_and_buffers_hold_no_graph() -> None:
    head = make_head(3, 4)
    loss = DiscriminativeLoss(3, 4).double()
    for step in range(2):
        clean, noisy, labels = draw(6, 3, 4, step)
        loss(clean.requires_grad_(), noisy.requires_grad_(), labels, head).total.backward()
    assert not loss.centroids.requires_grad


def test_eval_mode_leaves_the_centroids() -> None:
    head = make_head(3, 4)
    loss = DiscriminativeLoss(3, 4).double()
    loss(*draw(6, 3, 4, 0), head)
    before = loss.centroids.clone()
    loss.eval()
    loss(*draw(6, 3, 4, 1), head)
    assert torch.equal(loss.centroids, before)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("case", ["absent", "single", "at_centroid", "equal_rows", "all_equal_rows", "zeros", "tiny"])
def test_degenerate_cases_stay_finite(case: str, dtype: torch.dtype) -> None:
    """Half precision comes from a network under autocast, whose parameters are float32."""
    half = dtype.itemsize == 2
    head = make_head(4, 3, seed=8).to(torch.float32 if half else dtype)
    labels = torch.tensor([0, 0, 1, 3])
    clean = draw(4, 4, 3, seed=4)[0].to(dtype)
    if case == "single":
        labels = torch.tensor([0, 1, 2, 3])
    with torch.no_grad():
        if case == "at_centroid":
            clean = torch.ones(4, 3, dtype=dtype)
        elif case == "equal_rows":
            head.weight[1] = head.weight[0]
        elif case == "all_equal_rows":
            head.weight.fill_(0.5)
            head.bias.fill_(0.0)
        elif case == "zeros":
            clean = torch.zeros(4, 3, dtype=dtype)
        elif case == "tiny":
            head.weight.mul_(1e-18)
            clean = clean * 1e-25
    clean.requires_grad_()
    noisy = clean.detach().clone().requires_grad_()
    loss = DiscriminativeLoss(4, 3).to(head.weight.dtype)
    for _ in range(2):
        with torch.autocast("cpu", dtype=dtype if half else torch.bfloat16, enabled=half):
            terms = loss(clean, noisy, labels, head)
        assert finite(terms)
        assert terms.total.dtype == head.weight.dtype
        gradients = torch.autograd.grad(terms.total, [clean, noisy, head.weight, head.bias])
        assert all(bool(torch.isfinite(gradient).all()) for gradient in gradients)
        assert torch.isfinite(loss.centroids).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_features_whose_squares_are_beyond_half_precision_stay_finite(dtype: torch.dtype) -> None:
    head = nn.Linear(8, 3)
    clean = torch.full((4, 8), 300.0, dtype=dtype, requires_grad=True)
    with torch.autocast("cpu", dtype=dtype):
        terms = DiscriminativeLoss(3, 8)(clean, torch.zeros_like(clean), torch.tensor([0, 0, 1, 1]), head)
    assert terms.noisy.item() == pytest.approx((300 * 8**0.5 - 0.5) ** 2)
    (gradient,) = torch.autograd.grad(terms.total, clean)
    assert torch.isfinite(gradient).all()


def test_equal_rows_count_as_no_distance() -> None:
    head = nn.Linear(2, 2)
    with torch.no_grad():
        head.weight.fill_(1.0)
    loss = DiscriminativeLoss(2, 2, delta_d=3.0)
    features = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert loss(features, features, torch.tensor([0, 1]), head).margin.item() == 3.0


def test_float32_at_least_under_autocast() -> None:
    head = nn.Linear(8, 3)
    loss = DiscriminativeLoss(3, 8)
    features = torch.randn(6, 8, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 0, 1, 2])
    plain = DiscriminativeLoss(3, 8)(features, features, labels, head)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        terms = loss(features, features, labels, head)
        assert finite(loss(features.bfloat16(), features.bfloat16(), labels, head))
    assert terms.total.dtype == torch.float32
    assert terms.total.item() == plain.total.item()


def test_state_travels_with_the_state_dict() -> None:
    head = make_head(3, 4)
    loss = DiscriminativeLoss(3, 4).double()
    loss(*draw(6, 3, 4, 0), head)
    other = DiscriminativeLoss(3, 4).double()
    other.load_state_dict(loss.state_dict())
    batch = draw(6, 3, 4, 1)
    assert loss(*batch, head).total.item() == other(*batch, head).total.item()


@pytest.mark.parametrize(("classes", "momentum"), [(1, 0.9), (3, 1.0), (3, -0.1)])
def test_wrong_arguments_are_errors(classes: int, momentum: float) -> None:
    with pytest.raises(ValueError, match="2 or more classes"):
        DiscriminativeLoss(classes, 4, momentum=momentum)


def test_the_buffers_change_in_place_and_the_graph_is_unharmed() -> None:
    """Wrappers such as DistributedDataParallel hold on to the buffers they were given."""
    head = make_head(3, 4)
    loss = DiscriminativeLoss(3, 4).double()
    held = loss.centroids, loss.seen
    totals = [
        loss(clean.requires_grad_(), noisy, labels, head).total for clean, noisy, labels in (draw(6, 3, 4, 0),) * 2
    ]
    assert held[0] is loss.centroids
    assert held[1] is loss.seen
    assert loss.seen.any()
    sum(totals).backward()
