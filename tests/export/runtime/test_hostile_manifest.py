import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.errors import CheckFailedError, InputError
from data_tools.producer import PRODUCER
from export.runtime import limits
from export.runtime.bundle import open_bundle, verify_files
from export.runtime.manifest import BundleManifest
from export.runtime.seal import SEAL_NAME
from tests.export.runtime.test_bundle import FILES, edit
from tests.export.runtime.tiny_bundle import write_bundle


def place(path: object, size: object = 1) -> Callable[[dict], None]:
    return lambda values: values["golden_inputs"].update(path=path, size_bytes=size)


def huge_variants(values: dict) -> None:
    for name in ("fp16", "int8-trt"):
        values["variants"].append(json.loads(json.dumps(values["variants"][0])))
        values["variants"][-1]["name"] = name
    for item in values["variants"]:
        item["file"].update(path=f"{item['name']}.onnx", size_bytes=1 << 30)
        item["golden_outputs"]["path"] = f"{item['name']}.npy"


def thresholds(**values: object) -> Callable[[dict], None]:
    return lambda manifest: manifest["variants"][0].update(ood_thresholds=values)


OUTSIDE = "expected files inside the bundle's folder"
HOSTILE: dict[str, tuple[Callable[[dict], None], str]] = {
    "up": (place("../secret.npy"), OUTSIDE),
    "up in the middle": (place("a/../../b"), OUTSIDE),
    "absolute": (place("/etc/passwd"), OUTSIDE),
    "double slash": (place("//server/share"), OUTSIDE),
    "backslash": (place("a\\..\\..\\b.npy"), OUTSIDE),
    "drive": (place("C:/b.npy"), OUTSIDE),
    "drive alone": (place("c:b.npy"), OUTSIDE),
    "empty path": (place(""), OUTSIDE),
    "here": (place("."), OUTSIDE),
    "here in front": (place("./golden_inputs.npy"), OUTSIDE),
    "trailing slash": (place("golden_inputs.npy/"), OUTSIDE),
    "two slashes": (place("a//b.npy"), OUTSIDE),
    "hidden": (place(".bashrc"), OUTSIDE),
    "home": (place("~/b.npy"), OUTSIDE),
    "option": (place("-rf"), OUTSIDE),
    "line feed": (place("a\nb.npy"), OUTSIDE),
    "line feed at the end": (place("b.npy\n"), OUTSIDE),
    "nul": (place("a\0b.npy"), "without control characters"),
    "look-alike": (place("\u2024\u2024/b.npy"), OUTSIDE),
    "url": (place("file:///etc/passwd"), OUTSIDE),
    "long path": (place("a" * 201), OUTSIDE),
    "deep path": (place("a/" * 300 + "b"), OUTSIDE),
    "path of another type": (place(7), "golden_inputs.path: expected a valid string, got 7"),
    "manifest itself": (place("manifest.json"), "every file in one role, got 'manifest.json' in two"),
    "manifest in capitals": (place("Manifest.JSON"), "every file in one role"),
    "seal": (place("manifest.json.sha256"), "every file in one role"),
    "signature": (place("manifest.json.sig"), "every file in one role"),
    "a file twice": (place("fp32.onnx"), "every file in one role, got 'golden_inputs.npy|fp32.onnx' in two"),
    "a file twice but for case": (place("FP32.onnx"), "every file in one role"),
    "huge size": (place("a.npy", limits.FILE_BYTES + 1), "a.npy: expected at most 1073741824 bytes, got 1073741825"),
    "size beyond 64 bits": (place("a.npy", 10**30), "expected at most"),
    "negative size": (place("a.npy", -1), "golden_inputs.size_bytes: expected greater than or equal to 0"),
    "size as text": (place("a.npy", "1"), "golden_inputs.size_bytes: expected a valid integer, got '1'"),
    "size as fraction": (place("a.npy", 1.5), "golden_inputs.size_bytes: expected a valid integer"),
    "size as truth": (place("a.npy", True), "golden_inputs.size_bytes: expected a valid integer"),
    "too many bytes in all": (huge_variants, "expected at most 256 files and 4294967296 bytes in all"),
    "short digest": (lambda values: values["golden_inputs"].update(sha256="00"), "golden_inputs.sha256: "),
    "digest in capitals": (lambda values: values["golden_inputs"].update(sha256="A" * 64), "golden_inputs.sha256: "),
    "future version": (
        lambda values: values.update(schema_version=999, new_key=1),
        rf"{PRODUCER} reads schema_version [\d or]+, got 999; use the program that wrote it",
    ),
    "version of another type": (lambda values: values.update(schema_version="1"), "schema_version: expected"),
    "no version": (lambda values: values.pop("schema_version"), "schema_version: missing"),
    "no kind": (lambda values: values.pop("kind"), "it has no kind; is it another file"),
    "another kind": (lambda values: values.update(kind="split"), "kind: expected 'bundle', got 'split'"),
    "unknown key": (lambda values: values.update(clases=[]), "clases: unknown key; did you mean 'classes'"),
    "unknown key within": (lambda values: values["variants"][0].update(x=1), "variants.0.x: unknown key"),
    "no variants": (lambda values: values.update(variants=[]), "variants: "),
    "variants of another type": (lambda values: values.update(variants={"a": 1}), "variants: "),
    "one class": (lambda values: values.update(classes=["dry"]), "classes: "),
    "class twice": (lambda values: values.update(classes=["a", "a", "b"]), "classes: expected distinct names"),
    "variant twice": (
        lambda values: values["variants"][1].update(name="fp32"),
        "variants: expected distinct names, got fp32, fp32",
    ),
    "unknown variant": (
        lambda values: values["variants"][1].update(name="int4"),
        "variants.1.name: expected 'fp32', 'fp16', 'int8' or 'int8-trt', got 'int4'",
    ),
    "no temperature": (lambda values: values["variants"][0].update(temperature=0), "temperature: expected greater"),
    "negative temperature": (lambda values: values["variants"][0].update(temperature=-1), "temperature: expected"),
    "tiny temperature": (
        lambda values: values["variants"][0].update(temperature=1e-300),
        r"temperature: expected greater than or equal to 0\.01, got 1e-300",
    ),
    "huge temperature": (
        lambda values: values["variants"][0].update(temperature=100.01),
        r"temperature: expected less than or equal to 100, got 100\.01",
    ),
    "tolerance for anything": (
        lambda values: values["variants"][0].update(golden_tolerance=1e308),
        r"golden_tolerance: expected less than or equal to 1, got 1e\+308",
    ),
    "distance tolerance for anything": (
        lambda values: values["variants"][0].update(golden_distance_tolerance=1.5),
        r"golden_distance_tolerance: expected less than or equal to 1, got 1\.5",
    ),
    "unseen letter in a class": (
        lambda values: values.update(classes=["dry", "w\u200bet", "snow"]),
        "without control characters and unseen ones",
    ),
    "one threshold": (thresholds(**{"0.95": 1.0}), "ood_thresholds: .*expected the keys 0.95 and 0.99"),
    "another threshold": (thresholds(**{"0.95": 1.0, "0.98": 2.0}), "ood_thresholds"),
    "falling thresholds": (thresholds(**{"0.95": 2.0, "0.99": 1.0}), "ood_thresholds: .*growing distances"),
    "negative threshold": (thresholds(**{"0.95": -2.0, "0.99": 1.0}), "ood_thresholds.0.95: expected greater"),
    "no back end": (lambda values: values["variants"][0].update(back_ends=[]), "back_ends"),
    "class as number": (lambda values: values.update(classes=["dry", 1]), r"classes.1: expected a valid string"),
    "huge picture": (lambda values: values["preprocessing"].update(height=10**9), "preprocessing.height: "),
    "escape in name": (lambda values: values.update(name="\x1b[2Jbundle"), "without control characters"),
    "endless tolerance": (lambda values: values["variants"][0].update(golden_tolerance=float("inf")), "finite numbers"),
    "no tolerance": (lambda values: values["variants"][0].update(golden_tolerance=float("nan")), "finite numbers"),
    "null": (lambda values: values.update(golden_inputs=None), "golden_inputs: "),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_manifest_is_one_clear_line(manifest_path: Path, name: str):
    change, message = HOSTILE[name]
    edit(manifest_path, change)
    with pytest.raises(InputError, match=message) as caught:
        open_bundle(manifest_path)
    text = str(caught.value)
    assert text.startswith(str(manifest_path))
    assert text.isprintable()
    assert len(text) < len(str(manifest_path)) + 300


def test_too_many_files_are_refused(manifest_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "FILES", 5)
    with pytest.raises(InputError, match=r"expected at most 5 files and 4294967296 bytes in all, got 6 and"):
        open_bundle(manifest_path)


@pytest.mark.parametrize("key", [*BundleManifest.model_fields])
def test_every_missing_key_is_named(manifest_path: Path, key: str):
    field = BundleManifest.model_fields[key]
    edit(manifest_path, lambda values: values.pop(key))
    if not field.is_required() and key != "kind":
        open_bundle(manifest_path)
        return
    with pytest.raises(InputError, match=f"{key}: missing|no kind"):
        open_bundle(manifest_path)


def test_a_long_manifest_is_not_read(manifest_path: Path):
    os.truncate(manifest_path, 1 << 40)
    with pytest.raises(CheckFailedError, match=r"/manifest\.json: expected at most 1048576 bytes, found 1099511627776"):
        open_bundle(manifest_path)


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"[]", b"null", b"[" * 10**5, b'{"a": 1, "a": 2}', b"\xff"])
def test_what_is_no_manifest_is_one_line(manifest_path: Path, data: bytes):
    manifest_path.write_bytes(data)
    (manifest_path.parent / SEAL_NAME).unlink(missing_ok=True)
    with pytest.raises(InputError, match=r"/manifest\.json: "):
        open_bundle(manifest_path)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_bundle(tmp_path_factory.mktemp("fuzz"))
    (path.parent / SEAL_NAME).unlink(missing_ok=True)
    return path


