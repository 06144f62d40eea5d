"""Pictures that show nothing."""

from data_tools.checks.config import ChecksConfig
from data_tools.checks.registry import Facts, Finding, register


@register
class LowInformation:
    """The picture is near-uniform."""

    name = "low_information"
    title = "Low information"
    meaning = "The picture is one flat shade, perhaps with noise: a covered lens, a lost signal, a burnt-out frame."
    advice = "Leave it out; when one camera has many of them, look at that camera."

    def examine(self, facts: Facts, config: ChecksConfig) -> Finding | None:
        """Look for low contrast, few grey levels, or contrast that is noise alone."""
        limits = config.low_information
        if facts.contrast < limits.min_contrast:
            return Finding(1.0, f"contrast {facts.contrast:.3f}, at least {limits.min_contrast:g}")
        if facts.entropy_bits < limits.min_entropy_bits:
            return Finding(1.0, f"{facts.entropy_bits:.2f} bits of grey levels, at least {limits.min_entropy_bits:g}")
        if facts.contrast < limits.noise_max_contrast and facts.sharpness > limits.noise_sharpness:
            return Finding(0.9, f"noise alone (contrast {facts.contrast:.3f}, gradient ratio {facts.sharpness:.2f})")
        return None
