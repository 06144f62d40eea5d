import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.images.decode import read_picture
from data_tools.images.preprocessing import to_model_size
from data_tools.split.artifact import open_split
from export.artifact import OnnxArtifact
from export.config import ExportConfig
from export.graph.stage import check_parity, run
from pipeline.training.networks.checkpoint import load_checkpoint
from tests.export.hand_made import run_model
from tests.export.runtime.tiny_bundle import flip_byte
from tests.export.trained_like import SPEC, fitted_network, normalized, write_checkpoint
from tests.pipeline.training.tiny_split import CLASSES, make_split

GRAPH = Path("model.onnx")
LOGITS = np.array([[2.0, 1.0, 0.0], [0.0, 0.5, 0.499]], dtype=np.float32)


def test_parity_counts(onnx_path: Path):
    moved = LOGITS + np.array([[0, 0.0005, 0], [0, 0, 0]], dtype=np.float32)
    parity = check_parity(LOGITS, moved, 1e-3, GRAPH)
    assert (parity.pictures, parity.part, parity.argmax_equal, parity.tolerance) == (2, "test", 2, 1e-3)
    assert parity.max_abs_logit_difference == pytest.approx(5e-4, rel=1e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_parity_refuses_what_is_not_finite(value: float, side: int):
    pair = [LOGITS.copy(), LOGITS.copy()]
    pair[side][1, 2] = value
    with pytest.raises(CheckFailedError, match=r"model\.onnx: .*not finite"):
        check_parity(*pair, 1e-3, GRAPH)
    both = LOGITS.copy()
    both[0, 0] = value
    with pytest.raises(CheckFailedError, match="not finite"):
        check_parity(both, both, 1e-3, GRAPH)


def test_parity_refuses_another_class_within_the_tolerance():
    moved = LOGITS + np.array([[0, 0, 0], [0, 0, 0.002]], dtype=np.float32)
    with pytest.raises(CheckFailedError, match="same class on 1"):
        check_parity(LOGITS, moved, 0.01, GRAPH)


@pytest.mark.parametrize("sign", [-1, 1])
def test_parity_refuses_a_difference_beyond_the_tolerance(sign: int):
    moved = LOGITS + np.array([[0, 0, 0.002 * sign], [0, 0, 0]], dtype=np.float32)
    with pytest.raises(CheckFailedError, match=r"model\.onnx: .*0\.002 \(allowed 0\.001\)"):
        check_parity(LOGITS, moved, 1e-3, GRAPH)


def test_result(onnx_path: Path, checkpoint_path: Path, split_path: Path):
    artifact = load_artifact(OnnxArtifact, onnx_path)
    check_payload(artifact, onnx_path.parent)
    assert sorted(path.name for path in onnx_path.parent.iterdir()) == ["model.fp32.onnx", "onnx.json"]
    assert (artifact.classes, artifact.preprocessing, artifact.opset) == (CLASSES, SPEC, 18)
    for item, path in zip(artifact.parents, (checkpoint_path, split_path), strict=True):
        assert (onnx_path.parent / item.path).resolve() == path.resolve()
        assert item.sha256 == sha256_file(path)
    assert [item.role for item in artifact.parents] == ["checkpoint", "split"]


def test_parity_and_metrics_equal_an_independent_computation(onnx_path: Path, checkpoint_path: Path, split_path: Path):
    artifact = load_artifact(OnnxArtifact, onnx_path)
    samples = open_split(split_path).samples["test"]
    pictures = np.stack([to_model_size(read_picture(sample.file), SPEC) for sample in samples])
    model = onnx.load(str(onnx_path.parent / artifact.graph.path))
    logits, probabilities = run_model(model, {"image": pictures}, ["logits", "probabilities"])
    network = load_checkpoint(checkpoint_path)[1]
    with torch.no_grad():
        expected = network(normalized(pictures)).logits.numpy()
    assert (artifact.parity.pictures, artifact.parity.argmax_equal) == (18, 18)
    assert artifact.parity.max_abs_logit_difference == pytest.approx(np.abs(logits - expected).max(), abs=5e-5)
    confusion = [[0] * 3 for _ in CLASSES]
    for sample, row in zip(samples, probabilities, strict=True):
        confusion[sample.label][int(row.argmax())] += 1
    assert artifact.metrics.confusion == tuple(map(tuple, confusion))
    assert artifact.metrics.accuracy.successes == sum(confusion[i][i] for i in range(3))
    assert artifact.metrics.mean_confidence == pytest.approx(probabilities.max(axis=1).mean(), abs=1e-5)
    assert len({tuple(row) for row in confusion}) > 1  # not one class for all


@pytest.fixture
def checkpoint_copy(checkpoint_path: Path, split_path: Path, tmp_path: Path) -> Path:
    shutil.copytree(split_path.parent, tmp_path / "split")
    shutil.copytree(checkpoint_path.parent, tmp_path / "train")
    return tmp_path / "train" / checkpoint_path.name


@pytest.mark.parametrize("name", ["model.safetensors", "history.csv"])
def test_tampering_with_the_checkpoint_is_found(checkpoint_copy: Path, split_path: Path, name: str, tmp_path: Path):
    flip_byte(checkpoint_copy.parent / name, -3)
    with pytest.raises(CheckFailedError, match=rf"{name}: changed"):
        run(ExportConfig(), checkpoint_copy, split_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_tampering_with_the_split_is_found(checkpoint_path: Path, checkpoint_copy: Path, tmp_path: Path):
    table = tmp_path / "split" / "assignment.csv"
    table.write_text(table.read_text().replace(",train", ",test"))
    with pytest.raises(CheckFailedError, match=r"assignment\.csv: changed"):
        run(ExportConfig(), checkpoint_path, tmp_path / "split" / "split.json", tmp_path / "out")


def test_a_split_with_other_classes_is_refused(checkpoint_copy: Path, split_path: Path, tmp_path: Path):
    values = json.loads(checkpoint_copy.read_text())
    checkpoint_copy.write_text(json.dumps({**values, "classes": ["wet", "dry", "snow"]}))
    with pytest.raises(InputError, match="classes"):
        run(ExportConfig(), checkpoint_copy, split_path, tmp_path / "out")


def test_an_empty_test_part_is_refused(checkpoint_path: Path, tmp_path: Path):
    split = make_split(tmp_path / "empty", {"train": 1, "val": 1, "calibration": 1, "test": 0})
    with pytest.raises(InputError, match="test part"):
        run(ExportConfig(), checkpoint_path, split, tmp_path / "out")


def test_a_network_without_finite_output_is_refused(split_path: Path, tmp_path: Path):
    network = fitted_network(split_path)
    with torch.no_grad():
        network.head.bias[1] = float("nan")
    path = write_checkpoint(network, split_path, tmp_path / "train", CLASSES)
    with pytest.raises(CheckFailedError, match=r"checkpoint\.json: .*not finite"):
        run(ExportConfig(), path, split_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
