"""Describe one way of quantising a graph."""

from typing import Literal

from pydantic import Field

from data_tools.artifacts.model import Record

Calibration = Literal["minmax", "percentile", "entropy"]
"""How a range is read from the values seen: see `ActivationStatistics.ranges`."""

FloatGroup = Literal["squeeze_excite", "first_and_last", "depthwise"]
"""Layers that quantise badly and cost little in float."""

Target = Literal["int8", "int8-trt"]
"""int8 runs in ONNX Runtime on a CPU; int8-trt is for TensorRT."""

Step = Literal["calibration", "layers in float", "centring", "equalisation", "bias correction"]
"""What a search varies, one after the other; centring is for int8-trt alone."""

STEPS: tuple[Step, ...] = ("calibration", "layers in float", "centring", "equalisation", "bias correction")


class Recipe(Record):
    """Say how a graph is quantised; weights are int8 per output channel, symmetric, in all of them."""

    target: Target
    calibration: Calibration = "percentile"
    percentile: float = Field(default=99.99, gt=90, le=100, description="share of magnitudes |x| inside, percent")
    float_groups: tuple[FloatGroup, ...] = Field(default=(), description="layers left in floating point")
    float_nodes: tuple[str, ...] = Field(default=(), description="further nodes left in floating point, by name")
    equalized: bool = Field(default=False, description="weight ranges equalised across layers (Nagel et al., 2019)")
    bias_corrected: bool = Field(default=False, description="biases shifted by each layer's mean error")
    centered: bool = Field(
        default=False, description="int8-trt: the middle of a range is subtracted before and added to the bias after"
    )
    finetuned: bool = Field(
        default=False, description="weights fine-tuned under fake quantisation, on pictures of the train part"
    )

    @property
    def label(self) -> str:
        """Return the recipe in a few words."""
        ranges = f"percentile {self.percentile:g}" if self.calibration == "percentile" else self.calibration
        words = [ranges]
        if self.float_groups:
            words.append("float: " + ", ".join(name.replace("_", " ") for name in self.float_groups))
        words += [
            word
            for word, used in (
                ("centred", self.centered),
                ("equalised", self.equalized),
                ("bias corrected", self.bias_corrected),
                ("fine-tuned", self.finetuned),
                (f"{len(self.float_nodes)} more nodes in float", bool(self.float_nodes)),
            )
            if used
        ]
        return "; ".join(words)
