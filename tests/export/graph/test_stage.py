import json
import shutil
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.images.decode import read_picture
from data_tools.images.preprocessing import to_model_size
from data_tools.split.artifact import Sample, open_split
from export.artifact import OnnxArtifact
from export.config import ExportConfig
from export.graph import stage
from export.graph.half import nodes_kept_in_float
from export.graph.overflow import check_range
from export.graph.stage import half_of, run
from export.inference import load_batch
from pipeline.training.networks.checkpoint import load_checkpoint
from tests.export.graph.conftest import KEPT
from tests.export.graph.small_graph import small_graph
from tests.export.hand_made import all_activations, run_model
from tests.export.runtime.tiny_bundle import flip_byte
from tests.export.trained_like import SPEC, fitted_network, normalized, write_checkpoint
from tests.pipeline.training.tiny_split import CLASSES, make_split


def test_result(onnx_path: Path, checkpoint_path: Path, split_path: Path):
    artifact = load_artifact(OnnxArtifact, onnx_path)
    check_payload(artifact, onnx_path.parent)
    names = ["model.fp16.onnx", "model.fp32.onnx", "onnx.json"]
    assert sorted(path.name for path in onnx_path.parent.iterdir()) == names
    assert artifact.half is not None
    assert [item.path for item in artifact.payload()] == names[1::-1]
    assert (artifact.classes, artifact.preprocessing, artifact.opset) == (CLASSES, SPEC, 19)
    assert (artifact.feature_dim, artifact.centroids) == (16, "measured")
    model = onnx.load(str(onnx_path.parent / artifact.graph.path))
    assert artifact.operators == dict(Counter(node.op_type for node in model.graph.node))
    for item, path in zip(artifact.parents, (checkpoint_path, split_path), strict=True):
        assert (onnx_path.parent / item.path).resolve() == path.resolve()
        assert item.sha256 == sha256_file(path)
    assert [item.role for item in artifact.parents] == ["checkpoint", "split"]


def test_bgr_centroids_and_a_fixed_batch(bgr_path: Path, onnx_path: Path):
    """18 pictures in batches of 4: the last is filled up, and nothing else changes."""
    ours, theirs = load_artifact(OnnxArtifact, bgr_path), load_artifact(OnnxArtifact, onnx_path)
    assert (ours.preprocessing.color, ours.centroids, ours.opset) == ("bgr", "trained", 20)
    assert (ours.parity.pictures, ours.parity.argmax_equal) == (18, 18)
    assert ours.metrics.confusion == theirs.metrics.confusion
    assert ours.metrics.mean_confidence == pytest.approx(theirs.metrics.mean_confidence, abs=1e-5)
    assert ours.half is not None
    for path in (ours.graph.path, ours.half.graph.path):
        model = onnx.load(str(bgr_path.parent / path))
        assert [item.type.tensor_type.shape.dim[0].dim_value for item in model.graph.input] == [4]
        kept = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
        assert sum(value.shape == (3, 16) and np.array_equal(value, KEPT["loss.centroids"]) for value in kept.values())


def test_parity_and_metrics_equal_an_independent_computation(onnx_path: Path, checkpoint_path: Path, split_path: Path):
    artifact = load_artifact(OnnxArtifact, onnx_path)
    assert artifact.half is not None
    samples = open_split(split_path).samples["test"]
    pictures = np.stack([to_model_size(read_picture(sample.file), SPEC) for sample in samples])
    names = ["logits", "probabilities"]
    model, half = (onnx.load(str(onnx_path.parent / item.path)) for item in artifact.payload())
    logits, probabilities = run_model(model, {"image": pictures}, names)
    halved = run_model(half, {"image": pictures}, names)[1]
    network = load_checkpoint(checkpoint_path)[1]
    with torch.no_grad():
        expected = network(normalized(pictures)).logits.numpy()
    assert (artifact.parity.pictures, artifact.parity.part, artifact.parity.argmax_equal) == (18, "test", 18)
    assert artifact.parity.max_abs_logit_difference == pytest.approx(np.abs(logits - expected).max(), abs=5e-5)
    assert artifact.parity.tolerance == pytest.approx(1e-4 * np.abs(expected).max(), rel=1e-4)
    for metrics, found in ((artifact.metrics, probabilities), (artifact.half.metrics, halved)):
        confusion = [[0] * 3 for _ in CLASSES]
        for sample, row in zip(samples, found, strict=True):
            confusion[sample.label][int(row.argmax())] += 1
        assert metrics.confusion == tuple(map(tuple, confusion))
        assert metrics.accuracy.successes == sum(confusion[i][i] for i in range(3))
        assert metrics.mean_confidence == pytest.approx(found.max(axis=1).mean(), abs=1e-5)
        assert len({tuple(row) for row in confusion}) > 1  # not one class for all
    lost = artifact.half.degradation
    assert (lost.pictures, lost.part) == (18, "test")
    assert lost.agreement == pytest.approx((probabilities.argmax(axis=1) == halved.argmax(axis=1)).mean())
    change = halved.max(axis=1).mean() - probabilities.max(axis=1).mean()
    assert lost.confidence_change == pytest.approx(change, abs=1e-5)
    assert lost.mean_abs_probability_change > 0  # it is another graph


