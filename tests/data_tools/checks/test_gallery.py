"""Contact sheets: one a type, of the right size, with the pictures and the reasons in their places."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from data_tools.checks.gallery import PAGE_WIDTH_PX, draw_gallery
from data_tools.checks.issues import IssueRecord
from data_tools.checks.lettering import fit, to_ascii, width_of
from data_tools.errors import InputError
from data_tools.images.decode import Picture, UnreadablePictureError

COLOURS = {"red": (250, 10, 10), "green": (10, 250, 10), "blue": (10, 10, 250)}
ROW_PX = 190 + 58 + 24
EMPTY_PAGE_PX = 118 + 32 - 24


def open_picture(path: str) -> Picture:
    if path.startswith("gone"):
        raise UnreadablePictureError("missing", f"{path}: no such file")
    return np.full((60, 80, 3), COLOURS[path.split("/", maxsplit=1)[0]], np.uint8)


def issue(path: str, name: str = "dark", score: float = 0.5, detail: str = "mean luma 0.02") -> IssueRecord:
    return IssueRecord(path, name, "report", score, detail)


def page(path: Path) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert picture is not None
    return picture


def count(picture: np.ndarray, colour: str) -> int:
    return int((picture == COLOURS[colour]).all(axis=2).sum())


def test_one_sheet_for_each_issue_in_registry_order(tmp_path: Path):
    sheets = draw_gallery([issue("red/1"), issue("green/1", "truncated"), issue("red/2")], open_picture, tmp_path / "g")
    assert [sheet.name for sheet in sheets] == ["truncated.png", "dark.png"]
    assert sorted((tmp_path / "g").iterdir()) == sorted(sheets)
    dark = page(sheets[1])
    assert dark.shape == (EMPTY_PAGE_PX + ROW_PX, PAGE_WIDTH_PX, 3)
    assert count(dark, "red") > 2 * 180 * 240
    assert count(dark, "green") == 0
    header = dark[:100]
    assert 500 < (header.min(axis=2) < 128).sum() < header.size / 10


@pytest.mark.parametrize(("found", "rows"), [(1, 1), (4, 1), (5, 2), (24, 6), (30, 6)])
def test_page_grows_with_the_rows_up_to_the_limit(found: int, rows: int, tmp_path: Path):
    (sheet,) = draw_gallery([issue(f"red/{index}") for index in range(found)], open_picture, tmp_path)
    assert page(sheet).shape == (EMPTY_PAGE_PX + rows * ROW_PX, PAGE_WIDTH_PX, 3)


def test_worst_come_first_and_the_rest_is_left_out(tmp_path: Path):
    issues = [issue("green/low", score=0.1), issue("red/high", score=0.9), issue("blue/middle", score=0.5)]
    (sheet,) = draw_gallery(issues, open_picture, tmp_path, per_issue=2)
    picture = page(sheet)
    assert count(picture, "green") == 0
    centre = 118 + 95
    assert tuple(picture[centre, 32 + 130]) == COLOURS["red"]
    assert tuple(picture[centre, 32 + 290 + 130]) == COLOURS["blue"]


def test_twins_stand_side_by_side_and_once(tmp_path: Path):
    issues = [
        issue("red/1", "label_conflict", detail="labelled dry; twin: green/1"),
        issue("green/1", "label_conflict", detail="labelled wet; twin: red/1"),
    ]
    (sheet,) = draw_gallery(issues, open_picture, tmp_path)
    picture = page(sheet)
    assert picture.shape[0] == EMPTY_PAGE_PX + ROW_PX
    assert tuple(picture[118 + 95, 32 + 137]) == COLOURS["green"]
    assert tuple(picture[118 + 95, 32 + 281 + 137]) == COLOURS["red"]
    assert count(picture[:, 600:], "red") == count(picture[:, 600:], "green") == 0


def test_file_without_a_picture_is_a_grey_tile_with_words(tmp_path: Path):
    (sheet,) = draw_gallery([issue("gone/1", "unreadable", 1.0, "missing: no such file")], open_picture, tmp_path)
    frame = page(sheet)[118 : 118 + 190, 32 : 32 + 266]
    assert tuple(frame[5, 5]) == (188, 192, 198)
    assert (frame.max(axis=2) < 120).sum() > 100


def test_tall_and_wide_pictures_keep_their_shape(tmp_path: Path):
    for shape in ((300, 20, 3), (20, 3000, 3)):
        (sheet,) = draw_gallery([issue("a")], lambda _, shape=shape: np.zeros(shape, np.uint8), tmp_path)
        rows, columns = np.nonzero((page(sheet)[118 : 118 + 190] == 0).all(axis=2))
        ratio = (np.ptp(columns) + 1) / (np.ptp(rows) + 1)
        assert ratio == pytest.approx(min(shape[1] / shape[0], 266 / 2), rel=0.1)


def test_same_findings_in_any_order_give_the_same_bytes(tmp_path: Path):
    issues = [issue(f"red/{index}", score=index / 10) for index in range(5)]
    (first,) = draw_gallery(issues, open_picture, tmp_path / "a")
    (second,) = draw_gallery(issues[::-1], open_picture, tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


def test_wrong_calls(tmp_path: Path):
    with pytest.raises(InputError, match="unknown issue type 'x'"):
        draw_gallery([issue("red/1", "x")], open_picture, tmp_path)
    with pytest.raises(ValueError, match="per_issue: expected 1 or more, got 0"):
        draw_gallery([], open_picture, tmp_path, per_issue=0)
    assert draw_gallery([], open_picture, tmp_path) == []


def test_text_is_ascii_and_fits():
    assert to_ascii("500×400 px, 90° – ä") == "500x400 px, 90 deg - ?"
    long = "a/very/long/path/" * 20 + "name.jpg"
    for keep_end in (True, False):
        short = fit(long, 200, 0.4, keep_end)
        assert width_of(short, 0.4) <= 200
        assert len(short) > 15
    assert fit(long, 200, 0.4, keep_end=True).endswith("name.jpg")
    assert fit("short", 200, 0.4) == "short"
    assert fit("short", 1, 0.4) == ""
