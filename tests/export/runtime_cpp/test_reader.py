"""Test what of the C++ example needs no ONNX Runtime."""

import json
import math
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from export.runtime import limits
from export.runtime.manifest import BundleManifest
from tests.export.runtime_cpp.conftest import SOURCE

FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | FINITE | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def run(reader: Path, *words: object) -> list[str]:
    """Return a line for each word after the first two; the program ends well whatever it reads."""
    done = subprocess.run([reader, *map(str, words)], capture_output=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.split("\n")[:-1]
    assert len(lines) == len(words) - 2
    return lines


def read_json(reader: Path, folder: Path, texts: list[bytes]) -> list[str]:
    paths = [folder / f"{i}.json" for i in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    return run(reader, "json", "-", *paths)


def manifest() -> dict:
    return {
        "kind": "bundle",
        "schema_version": get_args(BundleManifest.model_fields["schema_version"].annotation)[0],
        "classes": ["dry", "wet", "snow"],
        "preprocessing": {"height": 32, "width": 40, "color": "bgr", "normalization": {"mean": [0.5, 0.5, 0.5]}},
        "variants": [
            {
                "name": name,
                "file": {"path": path, "size_bytes": size},
                "temperature": temperature,
                "ood_thresholds": {"0.95": 0.5, "0.99": threshold},
            }
            for name, path, size, temperature, threshold in (
                ("fp32", "fp32.onnx", 10, 1.5, 1.25),
                ("int8", "graphs/int8.onnx", 5_000_000, 0.75, 2.5),
            )
        ],
        "unknown": [None, True, False, {"more": "é"}],
    }


def open_bundles(reader: Path, folder: Path, manifests: list[bytes]) -> list[str]:
    folders = [folder / str(i) for i in range(len(manifests))]
    for path, text in zip(folders, manifests, strict=True):
        path.mkdir(parents=True)
        (path / "manifest.json").write_bytes(text)
    return run(reader, "bundle", "int8", *folders)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, min_size=10, max_size=20), ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_any_json_is_read_as_python_reads_it(reader, tmp_path, values, ascii_only, indent):
    texts = [json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode() for value in values]
    assert [json.loads(line) for line in read_json(reader, tmp_path, texts)] == values


def test_every_escape_is_read(reader: Path, tmp_path: Path):
    text = r'"\"\\\/\b\f\n\r\tA\u00e9\u20AC\ud83d\ude97\u0000"'
    assert json.loads(read_json(reader, tmp_path, [text.encode()])[0]) == json.loads(text)


def test_what_is_not_strict_json_is_refused(reader: Path, tmp_path: Path):
    texts = [
        *("", " ", "{", "[1", "[1,]", '{"a":1,}', '{"a"}', "{a:1}", "{1:2}", "[1 2]", "nul", "True", "1 2", "[]x"),
        *("01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "NaN", "Infinity", "-Infinity", "1e999", "--1"),
        *('"', '"a', '"\n"', '"\t"', r'"\x"', r'"\u12"', r'"\u12g4"', r'"\ud83d"', r'"\ude97"', r'"\ud83d\u0041"'),
        *('{"a":1,"a":1}', "[" * 40 + "]" * 40, "[" * 1_000_000, "\ufeff{}", "// no\n1", "'a'", "1\x00"),
    ]
    for text, line in zip(texts, read_json(reader, tmp_path, [text.encode() for text in texts]), strict=True):
        assert re.fullmatch(r"refused: .*\.json: expected JSON, but at byte \d+ there is not .*", line), text


def test_utf8_is_checked_as_python_checks_it(reader: Path, tmp_path: Path):
    high = (0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF)
    tails = [b"", b"\x80", b"\x80\x80", b"\xbf\xbf\x41"]
    sequences = [bytes([first, second]) + tail for first in high for second in high for tail in tails]
    lines = read_json(reader, tmp_path, [b'"' + sequence + b'"' for sequence in sequences])
    for sequence, line in zip(sequences, lines, strict=True):
        try:
            expected = sequence.decode("utf-8")
        except UnicodeDecodeError:
            assert line.endswith("there is not UTF-8"), sequence
        else:
            assert json.loads(line) == expected


def test_bundle_is_read(reader: Path, tmp_path: Path):
    (line,) = open_bundles(reader, tmp_path, [json.dumps(manifest()).encode()])
    assert line == f'"{tmp_path}/0/graphs/int8.onnx" 5000000 32 40 1 0.75 2.5 dry wet snow'


def test_schema_version_is_the_python_packages():
    found = re.search(r"kSchemaVersion = (\d+);", (SOURCE / "bundle.hpp").read_text())
    assert found
    assert (int(found[1]),) == get_args(BundleManifest.model_fields["schema_version"].annotation)


def test_limits_are_the_python_packages():
    text = (SOURCE / "bundle.hpp").read_text() + (SOURCE / "json.hpp").read_text()
    found = {name: int(a) << int(b or 0) for name, a, b in re.findall(r" (kMax\w+) = (\d+)u?(?: << (\d+))?;", text)}
    assert found["kMaxManifestBytes"] == limits.MANIFEST_BYTES
    assert found["kMaxGraphBytes"] == limits.FILE_BYTES
    assert found["kMaxPathLetters"] == limits.PATH_CHARACTERS
    assert found["kMaxDepth"] == limits.JSON_DEPTH
    bounds = {name: float(value) for name, value in re.findall(r" (k\w+Temperature) = ([\d.]+);", text)}
    assert bounds == {"kMinTemperature": limits.MIN_TEMPERATURE, "kMaxTemperature": limits.MAX_TEMPERATURE}


@pytest.mark.parametrize("temperature", [0.01, 100, 100.0])
def test_temperatures_at_the_limits_are_taken(reader: Path, tmp_path: Path, temperature: float):
    value = manifest()
    value["variants"][1]["temperature"] = temperature
    (line,) = open_bundles(reader, tmp_path, [json.dumps(value).encode()])
    assert float(line.split()[5]) == temperature


def _set(*keys: str | int, to: object) -> Callable[[dict], None]:
    def edit(value: dict) -> None:
        for key in keys[:-1]:
            value = value[key]
        value[keys[-1]] = to

    return edit


FILE = ("variants", 1, "file")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda value: value.pop("kind"), "expected 'kind' to be a string, but it is missing"),
        (_set("kind", to="onnx"), "expected a bundle's manifest, got another kind of artifact"),
        (_set("schema_version", to=99), r"expected schema_version \d, got 99"),
        (_set("schema_version", to="1"), "expected 'schema_version' to be a number, got another kind of value"),
        (_set("classes", to=["dry"]), "expected the classes to be a list of two names or more"),
        (_set("classes", to=["dry", "dry"]), "expected the classes to be distinct names"),
        (_set("classes", to=["dry", 1]), "expected the classes to be distinct names"),
        (_set("preprocessing", to=[]), "expected 'preprocessing' to be an object"),
        (_set("preprocessing", "height", to=0), "expected 'height' to be a whole number in 1..16384, got 0"),
        (_set("preprocessing", "width", to=40.5), "expected 'width' to be a whole number in 1..16384, got 40.5"),
        (_set("preprocessing", "width", to=10**300), "expected 'width' to be a whole number"),
        (_set("preprocessing", "color", to="grey"), "expected color 'rgb' or 'bgr', got \"grey\""),
        (_set("variants", to=[]), "no variant 'int8'; it has"),
        (_set("variants", to=[1]), "expected 'name' to be a string, but it is missing"),
        (_set("variants", 1, "name", to="int9"), "no variant 'int8'; it has fp32, int9"),
        (_set(*FILE, "path", to="../int8.onnx"), r"expected files inside the bundle's folder, got \"\.\./int8.onnx\""),
        (_set(*FILE, "path", to="a/../../int8.onnx"), "expected files inside the bundle's folder"),
        (_set(*FILE, "path", to="/etc/passwd"), 'expected files inside the bundle\'s folder, got "/etc/passwd"'),
        (_set(*FILE, "size_bytes", to=-1), "expected 'size_bytes' to be a whole number"),
        (_set(*FILE, "size_bytes", to=2**40), "expected 'size_bytes' to be a whole number in 1..1073741824"),
        (_set("variants", 0, "name", to="int8"), 'expected distinct variants, got "int8" twice'),
        (lambda value: value["variants"].append(value["variants"][0]), 'distinct variants, got "fp32" twice'),
        (_set("variants", 1, "temperature", to=0), r"expected a temperature in 0\.01\.\.100, got 0"),
        (_set("variants", 1, "temperature", to=-1.5), r"expected a temperature in 0\.01\.\.100, got -1\.5"),
        (_set("variants", 1, "temperature", to=0.00999), r"expected a temperature in 0\.01\.\.100, got 0\.00999"),
        (_set("variants", 1, "temperature", to=100.5), r"expected a temperature in 0\.01\.\.100, got 100\.5"),
        (_set("variants", 1, "temperature", to=1e-320), r"expected a temperature in 0\.01\.\.100, got|double can hold"),
        (_set("variants", 1, "temperature", to="1"), "expected 'temperature' to be a number, got another kind"),
        (lambda value: value["variants"][1].pop("temperature"), "expected 'temperature' to be a number, but it is"),
        (_set("variants", 1, "ood_thresholds", to={}), "expected '0.99' to be a number, but it is missing"),
        (_set("variants", 1, "ood_thresholds", "0.99", to=-1), "expected a distance of 0 or more"),
    ],
)
def test_hostile_manifest_is_refused(reader: Path, tmp_path: Path, edit: Callable[[dict], object], message: str):
    value = manifest()
    edit(value)
    (line,) = open_bundles(reader, tmp_path, [json.dumps(value).encode()])
    assert line.startswith(f"refused: {tmp_path}/0/manifest.json: ")
    assert re.search(message, line)


