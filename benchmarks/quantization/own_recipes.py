"""List our own recipes, none of which leaves single layers in float by name."""

import sys
from collections.abc import Sequence
from functools import partial

import onnx

from benchmarks.quantization.candidates import Candidate, Subject
from benchmarks.quantization.smoothing import smoothed
from export.config import BudgetConfig
from export.quantize.insert import Activations, quantize_inputs
from export.quantize.recipe import Recipe, Target
from export.quantize.search import Search

TOOL = "ours"
SMOOTHED = "ours, smoothed"
TARGETS: tuple[Target, ...] = ("int8", "int8-trt")
PERCENTILES = (99.9, 99.97, 99.99)
_NO_FALLBACK = BudgetConfig(
    max_accuracy_drop=1,
    min_agreement=0,
    max_confidence_change=1,
    max_ece_change=1,
    max_divergence=1e9,
    min_int8_share=0,
)
"""Any recipe keeps it, so that the search never turns to its worst layers and takes what diverges least."""


def recipes(target: Target) -> list[Recipe]:
    """Return a target's recipes with all its layers in 8 bits, one for each calibration."""
    return [
        Recipe(target=target, calibration="minmax"),
        *(Recipe(target=target, percentile=percentile) for percentile in PERCENTILES),
        Recipe(target=target, calibration="entropy"),
    ]


def candidates() -> Sequence[Candidate]:
    """Return our recipes, what the search finds without its fallback, and the bare placement without float16.

    The last ones smooth what matrix products read first, as `benchmarks.quantization.smoothing` does; not those for
    ONNX Runtime, whose 8-bit product would round the smoothing factors of unequal size to 0.
    """
    found = []
    for target in TARGETS:
        found += [
            Candidate(TOOL, f"{target}: {recipe.label}", partial(_apply, recipe=recipe)) for recipe in recipes(target)
        ]
        found.append(Candidate(TOOL, f"{target}: search without fallback", partial(_search, target=target)))
    for symmetric in (True, False):
        name = f"inputs of layers, float32, {'symmetric int8' if symmetric else 'uint8'}: percentile 99.97"
        found.append(Candidate(TOOL, name, partial(_at_inputs, symmetric=symmetric)))
    kept = ("int8-trt: percentile 99.97", "int8-trt: search without fallback")
    smooth = [item for item in found if item.setting in kept or item.setting.startswith("inputs")]
    return [*found, *(Candidate(SMOOTHED, item.setting, partial(_after_smoothing, first=item)) for item in smooth)]


def _apply(subject: Subject, *, recipe: Recipe) -> onnx.ModelProto:
    """Quantise by a recipe."""
    return subject.quantizer.quantize(recipe)


def _search(subject: Subject, *, target: Target) -> onnx.ModelProto:
    """Quantise by the recipe that diverges least of those that the search tries before its fallback."""
    search = Search(subject.quantizer, subject.scorer, subject.scorer, _NO_FALLBACK)
    chosen = search.run(target).chosen.recipe
    sys.stderr.write(f"chosen for {target}: {chosen.label}\n")
    return search.graph(chosen)


def _at_inputs(subject: Subject, *, symmetric: bool) -> onnx.ModelProto:
    """Quantise what weighted layers read, and compute the rest in float32."""
    quantizer = subject.quantizer
    ranges = quantizer.ranges(Recipe(target="int8-trt", percentile=99.97))
    return quantize_inputs(subject.model, ranges, quantizer.weighted, Activations(symmetric=symmetric))


def _after_smoothing(subject: Subject, *, first: Candidate) -> onnx.ModelProto:
    """Quantise as another candidate does, once matrix products read smoothed channels."""
    return first.make(smoothed(subject))
