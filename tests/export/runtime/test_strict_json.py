import json
import sys
import unicodedata
from typing import Literal

import pytest

from data_tools.artifacts.model import Record
from data_tools.errors import InputError
from data_tools.producer import PRODUCER
from export.runtime import limits
from export.runtime.strict_json import _first_unwanted, _Reader, parse, read_record


class Sample(Record):
    schema_version: Literal[2, 3]
    count: int
    share: float
    names: tuple[str, ...] = ()


GOOD = {"schema_version": 2, "count": 4, "share": 1, "names": ["a", "Straße\nnass"]}


def test_good_json_is_read_as_json_reads_it():
    text = '{"a": [1, -2.5e-3, true, null, "x\\u00e9\\n\\"[["], "b": {"c": {}}}'
    assert parse(text.encode(), "f") == json.loads(text)
    assert read_record(Sample, json.dumps(GOOD).encode(), "f") == Sample(**{**GOOD, "names": tuple(GOOD["names"])})


@pytest.mark.parametrize("value", [5e-324, 1.7976931348623157e308, -2.2250738585072014e-308, 0.1])
def test_every_float_is_read_in_its_exact_form(value: float):
    assert parse(json.dumps([value]).encode(), "f") == [value]


REFUSED = {
    "no utf-8": (b'{"a": "\xff"}', "in UTF-8, byte 7"),
    "utf-16": ('{"a": 1}'.encode("utf-16"), "in UTF-8"),
    "byte order mark": (b"\xef\xbb\xbf{}", "breaks off at line 1"),
    "empty": (b"", "breaks off"),
    "cut": (b'{"a":\n [1, 2', "breaks off at line 2"),
    "two values": (b"{} {}", "breaks off"),
    "twice": (b'{"a": {"b": 1, "c": 2, "b": 3}}', "every key once, got 'b' twice"),
    "nan": (b'{"a": NaN}', "finite numbers, got NaN"),
    "infinity": (b"[-Infinity]", "finite numbers, got -Infinity"),
    "1e999": (b"[1e999]", "finite numbers, got 1e999"),
    "-1e999": (b"[-1E+999]", "finite numbers, got -1E"),
    "long number": (b"[" + b"7" * 10**5 + b"]", r"at most 40 digits, got 7+\.\.\."),
    "long fraction": (b"[0." + b"7" * 10**5 + b"]", "at most 40 digits"),
    "deep lists": (b"[" * 33 + b"]" * 33, "at most 32 levels"),
    "very deep": (b"[" * 500_000, "at most 32 levels"),
    "deep objects": (b'{"a":' * 40 + b"1" + b"}" * 40, "at most 32 levels"),
    "long key": (b'{"' + b"k" * 101 + b'": 1}', "keys of at most 100 printable"),
    "control in key": (b'{"a\\u001b[2J": 1}', "keys of at most 100 printable"),
    "long text": (b'["' + b"t" * (limits.JSON_TEXT_CHARACTERS + 1) + b'"]', "texts of at most 65536"),
    "escape": (b'["\\u001b[31mred"]', "without control characters"),
    "zero": (b'["a\\u0000"]', "without control characters"),
    "half a pair": (b'["\\ud800"]', "without control characters"),
    "turned": (b'["\\u202egnp"]', "without control characters"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_json_is_one_short_line(name: str):
    data, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as caught:
        parse(data, "bundle/manifest.json")
    text = str(caught.value)
    assert text.startswith("bundle/manifest.json: expected")
    assert len(text) < 250
    assert text.isprintable()


UNWANTED = [
    *(chr(code) for code in range(0x20) if chr(code) not in "\t\n"),
    *map(chr, range(0x7F, 0xA0)),
    *map(chr, [0xAD, 0x61C, 0x180E, 0x200B, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF, 0xFFF9, 0xE0001, 0xE0020]),
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2060, 0x2065)),
    *map(chr, range(0x2066, 0x206A)),
]


