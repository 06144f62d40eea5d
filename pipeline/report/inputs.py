"""Name the artifacts that a report is made from."""

from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ReportInputs:
    """Hold the paths of artifact JSON files; None stands for a stage that was not run."""

    dataset: Path
    split: Path
    checkpoint: Path
    onnx: Path
    bundle: Path
    evaluation: Path | None = None
    quantized: Path | None = None
    latency: Path | None = None
    robustness: Path | None = None

    def present(self) -> dict[str, Path]:
        """Return the given paths by role, in the order of the fields."""
        return {field.name: path for field in fields(self) if (path := getattr(self, field.name)) is not None}
