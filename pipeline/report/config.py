"""Configure the report stage."""

from pydantic import BaseModel, ConfigDict, Field


class ReportConfig(BaseModel):
    """Say how the report looks; what it holds follows from its inputs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(default="Roadgrip report", min_length=1, description="heading and window title")
    sample_pictures_per_class: int = Field(
        default=6, ge=0, le=24, description="pictures of the test part shown for each class; 0 shows none"
    )
    thumbnail_px: int = Field(
        default=168, ge=32, le=512, description="width of a sample picture; its height follows the model's input"
    )
