"""Build, check and run on real TensorRT; the first thing to run on a machine that has it (no fake here)."""

import numpy as np
import pytest

from export.engine.loading import open_engine
from export.engine.options import BatchRange, EngineOptions
from export.engine.runner import scores_of
from export.engine.source import EngineSource
from export.engine.stage import run


@pytest.mark.gpu
@pytest.mark.tensorrt
def test_a_real_engine(source: EngineSource, tmp_path):
    pytest.importorskip("tensorrt")
    runtime = pytest.importorskip("cuda.bindings.runtime", exc_type=ImportError)
    if runtime.cudaGetDeviceCount()[0] != runtime.cudaError_t.cudaSuccess:
        pytest.skip("no CUDA device")
    out = tmp_path / "engine"
    out.mkdir()
    options = EngineOptions(batch=BatchRange(min=1, opt=2, max=4), timing_cache=str(tmp_path / "cache.bin"))
    runner = open_engine(run(source, options, out, tmp_path / "failed.log"))
    found = scores_of(runner, source.pictures).probabilities
    runner.close()
    np.testing.assert_allclose(found, source.probabilities, atol=0.01)
    assert (tmp_path / "cache.bin").stat().st_size > 0
