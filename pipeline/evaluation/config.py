"""Configure the evaluation stage (torch-free, so that the command line can read it)."""

from pydantic import BaseModel, ConfigDict, Field

from data_tools.split.artifact import Part


class EvaluateConfig(BaseModel):
    """Say which part is measured, and under which noise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: Part = Field(default="test", description="the part of the split to measure")
    sigma: float = Field(default=40.0, gt=0, le=255, description="Gaussian noise, grey levels (0..255)")
    runs: int = Field(default=10, ge=1, le=1000, description="independent draws of the noise")
    batch_size: int = Field(default=64, ge=1, le=65_536, description="pictures in a forward pass")
