import csv
from pathlib import Path

import pytest

from export.config import BudgetConfig
from export.quantize.found import Found
from export.quantize.pareto import front
from export.quantize.tables import LAYER_COLUMNS, RECIPE_COLUMNS, write_recipes, write_sensitivity, write_timings
from tests.export.quantize.test_search import WIDE, search_of

TIGHT: BudgetConfig = WIDE.model_copy(update={"max_divergence": 1e-4})


@pytest.fixture(scope="module")
def searches() -> list[Found]:
    search = search_of(TIGHT)
    return [search.run("int8", ("layers in float",)), search_of(WIDE).run("int8-trt", ("layers in float",))]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_recipes(searches: list[Found], tmp_path: Path):
    write_recipes(tmp_path / "a.csv", searches)
    rows = rows_of(tmp_path / "a.csv")
    tried = [item for search in searches for item in search.tried]
    assert tuple(rows[0]) == RECIPE_COLUMNS
    assert len(rows) == len(tried)
    for row, item in zip(rows, tried, strict=True):
        assert (row["target"], row["step"], row["label"]) == (item.recipe.target, item.step, item.recipe.label)
        assert row["float_groups"].split() == list(item.recipe.float_groups)
        assert row["float_nodes"].split() == list(item.recipe.float_nodes)
        assert float(row["divergence_nats"]) == pytest.approx(item.score.degradation.divergence, abs=1e-7)
        assert float(row["int8_share"]) == pytest.approx(item.int8_share, abs=1e-4)
        assert row["finetuned"] == str(item.recipe.finetuned)
        assert row["breaches"] == "; ".join(item.breaches)
    chosen = [row for row in rows if row["chosen"] == "True"]
    assert [row["label"] for row in chosen] == [search.chosen.recipe.label for search in searches]
    for search in searches:
        own = [row for row in rows if row["target"] == search.chosen.recipe.target]
        points = [(item.score.degradation.divergence, -item.int8_share) for item in search.tried]
        assert [index for index, row in enumerate(own) if row["on_front"] == "True"] == sorted(front(points))
        assert next(row for row in own if row["chosen"] == "True")["on_front"] == "True"


def test_layers(searches: list[Found], tmp_path: Path):
    assert write_sensitivity(tmp_path / "a.csv", searches)
    rows = rows_of(tmp_path / "a.csv")
    assert tuple(rows[0]) == LAYER_COLUMNS
    assert [row["node"] for row in rows] == [item.node for item in searches[0].sensitivity]
    assert [row["rank"] for row in rows] == [str(index) for index in range(1, len(rows) + 1)]
    left = {row["node"] for row in rows if row["left_in_float"] == "True"}
    assert left == set(searches[0].chosen.recipe.float_nodes) != set()
    assert not write_sensitivity(tmp_path / "b.csv", searches[1:])
    assert not (tmp_path / "b.csv").exists()


def test_timings(searches: list[Found], tmp_path: Path):
    latencies_ms = {item.recipe: 1.5 for item in searches[0].tried}
    write_timings(tmp_path / "a.csv", searches, 2.0, latencies_ms)
    first, *rows = rows_of(tmp_path / "a.csv")
    assert (first["target"], first["median_ms"], first["ratio_to_fp32"]) == ("fp32", "2.000", "1.000")
    timed = [row for row in rows if row["median_ms"]]
    labels = [item.recipe.label for item in searches[0].tried]
    assert [(row["label"], row["ratio_to_fp32"]) for row in timed] == [(label, "0.750") for label in labels]
    notes = {(row["target"], row["note"]) for row in rows if not row["median_ms"]}
    assert notes == {("int8-trt", "not timed: ONNX Runtime on a CPU is not its back end")}
