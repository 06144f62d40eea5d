import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from data_tools.errors import InputError
from export.bundle.schema import BEGIN, END, fields, manifest_schema, schema_text, table, with_table
from export.runtime import limits
from export.runtime.bundle import open_bundle
from export.runtime.manifest import BundleManifest
from tests.export.runtime.tiny_bundle import write_bundle

DOCS = Path(__file__).parents[3] / "docs"
COMMAND = "roadgrip bundle schema --out docs/bundle.schema.json --document docs/bundle.md"


def test_documented_schema_is_the_models():
    """Rewrite it with COMMAND after a change of the manifest."""
    assert (DOCS / "bundle.schema.json").read_text(encoding="utf-8") == schema_text(), f"run: {COMMAND}"


def test_documented_table_is_the_models():
    text = (DOCS / "bundle.md").read_text(encoding="utf-8")
    assert with_table(text, "docs/bundle.md") == text, f"run: {COMMAND}"
    assert COMMAND in text


def keys_of(model: BaseModel, place: str = "") -> set[str]:
    """Return the keys of a saved manifest, walked without the schema."""
    found: set[str] = set()

    def walk(value: object, way: str) -> None:
        if isinstance(value, dict):
            is_file = set(value) == {"path", "sha256", "size_bytes"}
            for key, item in value.items():
                found.add(f"(file).{key}" if is_file else f"{way}{key}")
                walk(item, f"{way}{key}.")
        elif isinstance(value, list):
            for item in value:
                walk(item, f"{way[:-1]}[].")

    walk(json.loads(model.model_dump_json()), place)
    return found


def test_table_names_every_key_of_a_real_manifest(tmp_path: Path):
    path = write_bundle(tmp_path)
    values = json.loads(path.read_text())
    values["parents"] = [{"role": "split", "path": "x", "sha256": "0" * 64}]
    values["lineage"] = [{"kind": "split", "sha256": "0" * 64, "summary": "x"}]
    documented = {field.path for field in fields()}
    written = keys_of(BundleManifest.model_validate_json(json.dumps(values)))
    assert {"variants[].metrics.calibrated.ece", "variants[].file", "(file).size_bytes", "lineage[].summary"} <= written
    # A key of a mapping with free names is documented as '*'; everything else under its own name.
    free = {name.removesuffix(".*") for name in documented if name.endswith(".*")}
    free |= {field.path for field in fields() if field.kind.startswith("object of any keys")}
    assert not {name for name in written - documented if not any(name.startswith(f"{start}.") for start in free)}


def test_table_says_type_bounds_and_meaning():
    rows = {field.path: field for field in fields()}
    assert rows["kind"].kind == '`"bundle"`'
    assert rows["classes"] == ("classes", "list of string, at least 2", "in logit order")
    assert rows["preprocessing.height"].kind == "integer ≥ 32, ≤ 4096"
    assert rows["golden_inputs"].kind == rows["variants[].file"].kind == "file"
    assert rows["(file).size_bytes"].kind == f"integer ≥ 0, ≤ {limits.FILE_BYTES}"
    assert {len(re.split(r"(?<!\\)\|", line)) for line in table().splitlines()} == {5}


def test_schema_accepts_what_is_opened_and_refuses_what_is_refused(tmp_path: Path):
    jsonschema = pytest.importorskip("jsonschema")
    path = write_bundle(tmp_path)
    values = json.loads(path.read_text())
    validator = jsonschema.Draft202012Validator(manifest_schema())
    validator.check_schema(manifest_schema())
    assert open_bundle(path)
    assert validator.is_valid(values)
    changes = [
        ("kind", "split"),
        ("schema_version", 99),
        ("schema_version", "1"),
        ("classes", ["dry"]),
        ("variants", []),
        ("golden_inputs", {**values["golden_inputs"], "path": "../x"}),
        ("golden_inputs", {**values["golden_inputs"], "path": "/x"}),
        ("golden_inputs", {**values["golden_inputs"], "size_bytes": limits.FILE_BYTES + 1}),
        ("more", 1),
    ]
    for key, value in changes:
        assert not validator.is_valid({**values, key: value}), (key, value)
    for key in ("kind", "schema_version", "classes"):
        assert not validator.is_valid({name: value for name, value in values.items() if name != key})


def test_text_without_the_marks_is_refused():
    for text in ("", BEGIN, f"{BEGIN}\n", f"{END}\n{BEGIN}\n"):
        with pytest.raises(InputError, match=r"a\.md: expected the lines <!-- fields: begin -->"):
            with_table(text, "a.md")


def test_only_what_is_between_the_marks_changes():
    text = with_table(f"before\n{BEGIN}\nSTALE\n{END}\nafter\n", "a.md")
    assert text.startswith(f"before\n{BEGIN}\n| field ")
    assert text.endswith(f"|\n{END}\nafter\n")
    assert "STALE" not in text
