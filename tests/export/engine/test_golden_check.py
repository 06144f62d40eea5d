"""The logits of an engine count, for they are what a program answers from."""

import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest

from data_tools.artifacts.model import load_artifact
from data_tools.errors import CheckFailedError
from export.engine.artifact import EngineArtifact
from export.engine.options import BatchRange, EngineOptions
from export.engine.runner import EngineScores, scores_of
from export.engine.source import EngineSource, read_source
from export.engine.stage import golden_check, run
from tests.export.engine.conftest import Install
from tests.export.runtime.external_graphs import split_weights
from tests.export.runtime.tiny_bundle import golden_outputs_of, make_graph, rehash, write_bundle

OPTIONS = EngineOptions(repeat_builds=0, batch=BatchRange(min=2, opt=2, max=2))


def negated(graph: bytes) -> bytes:
    """Return the graph with the signs of its logits turned, its probabilities as they were."""
    model = onnx.load_model_from_string(graph)
    for node in model.graph.node:
        for names in (node.input, node.output):
            names[:] = ["z" if name == "logits" else name for name in names]
    model.graph.node.append(onnx.helper.make_node("Neg", ["z"], ["logits"]))
    return bytes(model.SerializeToString())


def test_an_engine_with_other_logits_fails_although_its_probabilities_are_right(
    install: Install, source: EngineSource, tmp_path: Path
):
    install()
    (tmp_path / "good").mkdir()
    good = load_artifact(EngineArtifact, run(source, OPTIONS, tmp_path / "good", tmp_path / "failed.log"))
    assert good.golden.max_abs_probability_difference < 1e-6
    (tmp_path / "bad").mkdir()
    bad = dataclasses.replace(source, graph=negated(source.graph))
    with pytest.raises(CheckFailedError, match=r"probabilities on the golden pictures differ from the bundle's by 0\."):
        run(bad, OPTIONS, tmp_path / "bad", tmp_path / "failed.log")


def test_the_variants_temperature_is_applied(source: EngineSource):
    found = EngineScores(source.logits + np.float32([0.1, 0, 0]), source.probabilities)
    assert golden_check(dataclasses.replace(source, temperature=100.0), found, 0.001).passed
    with pytest.raises(CheckFailedError, match="differ from the bundle's by"):
        golden_check(dataclasses.replace(source, temperature=1.0), found, 0.001)


def test_logits_and_temperature_come_from_the_bundle(tmp_path: Path):
    path = write_bundle(tmp_path, {"fp16": make_graph()}, temperatures={"fp16": 2.5})
    source = read_source(path, "fp16")
    stored = golden_outputs_of(source.graph, source.pictures)
    np.testing.assert_array_equal(source.logits, stored[:, 0])
    np.testing.assert_array_equal(source.probabilities, stored[:, 1])
    assert source.temperature == 2.5


def test_weights_in_a_second_file_are_refused_before_tensorrt_sees_the_graph(tmp_path: Path):
    path = write_bundle(tmp_path, {"fp16": make_graph()})
    rehash(tmp_path, "fp16.onnx", split_weights(make_graph())[0])
    with pytest.raises(CheckFailedError, match=r"fp16\.onnx: expected every weight inside the graph's own file"):
        read_source(path, "fp16")


def test_scores_of_any_number_of_pictures(source: EngineSource):
    class Runner:
        min_batch = max_batch = 2

        def run(self, batch: np.ndarray) -> EngineScores:
            assert len(batch) == 2
            mean = batch.reshape(2, -1).mean(axis=1, keepdims=True).astype(np.float32)
            return EngineScores(mean, -mean)

    found = scores_of(Runner(), source.pictures)
    np.testing.assert_allclose(found.logits[:, 0], source.pictures.reshape(5, -1).mean(axis=1), rtol=1e-6)
    np.testing.assert_array_equal(scores_of(Runner(), source.pictures).probabilities, -found.logits)
