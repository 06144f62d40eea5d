"""Rank layers by what quantising each alone changes."""

from collections.abc import Sequence

from data_tools.artifacts.model import Record
from data_tools.progress import Progress, silent
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe
from export.quantize.scoring import Scorer


class LayerNoise(Record):
    """Hold what quantising one layer alone does."""

    node: str
    divergence: float
    feature_sqnr_db: float
    accuracy_drop: float
    agreement: float


def rank_layers(
    quantizer: Quantizer, scorer: Scorer, recipe: Recipe, layers: Sequence[str], progress: Progress = silent
) -> list[LayerNoise]:
    """Quantise each layer alone, and return the layers, that with the largest divergence first.

    The feature's signal-to-noise ratio is measured too, but ranks worse: noise that the head does not see counts there.

    Args:
        quantizer: Makes the graphs.
        scorer: Holds the pictures.
        recipe: How a layer is quantised.
        layers: Names of the layers to rank.
        progress: Receives the number of layers done.
    """
    found = []
    for position, layer in enumerate(layers):
        score = scorer.score(quantizer.quantize_only(recipe, layer), layer)
        found.append(
            LayerNoise(
                node=layer,
                divergence=score.degradation.divergence,
                feature_sqnr_db=score.feature_sqnr_db,
                accuracy_drop=score.degradation.accuracy_drop,
                agreement=score.degradation.agreement,
            )
        )
        progress(position + 1, len(layers), "ranking layers by sensitivity")
    return sorted(found, key=lambda item: (-item.divergence, item.node))
