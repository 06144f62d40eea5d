"""Pictures that are too dark."""

from data_tools.checks.config import ChecksConfig
from data_tools.checks.registry import Facts, Finding, register


@register
class Dark:
    """Next to nothing is lit; a night picture with lit road, lamps or signs is not meant."""

    name = "dark"
    title = "Dark"
    meaning = "Even the lighter parts of the picture are near black, so the road surface cannot be made out."
    advice = "Keep it only if the camera has to work in such light; otherwise leave it out."

    def examine(self, facts: Facts, config: ChecksConfig) -> Finding | None:
        """Compare the mean plus one standard deviation of luma with the limit; the score is the share missing."""
        limit, lighter = config.dark.min_mean_plus_std, facts.brightness + facts.contrast
        if lighter >= limit:
            return None
        return Finding(1 - lighter / limit, f"mean luma {facts.brightness:.2f}, contrast {facts.contrast:.2f}")
