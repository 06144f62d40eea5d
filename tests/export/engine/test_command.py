"""The command `roadgrip export engine`, with the fake and without any TensorRT."""

import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from data_tools.artifacts.model import load_artifact
from data_tools.errors import CheckFailedError, InputError, MissingDependencyError
from export.engine import source as source_module
from export.engine.artifact import EngineArtifact
from export.engine.loading import open_engine
from export.engine.source import EngineSource
from pipeline.cli import engine
from tests.export.engine.conftest import Install
from tests.export.runtime.tiny_bundle import GraphOptions, make_graph, rehash, write_bundle


def call(*arguments: object) -> str:
    app = typer.Typer()
    engine.add_to(app)
    result = CliRunner().invoke(app, [str(item) for item in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "tiny", {"fp16": make_graph()}).parent


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, source: EngineSource) -> EngineSource:
    """Take the four-output graph in the place of the bundle's."""
    monkeypatch.setattr(source_module, "read_source", lambda bundle, variant: source)
    return source


def test_help_says_that_it_was_never_executed():
    assert "never executed on a GPU by us" in " ".join(call("--help").split())


def test_a_build(install: Install, built: EngineSource, bundle: Path, tmp_path: Path):
    install(version="11.1.0.1")
    text = call(bundle, "--out", tmp_path / "engine")
    assert (tmp_path / "engine" / "model.fp16.plan.json").is_file()
    assert "fp16 on FAKE GPU, TensorRT 11.1.0.1" in text
    assert "a repeated build against the first: max |Δp| 0 (allowed 0.02)" in text
    assert "# TensorRT 11\ntrtexec --onnx=" in text
    assert "--stronglyTyped" not in text
    with pytest.raises(InputError, match="--overwrite"):
        call(bundle, "--out", tmp_path / "engine")
    call(bundle, "--out", tmp_path / "engine", "--overwrite", "--repeat-builds", 0)


def test_a_tensorrt_that_no_trtexec_line_is_known_for(
    install: Install, built: EngineSource, bundle: Path, tmp_path: Path
):
    """The engine stands already, so this must not fail."""
    install(version="12.0.0.1")
    lines = call(bundle, "--out", tmp_path / "engine").splitlines()
    assert (tmp_path / "engine" / "model.fp16.plan.json").is_file()
    assert [line for line in lines if line.startswith("# TensorRT")] == [
        "# TensorRT 12: its trtexec is not known to us; here are the lines of the versions that are",
        "# TensorRT 10",
        "# TensorRT 11",
    ]
    assert lines[-1].endswith("model.fp16.plan.json")


@pytest.fixture
def fixed(tmp_path: Path) -> Path:
    """A bundle whose graph takes four pictures a call."""
    folder = write_bundle(tmp_path / "fixed", {"fp16": make_graph()}).parent
    rehash(folder, "fp16.onnx", make_graph(GraphOptions(shape=(4, 32, 40, 3))))
    return folder


def test_a_fixed_batch(install: Install, fixed: Path, tmp_path: Path):
    lines = call(fixed, "--print-trtexec").splitlines()
    assert [line for line in lines if "Shapes" in line] == []
    assert len(lines) == 4
    for arguments in (["--print-trtexec"], ["--out", tmp_path / "engine"]):
        with pytest.raises(InputError, match=r"fp16\.onnx: its batch is fixed to 4; .*got 1,2,4"):
            call(fixed, *arguments, "--batch", "1,2,4")
    gpu = install(dla_cores=1)
    text = call(fixed, "--out", tmp_path / "engine", "--dla", 0)  # a fixed batch is what a DLA wants
    assert gpu.named("set_shape") == []
    assert "Shapes" not in text
    artifact = load_artifact(EngineArtifact, tmp_path / "engine" / "model.fp16.plan.json")
    assert artifact.options.batch.text() == "4,4,4"
    runner = open_engine(tmp_path / "engine" / "model.fp16.plan.json")
    assert (runner.min_batch, runner.max_batch, runner.picture_shape) == (4, 4, (32, 40, 3))
    runner.close()


def test_a_failure_leaves_only_the_log(install: Install, built: EngineSource, bundle: Path, tmp_path: Path):
    install(refuse=("build",))
    with pytest.raises(CheckFailedError, match=r"engine\.build\.log"):
        call(bundle, "--out", tmp_path / "engine")
    assert not (tmp_path / "engine").exists()
    assert "no kernel" in (tmp_path / "engine.build.log").read_text()


def test_trtexec_needs_no_tensorrt(bundle: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    lines = call(bundle, "--print-trtexec", "--batch", "1,2,4", "--workspace-mib", 256).splitlines()
    assert lines[0::2] == ["# TensorRT 10", "# TensorRT 11"]
    for line in lines[1::2]:
        assert "--optShapes=picture:2x32x40x3 --maxShapes=picture:4x32x40x3 --memPoolSize=workspace:256" in line
    with pytest.raises(MissingDependencyError, match="needs tensorrt"):
        call(bundle, "--out", "engine")


def test_wrong_options(bundle: Path):
    with pytest.raises(InputError, match="--out"):
        call(bundle)
    with pytest.raises(InputError, match="one fixed batch size"):
        call(bundle, "--out", "engine", "--dla", 0)
    with pytest.raises(InputError, match="MIN,OPT,MAX"):
        call(bundle, "--out", "engine", "--batch", "3,2,1")
