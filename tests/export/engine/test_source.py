from pathlib import Path

import numpy as np
import pytest

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.errors import CheckFailedError, InputError
from export.engine.source import read_source
from tests.export.runtime.tiny_bundle import flip_byte, golden_outputs_of, make_graph, write_bundle


def test_a_variant_of_a_bundle(tmp_path: Path):
    graph = make_graph()
    manifest = write_bundle(tmp_path / "bundle", {"fp16": graph})
    source = read_source(manifest.parent, "fp16")
    assert (source.graph, source.graph_sha256) == (graph, sha256_bytes(graph))
    assert source.manifest_path == manifest
    assert source.pictures.dtype == np.uint8
    np.testing.assert_array_equal(source.probabilities, golden_outputs_of(graph, source.pictures)[:, 1])
    with pytest.raises(InputError, match="no variant 'int8-trt'"):
        read_source(manifest.parent, "int8-trt")


def test_a_changed_file(tmp_path: Path):
    manifest = write_bundle(tmp_path / "bundle", {"fp16": make_graph()})
    flip_byte(manifest.parent / "fp16.onnx", 40)
    with pytest.raises(CheckFailedError, match=r"fp16\.onnx"):
        read_source(manifest.parent, "fp16")