def test_a_second_export_gives_the_same_bytes(
    onnx_path: Path, checkpoint_path: Path, split_path: Path, capfd: pytest.CaptureFixture[str]
):
    folder = onnx_path.parent.parent / "again"
    run(ExportConfig(), checkpoint_path, split_path, folder)
    assert capfd.readouterr() == ("", "")  # the exporter's chatter stays inside
    relative = {path.name: path.read_bytes() for path in onnx_path.parent.iterdir()}
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert found == relative


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


def test_no_half_on_request_and_a_missed_tolerance(
    checkpoint_path: Path, split_path: Path, onnx_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = onnx.load(str(onnx_path.parent / "model.fp32.onnx"))
    monkeypatch.setattr(stage, "export_graph", lambda *_: made)  # the exporter takes seconds
    artifact = load_artifact(OnnxArtifact, run(ExportConfig(fp16=False), checkpoint_path, split_path, tmp_path / "one"))
    assert artifact.half is None
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["model.fp32.onnx", "onnx.json"]

    strict = ExportConfig(max_abs_logit_difference=1e-12)
    with pytest.raises(CheckFailedError, match=r"model\.fp32\.onnx: differs from torch on 18 test pictures"):
        run(strict, checkpoint_path, split_path, tmp_path / "strict")
    assert not (tmp_path / "strict" / "onnx.json").exists()

    centroids = next(item for item in made.graph.initializer if list(item.dims) == [3, 16] and "centroid" in item.name)
    centroids.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(centroids) + 0.01, centroids.name))
    with pytest.raises(CheckFailedError, match=r"model\.fp32\.onnx: expected torch's values .*Δdistance"):
        run(ExportConfig(), checkpoint_path, split_path, tmp_path / "moved")
    assert not (tmp_path / "moved" / "onnx.json").exists()


