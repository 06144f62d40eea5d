import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from export.engine.source import EngineSource
from tests.export.engine.fake_cuda import FakeGpu
from tests.export.engine.fake_tensorrt import make_modules, open_graph
from tests.export.engine.graphs import four_outputs

Install = Callable[..., FakeGpu]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put the fake modules in the place of TensorRT and CUDA."""

    def put(**settings: object) -> FakeGpu:
        gpu = FakeGpu(**settings)
        for name, module in make_modules(gpu).items():
            monkeypatch.setitem(sys.modules, name, module)
        return gpu

    return put


@pytest.fixture
def source(tmp_path: Path) -> EngineSource:
    """A graph with four outputs, and what ONNX Runtime says to 5 pictures."""
    graph = four_outputs().SerializeToString()
    pictures = np.random.default_rng(0).integers(0, 256, (5, 8, 10, 3)).astype(np.uint8)
    probabilities, logits = open_graph(graph).run(["probabilities", "logits"], {"image": pictures})
    (tmp_path / "bundle").mkdir()
    manifest = tmp_path / "bundle" / "manifest.json"
    manifest.write_text("{}")
    path = tmp_path / "bundle" / "model.fp16.onnx"
    return EngineSource(manifest, "fp16", path, graph, pictures, probabilities, logits, 1.5)
