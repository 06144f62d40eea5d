"""Pictures that are out of focus or smeared by motion."""

from data_tools.checks.config import ChecksConfig
from data_tools.checks.registry import Facts, Finding, register

_SMOOTH = 0.25
"""Sharpness of a smooth ramp: its gradient over 1 px is a quarter of that over 4 px."""


@register
class Blurred:
    """Fine detail is missing in at least one direction; low contrast alone, as in fog, is not meant."""

    name = "blurred"
    title = "Blurred"
    meaning = "The picture has no fine detail in at least one direction: out of focus, motion, or a wet lens."
    advice = "Leave it out if the surface's texture is gone; clean or refocus the camera when it has many."

    def examine(self, facts: Facts, config: ChecksConfig) -> Finding | None:
        """Compare the sharpness with the limit, unless the picture is too flat to tell."""
        limit = config.blurred.min_sharpness
        if facts.contrast < config.low_information.min_contrast or facts.sharpness >= limit:
            return None
        score = (limit - facts.sharpness) / (limit - _SMOOTH) if limit > _SMOOTH else 1.0
        return Finding(min(score, 1.0), f"sharpness {facts.sharpness:.3f}, at least {limit:g}")
