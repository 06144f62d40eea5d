"""Several sources as one: names in front, classes counted together."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from data_tools.sources.combined import CombinedSource
from tests.data_tools.sources.archives import write_zip
from tests.data_tools.sources.offers import context, refusal, touch


def combined(**options: object) -> CombinedSource:
    return CombinedSource.model_validate({"type": "combined", **options})


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, object]:
    touch(tmp_path / "one", "dry/d1/1.jpg", "wet/d1/2.jpg", "dry/notes.txt", "mud/x.jpg")
    write_zip(tmp_path / "two.zip", {"snow/d1/1.jpg": b"x", "dry/d1/1.jpg": b"y"})
    return {
        "one": {"type": "class_folders", "path": str(tmp_path / "one")},
        "z-2": {"type": "archive", "path": str(tmp_path / "two.zip")},
    }


def test_paths_and_drives_start_with_the_name(sources: dict[str, object], tmp_path: Path):
    where = context(tmp_path / "work", {"ignore": ["mud"]})
    offered = combined(sources=sources).offer(where)
    assert [(item.path, item.label, item.source, item.group) for item in offered.candidates] == [
        ("one/dry/d1/1.jpg", "dry", "one", "one/d1"),
        ("one/wet/d1/2.jpg", "wet", "one", "one/d1"),
        ("z-2/dry/d1/1.jpg", "dry", "two", "z-2/d1"),
        ("z-2/snow/d1/1.jpg", "snow", "two", "z-2/d1"),
    ]
    for item in offered.candidates:
        name, _, inside = item.path.partition("/")
        assert (offered.roots[name] / inside).is_file()
    assert [row[:2] for row in offered.set_aside] == [("one/dry/notes.txt", "unknown_suffix")]
    assert offered.skipped == {"one: pictures with the ignored label 'mud'": 1}
    shared = combined(sources=sources, shared_drives=True).offer(where)
    assert {item.group for item in shared.candidates} == {"d1"}


def test_class_missing_from_all(sources: dict[str, object], tmp_path: Path):
    del sources["z-2"]
    message = refusal(combined(sources=sources), context(tmp_path / "work", {"ignore": ["mud"]}))
    assert message == "one: expected pictures of every class; none of: snow"


def test_source_without_any_class_is_refused(sources: dict[str, object], tmp_path: Path):
    touch(tmp_path / "empty", "dry/.keep")
    sources["void"] = {"type": "class_folders", "path": str(tmp_path / "empty")}
    assert "empty: expected pictures" in refusal(
        combined(sources=sources), context(tmp_path / "work", {"ignore": ["mud"]})
    )


@pytest.mark.parametrize("name", ["", "a/b", "../a", ".a", "a b", "ä"])
def test_names_that_no_path_can_start_with(name: str):
    with pytest.raises(ValidationError):
        combined(sources={name: {"type": "synth"}})


def test_no_sources_and_nesting_are_refused():
    for value in ({}, {"a": {"type": "combined", "sources": {"b": {"type": "synth"}}}}):
        with pytest.raises(ValidationError):
            combined(sources=value)


def test_archives_of_one_name_size_and_time_are_not_taken_for_one_another(tmp_path: Path):
    for place, data in (("berlin", b"x"), ("web", b"y")):
        (tmp_path / place).mkdir()
        file = write_zip(tmp_path / place / "roads.zip", {f"{name}/1.jpg": data for name in ("dry", "wet", "snow")})
        os.utime(file, (1, 1))
    names = {place: {"type": "archive", "path": str(tmp_path / place / "roads.zip")} for place in ("berlin", "web")}
    offered = combined(sources=names).offer(context(tmp_path / "work"))
    assert (offered.roots["berlin"] / "dry/1.jpg").read_bytes() == b"x"
    assert (offered.roots["web"] / "dry/1.jpg").read_bytes() == b"y"
