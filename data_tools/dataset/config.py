"""Configure the data stage."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from data_tools.checks.config import ChecksConfig
from data_tools.duplicates.find import MAX_DISTANCE
from data_tools.duplicates.verify import MIN_SIMILARITY
from data_tools.images.preprocessing import Interpolation
from data_tools.sources.config import AnySource
from data_tools.sources.labels import LabelMap


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CacheConfig(_Strict):
    """Say at which size pictures are kept ready; training uses them when its `input` is the same."""

    height: int = Field(ge=32, le=4096, description="px")
    width: int = Field(ge=32, le=4096, description="px")
    interpolation: Interpolation = Field(default="supersampled", description="how the picture is resized")


class NearDuplicateConfig(_Strict):
    """Say how alike two pictures must be to count as copies of one."""

    enabled: bool = Field(default=True, description="look for resized, re-encoded, mirrored and cropped copies")
    max_distance: int = Field(
        default=MAX_DISTANCE, ge=0, le=16, description="bits of 64 in which the perceptual hashes may differ"
    )
    min_similarity: float = Field(
        default=MIN_SIMILARITY, gt=0, le=1, description="verified likeness of the two pictures"
    )


class DataConfig(_Strict):
    """Say where the pictures come from, which classes there are, and what to look for."""

    source: AnySource
    classes: tuple[str, ...] = Field(
        default=("dry", "wet", "snow"), min_length=2, description="class names in logit order"
    )
    labels: LabelMap = Field(
        default=LabelMap(), description="source label: class, or the path of a YAML file; see docs/data.md"
    )
    checks: ChecksConfig = ChecksConfig()
    near_duplicates: NearDuplicateConfig = NearDuplicateConfig()
    cache: CacheConfig | None = Field(default=None, description="keep pictures at model size; null = do not")
    parquet: bool = Field(default=False, description="also write the records as records.parquet")

    @field_validator("classes")
    @classmethod
    def _distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value) or "" in value:
            raise ValueError("expected distinct, non-empty class names")
        return value
