"""Train with Max-Mahalanobis centres: preset (MMC), on springs (EMC) or in a hierarchy (HMM) (Pang et al., 2020)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from data_tools.errors import InputError
from pipeline.training.losses import (
    hierarchical_centers,
    max_mahalanobis_centers,
    max_mahalanobis_loss,
    spring_energy,
)
from pipeline.training.method_config import EmcConfig, HmmConfig, MmcConfig
from pipeline.training.methods.base import CrossEntropyMethod
from pipeline.training.methods.registry import LossTerms, Surroundings, register
from pipeline.training.networks.nearest_center import NearestCenterHead
from pipeline.training.networks.roadnet import Output


class _PresetCenters(CrossEntropyMethod):
    """Minimise ½‖q − μ_y‖² to the head's centres, which are set before the first step."""

    elastic = False
    preset: Tensor

    def __init__(self, preset: Tensor, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self.register_buffer("preset", preset)

    def prepare(self, head: nn.Module) -> None:
        """Put the centres in their place."""
        centers = _nearest(head).centers
        with torch.no_grad():
            centers.copy_(self.preset)
        centers.requires_grad_(self.elastic)

    def forward(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:
        """Compute the loss (see `Method`)."""
        (clean,) = outputs
        pull = max_mahalanobis_loss(clean.features, labels, _nearest(head).centers, self.class_weights)
        return LossTerms(base=pull, parts={"center": pull})


@register("mmc", MmcConfig)
class MmcMethod(_PresetCenters):
    """Minimise ½‖q − μ*_y‖² (seed 003); the network classifies by the nearest centre."""

    def __init__(self, config: MmcConfig, surroundings: Surroundings) -> None:
        super().__init__(_centers(config.radius, surroundings), surroundings)


@register("emc", EmcConfig)
class EmcMethod(_PresetCenters):
    """Minimise ½‖q − μ_y‖² + ½·stiffness·‖μ − μ*‖² over the network and the centres."""

    elastic = True

    def __init__(self, config: EmcConfig, surroundings: Surroundings) -> None:
        super().__init__(_centers(config.radius, surroundings), surroundings)
        self._stiffness = config.stiffness

    def forward(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:
        """Compute the terms (see `Method`)."""
        terms = super().forward(outputs, labels, head)
        spring = spring_energy(_nearest(head).centers, self.preset)
        return LossTerms(base=terms.base + self._stiffness * spring, parts={**terms.parts, "spring": spring})


@register("hmm", HmmConfig)
class HmmMethod(_PresetCenters):
    """Minimise ½‖q − μ*_y‖² to hierarchical centres: those of groups, then of the classes in a group."""

    def __init__(self, config: HmmConfig, surroundings: Surroundings) -> None:
        named = sorted(name for group in config.groups for name in group)
        if named != sorted(surroundings.classes):
            raise InputError(
                f"train.method.groups: expected every class once ({', '.join(surroundings.classes)}), "
                f"got {[list(group) for group in config.groups]}"
            )
        indices = [[surroundings.classes.index(name) for name in group] for group in config.groups]
        try:
            preset = hierarchical_centers(indices, surroundings.feature_dim, config.radius, config.inner_radius)
        except ValueError as error:
            raise InputError(f"train.method: {error}") from error
        super().__init__(preset, surroundings)


def _centers(radius: float, surroundings: Surroundings) -> Tensor:
    """Return the preset centres, (C, d)."""
    try:
        return max_mahalanobis_centers(len(surroundings.classes), surroundings.feature_dim, radius)
    except ValueError as error:
        raise InputError(f"train.embedding_dim: {error}") from error


def _nearest(head: nn.Module) -> NearestCenterHead:
    """Return the head as what it is."""
    if not isinstance(head, NearestCenterHead):
        raise TypeError(f"expected a nearest-centre head, got {type(head).__name__}")
    return head
