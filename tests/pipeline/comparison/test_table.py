import csv
from pathlib import Path

import pytest

from data_tools.artifacts.csv_table import write_table
from data_tools.artifacts.model import load_artifact, save_artifact
from data_tools.errors import InputError
from pipeline.comparison.artifact import ComparisonArtifact, Difference, MeasuredNetwork, Point
from pipeline.comparison.config import CompareConfig
from pipeline.comparison.table import (
    CSV_COLUMNS,
    accuracy_cell,
    csv_rows,
    difference_cell,
    difference_title,
    markdown,
    spread_note,
)
from tests.pipeline.comparison.made_up import made_up_comparison, made_up_network

CURVES = {"normal": (0.9, 0.5), "robust": (0.85, 0.8)}


@pytest.fixture(scope="module")
def comparison() -> ComparisonArtifact:
    return made_up_comparison(CompareConfig(seeds=(0, 1), sigmas=(0, 40), runs=3), CURVES, pictures=30)


def point(mean: float, std: float | None) -> Point:
    return Point(sigma=1, accuracy_by_seed=(), mean=mean, std=std, recall={})


def difference(points: float, low: float | None, high: float | None) -> Difference:
    return Difference(sigma=1, entry="a", other="b", seeds=(0,), points=points, low=low, high=high)


def test_cells() -> None:
    assert accuracy_cell(point(0.95123, 0.00456)) == "95.12 ± 0.46"
    assert accuracy_cell(point(1.0, None)) == "100.00"
    assert difference_cell(difference(1.234, 0.1, 2.5)) == "+1.23 (+0.10 to +2.50) *"
    assert difference_cell(difference(-1.234, -2, -0.5)) == "−1.23 (−2.00 to −0.50) *"
    assert difference_cell(difference(-0.001, -2, 0.0)) == "0.00 (−2.00 to 0.00)"
    assert difference_cell(difference(3.0, None, None)) == "+3.00"


def test_the_page_has_every_table(comparison: ComparisonArtifact) -> None:
    lines = markdown(comparison).splitlines()
    assert "| entry | method | clean | σ = 40 | seeds | epochs | training s |" in lines
    assert any(line.startswith("| robust | robust | ") and line.endswith(" | 2 | 24 | 320 |") for line in lines)
    assert "| minus normal | clean | σ = 40 | seeds |" in lines
    assert sum(line.startswith("| robust | ") for line in lines) == 2 + 3
    widths = {line.count("|") for line in lines if line.startswith("| normal | normal")}
    assert widths == {8}


def test_the_page_explains_its_intervals_by_the_number_of_groups() -> None:
    config = CompareConfig(seeds=(0,), sigmas=(0, 40), runs=3)
    many, few = (made_up_comparison(config, CURVES, pictures) for pictures in (20, 18))
    assert (many.groups, few.groups) == (10, 9)
    assert "with a 95 % interval (bootstrap over 10 groups" in markdown(many)
    assert difference_title(many) == "difference to normal, points (95 % interval; * leaves out 0)"
    assert "without an interval: that takes 10 groups of pictures, and there are 9" in markdown(few)
    assert difference_title(few) == "difference to normal, points (too few groups for intervals)"
    assert "95 %" not in markdown(few)


def test_the_page_says_when_entries_see_other_pixels() -> None:
    entries = {"normal": {}, "robust": {"input": {"height": 160, "width": 200, "interpolation": "area"}}}
    config = CompareConfig(seeds=(0,), sigmas=(0, 40), runs=3, entries=entries)
    page = markdown(made_up_comparison(config, CURVES, 30))
    assert "the same pixels for every entry" not in page
    assert "not the same for all (normal 224×224 supersampled, robust 160×200 area)" in page
    same = markdown(made_up_comparison(config.model_copy(update={"entries": {"normal": {}, "robust": {}}}), CURVES, 30))
    assert "the same pixels for every entry" in same


def test_the_note_says_over_what() -> None:
    notes = []
    for seeds in ((0,), (0, 1)):
        found = made_up_comparison(CompareConfig(seeds=seeds, sigmas=(0, 40), runs=3), CURVES, pictures=30)
        notes.append(spread_note(found))
    assert "over the noise runs of one seed" in notes[0]
    assert "over the seeds of their means" in notes[1]
    mixed = found.model_copy(
        update={"entries": (found.entries[0].model_copy(update={"std_over": "runs"}), *found.entries)}
    )
    assert "where there are several, else" in spread_note(mixed)


def test_the_long_table_has_every_accuracy(comparison: ComparisonArtifact, tmp_path: Path) -> None:
    write_table(tmp_path / "c.csv", CSV_COLUMNS, csv_rows(comparison))
    with (tmp_path / "c.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2 * 2 * (1 + 3)
    own = [float(row["accuracy"]) for row in rows if row["entry"] == "robust" and row["sigma"] == "40"]
    assert sum(own) / len(own) == pytest.approx(comparison.entries[1].points[1].mean, abs=1e-5)


def test_the_artifacts_go_through_json_and_back(comparison: ComparisonArtifact, tmp_path: Path) -> None:
    path = save_artifact(comparison, tmp_path / "comparison.json")
    assert load_artifact(ComparisonArtifact, path) == comparison
    path.write_text(path.read_text(encoding="utf-8")[:-100], encoding="utf-8")
    with pytest.raises(InputError, match="breaks off"):
        load_artifact(ComparisonArtifact, path)


def test_a_network_whose_counts_do_not_add_up_is_refused(tmp_path: Path) -> None:
    config = CompareConfig(sigmas=(0, 40), runs=3)
    measured = made_up_network(config, {0: 0.9, 40: 0.5}, 30, "x").measured
    path = save_artifact(measured, tmp_path / "m.json")
    assert load_artifact(MeasuredNetwork, path) == measured
    level = measured.levels[1]
    for wrong in ((level.correct[0] + 1, *level.correct[1:]), (4, *level.correct[1:])):
        changed = level.model_copy(update={"correct": wrong})
        save_artifact(measured.model_copy(update={"levels": (measured.levels[0], changed)}), path)
        with pytest.raises(InputError, match=r"levels\.1: correct: expected"):
            load_artifact(MeasuredNetwork, path)
