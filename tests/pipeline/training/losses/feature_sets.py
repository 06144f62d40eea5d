"""Measure class dispersion and margin (Definitions 3.1 and 5.1), and build features that meet the premises."""

import itertools

import torch
from torch import Tensor, nn

from pipeline.training.losses import DiscriminativeLoss, DiscriminativeTerms


def terms_of(features: Tensor, labels: Tensor, head: nn.Linear, delta_v: float, delta_d: float) -> DiscriminativeTerms:
    """Return the real loss's terms for a whole data set in one batch."""
    loss = DiscriminativeLoss(head.out_features, head.in_features, delta_v=delta_v, delta_d=delta_d, momentum=0)
    return loss.double()(features, features, labels, head)


def dispersions(features: Tensor, labels: Tensor) -> list[float]:
    """Return every class's largest distance between two of its samples."""
    largest = []
    for c in sorted(set(labels.tolist())):
        own = features[labels == c]
        largest.append(max(float((p - q).norm()) for p, q in itertools.combinations(own, 2)))
    return largest


def class_margins(features: Tensor, labels: Tensor, weight: Tensor, bias: Tensor) -> list[float]:
    """Return every class's smallest distance of a sample to one of the class's boundaries."""
    margins = []
    for c in sorted(set(labels.tolist())):
        others = [i for i in range(len(weight)) if i != c]
        margins.append(
            min(
                float(((weight[c] - weight[i]) @ q + bias[c] - bias[i]).abs() / (weight[c] - weight[i]).norm())
                for q in features[labels == c]
                for i in others
            )
        )
    return margins


def distance_across(features: Tensor, labels: Tensor) -> float:
    """Return the smallest distance between samples of different classes."""
    pairs = itertools.combinations(range(len(labels)), 2)
    return min(float((features[i] - features[j]).norm()) for i, j in pairs if labels[i] != labels[j])


def random_head(classes: int, width: int, generator: torch.Generator) -> nn.Linear:
    head = nn.Linear(width, classes).double().requires_grad_(False)
    head.weight.copy_(torch.randn(classes, width, generator=generator, dtype=torch.float64))
    head.bias.copy_(torch.randn(classes, generator=generator, dtype=torch.float64))
    return head


def on_the_edge(
    head: nn.Linear, delta_v: float, delta_d: float, generator: torch.Generator, pairs: int = 3
) -> tuple[Tensor, Tensor]:
    """Build features whose compact and margin are 0, and would not be if a class were a little wider or nearer.

    Every mean lies δ_d from its nearest boundary. A class is pairs of opposite points around its mean: the first lies
    δ_v away across that boundary, the others are anywhere in the ball. Needs at least as many dimensions as classes.
    """
    weight, bias = head.weight, head.bias
    features, labels = [], []
    for c in range(len(weight)):
        shifts = weight[c] - weight
        norms = shifts.norm(dim=1)
        nearest = int(norms.argmax())  # all leads are equal, so the longest normal belongs to the nearest boundary
        wanted = torch.zeros_like(bias)
        wanted[c] = delta_d * norms[nearest] * (1 + 1e-9)
        mean = torch.linalg.pinv(weight) @ (wanted - bias)
        steps = torch.randn(pairs, len(mean), generator=generator, dtype=torch.float64)
        steps *= torch.rand(pairs, 1, generator=generator, dtype=torch.float64) / steps.norm(dim=1, keepdim=True)
        steps[0] = shifts[nearest] / norms[nearest]
        steps *= delta_v * (1 - 1e-9)
        features += [mean + steps, mean - steps]
        labels += [c] * 2 * pairs
    return torch.cat(features), torch.tensor(labels)
