"""Hold what a search tries and finds."""

from typing import Literal

from data_tools.artifacts.model import Record
from export.quantize.recipe import Recipe, Step
from export.quantize.scoring import Score
from export.quantize.sensitivity import LayerNoise

Origin = Step | Literal["start", "worst layers in float", "fine-tuning"]
"""Which part of a search tried a recipe; fine-tuning covers the layers left in float after it as well."""


class Tried(Record):
    """Hold one recipe that was tried."""

    recipe: Recipe
    step: Origin
    score: Score
    size_bytes: int
    int8_share: float
    """Of the multiply-accumulates."""
    breaches: tuple[str, ...]
    """What of the budget it misses, in words; empty = within the budget."""


class Found(Record):
    """Hold what a search found."""

    tried: tuple[Tried, ...]
    chosen: Tried
    reason: str
    sensitivity: tuple[LayerNoise, ...]
    """Worst layer first; empty where the ranking was not needed."""
    finetuned_sensitivity: tuple[LayerNoise, ...] = ()
    """The same of the fine-tuned graph."""
