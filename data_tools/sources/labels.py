"""Map what a source calls a picture to the data set's classes."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

from data_tools.errors import InputError

IGNORE_KEY = "ignore"


class Verdict(NamedTuple):
    """Hold what a label map says about one source label."""

    target: str | None
    """The class; None: ignored."""
    rule: str
    """The entry that says so."""


class LabelMap(BaseModel):
    """Hold `{source label: class}` and the labels to ignore; both may be patterns (`wet_*`, see `fnmatch`).

    In a configuration it is either the path of a YAML file or the mapping itself: `{wet_*: wet, ignore: [ice]}`.
    An entry without a wildcard beats patterns. Upper and lower case differ.

    Examples:
        >>> LabelMap.model_validate({"wet_*": "wet", "ignore": ["ice"]}).verdict("wet_asphalt")
        Verdict(target='wet', rule='wet_*')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mapping: dict[str, str] = {}
    ignore: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: object) -> object:
        if isinstance(value, str | Path):
            value = read_mapping(Path(value))
        if not isinstance(value, dict):
            return value
        ignore = value.get(IGNORE_KEY) or []
        return {"mapping": {key: item for key, item in value.items() if key != IGNORE_KEY}, "ignore": ignore}

    @model_validator(mode="after")
    def _unambiguous(self) -> "LabelMap":
        both = sorted(set(self.mapping) & set(self.ignore))
        if both:
            raise ValueError(f"expected each label to be mapped or ignored, but {', '.join(both)} is both")
        return self

    @model_serializer
    def _as_written(self) -> dict[str, str | list[str]]:
        written: dict[str, str | list[str]] = dict(self.mapping)
        return {**written, IGNORE_KEY: list(self.ignore)} if self.ignore else written

    def verdict(self, label: str) -> Verdict | None:
        """Return what the map says about a label; None when no entry fits.

        Raises:
            InputError: Patterns that fit the label disagree.
        """
        if label in self.mapping:
            return Verdict(self.mapping[label], label)
        if label in self.ignore:
            return Verdict(None, label)
        found = [Verdict(target, rule) for rule, target in self.mapping.items() if fnmatchcase(label, rule)]
        found += [Verdict(None, rule) for rule in self.ignore if fnmatchcase(label, rule)]
        if len({item.target for item in found}) > 1:
            rules = ", ".join(f"'{item.rule}' → {item.target or 'ignored'}" for item in found)
            raise InputError(f"label map: '{label}' fits patterns that disagree ({rules}); add an entry for it alone")
        return found[0] if found else None

    def check_targets(self, classes: tuple[str, ...]) -> None:
        """Raise unless every target is a class.

        Raises:
            InputError: It is not.
        """
        wrong = [f"{rule}: {target}" for rule, target in self.mapping.items() if target not in classes]
        if wrong:
            raise InputError(
                f"label map: expected one of the classes {', '.join(classes)} as target, got {'; '.join(wrong)}"
            )

    def restricted(self, classes: Iterable[str]) -> "LabelMap":
        """Return the map without the entries whose target is no class."""
        known = set(classes)
        kept = {rule: target for rule, target in self.mapping.items() if target in known}
        return LabelMap.model_validate({**kept, IGNORE_KEY: list(self.ignore)})


def read_mapping(path: Path) -> Mapping[str, object]:
    """Read a label map's YAML file: `source label: class` on each line, and `ignore: [labels]`.

    Raises:
        InputError: The file is missing, is no YAML mapping, or names a label twice.
    """
    try:
        return _parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected a label map (YAML), but it cannot be read ({error})") from error


def default_label_map(name: str) -> LabelMap:
    """Return the label map that comes with this package, such as `rscd`."""
    resource = files("data_tools.sources") / "label_maps" / f"{name}.yaml"
    return LabelMap.model_validate(_parse(resource.read_text(encoding="utf-8"), f"{name}.yaml"))


def _parse(text: str, where: str) -> Mapping[str, object]:
    """Parse a flat YAML mapping in which no key stands twice."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{where}: expected YAML ({' '.join(str(error).split())})") from error
    if value is None:
        return {}
    if not isinstance(node, yaml.MappingNode) or not isinstance(value, dict):
        raise InputError(f"{where}: expected lines 'source label: class', got a {type(value).__name__}")
    seen: set[str] = set()
    for key, _ in node.value:
        if key.tag != "tag:yaml.org,2002:str":
            raise InputError(f"{where}, line {key.start_mark.line + 1}: expected a text as label; quote '{key.value}'")
        if key.value in seen:
            raise InputError(f"{where}, line {key.start_mark.line + 1}: '{key.value}' stands twice")
        seen.add(key.value)
    return value
