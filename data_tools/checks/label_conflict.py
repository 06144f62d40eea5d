"""Pictures that carry two labels."""

from data_tools.checks.registry import register


@register
class LabelConflict:
    """One picture under two labels."""

    name = "label_conflict"
    title = "Label conflict"
    meaning = "The same picture, or a near duplicate of it, carries another label."
    advice = "Look at both and correct the label; equal bytes under two labels are all left out until then."
