"""Lineage: the chain is walked, changed and missing ancestors are reported, a diamond is listed once."""

import json
from pathlib import Path

import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.lineage import Link, ancestors
from data_tools.artifacts.model import parent
from data_tools.errors import InputError


def make(folder: Path, kind: str, *parents: Path, note: str = "") -> Path:
    """Write an artifact with the given parents in its own folder."""
    path = folder / kind / f"{kind}.json"
    path.parent.mkdir(exist_ok=True)
    listed = [parent(item.stem, item, path.parent).model_dump() for item in parents]
    path.write_text(json.dumps({"kind": kind, "producer": "tests", "parents": listed, "note": note}))
    return path


def brief(links: list[Link]) -> list[tuple[str, int, str]]:
    return [(link.kind, link.depth, link.state) for link in links]


@pytest.fixture
def chain(tmp_path: Path) -> tuple[Path, Path, Path]:
    data = make(tmp_path, "dataset")
    split = make(tmp_path, "split", data)
    return data, split, make(tmp_path, "model", split)


def test_chain_is_walked_nearest_first(chain: tuple[Path, Path, Path]):
    data, split, model = chain
    assert ancestors(model) == [
        Link("model", "itself", model, sha256_file(model), "tests", 0, "ok"),
        Link("split", "split", split, sha256_file(split), "tests", 1, "ok"),
        Link("dataset", "dataset", data, sha256_file(data), "tests", 2, "ok"),
    ]


def test_relative_path_gives_the_same(chain: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(chain[2].parent)
    assert ancestors(Path("model.json")) == ancestors(chain[2])


def test_changed_parent_is_reported_and_walked_on(chain: tuple[Path, Path, Path], tmp_path: Path):
    make(tmp_path, "split", chain[0], note="another seed")
    assert brief(ancestors(chain[2])) == [("model", 0, "ok"), ("split", 1, "changed"), ("dataset", 2, "ok")]


def test_missing_parent_is_reported_with_the_digest_it_had(chain: tuple[Path, Path, Path]):
    data, _, model = chain
    digest = sha256_file(data)
    data.unlink()
    links = ancestors(model)
    assert brief(links) == [("model", 0, "ok"), ("split", 1, "ok"), ("dataset", 2, "missing")]
    assert links[-1] == Link("dataset", "dataset", data, digest, "unknown", 2, "missing")


@pytest.mark.parametrize("missing", [False, True])
def test_diamond_is_listed_once(missing: bool, tmp_path: Path):
    data = make(tmp_path, "dataset")
    left, right = make(tmp_path, "left", data), make(tmp_path, "right", data)
    top = make(tmp_path, "top", left, right)
    if missing:
        data.unlink()
    state = "missing" if missing else "ok"
    assert brief(ancestors(top)) == [("top", 0, "ok"), ("left", 1, "ok"), ("right", 1, "ok"), ("dataset", 2, state)]


@pytest.mark.parametrize("stale_first", [False, True])
def test_diamond_whose_sides_saw_two_versions_is_changed(stale_first: bool, tmp_path: Path):
    data = make(tmp_path, "dataset")
    stale = make(tmp_path, "stale", data)
    make(tmp_path, "dataset", note="rebuilt")
    fresh = make(tmp_path, "fresh", data)
    top = make(tmp_path, "top", *((stale, fresh) if stale_first else (fresh, stale)))
    links = ancestors(top)
    assert [link.state for link in links if link.kind == "dataset"] == ["changed"]


def test_artifact_that_names_itself_ends(tmp_path: Path):
    path = tmp_path / "a.json"
    item = {"role": "self", "path": "a.json", "sha256": "0" * 64}
    path.write_text(json.dumps({"kind": "a", "parents": [item]}))
    assert [link.kind for link in ancestors(path)] == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        '{"kind": "split"}',
        '{"parents": []}',
        '{"kind": "a", "parents": {}}',
        '{"kind": "a", "parents": [1]}',
        '{"kind": "a", "parents": [{}]}',
        '{"kind": "a", "parents": [{"role": "r", "path": 3, "sha256": "x"}]}',
    ],
)
def test_no_artifact_is_one_line(text: str, tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"a\.json: expected") as caught:
        ancestors(path)
    assert "\n" not in str(caught.value)


def test_non_utf8_and_missing_file_are_errors(tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="cannot be parsed"):
        ancestors(path)
    with pytest.raises(InputError, match="it does not exist"):
        ancestors(tmp_path / "nowhere.json")


@pytest.mark.parametrize("data", [b"", b'{"kind": "dataset", "par', b"\xff\xfe", b"[]"])
def test_damaged_parent_is_reported_as_changed(data: bytes, chain: tuple[Path, Path, Path]):
    chain[1].write_bytes(data)
    assert brief(ancestors(chain[2])) == [("model", 0, "ok"), ("split", 1, "changed")]
