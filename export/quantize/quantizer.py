"""Apply recipes to one graph, and do what several of them share once."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnx

from data_tools.progress import Progress, silent
from export.graph.half import nodes_kept_in_float, to_half
from export.quantize.bias_correction import corrected
from export.quantize.calibration import ActivationStatistics, Ranges
from export.quantize.clipping import clip_before_hard_activations
from export.quantize.equalization import equalize
from export.quantize.insert import WEIGHTED_OPERATORS, Activations, quantize_inputs
from export.quantize.int8 import to_int8
from export.quantize.placement import GROUPS, followers
from export.quantize.recipe import Recipe, Target
from export.quantize.work import multiply_accumulates


class _Source(NamedTuple):
    """Name one of the float graphs."""

    finetuned_for: Target | None
    equalized: bool


class Quantizer:
    """Hold a float graph and the calibration pictures, and make int8 graphs from them."""

    def __init__(self, model: onnx.ModelProto, pictures: npt.NDArray[np.uint8], progress: Progress = silent) -> None:
        """Take a graph.

        Args:
            model: The fp32 graph, of operator set 19 or newer for int8-trt.
            pictures: (N, H, W, 3) uint8 of the calibration part, as the graph takes them.
            progress: Receives counts of pictures.
        """
        self.pictures = pictures
        self._progress = progress
        self.plain = onnx.shape_inference.infer_shapes(model)
        self._floats: dict[_Source, onnx.ModelProto] = {_Source(None, equalized=False): self.plain}
        self._statistics: dict[_Source, ActivationStatistics] = {}
        self.weighted = [node.name for node in self.plain.graph.node if node.op_type in WEIGHTED_OPERATORS]
        self.work = multiply_accumulates(self.plain)

    def fp32(self) -> bytes:
        """Return the float graph."""
        graph: bytes = self.plain.SerializeToString(deterministic=True)
        return graph

    def add_finetuned(self, target: Target, model: onnx.ModelProto) -> None:
        """Take the graph that the fine-tuned recipes of a target start from; a former one is forgotten.

        Args:
            target: What it was fine-tuned for.
            model: The fp32 graph with other weights.
        """
        for known in (self._floats, self._statistics):
            for source in [item for item in known if item.finetuned_for == target]:
                known.pop(source)
        self._floats[_Source(target, equalized=False)] = onnx.shape_inference.infer_shapes(model)

    def quantize(self, recipe: Recipe) -> onnx.ModelProto:
        """Return the graph that a recipe makes.

        int8 takes ONNX Runtime's placement, around every operator that has an 8-bit kernel; int8-trt quantises what
        weighted layers read, and computes the rest in float16.
        """
        model = self._float(recipe)
        ranges = self.ranges(recipe)
        left = self.left_in_float(recipe)
        chosen = [name for name in self.weighted if name not in left]
        if recipe.bias_corrected:
            model = corrected(model, chosen, self.pictures, self._progress)
        if recipe.target == "int8":
            return to_int8(model, clip_before_hard_activations(model, ranges), left)
        half = to_half(model, nodes_kept_in_float(model))
        cast = {f"{name}_half": bounds for name, bounds in ranges.items()}
        return quantize_inputs(half, {**ranges, **cast}, chosen, Activations(symmetric=True, centered=recipe.centered))

    def quantize_only(self, recipe: Recipe, layer: str) -> onnx.ModelProto:
        """Return the graph with one weighted layer alone quantised: what it reads, and its weight."""
        model = self._float(recipe)
        symmetric = recipe.target == "int8-trt"
        activations = Activations(symmetric=symmetric, centered=recipe.centered and symmetric)
        return quantize_inputs(model, self.ranges(recipe), [layer], activations)

    def left_in_float(self, recipe: Recipe) -> list[str]:
        """Return the nodes that a recipe leaves in floating point, in graph order.

        For int8 they include the nodes without weights behind `float_nodes`; int8-trt quantises no such node anyway.
        """
        model = self.plain
        names = {name for group in recipe.float_groups for name in GROUPS[group](model)} | set(recipe.float_nodes)
        if recipe.target == "int8":
            names.update(followers(model, recipe.float_nodes))
        return [node.name for node in model.graph.node if node.name in names]

    def ranges(self, recipe: Recipe) -> Ranges:
        """Return a recipe's activation ranges."""
        source = _source(recipe)
        if source not in self._statistics:
            self._statistics[source] = ActivationStatistics(self._float(recipe), self.pictures, self._progress)
        return self._statistics[source].ranges(recipe.calibration, recipe.percentile)

    def _float(self, recipe: Recipe) -> onnx.ModelProto:
        """Return the float graph that a recipe starts from: as it is, fine-tuned, equalised.

        Raises:
            ValueError: The recipe is fine-tuned, and no graph was added for its target.
        """
        source = _source(recipe)
        if source not in self._floats:
            plain = self._floats.get(source._replace(equalized=False))
            if plain is None:
                raise ValueError(f"{recipe.target}: expected a fine-tuned graph, got none; add_finetuned takes it")
            self._floats[source] = onnx.shape_inference.infer_shapes(equalize(plain))
        return self._floats[source]


def _source(recipe: Recipe) -> _Source:
    """Return which float graph a recipe starts from."""
    return _Source(recipe.target if recipe.finetuned else None, equalized=recipe.equalized)
