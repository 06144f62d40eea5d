"""Add the noise of a method's views to a picture, for the eye (training does it on the device, `pipeline.training`)."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from data_tools.images.decode import Picture
from data_tools.randomness import Key, keyed_generator
from pipeline.training.method_config import (
    BothConfig,
    MethodConfig,
    NoisyConfig,
    RobustConfig,
    SignConfig,
    StabilityConfig,
)

GaussianMethod = NoisyConfig | BothConfig | StabilityConfig | RobustConfig
Floats = npt.NDArray[np.float64]


class NoiseView:
    """Hold what a method does to pictures, and how it is called."""

    def __init__(self, title: str, add: Callable[[Floats, np.random.Generator], tuple[Floats, str]]) -> None:
        """Take the parts.

        Args:
            title: What the noise is, with its settings.
            add: Takes (H, W, 3) in 0..1 and a generator, and returns the noisy picture and its caption.
        """
        self.title = title
        self._add = add

    def __call__(self, picture: Picture, *key: Key) -> tuple[Picture, str]:
        """Return a noisy copy of a picture and its caption; both depend on the key alone.

        Args:
            picture: (H, W, 3) uint8.
            key: Names the draw.
        """
        noisy, caption = self._add(picture / 255, keyed_generator("preview noise", *key))
        return np.rint(np.clip(noisy, 0, 1) * 255).astype(np.uint8), caption


def noise_of(method: MethodConfig) -> NoiseView | None:
    """Return the noise that a method's views have, or None where there is none that needs no network."""
    if isinstance(method, GaussianMethod):
        return _gaussian(method.sigma, method.sigma_from)
    if isinstance(method, SignConfig) and method.on_input:
        return _sign(method.epsilon, method.probability)
    return None


def _gaussian(sigma: float, sigma_from: float | None) -> NoiseView:
    """Compute clip(x + σ/255 · n, 0, 1), as `pipeline.training.noise.noised` does."""

    def add(unit: Floats, generator: np.random.Generator) -> tuple[Floats, str]:
        level = sigma if sigma_from is None else float(generator.uniform(sigma_from, sigma))
        return unit + level / 255 * generator.standard_normal(unit.shape), f"noise, sigma {level:.3g}"

    levels = f"{sigma:g}" if sigma_from is None else f"{sigma_from:g} to {sigma:g}"
    return NoiseView(f"Gaussian noise, sigma {levels} grey levels", add)


def _sign(epsilon: float, probability: float) -> NoiseView:
    """Compute clip(x + ε·x⊙l(x), 0, 1), l = ±sgn(x), as `pipeline.training.views.sign_perturbation` does."""

    def add(unit: Floats, generator: np.random.Generator) -> tuple[Floats, str]:
        up = generator.random(unit.shape) < probability
        return unit + epsilon * unit * np.where(up, 1.0, -1.0) * np.sign(unit), f"sign noise, epsilon {epsilon:g}"

    return NoiseView(f"sign noise, epsilon {epsilon:g}, p {probability:g}", add)
