"""Pictures that are stored turned or mirrored, with a tag that says so."""

from data_tools.checks.config import ChecksConfig
from data_tools.checks.registry import Facts, Finding, register
from data_tools.images.exif import UPRIGHT

_EFFECTS = {
    2: "mirrored",
    3: "rotated by 180°",
    4: "mirrored and rotated by 180°",
    5: "mirrored and rotated by 270°",
    6: "rotated by 90°",
    7: "mirrored and rotated by 90°",
    8: "rotated by 270°",
}
"""How the stored pixels are brought upright, clockwise (CIPA DC-008, 4.6.4)."""


@register
class OrientationTag:
    """Decoders that ignore the tag see another picture."""

    name = "orientation_tag"
    title = "Orientation tag"
    meaning = "An EXIF tag turns or mirrors the stored picture; decoders that ignore it see another picture."
    advice = "Store it upright without the tag, so that training and camera see the same."

    def examine(self, facts: Facts, config: ChecksConfig) -> Finding | None:  # noqa: ARG002
        """Tell what the tag does; a value outside 1..8 does nothing and scores low."""
        if facts.orientation == UPRIGHT:
            return None
        effect = _EFFECTS.get(facts.orientation)
        if effect is None:
            return Finding(0.25, f"tag {facts.orientation}: invalid, shown as stored")
        return Finding(1.0, f"tag {facts.orientation}: {effect} for display")
