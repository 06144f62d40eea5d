import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np

from data_tools.card.measures import measure
from data_tools.card.palette import SERIES
from data_tools.metrics.classification import Share
from pipeline.report.plots.bars import stacked_bars, value_bars
from pipeline.report.plots.ecdf import SampleSet, axis_end_ms, ecdf
from pipeline.report.plots.intervals import interval_plot
from pipeline.report.plots.lines import ErrorLine, curves, error_lines
from pipeline.report.plots.outlines import outline_plot


def words(svg):
    return {node.text.strip() for node in ET.fromstring(svg).iter("text") if node.text}


def test_settings_outside_are_neither_used_nor_changed():
    before = stacked_bars("a", "", ["x"], ["p"], [[3]])
    with mpl.rc_context({"font.size": 30, "axes.grid": False, "svg.fonttype": "path"}):
        settings = [f"{name} {value}" for name, value in mpl.rcParams.items()]
        assert stacked_bars("a", "", ["x"], ["p"], [[3]]) == before
        assert [f"{name} {value}" for name, value in mpl.rcParams.items()] == settings


def test_stacked_bars_of_nothing_still_draw():
    assert "pictures" in words(stacked_bars("a", "", ["x"], ["p"], [[0]]))


def test_wide_loss_range_gets_plain_logarithmic_ticks():
    svg = curves("a", "", [0, 1], {"ce": [2.0, 0.01]}, best=1, axis="loss", in_percent=False)
    assert {"0.01", "0.1", "1", "best epoch (1)"} <= words(svg)


def test_one_epoch_and_gaps_draw():
    assert "v" in words(curves("a", "", [0], {"v": [None], "w": [0.5]}, best=0, axis="", in_percent=True))


def test_error_lines_put_a_tick_at_every_severity():
    line = ErrorLine("fp32", (0, 7, 40), (0.9, 0.8, 0.7), (0, 0.1, 0.1))
    assert {"0", "7", "40", "fp32"} <= words(error_lines("a", "", [line], "σ"))


def test_ecdf_axis_ignores_rare_outliers():
    sets = [SampleSet("fp32", (1.0,) * 99 + (500.0,), noise_floor=False)]
    assert axis_end_ms(sets) == 1.25
    assert "fp32" in words(ecdf("a", "", sets))


def test_ecdf_of_very_different_variants_is_logarithmic():
    sets = [SampleSet("a", (1.0, 1.1), noise_floor=False), SampleSet("b", (100.0,), noise_floor=True)]
    assert {"1", "10", "100"} <= words(ecdf("a", "", sets))


def test_ids_start_with_the_plots_name_and_the_label_is_escaped():
    root = ET.fromstring(value_bars("sizes", 'a "<b>"', ["_x"], [1.0], ["1 MiB"]))
    assert root.get("aria-label") == 'a "<b>"'
    assert all(node.get("id").startswith("sizes-") for node in root.iter() if node.get("id"))


def test_interval_plot_takes_a_class_without_pictures():
    assert "empty" in words(interval_plot("a", "", ["empty"], {"clean": [Share.of(0, 0)]}, "%"))


def test_outlines_keep_a_classs_colour_when_another_has_no_picture():
    found = measure("brightness", {"dry": np.zeros(0), "wet": np.array([0.2, 0.4]), "_x": np.array([1.0])}, (0.0, 1.0))
    svg = outline_plot("a", "", found, ("dry", "wet", "_x"))
    assert {"wet", "_x", "brightness (dashed: median)"} <= words(svg)
    assert "dry" not in words(svg)
    assert SERIES[1] in svg
    assert SERIES[2] in svg
