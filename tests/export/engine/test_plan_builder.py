"""The order and the content of the calls that a build makes, against the fake."""

from pathlib import Path

import pytest

from data_tools.errors import CheckFailedError, InputError
from export.engine.build_log import BuildLog
from export.engine.options import BatchRange, EngineOptions
from export.engine.plan_builder import build_plan
from tests.export.engine.conftest import Install
from tests.export.engine.graphs import four_outputs

GRAPH = four_outputs().SerializeToString()
ONE = BatchRange(min=1, opt=1, max=1)


def build(options: EngineOptions | None = None, log: BuildLog | None = None, timing_cache: bool = True) -> bytes:
    return build_plan(GRAPH, "model.onnx", options or EngineOptions(), log or BuildLog(), timing_cache=timing_cache)


def test_the_network_is_strongly_typed_and_described_in_detail(install: Install):
    gpu = install()
    build()
    import tensorrt as trt

    strongly_typed = int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    assert gpu.named("create_network") == [(1 << strongly_typed,)]
    assert gpu.named("profiling_verbosity") == [("DETAILED",)]
    assert gpu.named("set_flag") == []
    assert gpu.named("set_memory_pool_limit") == []
    assert gpu.named("default_device_type") == []
    names = [call[0] for call in gpu.calls]
    assert names.index("create_network") < names.index("parse") < names.index("set_shape") < names.index("build")


def test_the_profile_has_the_three_batches(install: Install):
    gpu = install()
    build(EngineOptions(batch=BatchRange(min=1, opt=4, max=32)))
    assert gpu.named("set_shape") == [("image", (1, 8, 10, 3), (4, 8, 10, 3), (32, 8, 10, 3))]


def test_every_option_reaches_tensorrt(install: Install):
    gpu = install(dla_cores=2)
    build(
        EngineOptions(
            batch=ONE, workspace_mib=64, dla_core=1, version_compatible=True,
            hardware_compatible="ampere-plus", optimization_level=5,
        )
    )  # fmt: skip
    assert gpu.named("set_memory_pool_limit") == [("WORKSPACE", 64 * 2**20)]
    assert gpu.named("builder_optimization_level") == [(5,)]
    assert gpu.named("set_flag") == [("VERSION_COMPATIBLE",), ("GPU_FALLBACK",)]
    assert gpu.named("hardware_compatibility_level") == [("AMPERE_PLUS",)]
    assert gpu.named("default_device_type") == [("DLA",)]
    assert gpu.named("DLA_core") == [(1,)]
    gpu = install()
    build(EngineOptions(hardware_compatible="same-compute-capability"))
    assert gpu.named("hardware_compatibility_level") == [("SAME_COMPUTE_CAPABILITY",)]


def test_an_older_tensorrt_without_a_level(install: Install):
    install(version="10.8.0.43")
    import tensorrt as trt

    del trt.HardwareCompatibilityLevel.SAME_COMPUTE_CAPABILITY
    with pytest.raises(InputError, match=r"needs TensorRT 10\.9 or newer, this is 10\.8"):
        build(EngineOptions(hardware_compatible="same-compute-capability"))


def test_a_core_that_is_not_there(install: Install):
    install(dla_cores=1)
    with pytest.raises(InputError, match=r"offers 1 DLA cores .* got core 1"):
        build(EngineOptions(batch=ONE, dla_core=1))


def test_the_timing_cache_is_read_and_written_back(install: Install, tmp_path: Path):
    gpu = install()
    options = EngineOptions(timing_cache=str(tmp_path / "new" / "cache.bin"))
    build(options)
    build(options)
    assert gpu.named("create_timing_cache") == [(b"",), (b"timed;",)]
    assert (tmp_path / "new" / "cache.bin").read_bytes() == b"timed;timed;"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["cache.bin"]  # no temporary file


def test_a_repeat_build_times_anew(install: Install, tmp_path: Path):
    gpu = install()
    cache = tmp_path / "cache.bin"
    cache.write_bytes(b"old")
    build(EngineOptions(timing_cache=str(cache)), timing_cache=False)
    assert gpu.named("create_timing_cache") == []
    assert gpu.named("set_flag") == [("DISABLE_TIMING_CACHE",)]
    assert cache.read_bytes() == b"old"


def test_a_failed_build_leaves_the_cache_alone(install: Install, tmp_path: Path):
    install(refuse=("build",))
    cache = tmp_path / "cache.bin"
    cache.write_bytes(b"old")
    with pytest.raises(CheckFailedError, match="cannot build an engine"):
        build(EngineOptions(timing_cache=str(cache)))
    assert cache.read_bytes() == b"old"


def test_a_cache_of_another_gpu(install: Install, tmp_path: Path):
    install(refuse=("cache",))
    with pytest.raises(CheckFailedError, match=r"cache\.bin: TensorRT refuses this timing cache"):
        build(EngineOptions(timing_cache=str(tmp_path / "cache.bin")))
    with pytest.raises(InputError, match="cannot be read"):
        build(EngineOptions(timing_cache=str(tmp_path)))


def test_every_line_of_the_parser_is_in_the_error(install: Install):
    install(refuse=("parse",))
    with pytest.raises(CheckFailedError) as caught:
        build()
    assert str(caught.value) == (
        "model.onnx: TensorRT's parser refuses it: node 7 bad (Conv): first fault | node 7 bad (Conv): second fault"
    )


def test_the_log_is_kept_without_the_chatter(install: Install, tmp_path: Path):
    install(refuse=("build",))
    log = BuildLog()
    with pytest.raises(CheckFailedError, match="no kernel for Conv"):
        build(log=log)
    log.write(tmp_path / "build.log")
    assert (tmp_path / "build.log").read_text() == "[INFO] building\n[ERROR] no kernel\nfor Conv\n"


def test_a_refused_profile(install: Install):
    install(refuse=("profile",))
    with pytest.raises(CheckFailedError, match="refuses the optimisation profile 1,1,16"):
        build()


def test_a_graph_with_a_fixed_batch(install: Install):
    gpu = install()
    model = four_outputs()
    for item in (*model.graph.input, *model.graph.output):
        item.type.tensor_type.shape.dim[0].dim_value = 2
    graph, two = model.SerializeToString(), BatchRange(min=2, opt=2, max=2)
    build_plan(graph, "fixed.onnx", EngineOptions(batch=two), BuildLog())
    assert gpu.named("set_shape") == []
    with pytest.raises(InputError, match="its batch is fixed to 2"):
        build_plan(graph, "fixed.onnx", EngineOptions(), BuildLog())
