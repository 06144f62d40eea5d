"""Hold the paper's Propositions 4.1 and 5.1 to 5.3 against the code: on features on the edge, and on networks."""

import copy
from typing import NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from pipeline.training.losses import DiscriminativeLoss
from pipeline.training.losses.centroids import Centroids, move_centroids
from pipeline.training.losses.class_means import ClassMeans, class_means
from pipeline.training.losses.margin import margin_loss, signed_distances
from tests.pipeline.training.losses.feature_sets import (
    class_margins,
    dispersions,
    distance_across,
    on_the_edge,
    random_head,
    terms_of,
)

DELTA_V, DELTA_D = 0.5, 3.0
sets = given(
    classes=st.integers(2, 5),
    extra=st.integers(0, 4),
    delta_v=st.sampled_from([0.1, 0.5, 1.3]),
    ratio=st.sampled_from([1.2, 2.5, 8.0]),
    seed=st.integers(0, 10_000),
)
few = settings(max_examples=25, deadline=None, derandomize=True)


class Trained(NamedTuple):
    body: nn.Sequential
    head: nn.Linear
    pictures: Tensor
    labels: Tensor

    def features(self) -> Tensor:
        return self.body(self.pictures).detach()


def untrained(activation: nn.Module | None = None) -> Trained:
    torch.manual_seed(0)
    body = nn.Sequential(nn.Linear(6, 24), nn.Tanh(), nn.Linear(24, 8), *([activation] if activation else []))
    labels = torch.arange(3).repeat_interleave(12)
    pictures = torch.randn(36, 6) + 1.5 * torch.eye(6)[labels]
    return Trained(body.double(), nn.Linear(8, 3).double(), pictures.double(), labels)


@pytest.fixture(scope="module")
def trained() -> Trained:
    """Train with cross-entropy and the real loss, full batch, until compact and margin are exactly 0."""
    network = untrained()
    loss = DiscriminativeLoss(3, 8, delta_v=DELTA_V, delta_d=DELTA_D, gamma_reg=0, momentum=0).double()
    optimizer = torch.optim.Adam([*network.body.parameters(), *network.head.parameters()], lr=0.01)
    for _ in range(2000):
        features = network.body(network.pictures)
        terms = loss(features, features, network.labels, network.head)
        if terms.compact == 0 and terms.margin == 0:
            return network
        optimizer.zero_grad()
        (terms.total + functional.cross_entropy(network.head(features), network.labels)).backward()
        optimizer.step()
    raise AssertionError(f"compact {terms.compact:g} and margin {terms.margin:g} after 2,000 steps")


# Proposition 4.1


def margins_and_gradients(network: Trained, old: Centroids, gamma: float) -> tuple[bool, Tensor, Tensor]:
    """Return whether both ways push every class from the same boundary, and both gradients with respect to θ."""
    batch = class_means(network.body(network.pictures), network.labels, 3)
    head = network.head.weight.detach(), network.head.bias.detach()
    pushed, gradients = [], []
    for means in (batch.means, move_centroids(old, batch, gamma).values):
        distances = signed_distances(means, *head).detach().fill_diagonal_(torch.inf)
        pushed.append(torch.where(distances.amin(dim=1) < DELTA_D, distances.argmin(dim=1), -1))
        margin = margin_loss(means, batch.class_weights, *head, DELTA_D)
        found = torch.autograd.grad(margin, list(network.body.parameters()), retain_graph=True)
        gradients.append(torch.cat([gradient.flatten() for gradient in found]))
    return torch.equal(*pushed), gradients[0], gradients[1]


def batch_of(network: Trained) -> ClassMeans:
    return class_means(network.features(), network.labels, 3)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.9, 0.99])