def test_names_that_lead_out_of_the_bundle_are_refused(reader: Path, tmp_path: Path):
    good = ["a", "a/b.onnx", "model.int8-trt+1.onnx", "_", "a.", "x" * 200]
    bad = ["", "/", "a/", "/a", "a//b", "..", "../a", "a/../../b", "a/..", ".hidden", "a/./b", "-a", "a b", "a\\b"]
    bad += ["C:/a", "é", "a\nb", "a\0b", "x" * 201]
    manifests = []
    for name in good + bad:
        value = manifest()
        value["variants"][1]["file"]["path"] = name
        manifests.append(json.dumps(value).encode())
    lines = open_bundles(reader, tmp_path, manifests)
    for i, name in enumerate(good):
        assert lines[i].startswith(f'"{tmp_path}/{i}/{name}" ')
    for i, name in enumerate(bad, start=len(good)):
        expected = f"refused: {tmp_path}/{i}/manifest.json: expected files inside the bundle's folder, got "
        assert lines[i].startswith(expected)
        assert json.loads(lines[i].removeprefix(expected)) == name


def test_symbolic_links_are_refused(reader: Path, tmp_path: Path):
    (tmp_path / "0").mkdir()
    (tmp_path / "manifest.json").write_text(json.dumps(manifest()))
    (tmp_path / "graphs").symlink_to(tmp_path / "0")
    (line,) = run(reader, "bundle", "int8", tmp_path)
    assert line == f"refused: {tmp_path}/graphs: expected a file of the bundle, got a symbolic link"


