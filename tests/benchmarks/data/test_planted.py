"""The judge of the planted copies: it must see what a build missed, accused or leaked."""

import json
from pathlib import Path

import pytest

from benchmarks.data.planted import (
    Outcome,
    check_clusters,
    clusters_of,
    count_parted,
    figures_of,
    find_exact,
    find_innocents,
    find_near,
    main,
)
from benchmarks.data.planting import Planted
from data_tools.duplicates.pairs import NearDuplicate
from tests.benchmarks.data.textures import write_textures

NEAR = Planted("p/near", "o/1", "cropped", None)
FAR = Planted("p/far", "o/2", "mirrored", None)
SAME = Planted("p/same", "o/3", "exact", None)
PLANTED = [NEAR, FAR, SAME]


def pair(first: str, second: str, group_a: str = "a", group_b: str = "b") -> NearDuplicate:
    return NearDuplicate(first, second, group_a, group_b, 2, False, 0.9)


def table(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_clusters_are_what_links_connect():
    cluster = clusters_of([("a", "b"), ("c", "d"), ("b", "e"), ("f", "f")])
    assert [sorted(name for name in cluster if cluster[name] == cluster[start]) for start in "acf"] == [
        ["a", "b", "e"],
        ["c", "d"],
        ["f"],
    ]


def test_a_copy_is_found_over_a_chain_and_missed_without_one():
    assert find_near(PLANTED, [pair("o/1", "o/9"), pair("o/9", "p/near"), pair("o/7", "p/far")]) == {
        "p/near": True,
        "p/far": False,
    }
    assert find_near([NEAR], []) == {"p/near": False}


def test_a_pair_that_no_planting_explains_accuses_two_originals():
    explained = [pair("o/1", "p/near"), pair("o/3", "p/same")]
    strange = [pair("o/4", "o/5"), pair("o/4", "p/far")]
    assert find_innocents(explained + strange, PLANTED) == (strange, {"o/4", "o/5", "o/2"})
    assert find_innocents(explained, PLANTED) == ([], set())


@pytest.mark.parametrize(
    ("kept", "issue", "found"),
    [
        (("o/3",), "p/same,exact_duplicate,quarantine", True),
        (("p/same",), "o/3,exact_duplicate,quarantine", True),
        (("o/3", "p/same"), "p/same,exact_duplicate,report", False),
        (("o/3",), "p/same,truncated,quarantine", False),
        ((), "p/same,exact_duplicate,quarantine", False),
    ],
)
def test_an_exact_copy_is_found_when_one_of_two_stays(tmp_path: Path, kept: tuple[str, ...], issue: str, found: bool):
    records = table(tmp_path / "records.csv", "path", *kept)
    issues = table(tmp_path / "issues.csv", "path,issue,action", issue)
    assert find_exact(PLANTED, records, issues) == {"p/same": found}


@pytest.mark.parametrize(
    ("part", "torn", "parted"),
    [(("train", "train", "train"), 0, 0), (("train", "test", "train"), 1, 1), (("train", "train", "test"), 1, 0)],
)
def test_a_leak_is_seen_in_the_tables(tmp_path: Path, part: tuple[str, str, str], torn: int, parted: int):
    """o/8 shares the drive of a copy that was left out, so that only the pairs table ties it to o/3 and o/1."""
    records = table(tmp_path / "records.csv", "path,group", "o/1,a", "p/near,b", "o/3,b", "o/8,c", "o/6,d")
    rows = [f"o/1,{part[0]},", f"p/near,{part[1]},", f"o/3,{part[0]},", f"o/8,{part[2]},", "o/6,val,"]
    assignment = table(tmp_path / "assignment.csv", "path,part,reason", *rows)
    pairs = [pair("o/1", "p/near", "a", "b"), pair("o/3", "p/same", "b", "c")]
    assert check_clusters(records, assignment, pairs, PLANTED) == (torn, 1)
    assert count_parted(assignment, PLANTED) == parted


def test_the_worst_planting_decides():
    good = Outcome({"e": True}, {"p/near": True}, {"p/near": NEAR}, [], set(), 0, 1, 0, 1.0)
    broken = [
        good._replace(exact={"e": False}),
        good._replace(near={"p/near": False}),
        good._replace(innocents={"o/4", "o/5"}),
        good._replace(torn=1),
        good._replace(torn=-1),
    ]
    assert all(figure.reached for figure in figures_of([good, good], 100))
    for outcome in broken:
        assert sum(not figure.reached for figure in figures_of([good, outcome], 100)) == 1


def test_a_run_finds_what_it_planted(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source = write_textures(tmp_path / "roads", 40)
    work = tmp_path / "work"
    assert main([str(source), "--plant", "10", "--exact", "3", "--work", str(work), "--out", str(work / "o.json")]) == 0
    output = capsys.readouterr().out
    assert "seed 0: exact 3 of 3, changed 10 of 10, innocents 0, clusters in two parts 0" in output
    figures = {item["name"]: item["value"] for item in json.loads((work / "o.json").read_text())["figures"]}
    assert figures["pictures of the source"] == 120
    assert figures["clusters with a planted picture, fewest"] >= 3
    assert len(json.loads((work / "seed-0" / "planted.json").read_text())) == 13


def test_a_source_that_is_missing_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(tmp_path / "none"), "--work", str(tmp_path / "work")]) == 2
    assert "does not exist" in capsys.readouterr().err