def test_4_1_momentum_shrinks_the_gradient_of_margin_by_one_minus_gamma(gamma: float) -> None:
    network = untrained()
    batch = batch_of(network)
    noise = torch.randn(3, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    same, naive, moment = margins_and_gradients(network, Centroids(batch.means + 0.01 * noise, batch.present), gamma)
    assert same
    assert naive.abs().max() > 0.01
    torch.testing.assert_close(moment, (1 - gamma) * naive, rtol=1e-9, atol=1e-12)
    if gamma:
        assert not torch.allclose(moment, (1 - 0.9 * gamma) * naive)


@pytest.mark.parametrize("scale", [100.0, -100.0])
def test_4_1_needs_old_centroids_that_are_pushed_from_the_same_boundaries(scale: float) -> None:
    """Old centroids far on the right side need no push any more; far on the wrong side, they need another one."""
    network = untrained()
    weight = network.head.weight.detach()
    old = Centroids(scale * (weight - weight.mean(dim=0)), torch.ones(3, dtype=torch.bool))
    same, naive, moment = margins_and_gradients(network, old, 0.9)
    assert not same
    assert not torch.allclose(moment, 0.1 * naive, rtol=1e-3)


def test_4_1_partial_momentum_keeps_the_whole_gradient() -> None:
    network = untrained()
    batch = batch_of(network)
    _, naive, _ = margins_and_gradients(network, Centroids(batch.means, batch.present), 0.9)
    loss = DiscriminativeLoss(3, 8, alpha=0, gamma_reg=0, lambda_noisy=0, momentum=0.9).double()
    loss.centroids, loss.seen = batch.means + 5, batch.present
    features = network.body(network.pictures)
    total = loss(features, features, network.labels, network.head).total
    found = torch.autograd.grad(total, list(network.body.parameters()))
    torch.testing.assert_close(torch.cat([gradient.flatten() for gradient in found]), naive, rtol=1e-9, atol=1e-12)


# Propositions 5.1 and 5.2


@few
@sets
def test_5_1_and_5_2_hold_on_the_edge_and_no_tighter_bound_does(
    classes: int, extra: int, delta_v: float, ratio: float, seed: int
) -> None:
    generator, delta_d = torch.Generator().manual_seed(seed), ratio * delta_v
    head = random_head(classes, classes + extra, generator)
    features, labels = on_the_edge(head, delta_v, delta_d, generator)
    terms = terms_of(features, labels, head, delta_v, delta_d)
    assert terms.compact == terms.margin == 0
    # 5.1: at most 2δ_v, and every class reaches it.
    assert dispersions(features, labels) == pytest.approx([2 * delta_v] * classes, rel=1e-6)
    # 5.2.1: at least δ_d − δ_v, and every class reaches it, on the right side of all its boundaries.
    margins = class_margins(features, labels, head.weight, head.bias)
    assert margins == pytest.approx([delta_d - delta_v] * classes, rel=1e-6)
    assert torch.equal(head(features).argmax(dim=1), labels)
    # 5.2.2, and the stronger bound of its proof.
    assert distance_across(features, labels) >= 2 * (delta_d - delta_v) * (1 - 1e-6)
    if delta_d > 2 * delta_v:
        assert max(dispersions(features, labels)) < distance_across(features, labels)


@few
@sets
def test_5_1_and_5_2_break_with_their_premises(
    classes: int, extra: int, delta_v: float, ratio: float, seed: int
) -> None:
    generator, delta_d = torch.Generator().manual_seed(seed), ratio * delta_v
    head = random_head(classes, classes + extra, generator)
    wide, labels = on_the_edge(head, 1.01 * delta_v, delta_d, generator)
    assert terms_of(wide, labels, head, delta_v, delta_d).compact > 0
    assert min(dispersions(wide, labels)) > 2 * delta_v
    assert max(class_margins(wide, labels, head.weight, head.bias)) < delta_d - delta_v
    near, labels = on_the_edge(head, delta_v, 0.99 * delta_d, generator)
    assert terms_of(near, labels, head, delta_v, delta_d).margin > 0
    assert max(class_margins(near, labels, head.weight, head.bias)) < delta_d - delta_v


@pytest.mark.parametrize(("ratio", "holds"), [(1.9, False), (2.1, True)])
def test_5_2_2_needs_delta_d_above_twice_delta_v(ratio: float, holds: bool) -> None:
    """Two classes in one dimension are as near to each other as margin allows."""
    head = nn.Linear(1, 2).double().requires_grad_(False)
    head.weight.copy_(torch.tensor([[1.0], [-1.0]]))
    head.bias.fill_(0.3)
    centers = torch.tensor([ratio, ratio, -ratio, -ratio], dtype=torch.float64) * (1 + 1e-9)
    steps = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64) * (1 - 1e-9)
    features, labels = (centers + steps)[:, None], torch.tensor([0, 0, 1, 1])
    terms = terms_of(features, labels, head, 1.0, ratio)
    assert terms.compact == terms.margin == 0
    assert distance_across(features, labels) == pytest.approx(2 * ratio - 2, rel=1e-6)
    assert (max(dispersions(features, labels)) < distance_across(features, labels)) == holds


