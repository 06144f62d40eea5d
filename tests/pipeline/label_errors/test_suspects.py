from pathlib import Path

import pytest

from data_tools.errors import InputError
from pipeline.label_errors.suspects import Suspect, read_suspects, write_suspects

HEADER = "path,label,suggested,label_probability,suggested_probability,score\n"


def suspect(path: str, score: float) -> Suspect:
    return Suspect(
        path=path,
        label="dry",
        suggested="wet",
        label_probability=round(1 - score, 6),
        suggested_probability=0.123457,
        score=score,
    )


@pytest.mark.parametrize("rows", [[], [suspect('a, "b".jpg', 0.987654), suspect("é/2.jpg", 0.1)]])
def test_round_trip(tmp_path: Path, rows: list[Suspect]) -> None:
    write_suspects(tmp_path / "t.csv", rows)
    assert read_suspects(tmp_path / "t.csv") == rows
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").startswith(HEADER)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the columns"),
        ("path,label\n", r"expected the columns .* got \['path', 'label'\]"),
        (HEADER + "a,dry,wet\n", "line 2: expected 6 fields, got 3"),
        (HEADER + "a,dry,wet,0.1,0.9,0.9\nb,dry,wet,0.1,0.9,high\n", "line 3: .*score"),
        (HEADER + "a,dry,wet,0.1,0.9,1.5\n", "line 2: .*score"),
    ],
)
def test_a_damaged_table_is_a_one_line_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_suspects(path)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_suspects(tmp_path / "none.csv")
    (tmp_path / "t.csv").write_bytes(HEADER.encode() + b"\xff\xfe")
    with pytest.raises(InputError, match="expected a CSV table"):
        read_suspects(tmp_path / "t.csv")
