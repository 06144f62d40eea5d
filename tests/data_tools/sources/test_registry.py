"""Every registered source keeps the promises of the registry, and the configuration knows all of them."""

from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from data_tools import sources
from data_tools.errors import InputError
from data_tools.sources import registry
from data_tools.sources.candidates import Listing, SourceContext
from data_tools.sources.config import AnySource
from data_tools.sources.registry import get, names, register_source
from data_tools.validation import describe
from tests.data_tools.sources.offers import context, refusal

EXAMPLES: dict[str, dict[str, object]] = {
    "archive": {"path": "a.zip", "layout": "rscd", "max_files": 7, "max_ratio": 50.5},
    "class_folders": {"path": "roads"},
    "combined": {"sources": {"a": {"type": "synth"}, "b": {"type": "rscd", "path": "r"}}, "shared_drives": True},
    "drive_video": {"path": "d.mp4", "labels": "d.csv", "fps": 2.5, "camera": "left", "jpeg_quality": 90},
    "manifest": {"path": "manifest.parquet"},
    "roadsaw": {"path": "RoadSaW-075_l"},
    "rscd": {"path": "RSCD", "session_gap_s": 60.0},
    "synth": {"drives": {"drives_per_class": 2, "seed": 3}},
}
ADAPTER: TypeAdapter[AnySource] = TypeAdapter(AnySource)


def members(annotation: object) -> set[type]:
    """Return the models of nested unions."""
    if isinstance(annotation, type):
        return {annotation} if issubclass(annotation, BaseModel) else set()
    return {model for part in get_args(annotation) for model in members(part)}


def test_union_is_the_registry():
    assert members(AnySource) == {get(name) for name in names()}
    assert names() == tuple(EXAMPLES)
    assert sources.names is names


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_config_goes_through_json_and_back(name: str):
    source = ADAPTER.validate_python({"type": name, **EXAMPLES[name]})
    assert type(source) is get(name)
    assert source.type == name
    again = ADAPTER.validate_json(source.model_dump_json())
    assert again == source
    assert again.model_dump_json() == source.model_dump_json()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_config_is_frozen_and_strict(name: str):
    source = ADAPTER.validate_python({"type": name, **EXAMPLES[name]})
    with pytest.raises(ValidationError, match="frozen"):
        source.type = "other"
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        ADAPTER.validate_python({"type": name, **EXAMPLES[name], "unknown": 1})


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - {"synth", "combined"}))
def test_every_missing_path_is_one_clear_line_and_writes_nothing(name: str, tmp_path: Path):
    source = ADAPTER.validate_python({"type": name, "path": str(tmp_path / "nowhere")})
    assert "nowhere: expected" in refusal(source, context(tmp_path / "work"))
    assert list(tmp_path.iterdir()) == []
    assert source.fingerprint() == source.fingerprint()


def test_messages_name_the_key():
    class Holder(BaseModel):
        source: AnySource

    for value, expected in (
        ({"type": "zip"}, "source.type: unknown 'zip'; (known: archive, "),
        ({"type": "archive"}, "source.path: missing"),
        ({"type": "drive_video", "path": "x", "fps": 0}, "source.fps: expected greater than 0"),
        (
            {"type": "synth", "drives": {"drives_per_clas": 3}},
            "source.drives.drives_per_clas: unknown key; did you mean",
        ),
    ):
        with pytest.raises(ValidationError) as caught:
            Holder.model_validate({"source": value})
        assert describe(caught.value, Holder).startswith(expected)


def test_unknown_name_lists_the_closest_first():
    with pytest.raises(InputError, match=r"unknown source 'archiv'; did you mean 'archive'\?"):
        get("archiv")


def test_names_are_taken_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))

    class Other(BaseModel):
        model_config = ConfigDict(frozen=True, extra="forbid")
        type: str = "other"

        def offer(self, context: SourceContext) -> Listing:
            return Listing({}, [], [], {})

        def fingerprint(self) -> str:
            return ""

    with pytest.raises(ValueError, match="'synth' is registered already"):
        register_source("synth")(Other)
    assert register_source("other")(Other) is Other
    assert get("other") is Other
