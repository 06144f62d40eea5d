"""Configure the latency measurement."""

from pydantic import Field, field_validator

from data_tools.artifacts.model import Record


class LatencyConfig(Record):
    """Say what is measured, and how often."""

    warmup: int = Field(default=10, ge=0, description="rounds thrown away")
    rounds: int = Field(default=100, ge=1, description="rounds kept; each measures every variant once in both modes")
    threads: int = Field(default=1, ge=1, description="threads of ONNX Runtime and of OpenCV")
    batch_size: int = Field(default=1, ge=1, description="pictures, or frames, a call")
    frame_height: int = Field(default=720, ge=16, le=8192, description="height of the encoded camera frame, px")
    frame_width: int = Field(default=1280, ge=16, le=8192, description="width of the encoded camera frame, px")
    provider: str = Field(default="cpu", description="cpu, cuda or tensorrt")
    variants: tuple[str, ...] = Field(
        default=(), description="names in the bundle; empty = all that are made for the provider"
    )

    @field_validator("variants")
    @classmethod
    def _distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("expected distinct variant names")
        return value
