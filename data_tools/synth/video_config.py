"""Configuration of labelled drive videos."""

from typing import Literal

from pydantic import Field, model_validator

from data_tools.synth.options import SceneOptions
from data_tools.synth.sequence import Sequence


class VideoConfig(SceneOptions):
    """Say how many drive videos to render, what happens in them and what they look like."""

    sequence: Sequence = Field(
        default=(("dry", 8.0), ("wet", 8.0), ("snow", 8.0)),
        min_length=1,
        description="Conditions in their order, and how many seconds each lasts.",
    )
    transition_s: float = Field(
        default=2.0, gt=0, description="Seconds in which a condition blends into the next, centred on their border."
    )
    label_transitions: bool = Field(
        default=False, description="Label the blending seconds by the condition that dominates; else they have none."
    )
    drives: int = Field(default=1, ge=1, description="Videos; each is a drive of its own.")
    name: str = Field(default="drive", pattern=r"^[A-Za-z0-9_-]+$", description="Start of every file's name.")
    fps: float = Field(default=10.0, ge=1, le=60, description="Frames per second.")
    container: Literal["avi", "mp4"] = Field(default="avi", description="avi: Motion JPEG; mp4: MPEG-4 part 2.")
    height: int = Field(default=400, ge=32, le=2160, multiple_of=2, description="Picture height in pixels.")
    width: int = Field(default=500, ge=32, le=3840, multiple_of=2, description="Picture width in pixels.")
    seed: int = Field(default=0, ge=0, description="Seed that every drive's own seed derives from.")

    @model_validator(mode="after")
    def _leave_each_condition_some_time(self) -> "VideoConfig":
        """Refuse conditions that are over before they are fully there."""
        for index, (condition, seconds) in enumerate(self.sequence):
            if not 0 < seconds <= 3600:
                raise ValueError(f"sequence: expected {condition} to last up to 3600 s, got {seconds:g} s")
            ends = (index > 0) + (index + 1 < len(self.sequence))
            if seconds < self.transition_s * ends / 2 + 1.0 / self.fps:
                raise ValueError(
                    f"sequence: expected {condition} to last at least a frame longer than its share of the transitions "
                    f"({self.transition_s * ends / 2:g} s), got {seconds:g} s; lengthen it or shorten transition_s"
                )
        return self
