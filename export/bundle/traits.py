"""Say of every kind of variant what it is made for, and how closely another machine must agree with this one."""

from typing import Literal, NamedTuple

from export.runtime.manifest import BackEnd, VariantName


class Traits(NamedTuple):
    """Hold what all variants of one name share.

    Attributes:
        precision: Of most of the arithmetic.
        back_ends: What the file is made for; it runs elsewhere too, but is slower there than fp32.
        golden_tolerance: Largest |Δprobability| on another machine.
        golden_distance_tolerance: Largest |Δcentroid_distance|, as a share of the largest.
    """

    precision: Literal["fp32", "fp16", "int8"]
    back_ends: tuple[BackEnd, ...]
    golden_tolerance: float
    golden_distance_tolerance: float


# Another CPU rounds sums in another order (fp32), computes float16 in float32 or not, or saturates differently without
# VNNI (int8).
TRAITS: dict[VariantName, Traits] = {
    "fp32": Traits("fp32", ("onnxruntime-cpu", "onnxruntime-cuda"), 1e-3, 1e-3),
    "fp16": Traits("fp16", ("tensorrt", "onnxruntime-cuda"), 0.02, 0.02),
    "int8": Traits("int8", ("onnxruntime-cpu",), 0.05, 0.1),
    "int8-trt": Traits("int8", ("tensorrt",), 0.05, 0.1),
}