def test_5_1_and_5_2_hold_for_a_trained_network(trained: Trained) -> None:
    features, head = trained.features(), (trained.head.weight.detach(), trained.head.bias.detach())
    terms = terms_of(features, trained.labels, trained.head, DELTA_V, DELTA_D)
    assert terms.compact == terms.margin == 0
    spread, margins = dispersions(features, trained.labels), class_margins(features, trained.labels, *head)
    assert max(spread) <= 2 * DELTA_V
    assert min(margins) >= DELTA_D - DELTA_V
    assert max(spread) < distance_across(features, trained.labels)
    # δ_v and δ_d themselves would be wrong bounds, and an untrained network keeps neither.
    assert max(spread) > DELTA_V
    assert min(margins) < DELTA_D
    before = untrained()
    assert max(dispersions(before.features(), before.labels)) > 2 * DELTA_V
    start = class_margins(before.features(), before.labels, before.head.weight.detach(), before.head.bias.detach())
    assert min(start) < DELTA_D - DELTA_V


# Proposition 5.3


def scaled(body: nn.Sequential, head: nn.Linear, nu: float) -> tuple[nn.Sequential, nn.Linear]:
    """Apply T_ν: multiply the last layer before the features, and the head's bias, by ν (appendix D)."""
    body, head = copy.deepcopy(body), copy.deepcopy(head)
    prior = [layer for layer in body if isinstance(layer, nn.Linear | nn.Conv2d)][-1]
    with torch.no_grad():
        for parameter in (prior.weight, prior.bias, head.bias):
            parameter.mul_(nu)
    return body, head


def theta(*modules: nn.Module) -> Tensor:
    return torch.cat([item.detach().flatten() for module in modules for item in module.parameters()])


def convolutional(activation: nn.Module | None) -> Trained:
    torch.manual_seed(1)
    layers = [nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Conv2d(4, 3, 3), *([activation] if activation else []), nn.Flatten()]
    labels = torch.arange(3).repeat_interleave(5)
    pictures = torch.randn(15, 2, 6, 6) + labels[:, None, None, None]
    return Trained(nn.Sequential(*layers).double(), nn.Linear(12, 3).double(), pictures.double(), labels)


def balanced(network: Trained) -> Trained:
    """Set the head's bias so that no class has all the predictions."""
    with torch.no_grad():
        network.head.bias.sub_(network.head(network.features()).mean(dim=0))
    return network


@pytest.mark.parametrize("nu", [0.2, 0.5, 3.0])
@pytest.mark.parametrize("kind", ["trained", "dense", "dense relu", "convolution", "convolution relu"])
def test_5_3_scales_margin_and_dispersion_and_no_prediction(trained: Trained, kind: str, nu: float) -> None:
    activation = nn.ReLU() if "relu" in kind else None
    made = untrained if "dense" in kind else convolutional
    network = trained if kind == "trained" else balanced(made(activation))
    body, head = scaled(network.body, network.head, nu)
    old, new = network.features(), body(network.pictures).detach()
    logits = network.head(old).detach()
    assert len(logits.argmax(dim=1).unique()) > 1
    assert torch.equal(head(new).argmax(dim=1), logits.argmax(dim=1))
    torch.testing.assert_close(head(new).detach(), nu * logits)
    before = class_margins(old, network.labels, network.head.weight.detach(), network.head.bias.detach())
    after = class_margins(new, network.labels, head.weight.detach(), head.bias.detach())
    assert min(before) > 0
    assert after == pytest.approx([nu * margin for margin in before], rel=1e-9)
    spread = dispersions(old, network.labels)
    assert max(spread) > 0
    assert dispersions(new, network.labels) == pytest.approx([nu * largest for largest in spread], rel=1e-9)
    # Without the bias of the head among the scaled parameters it would not hold.
    unscaled = class_margins(new, network.labels, head.weight.detach(), network.head.bias.detach())
    assert unscaled != pytest.approx(after, rel=1e-6)


def test_5_3_moves_along_one_direction() -> None:
    network = untrained()
    start = theta(network.body, network.head)
    steps = {nu: theta(*scaled(network.body, network.head, nu)) - start for nu in (0.25, 0.5, 2.0, 7.0)}
    direction = steps[2.0]
    assert direction.norm() > 0
    for nu, step in steps.items():
        torch.testing.assert_close(step, (nu - 1) * direction)
    # Corollary 5.1: growing and shrinking are opposite.
    assert functional.cosine_similarity(steps[7.0], steps[0.25], dim=0).item() == pytest.approx(-1)


def test_5_3_neither_term_alone_needs_better_predictions(trained: Trained) -> None:
    """Shrinking keeps compact at 0 and loses margin, growing does the reverse: the two hold ν together."""
    terms = {}
    for nu in (0.2, 1.0, 5.0):
        body, head = scaled(trained.body, trained.head, nu)
        terms[nu] = terms_of(body(trained.pictures), trained.labels, head, DELTA_V, DELTA_D)
    assert terms[0.2].compact == 0 < terms[0.2].margin
    assert terms[1.0].compact == terms[1.0].margin == 0
    assert terms[5.0].margin == 0 < terms[5.0].compact