@pytest.fixture(scope="module")
def good(tried: Path) -> bytes:
    return tried.read_bytes()


def load_or_refuse(path: Path, data: bytes) -> None:
    """Any other exception, a MemoryError or RecursionError too, fails the test."""
    path.write_bytes(data)
    with suppress(InputError, CheckFailedError):
        bundle = open_bundle(path)
        verify_files(bundle)
        assert {ref.path for ref in bundle.manifest.payload()} <= set(FILES)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(data=st.data())
def test_mutated_bytes_load_or_are_refused(tried: Path, good: bytes, data: st.DataObject):
    mutated = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(mutated) - 1))
        length = data.draw(st.integers(0, 3))
        mutated[place : place + length] = data.draw(st.binary(max_size=4))
    load_or_refuse(tried, bytes(mutated))


def leaves(value: object, way: tuple = ()) -> list[tuple]:
    if isinstance(value, dict):
        return [way, *(leaf for key in value for leaf in leaves(value[key], (*way, key)))]
    if isinstance(value, list):
        return [way, *(leaf for index, item in enumerate(value) for leaf in leaves(item, (*way, index)))]
    return [way]


NUMBERS = st.one_of(st.integers(-(10**25), 10**25), st.floats(), st.sampled_from([0, 1, -1, 2**63, 1e308]))
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        NUMBERS,
        st.text(max_size=8),
        st.sampled_from(["../x", "/etc/passwd", "fp32.onnx", "manifest.json", "", "a" * 70, "golden_fp32.npy"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(data=st.data())
def test_mutated_values_load_or_are_refused(tried: Path, good: bytes, data: st.DataObject):
    values = json.loads(good)
    way = data.draw(st.sampled_from(leaves(values)[1:]))
    *above, last = way
    parent = values
    for key in above:
        parent = parent[key]
    action = data.draw(st.sampled_from(["replace", "remove", "add"]))
    if action == "remove":
        del parent[last]
    elif action == "add" and isinstance(parent, dict):
        parent[data.draw(st.text(max_size=6))] = data.draw(VALUES)
    else:
        parent[last] = data.draw(VALUES)
    load_or_refuse(tried, json.dumps(values).encode())
