"""Pictures with more pixels than are decoded."""

from data_tools.checks.config import ChecksConfig
from data_tools.checks.registry import Facts, Finding, register


@register
class TooLarge:
    """The picture has, or claims, too many pixels."""

    name = "too_large"
    title = "Too large"
    meaning = "The picture has more pixels than the limit, or its header claims so."
    advice = "Scale it down; a damaged header can claim any size."

    def examine(self, facts: Facts, config: ChecksConfig) -> Finding | None:
        """Compare height × width with the limit."""
        limit, pixels = config.too_large.max_pixels, facts.height_px * facts.width_px
        if pixels <= limit:
            return None
        return Finding(1.0, f"{facts.width_px}×{facts.height_px} px, at most {limit:,} px in all")
