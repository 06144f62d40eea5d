"""Labels that a model contradicts; the model runs elsewhere, the description lives here."""

from data_tools.checks.registry import register


@register
class LabelError:
    """A label that a model trained on the other pictures contradicts."""

    name = "label_error"
    title = "Possible label error"
    meaning = "A model trained on other pictures is sure of another class than the label says."
    advice = "Look at it and correct the label if it is wrong; a rare but right picture is worth keeping."
