"""Configure the split."""

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Fractions(BaseModel):
    """Say which share of the pictures each part should get; the shares sum to 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: float = Field(default=0.64, gt=0, lt=1)
    val: float = Field(default=0.10, gt=0, lt=1)
    calibration: float = Field(default=0.06, gt=0, lt=1)
    test: float = Field(default=0.20, gt=0, lt=1)

    @model_validator(mode="after")
    def _sum_to_one(self) -> "Fractions":
        total = self.train + self.val + self.calibration + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"expected train + val + calibration + test = 1, but they sum to {total:g}")
        return self


class SplitConfig(BaseModel):
    """Say how groups are dealt to train, val, calibration and test."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=0, ge=0)
    fractions: Fractions = Fractions()
    tolerance: float = Field(
        default=0.05,
        gt=0,
        le=1,
        description="how far a part's share of a class may lie from the wanted one, in absolute points; 1 accepts any",
    )
    guard_gap_s: float = Field(
        default=60,
        ge=0,
        allow_inf_nan=False,
        description="pictures that one camera took this close in time, in seconds, stay in one part",
    )
    test_sources: tuple[str, ...] = Field(
        default=(),
        description="names or patterns (cws8262*): these sources become the test part, whole, and nothing else does; "
        "the other sources are dealt to train, val and calibration. Empty: a random split by group",
    )
    train_sources: tuple[str, ...] = Field(
        default=(),
        description="with test_sources: names or patterns of the sources that are dealt to train, val and calibration; "
        "every other source is left out. Empty: all that are no test source",
    )

    @model_validator(mode="after")
    def _train_on_what_is_not_tested(self) -> "SplitConfig":
        if self.train_sources and not self.test_sources:
            raise ValueError("train_sources: expected test_sources beside it, which name what to test on")
        return self
