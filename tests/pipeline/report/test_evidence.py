import dataclasses

import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import CheckFailedError, InputError
from pipeline.report.evidence import gather
from tests.pipeline.report.synthetic_network import write_checkpoint
from tests.pipeline.report.synthetic_run import CLASSES, SCRATCH, write_run


def test_changed_history_is_refused(tmp_path):
    inputs = write_run(tmp_path)
    history = tmp_path / "training" / "history.csv"
    history.write_text(history.read_text().replace("0.9", "0.8"))
    with pytest.raises(CheckFailedError, match=r"history\.csv: changed after it was written"):
        gather(inputs)


def test_inputs_of_two_runs_are_refused(inputs, tmp_path):
    origin = SCRATCH.model_copy(update={"detail": "another run"})
    other = write_checkpoint(tmp_path / "training", inputs.split, CLASSES, origin)
    with pytest.raises(CheckFailedError, match="made from another checkpoint"):
        gather(dataclasses.replace(inputs, checkpoint=other))


def test_artifact_of_the_wrong_kind_is_refused(inputs):
    with pytest.raises(InputError, match="onnx"):
        gather(dataclasses.replace(inputs, onnx=inputs.checkpoint))


def test_changed_recipes_are_refused(tmp_path):
    inputs = write_run(tmp_path)
    table = inputs.quantized.parent / "recipes.csv"
    table.write_text(table.read_text().replace("0.921", "0.991"))
    with pytest.raises(CheckFailedError, match=r"recipes\.csv: changed after it was written"):
        gather(inputs)


@pytest.mark.parametrize(("role", "name"), [("onnx", "fp32"), ("onnx", "fp16"), ("quantized", "int8")])
def test_a_bundle_of_other_graphs_is_refused(tmp_path, role, name):
    inputs = write_run(tmp_path)
    graph = tmp_path / role / f"model.{name}.onnx"
    before, size = sha256_file(graph), graph.stat().st_size
    graph.write_bytes(bytes(size))
    path = getattr(inputs, role)
    path.write_text(path.read_text().replace(before, sha256_file(graph)))
    given = dataclasses.replace(inputs, latency=None, robustness=None, quantized=None if role == "onnx" else path)
    with pytest.raises(CheckFailedError, match=rf"manifest\.json: its {name} graph .* is not the given one"):
        gather(given)
