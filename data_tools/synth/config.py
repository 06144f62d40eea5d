"""Configuration of a synthetic campaign."""

from pydantic import BaseModel, ConfigDict, Field


class SynthConfig(BaseModel):
    """Say how many drives to draw, how long, how large and from which seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    drives_per_class: int = Field(default=14, ge=1, description="Drives drawn for each of dry, wet and snow.")
    frames_per_drive: int = Field(default=10, ge=1, description="Consecutive pictures taken from each drive.")
    height: int = Field(default=400, ge=32, le=2160, description="Picture height in pixels.")
    width: int = Field(default=500, ge=32, le=3840, description="Picture width in pixels.")
    seed: int = Field(default=0, ge=0, description="Seed that every drive's own seed derives from.")
