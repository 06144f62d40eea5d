"""Compute the learning rate of a step from the step's number alone, so that resuming needs no scheduler state."""

import math
from collections.abc import Sequence
from typing import Literal


def learning_rate_factor(
    step: int,
    total_steps: int,
    warmup_steps: int,
    schedule: Literal["cosine", "constant", "step"],
    *,
    milestones: Sequence[int] = (),
    decay: float = 0.1,
) -> float:
    """Compute the share of the highest learning rate that a step uses.

    Args:
        step: 0-based number of the optimiser step over the whole training.
        total_steps: Number of steps of the whole training.
        warmup_steps: Length of the linear warm-up; no more than a quarter of `total_steps` is used, so that a
            short training still reaches its learning rate.
        schedule: 'cosine' falls to 0 over all steps, 'constant' stays, 'step' falls at the milestones.
        milestones: Steps from which 'step' multiplies by `decay` once more.
        decay: Factor at a milestone.

    Returns:
        min(1, (step + 1) / warm-up) times ½(1 + cos(π · step / total)), 1, or decay^(milestones reached).

    Raises:
        ValueError: The step is outside 0..total_steps-1.
    """
    if not 0 <= step < total_steps:
        raise ValueError(f"expected a step in 0..{total_steps - 1}, got {step}")
    warmup = min(warmup_steps, total_steps // 4)
    ramp = min(1.0, (step + 1) / warmup) if warmup else 1.0
    if schedule == "cosine":
        return ramp * 0.5 * (1 + math.cos(math.pi * step / total_steps))
    if schedule == "step":
        return ramp * float(decay ** sum(milestone <= step for milestone in milestones))
    return ramp