@pytest.mark.parametrize("letter", UNWANTED, ids=ascii)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_characters_that_nobody_sees_are_refused(letter: str, ascii_only: bool):
    text = json.dumps(["road" + letter + "x"], ensure_ascii=ascii_only)
    with pytest.raises(InputError, match="texts without control characters") as caught:
        parse(text.encode(), "f")
    assert str(caught.value).isprintable()
    with pytest.raises(InputError, match="expected keys of at most"):
        parse(json.dumps({"a" + letter: 0}).encode(), "f")


def test_what_is_refused_is_unicodes_own_categories():
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        wanted = unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and letter not in "\t\n"
        assert (_first_unwanted("a" + letter) == letter) is wanted, hex(code)


def test_letters_of_every_script_are_taken():
    for text in ("Straße\t\n", "雪の道", "мокрая", "مبلل", "\U0001f697", "e\u0301", "\u3000"):
        for ascii_only in (True, False):
            assert parse(json.dumps([text], ensure_ascii=ascii_only).encode(), "f") == [text]


class CountedKey(str):
    """Count how often keys are compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        CountedKey.compared += 1
        return super().__eq__(other)

    __hash__ = str.__hash__


def test_a_key_given_twice_is_found_in_time_that_grows_with_their_number():
    count = 2000
    keys = [CountedKey(f"{index:x}") for index in [*range(count), count - 1]]
    with pytest.raises(InputError, match="every key once, got '7cf' twice"):
        _Reader("f").pairs([(key, 0) for key in keys])
    assert CountedKey.compared < 10 * count
    text = "{" + ",".join(f'"{index:x}":0' for index in [*range(90_000), 89_999]) + "}"
    with pytest.raises(InputError, match="every key once, got '15f8f' twice"):
        parse(text.encode(), "f")


def test_many_unknown_keys_are_one_line():
    values = {**GOOD, **{f"{index:x}": 0 for index in range(90_000)}}
    with pytest.raises(InputError, match="0: unknown key") as caught:
        read_record(Sample, json.dumps(values).encode(), "f")
    assert len(str(caught.value)) < 1000


def test_depth_counts_no_brackets_in_texts():
    assert parse(json.dumps(["[" * 99, '"[[' * 40, "\\" * 7]).encode(), "f") == ["[" * 99, '"[[' * 40, "\\" * 7]
    with pytest.raises(InputError, match="breaks off"):
        parse(b'["' + b'\\"' * 400_000, "f")  # an unfinished text, in time that grows with its length


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": "4"}, "count: expected a valid integer, got '4'"),
        ({"count": 4.0}, "count: expected a valid integer"),
        ({"count": True}, "count: expected a valid integer"),
        ({"count": None}, "count: expected a valid integer"),
        ({"count": {}}, "count: expected a valid integer"),
        ({"share": "0.5"}, "share: expected a valid number"),
        ({"names": "ab"}, "names: expected a valid"),
        ({"names": [1]}, "names.0: expected a valid string"),
        ({"nmaes": []}, "nmaes: unknown key; did you mean 'names'"),
        ({"schema_version": "2"}, "schema_version: expected 2 or 3"),
        ({"schema_version": True}, "schema_version: expected 2 or 3"),
    ],
)
def test_nothing_is_converted(change: dict, message: str):
    with pytest.raises(InputError, match=message):
        read_record(Sample, json.dumps({**GOOD, **change}).encode(), "f")


@pytest.mark.parametrize("version", [0, 1, 4, -1, 10**30])
def test_another_version_says_which_are_read_and_what_to_do(version: int):
    values = {**GOOD, "schema_version": version, "a key of the future": 1}
    with pytest.raises(InputError, match=rf"f: {PRODUCER} reads schema_version 2 or 3, got {version}; use the program"):
        read_record(Sample, json.dumps(values).encode(), "f")


def test_missing_version_and_key_are_named():
    for key in ("schema_version", "count"):
        with pytest.raises(InputError, match=f"{key}: missing"):
            read_record(Sample, json.dumps({k: v for k, v in GOOD.items() if k != key}).encode(), "f")


@pytest.mark.parametrize("data", [b"[]", b"1", b'"a"', b"null"])
def test_a_value_that_is_no_object_is_refused(data: bytes):
    with pytest.raises(InputError, match=r"\(top level\): expected an object"):
        read_record(Sample, data, "f")
