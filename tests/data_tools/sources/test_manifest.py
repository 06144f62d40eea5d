"""Manifests: columns, labels, paths and the line a fault is on."""

import importlib
import sys
from pathlib import Path

import pytest

from data_tools.errors import InputError, MissingDependencyError
from data_tools.sources.candidates import Candidate, Listing
from data_tools.sources.manifest import list_manifest
from tests.data_tools.sources.offers import context

HEADER = "path,label,source,group\n"
ROWS = "a.jpg,dry,car,g1\nb.jpg,wet,car,g1\nc.jpg,snow,web,g2\n"


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "manifest.csv"
    path.write_bytes(text.encode(encoding))
    return path


def listed(path: Path, labels: object = None) -> Listing:
    return list_manifest(path, context(labels=labels))


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        listed(path)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(path))
    return text


def test_rows_become_candidates_in_order(tmp_path: Path):
    path = table(tmp_path, HEADER + "x/b.jpg,wet,car,g1\nx/a.jpg,dry,car,g1\nc.jpg,snow,web,g2\n")
    listing = listed(path)
    assert listing.candidates == [
        Candidate("x/b.jpg", "wet", "car", "g1"),
        Candidate("x/a.jpg", "dry", "car", "g1"),
        Candidate("c.jpg", "snow", "web", "g2"),
    ]
    assert (listing.roots, listing.set_aside, listing.skipped) == ({"": tmp_path}, [], {})
    assert listed(tmp_path) == listing, "the table's folder stands for the table"


def test_column_order_spaces_and_further_columns_do_not_matter(tmp_path: Path):
    path = table(tmp_path, 'weather,group,source,label,path\nx,g, car ,dry,"a, b.jpg"\nx,g,car,wet,b\nx,g,car,snow,c\n')
    assert listed(path).candidates[0] == Candidate("a, b.jpg", "dry", "car", "g")


def test_byte_order_mark_and_windows_lines(tmp_path: Path):
    path = table(tmp_path, (HEADER + ROWS).replace("\n", "\r\n"), "utf-8-sig")
    assert [item.path for item in listed(path).candidates] == ["a.jpg", "b.jpg", "c.jpg"]


def test_empty_source_and_group(tmp_path: Path):
    path = table(tmp_path, HEADER + "./d//a.jpg,dry,,\nb.jpg,wet, , \nc.jpg,snow\n")
    assert listed(path).candidates == [
        Candidate("d/a.jpg", "dry", "unknown", "d/a.jpg"),
        Candidate("b.jpg", "wet", "unknown", "b.jpg"),
        Candidate("c.jpg", "snow", "unknown", "c.jpg"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "missing: path, label, source, group (found: none)"),
        ("path,label,group\na,dry,g\n", "missing: source (found: path, label, group)"),
        ("a.jpg,dry,car,g1\n", "missing: path, label, source, group (found: a.jpg, dry, car, g1)"),
        (HEADER, "expected pictures of every class; none of: dry, wet, snow"),
        (HEADER + "a.jpg,dry,car,g\n", "none of: wet, snow"),
        (HEADER + ROWS + "d.jpg,snowy,car,g\n", "'snowy' (1 pictures; did you mean 'snow'?)"),
        (HEADER + ROWS + "d.jpg,,car,g\n", "line 5: expected a label, got nothing"),
        (HEADER + "\n\n" + ROWS + "\n/d.jpg,dry,car,g\n", "line 8: expected a path below"),
        (HEADER + ROWS + "d.jpg,dry,car,g,more\n", "line 5: expected 4 fields, got more"),
        ("path,label,source,group,path\na,dry,c,g,b\n", "expected each column once; found twice: path"),
        (
            "path,label,source,group,time_s\na,dry,c,g,noon\n",
            "line 2: expected time_s in seconds or nothing, got 'noon'",
        ),
        ("path,label,source,group,time_s\na,dry,c,g,inf\n", "line 2: expected time_s in seconds or nothing, got 'inf'"),
        ('path,label,source,group,camera\na,dry,c,g,"l\rr"\n', "expected a camera without control characters"),
        (
            HEADER + '"a.jpg",dry,"two\nlines",g\nd.jpg,ice,car,g\n',
            "line 3: expected a source without control characters, got 'two\\nlines'",
        ),
        (HEADER + ROWS + "a.jpg,dry,car,g\n", "line 5: 'a.jpg' is listed twice"),
        (HEADER + ROWS + "./a.jpg,wet,car,g\n", "line 5: 'a.jpg' is listed twice"),
        (HEADER + "../a.jpg,dry,car,g\n", "line 2: expected a path below the table's folder, got '../a.jpg'"),
        (HEADER + "x/../../a.jpg,dry,car,g\n", "line 2: expected a path below"),
        (HEADER + "/etc/passwd,dry,car,g\n", "line 2: expected a path below"),
        (HEADER + ",dry,car,g\n", "line 2: expected a path below the table's folder, got ''"),
        (HEADER + "a\0.jpg,dry,car,g\n" + ROWS, "line"),  # Python 3.10 refuses the table, later ones the path
        (HEADER + '"a\rb.jpg",dry,car,g\n' + ROWS, "expected a path without control characters, got 'a\\rb.jpg'"),
        (HEADER + 'a.jpg,dry,car,"g\rh"\n' + ROWS, "expected a group without control characters, got 'g\\rh'"),
    ],
)
def test_fault_is_named_with_its_line(text: str, expected: str, tmp_path: Path):
    assert expected in refusal(table(tmp_path, text))


