"""Read a run's configuration: a YAML file, overrides on top, validated as one."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from data_tools.errors import InputError
from data_tools.validation import describe

ModelT = TypeVar("ModelT", bound=BaseModel)
Tree = dict[str, object]


def load_config(path: Path, overrides: Sequence[str], cls: type[ModelT]) -> ModelT:
    """Read a configuration file and apply overrides.

    Args:
        path: A YAML file.
        overrides: `section.key=value` each; the value is read as YAML, so `train.epochs=3`, `latency.variants=[int8]`
            and `train.method={type: normal}` all work. Later ones win.
        cls: The configuration class.

    Raises:
        InputError: The file cannot be read, is no YAML mapping, an override is malformed, or the whole does not
            validate; the message names the key's full path, what was expected and what came.
    """
    tree = read_yaml(path)
    for text in overrides:
        apply_override(tree, text)
    return validate(tree, cls, str(path))


def read_yaml(path: Path) -> Tree:
    """Read a YAML mapping.

    Raises:
        InputError: The file cannot be read or is no YAML mapping.
    """
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: expected a configuration file; it does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error.__class__.__name__})") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: expected YAML, but it does not parse: {' '.join(str(error).split())}") from error
    if not isinstance(value, dict):
        raise InputError(f"{path}: expected a mapping of sections, got {type(value).__name__}")
    return value


def apply_override(tree: Tree, text: str) -> None:
    """Set one key of a configuration tree, in place.

    Raises:
        InputError: The text is not `section.key=value`, or a key on the way is no section.
    """
    key, separator, raw = text.partition("=")
    names = key.strip().split(".")
    if not separator or not all(names):
        raise InputError(f"--set {text}: expected section.key=value, such as train.epochs=3")
    try:
        value = yaml.safe_load(raw)
    except yaml.YAMLError as error:
        raise InputError(f"--set {text}: the value is no YAML ({' '.join(str(error).split())})") from error
    node = tree
    for name in names[:-1]:
        child = node.setdefault(name, {})
        if not isinstance(child, dict):
            raise InputError(f"--set {text}: '{name}' is a value ({child!r}), not a section")
        node = child
    node[names[-1]] = value


def validate(tree: Tree, cls: type[ModelT], where: str) -> ModelT:
    """Validate a configuration tree.

    Raises:
        InputError: It does not fit.
    """
    try:
        return cls.model_validate(tree)
    except ValidationError as error:
        raise InputError(f"{where}: {describe(error, cls)}") from error


def to_yaml(config: BaseModel) -> str:
    """Return a configuration as YAML text with every default filled in."""
    text: str = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    return text
