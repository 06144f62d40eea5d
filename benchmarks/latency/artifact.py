"""Describe a latency measurement; raw samples first, percentiles derived from them."""

from typing import Literal

from pydantic import Field

from benchmarks.host import Host
from data_tools.artifacts.model import Artifact, Record

FILE_NAME = "latency.json"


class LatencyRow(Record):
    """Hold the samples of one variant in one mode."""

    variant: str
    mode: Literal["model_only", "end_to_end"]
    samples_ms: tuple[float, ...] = Field(min_length=1, description="in the order measured")
    p50_ms: float
    p90_ms: float
    p99_ms: float
    min_ms: float
    ratio_to_reference: float = Field(gt=0, description="p50 over the reference row's p50 of the same mode")


class LatencyReport(Artifact):
    """Hold the latency of every variant, measured interleaved in one run.

    `reference_again` is the reference variant measured as if it were another one (an A/A row): its ratio shows the
    noise floor of this run.
    """

    kind: Literal["latency"] = "latency"
    schema_version: Literal[1]
    bundle: str
    host: Host
    provider: str
    threads: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    warmup: int = Field(ge=0, description="rounds thrown away")
    rounds: int = Field(ge=1)
    frame_height_px: int
    frame_width_px: int
    reference: str
    rows: tuple[LatencyRow, ...]
    load_ms: dict[str, float] = Field(description="time to open a variant: hash, session, checks")
    size_bytes: dict[str, int] = Field(description="file size by variant")
