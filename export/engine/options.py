"""Describe how an engine is built; every value ends up in the engine's sidecar."""

from typing import Literal

from pydantic import Field, model_validator

from data_tools.artifacts.model import Record
from data_tools.errors import InputError
from export.runtime.graph_contract import GraphInput

HardwareCompatible = Literal["none", "ampere-plus", "same-compute-capability"]


class BatchRange(Record):
    """Give the batch sizes of the optimisation profile; kernels are chosen for `opt`."""

    min: int = Field(ge=1, le=4096)
    opt: int = Field(ge=1, le=4096)
    max: int = Field(ge=1, le=4096)

    @model_validator(mode="after")
    def _ordered(self) -> "BatchRange":
        if not self.min <= self.opt <= self.max:
            raise ValueError(f"expected min <= opt <= max, got {self.min},{self.opt},{self.max}")
        return self

    @classmethod
    def parse(cls, text: str) -> "BatchRange":
        """Read `MIN,OPT,MAX`, or one number for all three.

        Raises:
            InputError: The text is neither.
        """
        parts = text.split(",")
        try:
            low, best, high = (int(part) for part in (parts * 3 if len(parts) == 1 else parts))
            return cls(min=low, opt=best, max=high)
        except ValueError as error:
            raise InputError(
                f"batch: expected MIN,OPT,MAX with 1 <= MIN <= OPT <= MAX <= 4096, got '{text}'"
            ) from error

    @classmethod
    def fitting(cls, text: str | None, taken: GraphInput, label: str) -> "BatchRange":
        """Return what was asked for, else the graph's fixed batch, else 1,1,16.

        Args:
            text: `MIN,OPT,MAX`, one number for all three, or None.
            taken: The graph's input.
            label: What to call the graph in messages.

        Raises:
            InputError: The text is neither, or the graph's batch is fixed to another size.
        """
        asked = cls.parse(text) if text is not None else None
        if taken.batch is None:
            return asked or cls(min=1, opt=1, max=16)
        fixed = cls.parse(str(taken.batch))
        if asked not in {None, fixed}:
            raise InputError(
                f"batch: {label}: its batch is fixed to {taken.batch}; expected that, got {text}: leave --batch out"
            )
        return fixed

    def text(self) -> str:
        """Return `MIN,OPT,MAX`."""
        return f"{self.min},{self.opt},{self.max}"


class EngineOptions(Record):
    """Say how TensorRT builds; precision is the graph's own business (strongly typed networks)."""

    batch: BatchRange = BatchRange(min=1, opt=1, max=16)
    workspace_mib: int | None = Field(
        default=None, ge=1, le=1 << 20, description="scratch memory a kernel may ask for, MiB; None = TensorRT's limit"
    )
    timing_cache: str | None = Field(
        default=None, description="file of kernel timings: read if it exists, written back after the build"
    )
    dla_core: int | None = Field(default=None, ge=0, le=7, description="run what it can on this DLA core, else the GPU")
    version_compatible: bool = Field(default=False, description="loads in later TensorRT versions too; may be slower")
    hardware_compatible: HardwareCompatible = Field(
        default="none", description="GPUs beside the one it was built on that may load the plan"
    )
    optimization_level: int = Field(default=3, ge=0, le=5, description="higher builds longer for faster kernels")
    repeat_builds: int = Field(default=1, ge=0, le=10, description="further builds, compared with the first")
    tolerance: float = Field(
        default=0.02,
        gt=0,
        lt=1,
        description="largest |Δprobability| from the bundle's golden outputs, and between builds",
    )

    @model_validator(mode="after")
    def _fixed_on_dla(self) -> "EngineOptions":
        if self.dla_core is not None and not self.batch.min == self.batch.max:
            raise ValueError(f"dla_core: a DLA takes one fixed batch size, such as 1,1,1; got {self.batch.text()}")
        return self
