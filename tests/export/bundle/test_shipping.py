import subprocess
import sys
from pathlib import Path

import pytest

from data_tools.artifacts.csv_table import write_table
from data_tools.artifacts.model import load_artifact, save_artifact
from data_tools.errors import InputError
from export.artifact import OnnxArtifact, QuantizedArtifact
from export.bundle.shipping import TIMING_COLUMNS, TIMINGS_NAME, Cargo, choose_cargo
from export.config import ShipInt8
from export.quantize import tables

BREACH = "accuracy drop 1.20 % (allowed 0.5 %)"


class Workshop:
    """Hold what the stages made, with the budgets and the latencies that a test wants."""

    def __init__(self, onnx_path: Path, quantized_path: Path, folder: Path) -> None:
        self.onnx_path = onnx_path
        self.source = load_artifact(OnnxArtifact, onnx_path)
        self.quantized = load_artifact(QuantizedArtifact, quantized_path)
        self.path = folder / "quantized.json"

    def breach(self, name: str, **fields: tuple[str, ...]) -> None:
        none = {"breaches_on_choice": (), "breaches_on_test": ()}
        graphs = tuple(
            item.model_copy(update={**none, **fields} if item.name == name else none) for item in self.quantized.graphs
        )
        self.quantized = self.quantized.model_copy(update={"graphs": graphs})
        save_artifact(self.quantized, self.path)

    def time(self, ratio: str, label: str | None = None) -> None:
        label = label or self.quantized.find("int8").recipe.label
        rows = [["fp32", "fp32", "2.0", "1.000", ""], ["int8", "another recipe", "0.2", "0.100", ""]]
        rows.append(["int8", label, "", ratio, ""])
        write_table(self.path.parent / "timings.csv", TIMING_COLUMNS, rows)

    def ship(self, rule: ShipInt8) -> Cargo:
        return choose_cargo(rule, self.onnx_path, self.source, self.path, self.quantized)


@pytest.fixture
def workshop(onnx_path: Path, quantized_path: Path, tmp_path: Path) -> Workshop:
    made = Workshop(onnx_path, quantized_path, tmp_path)
    made.breach("none")
    return made


def names(cargo: Cargo) -> list[str]:
    return [item.name for item in cargo.graphs]


def test_all_four_ship_when_within_the_budget_and_faster(workshop: Workshop):
    workshop.time("0.979")
    cargo = workshop.ship("faster")
    assert names(cargo) == ["fp32", "fp16", "int8", "int8-trt"]
    assert cargo.left_out == ()
    assert [item.path.parent for item in cargo.graphs] == 2 * [workshop.onnx_path.parent] + 2 * [workshop.path.parent]


@pytest.mark.parametrize("ratio", ["0.980", "1.000", "1.400"])
def test_int8_that_is_not_faster_stays_and_the_reason_holds_no_number(workshop: Workshop, ratio: str):
    workshop.time(ratio)
    cargo = workshop.ship("faster")
    assert names(cargo) == ["fp32", "fp16", "int8-trt"]
    (left,) = cargo.left_out
    assert left.name == "int8"
    assert "not faster than fp32 in ONNX Runtime" in left.reason
    assert not any(letter.isdigit() for letter in left.reason.replace("fp32", ""))
    assert names(workshop.ship("within_budget")) == ["fp32", "fp16", "int8", "int8-trt"]


@pytest.mark.parametrize("field", ["breaches_on_choice", "breaches_on_test"])
@pytest.mark.parametrize("target", ["int8", "int8-trt"])
def test_what_misses_the_budget_stays_unless_it_must_ship(workshop: Workshop, target: str, field: str):
    workshop.breach(target, **{field: (BREACH,)})
    workshop.time("0.500")
    for rule in ("faster", "within_budget"):
        cargo = workshop.ship(rule)
        assert target not in names(cargo)
        assert len(names(cargo)) == 3
        (left,) = cargo.left_out
        part = {"breaches_on_choice": "pictures that chose its recipe", "breaches_on_test": "test part"}[field]
        assert left.name == target
        assert left.reason == f"outside the budget on the {part}: {BREACH}"
    assert names(workshop.ship("always")) == ["fp32", "fp16", "int8", "int8-trt"]


def test_of_two_recipes_with_one_label_both_must_be_faster(workshop: Workshop):
    workshop.time("0.500")
    table = workshop.path.parent / "timings.csv"
    row = table.read_text().splitlines()[-1]
    table.write_text(table.read_text() + row.replace("0.500", "1.100") + "\n")
    assert names(workshop.ship("faster")) == ["fp32", "fp16", "int8-trt"]
    table.write_text(table.read_text().replace("1.100", "0.900"))
    assert names(workshop.ship("faster")) == ["fp32", "fp16", "int8", "int8-trt"]


def test_faster_needs_a_latency_and_says_how_to_get_one(workshop: Workshop):
    with pytest.raises(InputError, match=r"timings\.csv: expected the latencies .* quantize\.timing_rounds"):
        workshop.ship("faster")
    workshop.time("0.500", label="a recipe that was not chosen")
    with pytest.raises(InputError, match=r"timings\.csv: has no latency of '.*bundle\.int8 to within_budget"):
        workshop.ship("faster")
    workshop.time("much")
    with pytest.raises(InputError, match=r"timings\.csv, line 4"):
        workshop.ship("faster")
    workshop.time("")
    with pytest.raises(InputError, match=r"timings\.csv: has no latency"):
        workshop.ship("faster")
    workshop.breach("int8", breaches_on_test=(BREACH,))
    assert names(workshop.ship("faster")) == ["fp32", "fp16", "int8-trt"]  # the budget decides first


def test_without_quantisation_and_float16(workshop: Workshop):
    source = workshop.source.model_copy(update={"half": None})
    assert names(choose_cargo("faster", workshop.onnx_path, source, None, None)) == ["fp32"]


def test_the_table_of_latencies_is_the_one_that_the_search_writes():
    assert (TIMINGS_NAME, TIMING_COLUMNS) == (tables.TIMINGS_NAME, tables.TIMING_COLUMNS)


def test_a_bundle_is_made_without_onnx():
    code = "import sys, export.bundle.stage; print(sorted({'onnx', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
