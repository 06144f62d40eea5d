"""Pictures without colour."""

from data_tools.checks.config import ChecksConfig
from data_tools.checks.registry import Facts, Finding, register


@register
class Grayscale:
    """The three channels are the same."""

    name = "grayscale"
    title = "Grayscale"
    meaning = "The picture has no colour, from an infrared camera, a black-and-white photo or a converter."
    advice = "Fine if the camera in use is grey, too; otherwise a model can learn colour as a sign of the source."

    def examine(self, facts: Facts, config: ChecksConfig) -> Finding | None:
        """Compare the mean spread of the channels with the limit."""
        if facts.chroma > config.grayscale.max_chroma:
            return None
        return Finding(1.0, f"channel spread {facts.chroma:.4f}, colour from {config.grayscale.max_chroma:g}")
