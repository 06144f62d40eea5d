"""Configure a whole run: one YAML file, a section a stage."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmarks.latency.config import LatencyConfig
from benchmarks.robustness.config import RobustnessConfig
from data_tools.dataset.config import DataConfig
from data_tools.split.config import SplitConfig
from export.config import BundleConfig, ExportConfig, QuantizeConfig, check_timed
from pipeline.comparison.config import CompareConfig
from pipeline.evaluation.config import EvaluateConfig
from pipeline.label_errors.config import LabelErrorConfig
from pipeline.report.config import ReportConfig
from pipeline.training.config import TrainConfig


class RunConfig(BaseModel):
    """Hold the configuration of every stage; only `name` and `data` have no default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="the run's folder below output_dir")
    output_dir: Path = Field(default=Path("runs"), description="relative to the current folder")
    data: DataConfig
    split: SplitConfig = SplitConfig()
    train: TrainConfig = TrainConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    export: ExportConfig = ExportConfig()
    quantize: QuantizeConfig = QuantizeConfig()
    bundle: BundleConfig = BundleConfig()
    latency: LatencyConfig = LatencyConfig()
    robustness: RobustnessConfig = RobustnessConfig()
    report: ReportConfig = ReportConfig()
    label_errors: LabelErrorConfig = Field(
        default=LabelErrorConfig(), description="for `roadgrip data check --label-errors`; a run does not look at it"
    )
    compare: CompareConfig = Field(
        default=CompareConfig(), description="for `roadgrip compare`; a run does not look at it"
    )

    @model_validator(mode="after")
    def _int8_is_timed(self) -> "RunConfig":
        check_timed(self.quantize, self.bundle)
        return self

    @property
    def folder(self) -> Path:
        """Return the run's folder."""
        return self.output_dir / self.name
