import sys
from pathlib import Path

import onnx
import pytest

from benchmarks.quantization import modelopt_methods, nncf_presets, other_tools, own_recipes
from benchmarks.quantization.candidates import Candidate, Subject
from benchmarks.quantization.other_tools import (
    all_candidates,
    file_name,
    main,
    matching,
    measure,
    try_candidate,
    with_made,
)
from benchmarks.quantization.table import HEADER, as_markdown
from data_tools.errors import InputError
from export.quantize.quantizer import Quantizer
from export.quantize.scoring import Scorer
from tests.export.quantize.small_graph import pictures_of, small_graph


@pytest.fixture(scope="module")
def subject() -> Subject:
    model, (pictures, labels) = small_graph(), pictures_of(18)
    return Subject(model, Quantizer(model, pictures[:9]), Scorer(model, pictures, labels, "calibration and val"))


def named(text: str) -> Candidate:
    return next(item for item in all_candidates() if item.setting == text)


def untouched(_: Subject) -> onnx.ModelProto:
    raise AssertionError("made although its graph was there")


def test_every_candidate_has_a_file_of_its_own():
    found = all_candidates()
    assert len({file_name(item) for item in found}) == len(found)
    assert {item.tool for item in found} == {"ours", "ours, smoothed", "ONNX Runtime", "NNCF", "ModelOpt"}


def test_fp32_comes_first_and_ratios_are_of_it(subject: Subject, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(other_tools, "find_spec", lambda _: None)
    chosen = [named("int8: percentile 99.97"), named("int8-trt: percentile 99.97")]
    fp32, again, int8, int8_trt = measure(subject, chosen, rounds=1)
    assert fp32.score is not None
    assert fp32.score.degradation.divergence == 0
    assert fp32.onnxruntime_ratio == 1
    assert again.onnxruntime_ratio is not None
    assert int8.onnxruntime_ratio is not None
    assert int8_trt.onnxruntime_ratio is None  # float16: a CPU's time says nothing
    assert fp32.openvino_ratio is None
    assert any("zero point" in fault for fault in int8.faults)
    assert int8_trt.faults == ()
    assert int8_trt.int8_share == 1


def test_onnx_runtimes_own_quantiser_is_tried(subject: Subject):
    row, graph = try_candidate(named("u8s8, per channel, min-max"), subject)
    assert graph is not None
    assert row.score is not None
    assert 0 < row.score.degradation.divergence < 0.5
    assert "QuantizeLinear" in {node.op_type for node in graph.graph.node}


def test_the_search_does_not_fall_back_on_single_layers(subject: Subject, capsys: pytest.CaptureFixture[str]):
    row, _ = try_candidate(named("int8-trt: search without fallback"), subject)
    assert row.score is not None
    assert "more nodes in float" not in capsys.readouterr().err


@pytest.mark.parametrize(("module", "package"), [(nncf_presets, "nncf"), (modelopt_methods, "modelopt")])
def test_a_tool_that_is_not_installed_has_a_row_that_says_so(
    module: object, package: str, subject: Subject, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, package, None)
    candidate = next(item for item in all_candidates() if item.tool == module.TOOL)
    row, graph = try_candidate(candidate, subject)
    assert graph is None
    assert row.score is None
    assert row.note.startswith(f"not installed: {package}")
    assert f"| {row.note} |" in as_markdown([row])


def test_a_tool_that_refuses_has_a_row_that_says_why(subject: Subject):
    def refuse(_: Subject) -> onnx.ModelProto:
        raise ValueError("no kernel\n for this")

    row, _ = try_candidate(Candidate("tool", "setting", refuse), subject)
    assert row.note == "refused: no kernel for this"


def test_graphs_made_elsewhere_take_the_place_of_making_them(subject: Subject, tmp_path: Path):
    candidate = own_recipes.candidates()[0]
    before = measure(subject, [candidate], 1, tmp_path)[-1]
    (taken,) = with_made([candidate._replace(make=untouched)], tmp_path)
    assert try_candidate(taken, subject).row.score == before.score


def test_the_table_has_a_cell_for_every_column(subject: Subject):
    row, _ = try_candidate(named("int8: minmax"), subject)
    lines = as_markdown([row]).splitlines()
    assert len(lines) == 3
    assert {line.count("|") for line in lines} == {len(HEADER) + 1}


def test_rows_are_chosen_by_tool_and_setting():
    found = matching(all_candidates(), "ours: int8-trt: perc|NNCF: mixed, ANY")
    assert [item.tool for item in found] == ["ours"] * 3 + ["NNCF"]
    for wrong in ("(", "no such tool"):
        with pytest.raises(InputError, match=r"--only: expected"):
            matching(all_candidates(), wrong)


def test_a_missing_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(tmp_path / "onnx.json"), str(tmp_path / "split.json")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
