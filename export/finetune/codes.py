"""Read from a recipe how each layer's input and output are coded, in the network's own names."""

from collections.abc import Collection

import numpy as np
import onnx

from export.finetune.fake_quantization import Code, LayerCode
from export.finetune.layers import layer_of
from export.quantize.calibration import Ranges
from export.quantize.clipping import clip_before_hard_activations
from export.quantize.insert import Activations, activation_scale, centered_scale, middle_of, reads_without_padding
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe


def recipe_codes(quantizer: Quantizer, recipe: Recipe) -> dict[str, LayerCode]:
    """Return what a recipe codes, by the layer's dotted name in the network.

    ONNX Runtime's placement (int8) codes what a layer writes as well. Sums, products and poolings of 8-bit numbers are
    left out: their results are coded where the next layer reads them.

    Args:
        quantizer: Holds the fp32 graph and calibrates it.
        recipe: Neither equalised nor bias corrected.

    Raises:
        ValueError: A layer's weight is not named after a layer of the network.
    """
    left = set(quantizer.left_in_float(recipe))
    nodes = [name for name in quantizer.weighted if name not in left]
    ranges = quantizer.ranges(recipe)
    if recipe.target == "int8":
        clipped = clip_before_hard_activations(quantizer.plain, ranges)
        return layer_codes(quantizer.plain, clipped, nodes, Activations(symmetric=False), results=True)
    return layer_codes(quantizer.plain, ranges, nodes, Activations(symmetric=True, centered=recipe.centered))


def layer_codes(
    model: onnx.ModelProto,
    ranges: Ranges,
    nodes: Collection[str],
    activations: Activations,
    *,
    results: bool = False,
) -> dict[str, LayerCode]:
    """Return how the inputs, and if wanted the outputs, of layers are coded, by the layer's dotted name.

    Args:
        model: The fp32 graph; the exporter names a weight after its layer.
        ranges: (low, high) of every activation that a chosen layer reads, and writes if `results`.
        nodes: Names of the quantised nodes.
        activations: How activations are coded.
        results: Whether outputs are coded too.

    Raises:
        ValueError: A node's weight is not named after a layer.
    """
    chosen = set(nodes)
    return {
        layer_of(node): LayerCode(
            _given_code(node, ranges[node.input[0]], activations),
            _code(ranges[node.output[0]], symmetric=activations.symmetric) if results else None,
        )
        for node in model.graph.node
        if node.name in chosen
    }


def _given_code(node: onnx.NodeProto, bounds: tuple[float, float], activations: Activations) -> Code:
    """Return the code of one layer's input."""
    if not (activations.centered and reads_without_padding(node)):
        return _code(bounds, symmetric=activations.symmetric)
    scale = centered_scale(min(bounds[0], 0.0), max(bounds[1], 0.0), np.float32)
    return Code(scale, -round(middle_of(*bounds, np.float32) / scale), -128, 127)


def _code(bounds: tuple[float, float], *, symmetric: bool) -> Code:
    """Return the code of a tensor that is not centred."""
    scale, zero_point = activation_scale(*bounds, symmetric=symmetric)
    return Code(scale, zero_point, *((-128, 127) if symmetric else (0, 255)))