def test_missing_table_and_other_bytes(tmp_path: Path):
    assert "it does not exist" in refusal(tmp_path / "manifest.csv")
    with pytest.raises(InputError, match=r"manifest\.csv: expected a manifest"):
        listed(tmp_path)
    path = tmp_path / "latin.csv"
    path.write_bytes(HEADER.encode() + b"gr\xfcn.jpg,dry,car,g\n")
    assert "expected a CSV table" in refusal(path)


def test_endless_field_is_refused(tmp_path: Path):
    assert "expected a CSV table" in refusal(table(tmp_path, HEADER + "x" * 200_000 + ",dry,car,g\n"))


def test_camera_time_and_own_labels(tmp_path: Path):
    path = table(
        tmp_path,
        "path,label,source,group,camera,time_s\na,dry,c,g,left,1.5\nb,damp,c,g,,\nc,ice,c,g,right,-2e3\nd,mud,c,g,,\n",
    )
    listing = listed(path, {"damp": "wet", "ice": "snow", "ignore": ["mud"]})
    assert listing.candidates == [
        Candidate("a", "dry", "c", "g", "left", 1.5),
        Candidate("b", "wet", "c", "g", "", None, "damp"),
        Candidate("c", "snow", "c", "g", "right", -2000.0, "ice"),
    ]
    assert listing.skipped == {"pictures with the ignored label 'mud'": 1}


def parquet(path: Path, columns: dict[str, list[object]]) -> Path:
    arrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(arrow.table(columns), path)
    return path


COLUMNS: dict[str, list[object]] = {
    "path": ["a.jpg", "b.jpg", "c.jpg"],
    "label": ["dry", "wet", "snow"],
    "source": ["car", None, "web"],
    "group": ["g1", "g1", ""],
}


def test_parquet_equals_csv(tmp_path: Path):
    timed = {**COLUMNS, "time_s": [1.25, None, 3.0], "camera": ["left", None, "right"], "weather": [1, 2, 3]}
    path = parquet(tmp_path / "manifest.parquet", timed)
    rows = ("a.jpg,dry,car,g1,1.25,left", "b.jpg,wet,,g1,,", "c.jpg,snow,web,,3.0,right")
    text = "\n".join(("path,label,source,group,time_s,camera", *rows))
    assert listed(tmp_path) == listed(path), "the folder stands for the table"
    assert listed(path).candidates == listed(table(tmp_path, text)).candidates


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"path": ["a"], "label": ["dry"]}, "missing: source, group (found: path, label)"),
        ({**COLUMNS, "label": [1, 2, 3]}, "expected text in the column label, got int64"),
        ({**COLUMNS, "time_s": ["1", "2", "x"]}, "row 3: expected time_s in seconds or nothing, got 'x'"),
        ({**COLUMNS, "time_s": [True, True, False]}, "expected a number in the column time_s, got bool"),
        ({**COLUMNS, "path": ["a", "../b", "c"]}, "row 2: expected a path below the table's folder, got '../b'"),
        ({**COLUMNS, "path": ["a", "b", "a"]}, "row 3: 'a' is listed twice"),
    ],
)
def test_fault_in_parquet_is_named_with_its_row(columns: dict[str, list[object]], expected: str, tmp_path: Path):
    assert expected in refusal(parquet(tmp_path / "m.parquet", columns))


def test_parquet_with_bytes_that_are_no_text(tmp_path: Path):
    arrow = pytest.importorskip("pyarrow")
    bad = arrow.Array.from_buffers(
        arrow.string(), 1, [None, arrow.py_buffer(b"\0\0\0\0\1\0\0\0"), arrow.py_buffer(b"\xff")]
    )
    table = arrow.table({name: bad if name == "label" else ["a"] for name in ("path", "label", "source", "group")})
    importlib.import_module("pyarrow.parquet").write_table(table, tmp_path / "m.parquet")
    assert "expected a Parquet table" in refusal(tmp_path / "m.parquet")


def test_broken_parquet_and_missing_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("pyarrow")
    path = tmp_path / "m.parquet"
    path.write_bytes(b"PAR1 and no more")
    assert "expected a Parquet table" in refusal(path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match=r"pip install '\.\[data\]'"):
        listed(path)
