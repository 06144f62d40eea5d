"""Configure export, quantisation and bundling."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExportConfig(_Strict):
    """Say how the fp32 graph is written and how close it must be to torch."""

    opset: int = Field(default=18, ge=18, le=20, description="ONNX operator set; 20 is the newest TensorRT 10 takes")
    max_abs_logit_difference: float = Field(
        default=1e-3, gt=0, description="largest |Δlogit| between torch and ONNX Runtime on the test pictures"
    )


class QuantizeConfig(_Strict):
    """Say how the int8 graph is made; the default recipe is the one of docs/quantization.md."""

    calibration: Literal["percentile", "minmax", "entropy"] = Field(
        default="percentile", description="how activation ranges are read from the calibration pictures"
    )
    percentile: float = Field(
        default=99.97, gt=90, le=100, description="share of magnitudes |x| inside the range, percent"
    )
    clip_before_hard_activations: bool = Field(
        default=True, description="clip a tensor that feeds only h-swish at -3, and one that feeds only h-sigmoid to ±3"
    )
    keep_squeeze_excite_float: bool = Field(default=True, description="leave squeeze-and-excite blocks in float")
    keep_first_and_last_float: bool = Field(
        default=True, description="leave the first convolution and the head in float"
    )
    max_calibration_pictures: int = Field(
        default=256, ge=1, description="taken class-balanced from the calibration part"
    )


class BundleConfig(_Strict):
    """Say what goes into the bundle beside the graphs."""

    golden_pictures: int = Field(default=8, ge=1, le=64, description="test pictures stored with their outputs")