def test_missing_and_oversized_manifests_are_refused(reader: Path, tmp_path: Path):
    for name in ("none", "huge", "folder/manifest.json"):
        (tmp_path / name).mkdir(parents=True)
    with (tmp_path / "huge" / "manifest.json").open("wb") as stream:
        stream.truncate((1 << 20) + 1)
    none, huge, folder = run(reader, "bundle", "int8", *(tmp_path / name for name in ("none", "huge", "folder")))
    assert "none/manifest.json: expected a bundle's manifest (" in none
    assert "huge/manifest.json: expected at most 1048576 bytes, got 1048577" in huge
    assert "folder/manifest.json: expected a bundle's manifest (" in folder


def test_a_manifest_cut_anywhere_is_refused(reader: Path, tmp_path: Path):
    text = json.dumps(manifest()).encode()
    cuts = [text[:length] for length in range(0, len(text), 5)]
    assert all(line.startswith("refused: ") for line in open_bundles(reader, tmp_path, cuts))


def test_a_flipped_bit_is_read_or_refused(reader: Path, tmp_path: Path):
    text = json.dumps(manifest()).encode()
    changed = [text[:i] + bytes([text[i] ^ 1 << i % 8]) + text[i + 1 :] for i in range(0, len(text), 3)]
    lines = open_bundles(reader, tmp_path, changed)
    assert any(line.startswith("refused: ") for line in lines)
    assert any(line.endswith(" dry wet snow") for line in lines)


