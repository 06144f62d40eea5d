"""Quantise with OpenVINO's Neural Network Compression Framework (NNCF), where it is installed."""

import contextlib
import io
import logging
from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

import onnx

from benchmarks.quantization.candidates import Candidate, Subject
from export.quantize.recipe import FloatGroup, Recipe

TOOL = "NNCF"


class Preset(NamedTuple):
    """Hold what is varied of `nncf.quantize`."""

    preset: Literal["performance", "mixed"] = "mixed"
    """Symmetric activations, or asymmetric ones where values have both signs."""
    device: Literal["CPU", "ANY"] = "CPU"
    bias_correction: Literal["fast", "accurate", "none"] = "fast"
    smooth_quant: Literal["off", "products", "convolutions"] = "off"
    """Of matrix products (0.95) or of convolutions (0.5); with it goes the model type "transformer"."""
    align_channels: bool = False
    ranges: Literal["default", "min-max", "histogram"] = "default"
    per_tensor: bool = False
    """One scale a tensor for activations too; NNCF's own choice is one a channel before depthwise layers."""
    signed: bool = False
    """Ask for signed, symmetric activations, as TensorRT wants them."""
    left: tuple[FloatGroup, ...] = ()


SETTINGS = {
    "performance, CPU": Preset("performance"),
    "mixed, CPU": Preset(),
    "mixed, ANY": Preset(device="ANY"),
    "performance, CPU, no bias correction": Preset("performance", bias_correction="none"),
    "mixed, CPU, no bias correction": Preset(bias_correction="none"),
    "mixed, CPU, accurate bias correction": Preset(bias_correction="accurate"),
    "mixed, CPU, channels aligned": Preset(align_channels=True),
    "mixed, CPU, min-max": Preset(ranges="min-max"),
    "mixed, CPU, histogram": Preset(ranges="histogram"),
    "mixed, CPU, per tensor": Preset(per_tensor=True),
    "performance, CPU, per tensor": Preset("performance", per_tensor=True),
    "performance, CPU, per tensor, signed": Preset("performance", per_tensor=True, signed=True),
    "mixed, CPU, SmoothQuant": Preset(smooth_quant="products"),
    "mixed, CPU, SmoothQuant of convolutions": Preset(smooth_quant="convolutions"),
    "mixed, CPU, SmoothQuant, per tensor": Preset(smooth_quant="products", per_tensor=True),
    "performance, CPU, SmoothQuant": Preset("performance", smooth_quant="products"),
    "performance, CPU, SmoothQuant, per tensor": Preset("performance", smooth_quant="products", per_tensor=True),
    "mixed, CPU; float: depthwise": Preset(left=("depthwise",)),
    "mixed, CPU, SmoothQuant; float: depthwise": Preset(smooth_quant="products", left=("depthwise",)),
}
_ALPHAS = {"off": (-1, -1), "products": (-1, 0.95), "convolutions": (0.5, -1)}


def candidates() -> Sequence[Candidate]:
    """Return the presets."""
    return [Candidate(TOOL, name, partial(_quantize, preset=preset)) for name, preset in SETTINGS.items()]


def _quantize(subject: Subject, *, preset: Preset) -> onnx.ModelProto:
    """Quantise with one preset, all pictures deciding the ranges and the biases.

    Raises:
        ModuleNotFoundError: NNCF is not installed.
        ValueError: NNCF has no kernel for what is asked.
    """
    import nncf
    from nncf.common.quantization.structs import QuantizationScheme
    from nncf.quantization import advanced_parameters as advanced
    from nncf.quantization.range_estimator import RangeEstimatorParameters, RangeEstimatorParametersSet

    nncf.set_log_level(logging.ERROR)
    kinds = {
        "default": RangeEstimatorParameters(),
        "min-max": RangeEstimatorParametersSet.MINMAX,
        "histogram": RangeEstimatorParametersSet.HISTOGRAM,
    }
    asked: dict[str, object] = {}
    if preset.per_tensor:
        asked["per_channel"] = False
    if preset.signed:
        asked |= {"mode": QuantizationScheme.SYMMETRIC, "signedness_to_force": True}
    convolution, matmul = _ALPHAS[preset.smooth_quant]
    left = subject.quantizer.left_in_float(Recipe(target="int8", float_groups=preset.left))
    with contextlib.redirect_stdout(io.StringIO()):
        graph: onnx.ModelProto = nncf.quantize(
            subject.copy(),
            nncf.Dataset(list(subject.feeds())),
            preset=getattr(nncf.QuantizationPreset, preset.preset.upper()),
            target_device=nncf.TargetDevice(preset.device),
            subset_size=len(subject.quantizer.pictures),
            fast_bias_correction=preset.bias_correction == "fast",
            model_type=None if preset.smooth_quant == "off" else nncf.ModelType.TRANSFORMER,
            ignored_scope=nncf.IgnoredScope(names=left) if left else None,
            advanced_parameters=advanced.AdvancedQuantizationParameters(
                disable_bias_correction=preset.bias_correction == "none",
                disable_channel_alignment=not preset.align_channels,
                activations_quantization_params=advanced.QuantizationParameters(**asked) if asked else None,
                activations_range_estimator_params=kinds[preset.ranges],
                smooth_quant_alphas=advanced.AdvancedSmoothQuantParameters(convolution, matmul),
            ),
        )
    return graph