def test_a_half_that_says_something_else_is_refused(
    checkpoint_path: Path, split_path: Path, onnx_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Every value is finite and fits, so that nothing but the answers can tell."""
    made, half = (onnx.load(str(onnx_path.parent / f"model.{kind}.onnx")) for kind in ("fp32", "fp16"))
    softmax = next(node for node in half.graph.node if node.op_type == "Softmax")
    softmax.input[0], logits = "turned", softmax.input[0]
    half.graph.initializer.append(numpy_helper.from_array(np.array(-1, np.float32), "minus_one"))
    at = list(half.graph.node).index(softmax)
    half.graph.node.insert(at, onnx.helper.make_node("Mul", [logits, "minus_one"], ["turned"], "turn"))
    onnx.checker.check_model(half, full_check=True)
    monkeypatch.setattr(stage, "export_graph", lambda *_: made)  # the exporter takes seconds
    monkeypatch.setattr(stage, "half_of", lambda *_: half)
    with pytest.raises(CheckFailedError, match=r"model\.fp16\.onnx: .*got another class on \d.*export\.fp16: false"):
        run(ExportConfig(), checkpoint_path, split_path, tmp_path / "out")
    assert not (tmp_path / "out" / "onnx.json").exists()


def with_detour(model: onnx.ModelProto, factor: float, name: str) -> onnx.ModelProto:
    """Multiply a tensor by a factor twice and divide it again, so that only the values in between are large."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    reader = next(node for node in copy.graph.node if name in node.input)
    reader.input[list(reader.input).index(name)] = "detour/3"
    at = list(copy.graph.node).index(reader)
    steps = [name, *(f"detour/{index}" for index in range(4))]
    for index, (source, target) in enumerate(pairwise(steps)):
        constant = np.array(factor if index < 2 else 1 / factor, np.float32)
        copy.graph.initializer.append(numpy_helper.from_array(constant, f"factor/{index}"))
        made = onnx.helper.make_node("Mul", [source, f"factor/{index}"], [target], f"detour/{index}")
        copy.graph.node.insert(at + index, made)
    onnx.checker.check_model(copy, full_check=True)
    return copy


@pytest.fixture(scope="module")
def samples(split_path: Path) -> tuple[Sample, ...]:
    return open_split(split_path).samples["test"]


@pytest.mark.parametrize("fixed", [None, 4])
def test_values_beyond_float16_are_found_although_onnx_runtime_survives_them(
    samples: tuple[Sample, ...], fixed: int | None
):
    model = with_detour(small_graph(SPEC, fixed or "batch"), 1e4, "halved")
    with pytest.raises(CheckFailedError, match=r"model\.fp16\.onnx: .*65504.*'detour/1'.*export\.fp16: false"):
        half_of(model, samples, SPEC)
    half_of(with_detour(small_graph(SPEC, fixed or "batch"), 10.0, "halved"), samples, SPEC)


def test_the_largest_value_is_that_of_a_naive_search(samples: tuple[Sample, ...], onnx_path: Path):
    model = onnx.load(str(onnx_path.parent / "model.fp32.onnx"))
    kept = nodes_kept_in_float(model)
    made = {name for node in model.graph.node if node.name not in kept for name in node.output}
    values = all_activations(model, {"image": load_batch(samples[:5], SPEC)})
    largest = max(float(np.abs(values[name]).max()) for name in made)
    assert check_range(model, kept, samples[:5], SPEC) == pytest.approx(largest, rel=1e-4)
    assert largest < max(float(np.abs(value).max()) for value in values.values())  # the input's 255 is not among them


def test_a_graph_that_tensorrt_refuses_is_no_half(samples: tuple[Sample, ...]):
    model = small_graph(SPEC)
    softmax = next(node for node in model.graph.node if node.op_type == "Softmax")
    softmax.op_type = "Bernoulli"
    del softmax.attribute[:]
    with pytest.raises(CheckFailedError, match=r"model\.fp16\.onnx: .*not a graph for TensorRT.*export\.fp16: false"):
        half_of(model, samples, SPEC)


def unnamed(model: onnx.ModelProto) -> None:
    model.graph.node[4].name = ""


def tiny_scale(model: onnx.ModelProto) -> None:
    kernel = next(item for item in model.graph.initializer if item.name == "kernel")
    kernel.CopyFrom(numpy_helper.from_array(1e-9 * numpy_helper.to_array(kernel), "kernel"))


def resized(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales"))
    pool = next(node for node in model.graph.node if node.name == "pool")
    source, pool.input[0] = pool.input[0], "larger"
    at = list(model.graph.node).index(pool)
    made = onnx.helper.make_node("Resize", [source, "", "scales"], ["larger"], "resize", mode="nearest")
    model.graph.node.insert(at, made)


@pytest.mark.parametrize(
    ("plant", "reason"),
    [
        (unnamed, "a name of its own for every node, got Conv ''"),
        (tiny_scale, "weight kernel: .*all of them into 0"),
        (resized, "float16 does not fit: .*resize"),
    ],
)
def test_what_has_no_half_is_one_error(
    samples: tuple[Sample, ...], plant: Callable[[onnx.ModelProto], None], reason: str
):
    model = small_graph(SPEC)
    plant(model)
    with pytest.raises(CheckFailedError, match=rf"^model\.fp16\.onnx: .*{reason}.*export\.fp16: false"):
        half_of(model, samples, SPEC)


def test_an_untidy_graph_is_no_half(samples: tuple[Sample, ...]):
    model = small_graph(SPEC)
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(1, np.int64), "stale"))
    with pytest.raises(CheckFailedError, match=r"model\.fp16\.onnx: .*expected a tidy graph.*stale"):
        half_of(model, samples, SPEC)


def test_a_network_without_finite_output_is_refused(split_path: Path, tmp_path: Path):
    network = fitted_network(split_path)
    with torch.no_grad():
        network.head.bias[1] = float("nan")
    path = write_checkpoint(network, split_path, tmp_path / "train", CLASSES)
    with pytest.raises(CheckFailedError, match=r"checkpoint\.json: .*not finite"):
        run(ExportConfig(), path, split_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