@pytest.mark.parametrize("temperature", [0.05, 1.0, 1.7, 40.0])
def test_softmax_is_the_textbooks(reader: Path, temperature: float):
    batch = [[0.0, 0.0], [1.5, -2.25, 0.125], [1e30, -1e30, 1e30], [-700.0, -701.0]]
    lines = run(reader, "softmax", temperature, *(" ".join(map(str, logits)) for logits in batch))
    for logits, line in zip(batch, lines, strict=True):
        scaled = [(value - max(logits)) / temperature for value in logits]
        expected = [math.exp(value) / sum(math.exp(other) for other in scaled) for value in scaled]
        np.testing.assert_allclose([float(word) for word in line.split()], expected, rtol=1e-12, atol=1e-300)


def many(count: int) -> str:
    return "{" + ",".join(f'"{index:x}":0' for index in range(count)) + "}"


def test_time_grows_with_the_number_of_keys_and_not_with_its_square(reader: Path, tmp_path: Path):
    """A manifest of 1 MiB holds 90,000 keys; comparing each with each takes minutes."""
    text = many(90_000)
    start = time.process_time() + sum(os.times()[2:4])
    once, twice = read_json(reader, tmp_path, [text.encode(), (text[:-1] + ',"15f8f":0}').encode()])
    assert len(once) == len(text)
    assert 'a key other than "15f8f", which the object has already' in twice
    value = manifest()
    value["classes"] = [f"{index:x}" for index in range(100_000)] + ["0"]
    (line,) = open_bundles(reader, tmp_path / "bundles", [json.dumps(value).encode()])
    assert "expected the classes to be distinct names" in line
    assert time.process_time() + sum(os.times()[2:4]) - start < 5


def test_objects_are_equal_whatever_the_order_of_their_keys(reader: Path, tmp_path: Path):
    pairs = [
        ('{"a":1,"b":{"c":[1],"d":2}}', '{"b":{"d":2,"c":[1]},"a":1}', True),
        ('{"a":1,"b":2}', '{"a":2,"b":1}', False),
        ('{"a":1}', '{"b":1}', False),
        ('{"a":1}', '{"a":1,"b":1}', False),
        ("[1,2]", "[2,1]", False),
        (many(60_000), many(60_000)[:-1].replace("{", '{"x":0,', 1) + ',"y":0}', False),
    ]
    for left, right, equal in pairs:
        (tmp_path / "left").write_text(left)
        (tmp_path / "right").write_text(right)
        assert run(reader, "equal", tmp_path / "left", tmp_path / "right") == ["equal" if equal else "different"]
