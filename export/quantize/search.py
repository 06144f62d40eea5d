"""Search the recipe that costs least, on calibration and validation pictures alone."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import onnx

from data_tools.progress import Progress, silent
from export.config import BudgetConfig, FinetuneConfig
from export.quantize.budget import choice_breaches, losses
from export.quantize.choice import best, choose, reason, start_of_finetuning, to_be_finetuned
from export.quantize.found import Found, Origin, Tried
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import STEPS, Recipe, Step, Target
from export.quantize.scoring import Scorer
from export.quantize.sensitivity import LayerNoise, rank_layers
from export.quantize.work import int8_share

_START = Recipe(target="int8", calibration="percentile", percentile=99.99, float_groups=("squeeze_excite",))
_VARIANTS: dict[Step, list[dict[str, object]]] = {
    "calibration": [
        {"calibration": "minmax"},
        {"calibration": "percentile", "percentile": 99.9},
        {"calibration": "percentile", "percentile": 99.97},
        {"calibration": "percentile", "percentile": 99.99},
        {"calibration": "entropy"},
    ],
    "layers in float": [
        {"float_groups": ()},
        {"float_groups": ("squeeze_excite", "first_and_last")},
        {"float_groups": ("squeeze_excite", "depthwise")},
        {"float_groups": ("squeeze_excite", "first_and_last", "depthwise")},
    ],
    "centring": [{"centered": True}],
    "equalisation": [{"equalized": True}],
    "bias correction": [{"bias_corrected": True}],
}
_TYPICAL = 13


class Finetuning(NamedTuple):
    """Say when to fine-tune, and how."""

    config: FinetuneConfig
    tune: Callable[[Recipe], onnx.ModelProto]
    """Returns the fp32 graph with other weights, such as lose less by a recipe."""


class Search:
    """Try recipes one switch at a time, keep what lowers the divergence, fall back on float layers, fine-tune."""

    def __init__(
        self,
        quantizer: Quantizer,
        scorer: Scorer,
        ranker: Scorer,
        budget: BudgetConfig,
        *,
        finetuning: Finetuning | None = None,
        progress: Progress = silent,
    ) -> None:
        """Take what the recipes are tried with.

        Args:
            quantizer: Makes the graphs.
            scorer: Compares them with fp32 on pictures that are not of the test part.
            ranker: Ranks layers, on the calibration pictures alone.
            budget: What may be lost.
            finetuning: When to fine-tune, and how; None leaves it out.
            progress: Receives the number of recipes tried.
        """
        self._quantizer = quantizer
        self._scorer = scorer
        self._ranker = ranker
        self._budget = budget
        self._finetuning = finetuning
        self._progress = progress
        self._tried: list[Tried] = []

    def run(self, target: Target, steps: Sequence[Step] = STEPS) -> Found:
        """Search.

        Every step varies one thing of the recipe that diverges least so far: the calibration, the groups of layers
        left in float, then centring (int8-trt), equalisation and bias correction. If none that was tried is within
        the budget, the layers that diverge most on their own are left in float, 1, 2, 4, … of them, until one is, and
        then fewer again, as far as that goes.

        Last, where the configuration asks for it, the weights are fine-tuned for the best recipe that changes nothing
        after training. Ranges are calibrated anew on the tuned graph, and if no recipe will do without it, its worst
        layers are left in float as well. What it changes is still measured against the original fp32 graph.

        Without that fallback the recipe within the budget that diverges least is chosen; after it, the one within the
        budget that does most in 8 bits.

        Args:
            target: What the graph is for.
            steps: What to vary; the order is always that of `STEPS`.
        """
        self._tried = []
        self._try(_START.model_copy(update={"target": target}), "start")
        for step in STEPS:
            if step not in steps or (step == "centring" and target == "int8"):
                continue
            start = best(self._tried).recipe
            for change in _VARIANTS[step]:
                self._try(start.model_copy(update=change), step)
        ranking, tuned_ranking = [], []
        if best(self._tried).breaches:
            ranking = self._fall_back(best(self._tried).recipe, "worst layers in float")
        if self._finetuning is not None and to_be_finetuned(choose(self._tried), self._finetuning.config):
            tuned_ranking = self._finetune(self._finetuning.tune)
        chosen = choose(self._tried)
        return Found(
            tried=tuple(self._tried),
            chosen=chosen,
            reason=reason(self._tried, chosen),
            sensitivity=tuple(ranking),
            finetuned_sensitivity=tuple(tuned_ranking),
        )

    def graph(self, recipe: Recipe) -> onnx.ModelProto:
        """Return the graph of a recipe."""
        return self._quantizer.quantize(recipe)

    def _try(self, recipe: Recipe, step: Origin) -> Tried:
        """Quantise and score, unless this recipe was tried before."""
        before = next((item for item in self._tried if item.recipe == recipe), None)
        if before is not None:
            return before
        graph = self._quantizer.quantize(recipe)
        score = self._scorer.score(graph, recipe.target)
        share = int8_share(graph, self._quantizer.work)
        tried = Tried(
            recipe=recipe,
            step=step,
            score=score,
            size_bytes=graph.ByteSize(),
            int8_share=share,
            breaches=choice_breaches(score.degradation, share, self._budget),
        )
        self._tried.append(tried)
        self._progress(len(self._tried), max(len(self._tried), _TYPICAL), f"searching {recipe.target}")
        return tried

    def _finetune(self, tune: Callable[[Recipe], onnx.ModelProto]) -> list[LayerNoise]:
        """Fine-tune, try that, and fall back from there if nothing will do without; return the ranking, if any."""
        start = start_of_finetuning(self._tried).recipe
        self._quantizer.add_finetuned(start.target, tune(start))
        recipe = start.model_copy(update={"finetuned": True})
        self._try(recipe, "fine-tuning")
        if all(item.breaches or item.recipe.float_nodes for item in self._tried):
            return self._fall_back(recipe, "fine-tuning")
        return []

    def _fall_back(self, start: Recipe, step: Origin) -> list[LayerNoise]:
        """Leave the worst layers in float until no more is lost than may be, no more than needed; return the ranking.

        One layer is always left to quantise: a graph without any is the float one.
        """
        left = set(self._quantizer.left_in_float(start))
        candidates = [name for name in self._quantizer.weighted if name not in left]
        ranking = rank_layers(self._quantizer, self._ranker, start, candidates, self._progress)
        too_few, enough = 0, len(ranking)
        while too_few < enough - 1:
            count = min(2 * too_few or 1, enough - 1) if enough == len(ranking) else (too_few + enough) // 2
            worst = tuple(item.node for item in ranking[:count])
            tried = self._try(start.model_copy(update={"float_nodes": worst}), step)
            if losses(tried.score.degradation, self._budget):
                too_few = count
            else:
                enough = count
            if enough < len(ranking) and enough - too_few <= enough // 8:
                break
        return ranking
