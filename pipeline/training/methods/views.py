"""Name the views of a batch that a method asks for; `pipeline.training.views` makes them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CleanView:
    """The augmented pictures as they are."""


@dataclass(frozen=True)
class GaussianView:
    """The pictures with Gaussian noise (the paper, section 4.2)."""

    sigma: float
    """Standard deviation, grey levels."""
    sigma_from: float | None = None
    """Each picture draws its level, uniform from this to `sigma`; None: always `sigma`."""


@dataclass(frozen=True)
class SignView:
    """The pictures, and chosen layers' outputs, moved by a share of their value (seed 004, section 3.3)."""

    epsilon: float
    probability: float
    on_input: bool
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class AdversarialView:
    """The pictures that a gradient attack on the cross-entropy finds."""

    epsilon: float
    """Largest change of a pixel, grey levels."""
    step: float
    """Change of a pixel in one step, grey levels."""
    steps: int
    random_start: bool


View = CleanView | GaussianView | SignView | AdversarialView
