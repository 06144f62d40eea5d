"""Pictures that are burnt out."""

from data_tools.checks.config import ChecksConfig
from data_tools.checks.registry import Facts, Finding, register


@register
class Bright:
    """Most of the picture is white; snow in the sun, which keeps its many light greys, is not meant."""

    name = "bright"
    title = "Bright"
    meaning = "The picture is burnt out: white nearly all over, or bright with most grey levels gone."
    advice = "Look whether the surface can still be told; fix the exposure when one camera has many."

    def examine(self, facts: Facts, config: ChecksConfig) -> Finding | None:
        """Look at mean luma and, in bright pictures, at the histogram's entropy; the larger excess is the score."""
        limits = config.bright
        excess = (facts.brightness - limits.max_brightness) / max(1 - limits.max_brightness, 1e-9)
        burnt = 1 - facts.entropy_bits / limits.min_entropy_bits if limits.min_entropy_bits else 0.0
        score = max(excess, burnt if facts.brightness >= limits.bright_from else 0.0)
        if score <= 0:
            return None
        return Finding(
            min(score, 1.0), f"mean luma {facts.brightness:.2f}, {facts.entropy_bits:.1f} bits of grey levels"
        )
