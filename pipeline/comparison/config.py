"""Configure a comparison of training methods (torch-free, so that the command line can read it)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data_tools.validation import closest

JSON_NAME = "comparison.json"
CSV_NAME = "comparison.csv"
PLOT_NAME = "comparison.png"
TABLE_NAME = "table.md"
SETTINGS_NAME = "settings.resolved.yaml"
"""Also marks the folder as a comparison's, so it is a name that nobody gives a configuration by hand."""
OUTPUT_NAMES = (JSON_NAME, CSV_NAME, PLOT_NAME, TABLE_NAME, SETTINGS_NAME)

EntryName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*$", max_length=64)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Sigma = Annotated[float, Field(ge=0, le=255)]


class CompareConfig(BaseModel):
    """Say which variants of the train section are compared, with which seeds, and under which noise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seeds: tuple[Seed, ...] = Field(
        default=(0, 1, 2), min_length=1, description="every entry is trained with each; take the place of train.seed"
    )
    sigmas: tuple[Sigma, ...] = Field(
        default=(0.0, 10.0, 30.0, 40.0, 60.0), min_length=1, description="Gaussian noise, grey levels; 0 = clean"
    )
    runs: int = Field(default=10, ge=1, le=1000, description="independent draws of the noise at every sigma over 0")
    part: Literal["val", "test"] = Field(
        default="test", description="the part to measure; val to choose among variants without a look at the test part"
    )
    reference: EntryName = Field(default="normal", description="the entry that the others are compared with")
    entries: dict[EntryName, dict[str, object]] = Field(
        default={"normal": {"method": {"type": "normal"}}, "robust": {"method": {"type": "robust"}}},
        min_length=1,
        description="by name, what each changes in the train section; another `type` replaces a whole subsection",
    )
    batch_size: int = Field(default=64, ge=1, le=65_536, description="pictures in a forward pass when measuring")

    @model_validator(mode="after")
    def _consistent(self) -> "CompareConfig":
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"seeds: expected each once, got {list(self.seeds)}")
        if any(before >= after for before, after in zip(self.sigmas, self.sigmas[1:], strict=False)):
            raise ValueError(f"sigmas: expected growing values, each once, got {list(self.sigmas)}")
        taken = [name for name in self.entries if name in OUTPUT_NAMES]
        if taken:
            raise ValueError(f"entries: expected another name than {taken[0]!r}, which is an output's file name")
        if self.reference not in self.entries:
            raise ValueError(
                f"reference: expected the name of an entry, got {self.reference!r}; "
                f"{closest(self.reference, tuple(self.entries))}"
            )
        return self

    def runs_at(self, sigma: float) -> int:
        """Return how often the pictures are measured at a noise level; without noise, draws do not differ."""
        return self.runs if sigma > 0 else 1
