"""Pictures that are much longer than wide, or the other way round."""

from data_tools.checks.config import ChecksConfig
from data_tools.checks.registry import Facts, Finding, register


@register
class OddAspect:
    """One side is several times the other."""

    name = "odd_aspect"
    title = "Odd aspect"
    meaning = "One side is several times the other: a panorama or a strip, distorted at model size."
    advice = "Crop it to the road, or leave it out."

    def examine(self, facts: Facts, config: ChecksConfig) -> Finding | None:
        """Compare longer / shorter with the limit; the score is the share of the picture that is too long."""
        limit = config.odd_aspect.max_ratio
        ratio = max(facts.height_px, facts.width_px) / min(facts.height_px, facts.width_px)
        if ratio <= limit:
            return None
        return Finding(1 - limit / ratio, f"{facts.width_px}×{facts.height_px} px, {ratio:.1f} : 1")
