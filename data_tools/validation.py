"""Turn pydantic's errors into one line that names the key's full path and what was expected."""

import difflib
import types
import typing
from collections.abc import Mapping, Sequence

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
    keys, known = _locate(root, first["loc"])
    key = ".".join(str(part) for part in keys) or "(top level)"
    if first["type"] == "extra_forbidden":
        text = f"{key}: unknown key; {closest(str(keys[-1]), known)}"
    elif first["type"] == "missing":
        text = f"{key}: missing"
    elif first["type"] == "union_tag_invalid":
        text = f"{key}.{_unknown_tag(first['ctx'])}"
    else:
        message = first["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
        came = "" if ", got " in message else f", got {_short(first['input'])}"
        text = f"{key}: {message}{came}"
    more = len(problems) - 1
    return f"{text} (and {more} more)" if more else text


def _unknown_tag(context: Mapping[str, str]) -> str:
    """Describe a section's unknown type, given pydantic's context of it, which holds names in quotes."""
    known = [name.strip(" '") for name in context["expected_tags"].split(",")]
    return f"{context['discriminator'].strip(chr(39))}: unknown '{context['tag']}'; {closest(context['tag'], known)}"


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


def _locate(root: type[BaseModel], location: Sequence[str | int]) -> tuple[list[str | int], list[str]]:
    """Return a location without union tags, which are no keys of the file, and the keys known beside its last one."""
    keys: list[str | int] = []
    models, level = [root], [root]
    for part in location:
        tagged = [model for model in models if len(models) > 1 and part in _tags(model)]
        if tagged:
            models = tagged
            continue
        keys.append(part)
        level = models
        fields = [model.model_fields.get(str(part)) for model in models]
        # A part that is no field is a key of a dict or an index: the models below stay the same.
        models = [model for field in fields if field is not None for model in _models(field.annotation)] or models
    return keys, sorted({name for model in level for name in model.model_fields})


def _tags(model: type[BaseModel]) -> tuple[object, ...]:
    """Return the values that a model's `type: Literal[...]` field takes, by which a union tells it apart."""
    field = model.model_fields.get("type")
    return typing.get_args(field.annotation) if field and typing.get_origin(field.annotation) is typing.Literal else ()
