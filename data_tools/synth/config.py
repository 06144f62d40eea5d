"""Configuration of a synthetic campaign."""

from pydantic import BaseModel, ConfigDict, Field

from data_tools.synth.conditions import Condition
from data_tools.synth.options import SceneOptions


class PictureCounts(BaseModel):
    """Say how many pictures of each condition a campaign holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dry: int = Field(ge=0, description="Pictures of dry roads.")
    wet: int = Field(ge=0, description="Pictures of wet roads.")
    snow: int = Field(ge=0, description="Pictures of snowy roads.")

    def of(self, condition: Condition) -> int:
        """Return the pictures of one condition."""
        return {"dry": self.dry, "wet": self.wet, "snow": self.snow}[condition]


class SynthConfig(SceneOptions):
    """Say how many drives to draw, how long, how large, from which seed, and what they may look like."""

    drives_per_class: int = Field(default=14, ge=1, description="Drives drawn for each of dry, wet and snow.")
    frames_per_drive: int = Field(default=10, ge=1, description="Consecutive pictures taken from each drive.")
    pictures_per_class: PictureCounts | None = Field(
        default=None,
        description="Exact pictures per condition, instead of drives_per_class; the last drive is shorter.",
    )
    height: int = Field(default=400, ge=32, le=2160, description="Picture height in pixels.")
    width: int = Field(default=500, ge=32, le=3840, description="Picture width in pixels.")
    seed: int = Field(default=0, ge=0, description="Seed that every drive's own seed derives from.")
