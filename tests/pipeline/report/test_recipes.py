from pathlib import Path

import pytest

from data_tools.errors import InputError
from export.quantize import tables
from pipeline.report import recipes
from pipeline.report.recipes import read_recipes
from tests.pipeline.report.synthetic_network import RECIPES, TIMINGS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "timings.csv").write_text(TIMINGS)
    (tmp_path / "recipes.csv").write_text(RECIPES)
    return tmp_path / "recipes.csv"


def test_rows_with_their_latency(path: Path):
    first, second, third = read_recipes(path)
    assert (first.target, first.label, first.accuracy_drop, first.size_bytes) == ("int8", "minmax", 0.0353, 1790000)
    assert (first.within_budget, first.on_front, first.chosen, first.latency_ratio) == (False, True, False, 1.05)
    assert (second.within_budget, second.chosen, second.latency_ratio) == (True, True, 0.452)
    assert (third.target, third.latency_ratio) == ("int8-trt", None)


def test_latencies_are_optional(path: Path):
    path.with_name("timings.csv").unlink()
    assert [row.latency_ratio for row in read_recipes(path)] == [None, None, None]


def test_the_columns_are_those_that_the_search_writes():
    assert set(tables.RECIPE_COLUMNS) >= recipes._RECIPE_COLUMNS
    assert set(tables.TIMING_COLUMNS) >= recipes._TIMING_COLUMNS
    assert recipes.TIMINGS_NAME == tables.TIMINGS_NAME
    assert RECIPES.splitlines()[0] == ",".join(tables.RECIPE_COLUMNS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the column accuracy_drop, got None"),
        (RECIPES.replace("agreement", "agrement", 1), "expected the column agreement"),
        (RECIPES.replace("0.035300", "much"), r"recipes\.csv: expected numbers"),
        (RECIPES.replace(",True,False\n", ",True\n"), "as many fields"),
        (RECIPES.replace("\n", ",7\n").replace(",7", "", 1), "as many fields"),
    ],
)
def test_another_table_is_refused(path: Path, text: str, message: str):
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_recipes(path)


def test_latencies_that_are_no_numbers_are_refused(path: Path):
    path.with_name("timings.csv").write_text(TIMINGS.replace("0.452", "fast"))
    with pytest.raises(InputError, match=r"timings\.csv: expected numbers"):
        read_recipes(path)
