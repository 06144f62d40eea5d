"""Configure export, quantisation and bundling."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from export.quantize.recipe import STEPS, Step, Target


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ExportConfig(_Strict):
    """Say how the float graphs are written and how close fp32 must be to torch."""

    opset: int = Field(
        default=19, ge=18, le=20, description="ONNX operator set; int8-trt needs 19, TensorRT 10 takes 20"
    )
    max_abs_logit_difference: float = Field(
        default=1e-4,
        gt=0,
        description="largest |Δlogit| between torch and ONNX Runtime on the test pictures, for logits up to 1; for "
        "larger ones it is a share of the largest",
    )
    color: Literal["rgb", "bgr"] = Field(default="rgb", description="channel order of the graph's input; bgr is cv2's")
    fp16: bool = Field(default=True, description="also write the graph in float16")
    batch: int | None = Field(
        default=None, ge=1, le=1024, description="pictures a call, fixed in the graphs; null leaves the number free"
    )


class BudgetConfig(_Strict):
    """Say what a quantised graph may lose against fp32 on the same pictures."""

    max_accuracy_drop: float = Field(default=0.005, ge=0, le=1, description="share of the pictures")
    min_agreement: float = Field(default=0.99, ge=0, le=1, description="share with the same predicted class")
    max_confidence_change: float = Field(default=0.01, ge=0, le=1, description="of the mean of the largest probability")
    max_ece_change: float = Field(default=0.02, ge=0, le=1, description="of the expected calibration error")
    max_divergence: float = Field(
        default=0.0003,
        ge=0,
        description="mean Kullback-Leibler divergence of the probabilities from fp32's, nats, on the pictures that "
        "choose the recipe: head-room, because a few hundred pictures cannot tell 99 % agreement from 98",
    )
    min_int8_share: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="of the multiply-accumulates in 8 bits; with less, the graph is the float one with detours",
    )


class FinetuneConfig(_Strict):
    """Say whether and how a network is fine-tuned under fake quantisation, the last step of the search."""

    when: Literal["never", "missed", "always"] = Field(
        default="missed",
        description="missed: where no recipe is within the budget, not even with layers left in float",
    )
    steps: int = Field(default=100, ge=1, description="optimiser steps")
    batch_size: int = Field(default=16, ge=1, description="pictures of the train part a step")
    learning_rate: float = Field(default=1e-5, gt=0, description="of Adam; falls to 0 on a half cosine")
    feature_weight: float = Field(
        default=1.0, ge=0, description="of the feature's relative mean squared error, next to the divergence"
    )
    noise: float = Field(
        default=24,
        ge=0,
        le=128,
        description="grey levels of 255: each picture gets Gaussian noise of a standard deviation up to this, so that "
        "student and teacher are compared beyond the few points that training pictures are mapped to",
    )
    seed: int = Field(default=0, description="decides the order of the pictures, which are mirrored, and the noise")


class QuantizeConfig(_Strict):
    """Say which int8 graphs are made, and what they may lose."""

    targets: tuple[Target, ...] = Field(
        default=("int8", "int8-trt"),
        min_length=1,
        description="int8 is for ONNX Runtime on a CPU, int8-trt for TensorRT",
    )
    steps: tuple[Step, ...] = Field(default=STEPS, description="what the search varies, in its own order")
    budget: BudgetConfig = BudgetConfig()
    finetune: FinetuneConfig = Field(
        default=FinetuneConfig(), description="quantisation-aware fine-tuning where no recipe will do"
    )
    max_calibration_pictures: int = Field(
        default=256, ge=1, description="taken class-balanced from the calibration part; they decide the ranges"
    )
    max_validation_pictures: int = Field(
        default=512, ge=0, description="taken class-balanced from the validation part; they judge recipes as well"
    )
    timing_rounds: int = Field(
        default=30,
        ge=0,
        le=1000,
        description="runs of each int8 recipe against fp32, for the table of latencies; 0 is none",
    )


ShipInt8 = Literal["faster", "within_budget", "always"]


class BundleConfig(_Strict):
    """Say what goes into the bundle beside the float graphs."""

    int8: ShipInt8 = Field(
        default="faster",
        description="a quantised graph ships when it is within the budget where it was chosen and on the test part, "
        "and int8 when it is also faster than fp32 in ONNX Runtime on this machine; within_budget: whatever its speed; "
        "always",
    )
    golden_pictures: int = Field(default=8, ge=1, le=64, description="test pictures stored with their outputs")


def check_timed(quantize: QuantizeConfig, bundle: BundleConfig) -> None:
    """Refuse, before anything is searched, to ship int8 where it is faster without timing it.

    Raises:
        ValueError: It is so.
    """
    if bundle.int8 == "faster" and "int8" in quantize.targets and quantize.timing_rounds == 0:
        raise ValueError(
            "quantize.timing_rounds: expected 1 or more, for bundle.int8 is faster, got 0; or set bundle.int8 to "
            "within_budget"
        )
