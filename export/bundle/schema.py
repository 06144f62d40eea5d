"""Describe manifest.json for other programs and for people: a JSON schema, and a table of its fields."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from data_tools.artifacts.model import SHA256_PATTERN
from data_tools.errors import InputError
from export.runtime import limits
from export.runtime.manifest import BundleManifest

BEGIN, END = "<!-- fields: begin -->", "<!-- fields: end -->"

_FILE = "FileRef"

Node = Mapping[str, object]
"""A part of a JSON schema."""


class Field(NamedTuple):
    """Describe one field of the manifest.

    Attributes:
        path: Its keys, such as `variants[].file.sha256`.
        kind: What it holds, in words.
        meaning: The model's description, or nothing.
    """

    path: str
    kind: str
    meaning: str


def manifest_schema() -> dict[str, object]:
    """Return the JSON schema (draft 2020-12) of what `open_bundle` accepts, as far as a schema can say it."""
    schema: dict[str, object] = BundleManifest.model_json_schema()
    schema["required"] = ["kind", *(name for name in _names(schema) if name != "kind")]
    file = _map(_map(_map(schema["$defs"])[_FILE])["properties"])
    _change(file, "path", pattern=limits.PATH_PATTERN, maxLength=limits.PATH_CHARACTERS)
    _change(file, "size_bytes", maximum=limits.FILE_BYTES)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """Return the JSON schema as indented text."""
    return json.dumps(manifest_schema(), indent=2, ensure_ascii=False) + "\n"


def fields() -> tuple[Field, ...]:
    """Return every field of the manifest in the order it is written, nested ones below their parent.

    What describes a file is the same everywhere, and stands once at the end, below `file`.
    """
    schema = manifest_schema()
    models = _map(schema["$defs"])
    return (*_walk(schema, models, ""), *_walk(_map(models[_FILE]), models, "(file)."))


def table() -> str:
    """Return the fields as a Markdown table."""
    rows = [f"| `{path}` | {kind} | {meaning} |" for path, kind, meaning in fields()]
    return "\n".join(["| field | holds | meaning |", "|---|---|---|", *(row.replace("|  |", "| |") for row in rows)])


def with_table(text: str, label: str) -> str:
    """Return a Markdown text with the table of fields between its two marks made anew.

    Args:
        text: Holds the lines `BEGIN` and `END`, once each.
        label: What to call the text in messages.

    Raises:
        InputError: The marks are not there.
    """
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"{label}: expected the lines {BEGIN} and {END} around the table of fields")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _walk(node: Node, models: Node, place: str) -> Iterator[Field]:
    """Yield the fields of an object, each followed by the fields of what it holds."""
    for name, value in _map(node["properties"]).items():
        field = _map(value)
        path = f"{place}{name}"
        below = _objects(field, models)
        kind = _kind(field, models)
        meaning = str(field.get("description") or (below[0][1].get("description", "") if below else ""))
        yield Field(path, kind, meaning.split("\n", 1)[0].replace("|", "\\|"))
        for suffix, model in below:
            yield from _walk(model, models, f"{path}{suffix}.")


def _objects(field: Node, models: Node) -> list[tuple[str, Node]]:
    """Return the models that a field holds, with what its path gains on the way to them."""
    if "$ref" in field:
        target = _resolve(field, models)
        return [("", target)] if "properties" in target and not _is_file(field) else []
    found: list[tuple[str, Node]] = []
    for key, suffix in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(field.get(key), dict):
            found += [(suffix + deeper, model) for deeper, model in _objects(_map(field[key]), models)]
    for choice in _list(field, "anyOf") + _list(field, "oneOf"):
        found += _objects(_map(choice), models)
    return found


def _kind(field: Node, models: Node) -> str:
    """Say in words what a field holds."""
    if "$ref" in field:
        target = _resolve(field, models)
        named = "file" if _is_file(field) else "object"
        return named if "properties" in target else _kind(target, models)
    if choices := _list(field, "anyOf") + _list(field, "oneOf"):
        return " or ".join(dict.fromkeys(_kind(_map(choice), models) for choice in choices))
    if values := _list(field, "enum") or [field[key] for key in ("const",) if key in field]:
        return " or ".join(f"`{json.dumps(value, ensure_ascii=False)}`" for value in values)
    if field.get("type") == "array":
        return _array(field, models)
    if isinstance(field.get("additionalProperties"), dict):
        return f"object of any keys, each {_kind(_map(field['additionalProperties']), models)}"
    return f"{field.get('type', 'any value')}{_range(field)}"


def _array(field: Node, models: Node) -> str:
    """Say in words what a list holds."""
    if prefix := _list(field, "prefixItems"):
        return f"list of {len(prefix)}: {_kind(_map(prefix[0]), models)}"
    items = _kind(_map(field["items"]), models) if "items" in field else "any value"
    least = f", at least {field['minItems']}" if "minItems" in field else ""
    return f"list of {items}{least}"


def _range(field: Node) -> str:
    """Say between which bounds a number lies, or which form a text has."""
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {field[key]:g}" if isinstance(field[key], float) else f"{sign} {field[key]}"
              for key, sign in signs.items() if key in field]  # fmt: skip
    if "pattern" in field:
        bounds.append(
            "of 64 hexadecimal digits" if field["pattern"] == SHA256_PATTERN else f"like `{field['pattern']}`"
        )
    return " " + ", ".join(bounds) if bounds else ""


def _resolve(field: Node, models: Node) -> Node:
    """Return the model that a reference names."""
    return _map(models[str(field["$ref"]).rpartition("/")[2]])


def _is_file(field: Node) -> bool:
    """Tell whether a reference names the description of a file."""
    return str(field["$ref"]).endswith(f"/{_FILE}")


def _names(schema: Node) -> list[str]:
    """Return the required keys of an object."""
    return [str(name) for name in _list(schema, "required")]


def _change(properties: Node, name: str, **values: object) -> None:
    """Add constraints to a property, in place."""
    cast("dict[str, object]", properties[name]).update(values)


def _map(value: object) -> Node:
    """Return a part of a schema that is an object."""
    if not isinstance(value, dict):
        raise TypeError(f"expected an object in the schema, got {value!r}")
    return value


def _list(node: Node, key: str) -> list[object]:
    """Return a part of a schema that is a list, or an empty one."""
    value = node.get(key, [])
    if not isinstance(value, list):
        raise TypeError(f"expected a list in the schema at {key}, got {value!r}")
    return value
