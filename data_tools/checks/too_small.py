"""Pictures with too few pixels."""

from data_tools.checks.config import ChecksConfig
from data_tools.checks.registry import Facts, Finding, register


@register
class TooSmall:
    """The picture is too small to show a road."""

    name = "too_small"
    title = "Too small"
    meaning = "One side has fewer pixels than the limit: a thumbnail, an icon or a strip."
    advice = "Find the original; enlarging does not bring detail back."

    def examine(self, facts: Facts, config: ChecksConfig) -> Finding | None:
        """Compare the shorter side with the limit."""
        limit, side = config.too_small.min_side_px, min(facts.height_px, facts.width_px)
        if side >= limit:
            return None
        return Finding(1.0, f"{facts.width_px}×{facts.height_px} px, at least {limit} px a side")
