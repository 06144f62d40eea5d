"""Pictures of a shot that is there already."""

from data_tools.checks.registry import register


@register
class NearDuplicate:
    """A later picture of the same shot."""

    name = "near_duplicate"
    title = "Near duplicate"
    meaning = "The picture shows the same shot as another one: resized, recoded, mirrored or a moment later."
    advice = "Keep both in one part of the split; leave one out if one drive crowds the others out."
