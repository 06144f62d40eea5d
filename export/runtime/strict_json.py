"""Read the JSON of a bundle, which a stranger may have written: bounded, unambiguous, and without surprises."""

import json
import math
import re
import typing
import unicodedata
from collections.abc import Sequence
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from data_tools.errors import InputError
from data_tools.producer import PRODUCER
from data_tools.validation import describe
from export.runtime import limits

RecordT = TypeVar("RecordT", bound=BaseModel)

_TEXT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
# Unicode's control characters, those that are not seen (marks that turn the direction of writing, and of no width),
# halves of surrogate pairs, and its separators of lines and paragraphs.
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def read_record(cls: type[RecordT], data: bytes, label: str) -> RecordT:
    """Parse and validate a record with a `schema_version`; nothing is converted, so "1" is no number.

    Args:
        cls: The record's class; its `schema_version` is a Literal of the versions it reads.
        data: The file's bytes, already bounded.
        label: What to call the file in messages.

    Raises:
        InputError: The bytes are not the strict JSON of `parse`, the version is another, or a value does not fit; the
            message names the key's full path.
    """
    value = parse(data, label)
    if isinstance(value, dict):
        _check_kind_and_version(cls, value, label)
    try:
        return cls.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        raise InputError(f"{label}: {describe(error, cls)}") from error


def parse(data: bytes, label: str) -> object:
    """Parse JSON, refusing what readers disagree on and what only an attacker writes.

    Refused: bytes that are no UTF-8, lists and objects nested deeper than `limits.JSON_DEPTH`, a key given twice, NaN
    and infinity (also 1e999), numbers, keys and texts longer than the limits, and characters that a terminal
    obeys or that nobody sees: of Unicode's categories Cc (but tab and line feed), Cf, Cs, Zl and Zp.

    Args:
        data: The file's bytes, already bounded.
        label: What to call the file in messages.

    Raises:
        InputError: One of these; the message names the file and what was expected.
    """
    reader = _Reader(label)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{label}: expected JSON in UTF-8, byte {error.start} is not") from error
    if _depth(text) > limits.JSON_DEPTH:
        raise InputError(f"{label}: expected JSON of at most {limits.JSON_DEPTH} levels, it is nested deeper")
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=reader.pairs,
            parse_int=reader.integer,
            parse_float=reader.number,
            parse_constant=reader.constant,
        )
    except json.JSONDecodeError as error:
        raise InputError(f"{label}: expected JSON, but it breaks off at line {error.lineno}") from error
    reader.check_texts(value)
    return value


class _Reader:
    """Check what the JSON parser finds, and name the file in every error."""

    def __init__(self, label: str) -> None:
        self.label = label

    def pairs(self, items: Sequence[tuple[str, object]]) -> dict[str, object]:
        for key, _ in items:
            if len(key) > limits.JSON_KEY_CHARACTERS or not key.isprintable():
                raise self._refusal(f"keys of at most {limits.JSON_KEY_CHARACTERS} printable characters", repr(key))
        found: dict[str, object] = {}
        for key, value in items:
            if key in found:
                raise self._refusal("every key once", f"'{key}' twice")
            found[key] = value
        return found

    def integer(self, text: str) -> int:
        if len(text) > limits.JSON_DIGITS:
            raise self._refusal(f"numbers of at most {limits.JSON_DIGITS} digits", text)
        return int(text)

    def number(self, text: str) -> float:
        if len(text) > limits.JSON_DIGITS:
            raise self._refusal(f"numbers of at most {limits.JSON_DIGITS} digits", text)
        value = float(text)
        if not math.isfinite(value):
            raise self._refusal("finite numbers", text)
        return value

    def constant(self, text: str) -> NoReturn:
        raise self._refusal("finite numbers", text)

    def check_texts(self, value: object) -> None:
        waiting = [value]
        while waiting:
            item = waiting.pop()
            if isinstance(item, dict):
                waiting.extend(item.values())
            elif isinstance(item, list):
                waiting.extend(item)
            elif isinstance(item, str):
                self._check_text(item)

    def _check_text(self, text: str) -> None:
        if len(text) > limits.JSON_TEXT_CHARACTERS:
            raise self._refusal(f"texts of at most {limits.JSON_TEXT_CHARACTERS} characters", f"{len(text)}")
        if (unwanted := _first_unwanted(text)) is not None:
            raise self._refusal("texts without control characters and unseen ones", ascii(unwanted))

    def _refusal(self, expected: str, came: str) -> InputError:
        return InputError(f"{self.label}: expected {expected}, got {came if len(came) <= 60 else came[:57] + '...'}")


def _first_unwanted(text: str) -> str | None:
    """Return the first character that a terminal obeys or nobody sees."""
    if text.isprintable():
        return None
    return next((letter for letter in text if letter not in "\t\n" and unicodedata.category(letter) in _UNWANTED), None)


def _depth(text: str) -> int:
    """Return how deep lists and objects are nested, without parsing them."""
    level = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", _TEXT.sub("", text)):
        level += 1 if bracket in "[{" else -1
        deepest = max(deepest, level)
    return deepest


def _check_kind_and_version(cls: type[BaseModel], value: dict[str, object], label: str) -> None:
    """Say plainly that a file is another one or of another version, before its keys are looked at."""
    if "kind" in cls.model_fields and "kind" not in value:
        raise InputError(f"{label}: expected a {cls.__name__}'s JSON file, but it has no kind; is it another file?")
    known = typing.get_args(cls.model_fields["schema_version"].annotation)
    version = value.get("schema_version")
    if type(version) is int and version not in known:
        wanted = " or ".join(str(item) for item in known)
        raise InputError(
            f"{label}: {PRODUCER} reads schema_version {wanted}, got {version}; "
            "use the program that wrote it, or export the bundle again"
        )
