"""Turn pydantic's errors into one line that names the key's full path and what was expected."""

import difflib
import types
import typing
from collections.abc import Sequence

from pydantic import BaseModel, ValidationError


def closest(name: str, known: Sequence[str]) -> str:
    """Return the known names as text, the closest match to `name` first.

    Examples:
        >>> closest("epoch", ["seed", "epochs"])
        "did you mean 'epochs'? (known: epochs, seed)"
    """
    matches = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    rest = sorted(item for item in known if item not in matches)
    listed = f"(known: {', '.join([*matches, *rest])})"
    return f"did you mean '{matches[0]}'? {listed}" if matches else listed


def describe(error: ValidationError, root: type[BaseModel]) -> str:
    """Describe the first problem of a validation error in one line, and count the others."""
    problems = error.errors(include_url=False)
    first = problems[0]
    location = [part for part in first["loc"] if not _is_tag(part, root)]
    key = ".".join(str(part) for part in location) or "(top level)"
    if first["type"] == "extra_forbidden":
        names = _field_names(root, location[:-1])
        text = f"{key}: unknown key; {closest(str(location[-1]), names)}"
    elif first["type"] == "missing":
        text = f"{key}: missing"
    else:
        message = first["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
        text = f"{key}: {message}, got {_short(first['input'])}"
    more = len(problems) - 1
    return f"{text} (and {more} more)" if more else text


def _short(value: object) -> str:
    """Return a value's repr, cut to 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _models(annotation: object) -> list[type[BaseModel]]:
    """Return the pydantic models named inside a type annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated, tuple, list, dict):
        return [model for part in typing.get_args(annotation) for model in _models(part)]
    return []


def _candidates(root: type[BaseModel], location: Sequence[object]) -> list[type[BaseModel]]:
    """Return the models that stand at a location below `root`."""
    models = [root]
    for part in location:
        if isinstance(part, str):
            fields = [model.model_fields.get(part) for model in models]
            models = [m for field in fields if field is not None for m in _models(field.annotation)]
    return models


def _field_names(root: type[BaseModel], location: Sequence[object]) -> list[str]:
    """Return the keys that are known at a location below `root`."""
    return sorted({name for model in _candidates(root, location) for name in model.model_fields})


def _is_tag(part: object, root: type[BaseModel]) -> bool:
    """Tell whether a location part is the tag of a discriminated union, which is no key of the file."""
    return isinstance(part, str) and part in _tags(root)


def _tags(root: type[BaseModel]) -> set[str]:
    """Return every value of a `type: Literal[...]` field in `root` and the models below it."""
    found: set[str] = set()
    waiting, seen = [root], set[type[BaseModel]]()
    while waiting:
        model = waiting.pop()
        if model in seen:
            continue
        seen.add(model)
        for name, field in model.model_fields.items():
            if name == "type" and typing.get_origin(field.annotation) is typing.Literal:
                found.update(str(value) for value in typing.get_args(field.annotation))
            waiting.extend(_models(field.annotation))
    return found
