"""Build, check and load again, end to end, against the fake."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.artifacts.model import load_artifact
from data_tools.errors import CheckFailedError, InputError, MissingDependencyError
from export.engine.artifact import EngineArtifact
from export.engine.loading import mismatch, open_engine
from export.engine.machine import Machine
from export.engine.options import BatchRange, EngineOptions
from export.engine.runner import scores_of
from export.engine.source import EngineSource
from export.engine.stage import run
from tests.export.engine.conftest import Install
from tests.export.engine.fake_cuda import FakeGpu

FEW = EngineOptions(batch=BatchRange(min=2, opt=2, max=2))


def build(source: EngineSource, tmp_path: Path, options: EngineOptions | None = None) -> Path:
    out = tmp_path / "engine"
    out.mkdir(exist_ok=True)
    return run(source, options or EngineOptions(), out, tmp_path / "failed.log")


def test_what_a_build_leaves(install: Install, source: EngineSource, tmp_path: Path):
    gpu = install()
    sidecar = build(source, tmp_path)
    assert sorted(path.name for path in sidecar.parent.iterdir()) == [
        "model.fp16.build.log",
        "model.fp16.layers.json",
        "model.fp16.plan",
        "model.fp16.plan.json",
    ]
    artifact = load_artifact(EngineArtifact, sidecar)
    assert artifact.machine.tensorrt == "10.13.0.35"
    assert (artifact.machine.cuda, artifact.machine.driver_cuda) == ("12.9", "13.0")
    assert (artifact.machine.gpu, artifact.machine.compute_capability) == ("FAKE GPU", "8.9")
    assert artifact.graph_sha256 == sha256_bytes(source.graph)
    assert artifact.plan.sha256 == sha256_bytes((sidecar.parent / "model.fp16.plan").read_bytes())
    assert (artifact.opset, artifact.variant, artifact.graph_checked) == (18, "fp16", True)
    assert artifact.options == EngineOptions()
    assert [(row.layer_type, row.precision, row.layers) for row in artifact.precision] == [("Conv", "fp16", 1)]
    assert artifact.golden.passed
    assert artifact.golden.max_abs_probability_difference < 1e-6
    assert [(item.passed, item.same_bytes) for item in artifact.repeats] == [(True, True)]
    assert artifact.parents[0].path == "../bundle/manifest.json"
    assert (sidecar.parent / "model.fp16.build.log").read_text() == "[INFO] building\n" * 2
    assert gpu.builds == 2
    assert gpu.memory == {}
    assert gpu.streams == 0
    assert not (tmp_path / "failed.log").exists()


def test_an_engine_that_says_something_else_fails(install: Install, source: EngineSource, tmp_path: Path):
    gpu = install(error=0.1)
    with pytest.raises(CheckFailedError, match=r"differ from the bundle's by 0\.1 .*failed\.log"):
        build(source, tmp_path)
    assert (tmp_path / "failed.log").read_text() == "[INFO] building\n"
    assert gpu.memory == {}


def test_builds_that_differ(install: Install, source: EngineSource, tmp_path: Path):
    install(noise=0.008)
    artifact = load_artifact(EngineArtifact, build(source, tmp_path, EngineOptions(repeat_builds=2)))
    found = [item.max_abs_probability_difference for item in artifact.repeats]
    np.testing.assert_allclose(found, [0.008, 0.016], atol=1e-6)
    assert not any(item.same_bytes for item in artifact.repeats)
    install(noise=0.05)
    with pytest.raises(CheckFailedError, match=r"two builds .* differ on the golden pictures by 0\.05"):
        build(source, tmp_path)


def test_a_graph_that_breaks_a_rule_is_not_built(install: Install, source: EngineSource, tmp_path: Path):
    import onnx

    gpu = install()
    model = onnx.load_from_string(source.graph)
    model.graph.node[0].op_type = "Transpose"
    del model.graph.node[0].attribute[:]
    with pytest.raises(CheckFailedError, match="not a graph for TensorRT"):
        build(dataclasses.replace(source, graph=model.SerializeToString()), tmp_path)
    assert gpu.calls == []


@pytest.mark.parametrize("what", ["parse", "build", "load", "run"])
def test_a_refusal_at_any_step_is_one_error(install: Install, source: EngineSource, tmp_path: Path, what: str):
    gpu = install(refuse=(what,))
    with pytest.raises(CheckFailedError):
        build(source, tmp_path)
    assert gpu.memory == {}
    assert gpu.streams == 0


@pytest.mark.parametrize(("missing", "package"), [("tensorrt", "tensorrt"), ("cuda.bindings.runtime", "cuda-python")])
def test_without_a_package(install: Install, source: EngineSource, tmp_path: Path, monkeypatch, missing, package):
    install()
    monkeypatch.setitem(sys.modules, missing, None)  # as if it were not installed
    with pytest.raises(MissingDependencyError, match=rf"needs {package}, .*pip install '\.\[tensorrt\]'"):
        build(source, tmp_path)
    assert not (tmp_path / "failed.log").exists()


def test_loading_and_running(install: Install, source: EngineSource, tmp_path: Path):
    gpu = install()
    sidecar = build(source, tmp_path, FEW)
    runner = open_engine(sidecar)
    assert (runner.min_batch, runner.max_batch, runner.picture_shape) == (2, 2, (8, 10, 3))
    outputs = runner.run(source.pictures[:2])
    feature = source.pictures[:2].astype(np.float64).mean((1, 2)) / 255
    np.testing.assert_allclose(outputs.feature, feature, atol=1e-5)
    np.testing.assert_allclose(outputs.logits, 9 * feature, atol=1e-4)
    distance = np.linalg.norm(feature[:, None] - np.eye(3), axis=2)
    np.testing.assert_allclose(outputs.centroid_distance, distance, atol=1e-5)
    np.testing.assert_allclose(outputs.probabilities, source.probabilities[:2], atol=1e-6)
    # 5 pictures in batches of exactly 2: the last one is filled up.
    np.testing.assert_allclose(scores_of(runner, source.pictures).probabilities, source.probabilities, atol=1e-6)
    for wrong in (source.pictures[:1], source.pictures[:3], source.pictures[:2, :4], source.pictures[:2] / 255):
        with pytest.raises(ValueError, match="expected"):
            runner.run(wrong)
    runner.close()
    assert gpu.memory == {}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"version": "10.14.0.1"}, r"built with TensorRT 10\.13\.0\.35, this is 10\.14\.0\.1"),
        ({"capability": (8, 6)}, r"built for compute capability 8\.9 \(FAKE GPU\), FAKE GPU has 8\.6"),
        ({"name": "OTHER GPU"}, "built on FAKE GPU, this is OTHER GPU"),
    ],
)
def test_a_plan_on_another_machine(install: Install, source: EngineSource, tmp_path: Path, settings, reason):
    install()
    sidecar = build(source, tmp_path, EngineOptions(workspace_mib=64))
    install(**settings)
    with pytest.raises(CheckFailedError, match=reason) as caught:
        open_engine(sidecar)
    bundle, out = sidecar.parent / ".." / "bundle", sidecar.parent
    assert str(caught.value).endswith(
        "build it again on this machine: "
        f"roadgrip export engine {bundle} --out {out} --variant fp16 --batch 1,1,16 --workspace-mib 64 --overwrite"
    )


def test_changed_files(install: Install, source: EngineSource, tmp_path: Path):
    install()
    sidecar = build(source, tmp_path)
    text = sidecar.read_text()
    sidecar.write_text(text.replace('"8.9"', '"8.6"'))
    with pytest.raises(CheckFailedError, match=r"plan\.json: changed .* roadgrip export engine"):
        open_engine(sidecar)
    sidecar.write_text(text)
    plan = sidecar.parent / "model.fp16.plan"
    data = bytearray(plan.read_bytes())
    data[10] ^= 1
    plan.write_bytes(data)
    with pytest.raises(CheckFailedError, match=r"fp16\.plan: changed .* roadgrip export engine"):
        open_engine(sidecar)
    plan.unlink()
    with pytest.raises(CheckFailedError, match=r"fp16\.plan: cannot be read"):
        open_engine(sidecar)
    values = json.loads(text)
    values["schema_version"] = 2
    sidecar.write_text(json.dumps(values))
    with pytest.raises(InputError, match="schema_version"):
        open_engine(sidecar)


def test_a_sidecar_cannot_name_a_plan_elsewhere(install: Install, source: EngineSource, tmp_path: Path):
    install()
    sidecar = build(source, tmp_path)
    artifact = load_artifact(EngineArtifact, sidecar)
    plan = artifact.plan.model_copy(update={"path": "../bundle/manifest.json"})
    sidecar.write_text(artifact.model_copy(update={"plan": plan}).sealed().model_dump_json())
    with pytest.raises(InputError, match="expected the plan beside it"):
        open_engine(sidecar)


def machine(**changes: str) -> Machine:
    values = {"tensorrt": "10.13.0", "cuda": "12.9", "driver": None, "driver_cuda": "12.9", "gpu": "A",
              "compute_capability": "8.6"}  # fmt: skip
    return Machine.model_validate({**values, **changes})


@pytest.mark.parametrize(
    ("options", "here", "fits"),
    [
        ({}, {}, True),
        ({}, {"gpu": "B"}, False),
        ({}, {"tensorrt": "10.13.1"}, False),
        ({"version_compatible": True}, {"tensorrt": "10.13.1"}, True),
        ({"version_compatible": True}, {"tensorrt": "11.0.0"}, True),
        ({"version_compatible": True}, {"tensorrt": "10.9.0"}, False),
        ({"hardware_compatible": "same-compute-capability"}, {"gpu": "B"}, True),
        ({"hardware_compatible": "same-compute-capability"}, {"gpu": "B", "compute_capability": "8.9"}, False),
        ({"hardware_compatible": "ampere-plus"}, {"gpu": "B", "compute_capability": "12.0"}, True),
        ({"hardware_compatible": "ampere-plus"}, {"gpu": "B", "compute_capability": "7.5"}, False),
    ],
)
def test_which_machines_fit(install: Install, source: EngineSource, tmp_path: Path, options, here, fits):
    install()
    artifact = load_artifact(EngineArtifact, build(source, tmp_path))
    built = artifact.model_copy(update={"options": EngineOptions(**options), "machine": machine()})
    assert (mismatch(built, machine(**here)) is None) == fits


def test_host_code_and_dla_at_run_time(install: Install, source: EngineSource, tmp_path: Path):
    gpu: FakeGpu = install(dla_cores=1)
    options = EngineOptions(batch=BatchRange(min=1, opt=1, max=1), version_compatible=True, dla_core=0)
    build(source, tmp_path, options)
    assert set(gpu.named("Runtime.engine_host_code_allowed")) == {(True,)}
    assert set(gpu.named("Runtime.DLA_core")) == {(0,)}
    gpu = install()
    build(source, tmp_path)
    assert gpu.named("Runtime.engine_host_code_allowed") == []


def test_an_engine_without_our_outputs(install: Install, source: EngineSource, tmp_path: Path):
    import onnx

    install()
    model = onnx.load_from_string(source.graph)
    del model.graph.output[3]
    with pytest.raises(CheckFailedError, match="expected an output 'centroid_distance'"):
        build(dataclasses.replace(source, graph=model.SerializeToString()), tmp_path)
