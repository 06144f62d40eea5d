"""Manifests: columns, labels, paths and the line a fault is on."""

from pathlib import Path

import pytest

from data_tools.dataset.candidates import Candidate
from data_tools.dataset.manifest_table import list_manifest
from data_tools.errors import InputError
from tests.data_tools.pictures import CLASSES

HEADER = "path,label,source,group\n"
ROWS = "a.jpg,dry,car,g1\nb.jpg,wet,car,g1\nc.jpg,snow,web,g2\n"


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "manifest.csv"
    path.write_bytes(text.encode(encoding))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        list_manifest(path, CLASSES)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(path))
    return text


def test_rows_become_candidates_in_order(tmp_path: Path):
    path = table(tmp_path, HEADER + "x/b.jpg,wet,car,g1\nx/a.jpg,dry,car,g1\nc.jpg,snow,web,g2\n")
    listing = list_manifest(path, CLASSES)
    assert listing.candidates == [
        Candidate("x/b.jpg", "wet", "car", "g1"),
        Candidate("x/a.jpg", "dry", "car", "g1"),
        Candidate("c.jpg", "snow", "web", "g2"),
    ]
    assert (listing.root, listing.set_aside) == (tmp_path, [])
    assert list_manifest(tmp_path, CLASSES) == listing, "the table's folder stands for the table"


def test_column_order_spaces_and_further_columns_do_not_matter(tmp_path: Path):
    path = table(tmp_path, 'weather,group,source,label,path\nx,g, car ,dry,"a, b.jpg"\nx,g,car,wet,b\nx,g,car,snow,c\n')
    assert list_manifest(path, CLASSES).candidates[0] == Candidate("a, b.jpg", "dry", "car", "g")


def test_byte_order_mark_and_windows_lines(tmp_path: Path):
    path = table(tmp_path, (HEADER + ROWS).replace("\n", "\r\n"), "utf-8-sig")
    assert [item.path for item in list_manifest(path, CLASSES).candidates] == ["a.jpg", "b.jpg", "c.jpg"]


def test_empty_source_and_group(tmp_path: Path):
    path = table(tmp_path, HEADER + "./d//a.jpg,dry,,\nb.jpg,wet, , \nc.jpg,snow\n")
    assert list_manifest(path, CLASSES).candidates == [
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
        (HEADER + ROWS + "d.jpg,snowy,car,g\n", "line 5: unknown class 'snowy'; did you mean 'snow'?"),
        (HEADER + ROWS + "d.jpg,,car,g\n", "line 5: unknown class ''"),
        (HEADER + "\n\n" + ROWS + "\nd.jpg,ice,car,g\n", "line 8: unknown class 'ice'"),
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
        list_manifest(tmp_path, CLASSES)
    path = tmp_path / "latin.csv"
    path.write_bytes(HEADER.encode() + b"gr\xfcn.jpg,dry,car,g\n")
    assert "expected a CSV table" in refusal(path)


def test_endless_field_is_refused(tmp_path: Path):
    assert "expected a CSV table" in refusal(table(tmp_path, HEADER + "x" * 200_000 + ",dry,car,g\n"))
