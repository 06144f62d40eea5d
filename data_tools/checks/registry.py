"""Register issue types by name, each with its description and, where one picture shows it, its check."""

from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from data_tools.checks.config import ChecksConfig
from data_tools.errors import InputError
from data_tools.validation import closest


class Facts(Protocol):
    """What a check of one picture may look at; both PictureFacts and PictureRecord have it."""

    @property
    def height_px(self) -> int: ...  # noqa: D102
    @property
    def width_px(self) -> int: ...  # noqa: D102
    @property
    def orientation(self) -> int: ...  # noqa: D102
    @property
    def brightness(self) -> float: ...  # noqa: D102
    @property
    def contrast(self) -> float: ...  # noqa: D102
    @property
    def sharpness(self) -> float: ...  # noqa: D102
    @property
    def entropy_bits(self) -> float: ...  # noqa: D102
    @property
    def chroma(self) -> float: ...  # noqa: D102


class Finding(NamedTuple):
    """Say how bad it is, 0..1, and what was measured."""

    score: float
    detail: str


class IssueType(Protocol):
    """Describe one thing that can be wrong.

    Attributes:
        name: Key in the tables and in `ChecksConfig`.
        title: Heading for people.
        meaning: One sentence: what a finding says.
        advice: What to do about it.
    """

    name: str
    title: str
    meaning: str
    advice: str


@runtime_checkable
class PictureCheck(IssueType, Protocol):
    """Find an issue in the facts of one picture."""

    def examine(self, facts: Facts, config: ChecksConfig) -> Finding | None:
        """Return what is wrong, or None; a pure function, whatever the configured action."""
        ...


_REGISTRY: dict[str, IssueType] = {}
_ORDER = tuple(ChecksConfig.model_fields)

IssueClassT = TypeVar("IssueClassT", bound=IssueType)


def register(cls: type[IssueClassT]) -> type[IssueClassT]:
    """Register an issue type.

    Raises:
        ValueError: The name is taken, or `ChecksConfig` has no section for it.
    """
    issue = cls()
    if issue.name in _REGISTRY:
        raise ValueError(f"issue type '{issue.name}' is registered already")
    if issue.name not in _ORDER:
        raise ValueError(
            f"issue type '{issue.name}': expected a section in ChecksConfig; {closest(issue.name, _ORDER)}"
        )
    _REGISTRY[issue.name] = issue
    return cls


def names() -> tuple[str, ...]:
    """Return the registered names in the order of `ChecksConfig`."""
    return tuple(name for name in _ORDER if name in _REGISTRY)


def get(name: str) -> IssueType:
    """Return an issue type.

    Raises:
        InputError: The name is unknown; the message lists the known ones, the closest first.
    """
    if name not in _REGISTRY:
        raise InputError(f"unknown issue type '{name}'; {closest(name, names())}")
    return _REGISTRY[name]


def picture_checks() -> tuple[PictureCheck, ...]:
    """Return the issue types that one picture's facts show, in order."""
    return tuple(issue for issue in map(get, names()) if isinstance(issue, PictureCheck))
