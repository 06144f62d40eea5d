"""Define what a data set card holds; every number is counted from the data set's own tables."""

from pydantic import Field

from data_tools.artifacts.model import SHA256_PATTERN, Record
from data_tools.split.artifact import PartShares
from data_tools.split.audit import AuditReport
from data_tools.split.parts import Part


class Quantiles(Record):
    """Describe a distribution by its ends and five quantiles (linear interpolation)."""

    lowest: float
    q05: float
    q25: float
    median: float
    q75: float
    q95: float
    highest: float


class Measure(Record):
    """Describe how one measured value is spread over the pictures of each class.

    `separation` is the area under the ROC curve of the value for a class against all others: 0.5 says nothing about
    the class, 1 (always higher) or 0 (always lower) tell it without the road.
    """

    name: str
    quantiles: dict[str, Quantiles] = Field(description="by class")
    edges: tuple[float, ...] = Field(description="B + 1 bin edges; values beyond an end count in its bin")
    histogram: dict[str, tuple[int, ...]] = Field(description="by class: pictures in each of the B bins")
    separation: dict[str, float] = Field(description="by class")


class Resolution(Record):
    """Count the pictures of one size."""

    height_px: int
    width_px: int
    pictures: dict[str, int] = Field(description="by class")

    @property
    def total(self) -> int:
        """Return the pictures of all classes."""
        return sum(self.pictures.values())


class Resolutions(Record):
    """Describe the sizes of the pictures, EXIF orientation applied."""

    distinct: int
    top: tuple[Resolution, ...] = Field(description="most frequent first")
    height_px: Quantiles
    width_px: Quantiles
    aspect: Quantiles = Field(description="width / height")


class ClassDrives(Record):
    """Describe the drives (groups) of one class."""

    drives: int
    of_one_picture: int
    largest: str
    largest_pictures: int


class IssueFacts(Record):
    """Count what one check found."""

    name: str
    title: str
    meaning: str
    action: str = Field(description="quarantine, report or off, as configured; 'not run' where a build does not look")
    quarantined: int
    reported: int


class Clusters(Record):
    """Describe near duplicates joined along chains; only clusters with two usable pictures or more count."""

    clusters: int
    pictures: int = Field(description="usable pictures in a cluster")
    sizes: dict[int, int] = Field(description="usable pictures in a cluster: how many clusters have that many")
    across_drives: int = Field(description="clusters with pictures of more than one drive")
    label_conflicts: int = Field(description="clusters with pictures of more than one class")
    conflict_examples: tuple[tuple[str, ...], ...] = Field(description="paths; a few of the clusters, sorted")


class CacheFacts(Record):
    """Describe the pictures kept ready at model size."""

    height: int
    width: int
    interpolation: str
    shards: int
    size_bytes: int


class SplitFacts(Record):
    """Say how the data set is split, as its artifact has it."""

    sha256: str = Field(pattern=SHA256_PATTERN)
    protocol: str
    seed: int
    test_sources: tuple[str, ...]
    train_sources: tuple[str, ...]
    tolerance: float
    guard_gap_s: float
    carries_on: bool = Field(description="an earlier split's parts were kept")
    pictures: dict[Part, dict[str, int]]
    groups: dict[Part, int]
    united_groups: dict[Part, int]
    shares: dict[Part, PartShares]
    left_out: dict[str, int]
    audit: AuditReport


class CardData(Record):
    """Hold the numbers of a data set card."""

    producer: str = Field(description="program and version that built the data set")
    dataset_sha256: str = Field(pattern=SHA256_PATTERN)
    source_type: str
    classes: tuple[str, ...]
    pictures: int
    groups: int
    by_class: dict[str, int]
    by_source: dict[str, dict[str, int]] = Field(description="pictures by source and class")
    by_source_label: dict[str, dict[str, int]] = Field(
        description="pictures by class and the source's own label; empty where the labels are the classes"
    )
    by_format: dict[str, dict[str, int]] = Field(description="pictures by container and class")
    cameras: int = Field(description="distinct cameras that are named")
    without_camera_or_time: int = Field(description="pictures whose camera or capture time is unknown")
    drives: dict[str, ClassDrives]
    drives_of_one_picture: int = Field(description="drives with one picture, those of all classes together")
    guessed_from: dict[str, float] = Field(
        description="share of pictures whose class is the most frequent one among the other pictures of the same "
        "source, camera, format or resolution; 'nothing' is the share of the most frequent class"
    )
    resolutions: Resolutions
    measures: tuple[Measure, ...]
    issues: tuple[IssueFacts, ...]
    clusters: Clusters
    skipped: dict[str, int]
    cache: CacheFacts | None
    split: SplitFacts | None
    samples: dict[str, tuple[str, ...]] = Field(description="by class: the pictures on its sample sheet")
