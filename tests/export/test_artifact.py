import json
from pathlib import Path

import pytest

from data_tools.artifacts.model import Artifact, load_artifact, save_artifact
from data_tools.errors import InputError
from export.artifact import OnnxArtifact, QuantizedArtifact


@pytest.fixture(params=[OnnxArtifact, QuantizedArtifact])
def written(request: pytest.FixtureRequest, onnx_path: Path, quantized_path: Path) -> tuple[type[Artifact], Path]:
    return request.param, onnx_path if request.param is OnnxArtifact else quantized_path


def test_round_trip(written: tuple[type[Artifact], Path], tmp_path: Path):
    cls, path = written
    again = save_artifact(load_artifact(cls, path), tmp_path / path.name)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("key", ["schema_version", "classes", "preprocessing", "parents", "graph"])
def test_a_missing_key_is_named(written: tuple[type[Artifact], Path], key: str, tmp_path: Path):
    cls, path = written
    key = "graphs" if (key, cls) == ("graph", QuantizedArtifact) else key
    values = json.loads(path.read_text())
    del values[key]
    (tmp_path / "broken.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match=rf"broken\.json: {key}: missing"):
        load_artifact(cls, tmp_path / "broken.json")


def test_one_kind_is_not_read_as_the_other(onnx_path: Path, quantized_path: Path):
    with pytest.raises(InputError, match="kind"):
        load_artifact(OnnxArtifact, quantized_path)
    with pytest.raises(InputError, match="kind"):
        load_artifact(QuantizedArtifact, onnx_path)
