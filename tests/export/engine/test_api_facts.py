"""Compare every name of TensorRT that we use with what TensorRT 11's Python API has; see that a misspelt one fails."""

import inspect
import json
from pathlib import Path

import pytest

from tests.export.engine.api_uses import StubClass, Use, read_stub, uses_of
from tests.export.engine.fake_cuda import FakeGpu, make_cuda
from tests.export.engine.fake_tensorrt import FACTS, make_modules

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "tensorrt" / "python_api_11.json"
STUB = ROOT / "stubs" / "tensorrt" / "__init__.pyi"
CUDA_STUB = ROOT / "stubs" / "cuda" / "bindings" / "runtime.pyi"
SOURCES = sorted((ROOT / "export" / "engine").glob("*.py"))

LOGGER = {"ILogger": "Logger"}
"""The facts list members where they are bound; ILogger's are listed with its subclass Logger."""
MODULE_NAMES = {"__version__"}
"""Of the module itself: the facts list classes alone. Every TensorRT release has it."""
PROTOCOLS = {("IHostMemory", "__buffer__")}
"""pybind11 gives it no method of that name; `memoryview(host_memory)` is in NVIDIA's samples."""
ENUM_MEMBERS = {"name", "__int__"}
"""What pybind11 gives every enum."""
SPELT_IN_FULL = {("Runtime", "deserialize_cuda_engine"): ("serialized_engine",)}
"""Overloads: the facts keep the last one's arguments. These are passed by position only."""


def facts_problem(facts: dict, owner: str, name: str, arguments: tuple[str, ...] = (), positional: int = 0) -> str:
    """Say what is wrong with a use of a name, or nothing."""
    if not owner:
        return "" if name in facts or name in MODULE_NAMES else f"tensorrt.{name}: no such class"
    if owner not in facts:
        return f"{owner}: no such class"
    members = facts[LOGGER.get(owner, owner)]["members"]
    if name in members:
        return argument_problem(members[name], owner, name, arguments, positional)
    of_enum = facts[owner]["kind"] == "enum" and name in ENUM_MEMBERS
    nested = (owner, name) == ("ILogger", "Severity") and "Severity" in facts
    return "" if of_enum or nested or (owner, name) in PROTOCOLS else f"{owner}.{name}: no such member"


def argument_problem(known: object, owner: str, name: str, arguments: tuple[str, ...], positional: int) -> str:
    """Say what is wrong with a call, or nothing."""
    if not isinstance(known, list) or (name.startswith("__") and (name != "__init__" or owner in LOGGER)):
        return ""  # a property; an operator; a logger of our own, which starts without arguments
    unknown = [item for item in arguments if item not in known]
    if unknown and arguments != SPELT_IN_FULL.get((owner, name)):
        return f"{owner}.{name}: no such argument {unknown[0]}"
    return f"{owner}.{name}: takes {len(known)} arguments, got {positional}" if positional > len(known) else ""


def stub_problems(facts: dict, stub: dict[str, StubClass]) -> list[str]:
    found = []
    for owner, entry in stub.items():
        found += [facts_problem(facts, owner, name) for name in (*entry.types, *entry.nested)]
        found += [facts_problem(facts, owner, name, tuple(args)) for name, args in entry.arguments.items()]
    return [text for text in found if text]


def use_problems(facts: dict, uses: list[Use]) -> list[str]:
    found = [(use, facts_problem(facts, use.owner, use.name, use.keywords, use.positional)) for use in uses]
    return [f"line {use.line}: {text}" for use, text in found if text]


def all_uses() -> list[Use]:
    stub = read_stub(STUB)
    return [use for path in SOURCES for use in uses_of(path.read_text(), stub)]


def check_everything(facts: dict) -> None:
    assert stub_problems(facts, read_stub(STUB)) == []
    assert use_problems(facts, all_uses()) == []


def test_stub_and_sources_against_the_committed_facts():
    check_everything(FACTS)


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared list of TensorRT's Python API is not here")
def test_stub_and_sources_against_the_shared_facts():
    shared = json.loads(SHARED.read_text())
    check_everything(shared)
    assert_part_of(FACTS, shared)


def assert_part_of(facts: dict, shared: dict) -> None:
    """The committed copy says nothing that the shared list does not."""
    for name, fact in facts.items():
        assert fact["kind"] == shared[name]["kind"]
        assert fact["members"].items() <= shared[name]["members"].items()


def test_every_name_of_the_stub_is_used():
    # So the walk sees what we use: a name it could not see would be missing here.
    used = {(use.owner, use.name) for use in all_uses()}
    named = {
        (owner, name)
        for owner, entry in read_stub(STUB).items()
        for name in (*entry.types, *entry.returns)
        if not name.startswith("__")
    }
    overridden = {("ILogger", "log")}
    assert named - used - overridden == set()


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("trt.BuilderFlag.GPU_FALLBACK", "trt.BuilderFlag.GPU_FALLBAK", "BuilderFlag.GPU_FALLBAK: no such member"),
        ("trt.BuilderFlag.VERSION_COMPATIBLE", "trt.BuilderFlag.FP16", "BuilderFlag.FP16: no such member"),
        ("trt.MemoryPoolType.WORKSPACE", "trt.MemoryPool.WORKSPACE", "tensorrt.MemoryPool: no such class"),
        ("config.builder_optimization_level", "config.optimization_level", "IBuilderConfig.optimization_level"),
        ("config.set_memory_pool_limit", "config.set_workspace", "IBuilderConfig.set_workspace: no such member"),
        ("builder.build_serialized_network", "builder.build_engine", "Builder.build_engine: no such member"),
        ("parser.num_errors", "parser.error_count", "OnnxParser.error_count: no such member"),
        ("error.node_operator()", "error.operator()", "ParserError.operator: no such member"),
        ("config.profiling_verbosity", "config.verbosity", "IBuilderConfig.verbosity: no such member"),
        ("network.num_inputs", "network.inputs", "INetworkDefinition.inputs: no such member"),
        ("tensor.name", "tensor.title", "ITensor.title: no such member"),
    ],
)
def test_a_misspelt_name_in_the_builder_fails(right: str, wrong: str, problem: str):
    source = (ROOT / "export" / "engine" / "plan_builder.py").read_text()
    assert right in source
    found = use_problems(FACTS, uses_of(source.replace(right, wrong), read_stub(STUB)))
    assert any(problem in text for text in found), found


@pytest.mark.parametrize(
    ("file", "right", "wrong", "problem"),
    [
        ("runner.py", "self._context.execute_async_v3", "self._context.execute_async_v2", "IExecutionContext"),
        ("runner.py", "engine.get_tensor_mode", "engine.binding_is_input", "ICudaEngine.binding_is_input"),
        ("runner.py", "self._runtime.DLA_core", "self._runtime.dla_core", "Runtime.dla_core"),
        ("timing_cache.py", "ignore_mismatch=False", "ignore_mismatches=False", "no such argument ignore_mismatches"),
        ("layers.py", "trt.LayerInformationFormat.JSON", "trt.LayerInformationFormat.YAML", "LayerInformationFormat"),
    ],
)
def test_a_misspelt_name_elsewhere_fails(file: str, right: str, wrong: str, problem: str):
    source = (ROOT / "export" / "engine" / file).read_text()
    assert right in source
    found = use_problems(FACTS, uses_of(source.replace(right, wrong), read_stub(STUB)))
    assert any(problem in text for text in found), found


def test_a_misspelt_name_in_the_stub_fails(tmp_path: Path):
    text = STUB.read_text()
    for right, wrong, problem in [
        ("GPU_FALLBACK", "GPU_FALL_BACK", "BuilderFlag.GPU_FALL_BACK: no such member"),
        ("stream_handle: int", "stream: int", "IExecutionContext.execute_async_v3: no such argument stream"),
        ("class ITimingCache", "class TimingCache", "TimingCache: no such class"),
    ]:
        (tmp_path / "stub.pyi").write_text(text.replace(right, wrong))
        assert problem in stub_problems(FACTS, read_stub(tmp_path / "stub.pyi"))


def test_the_fake_has_no_name_that_tensorrt_has_not():
    trt = make_modules(FakeGpu())["tensorrt"]
    assert {name for name in vars(trt) if not name.startswith("_")} <= set(FACTS)
    logger = trt.ILogger()
    builder = trt.Builder(logger)
    config = builder.create_builder_config()
    with pytest.raises(AttributeError, match=r"IBuilderConfig\.int8_calibrator"):
        config.int8_calibrator = None
    with pytest.raises(AttributeError, match=r"Builder\.max_batch_size"):
        _ = builder.max_batch_size
    with pytest.raises(AttributeError):
        _ = trt.BuilderFlag.FP16
    for name in ("Builder", "OnnxParser", "Runtime"):
        kind = getattr(trt, name)
        for method, function in inspect.getmembers(kind, inspect.isfunction):
            if method.startswith("_"):
                continue
            arguments = [item for item in inspect.signature(function).parameters if item != "self"]
            assert facts_problem(FACTS, name, method, tuple(arguments)) == ""


def test_the_cuda_names_are_those_of_cuda_python():
    runtime = pytest.importorskip("cuda.bindings.runtime", exc_type=ImportError)
    import ast

    tree = ast.parse(CUDA_STUB.read_text())
    functions = {item.name: [a.arg for a in item.args.args] for item in tree.body if isinstance(item, ast.FunctionDef)}
    classes = {item.name: item for item in tree.body if isinstance(item, ast.ClassDef)}
    for name, arguments in functions.items():
        head = (getattr(runtime, name).__doc__ or "").splitlines()[0]  # such as cudaMalloc(size_t size)
        given = [part.partition(":")[0].split()[-1] for part in head.partition("(")[2].rstrip(")").split(",") if part]
        assert arguments == given, name
    for name in ("cudaError_t", "cudaMemcpyKind"):
        for part in classes[name].body:
            assert int(getattr(getattr(runtime, name), part.targets[0].id)) == part.value.value
    for name in ("cudaStream_t", "cudaDeviceProp"):
        for part in classes[name].body:
            attribute = part.name if isinstance(part, ast.FunctionDef) else part.target.id
            assert hasattr(getattr(runtime, name), attribute)
    fake = make_cuda(FakeGpu())
    assert {name for name in vars(fake) if name.startswith("cuda")} <= {*functions, *classes}
    assert set(functions) <= set(vars(fake))


def test_mypy_refuses_a_misspelt_name(tmp_path: Path):
    api = pytest.importorskip("mypy.api")
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nstrict = True\nmypy_path = {ROOT / 'stubs'}\n")
    (tmp_path / "good.py").write_text("import tensorrt as trt\n\nprint(trt.BuilderFlag.GPU_FALLBACK)\n")
    (tmp_path / "bad.py").write_text("import tensorrt as trt\n\nprint(trt.BuilderFlag.INT8)\n")
    common = ["--config-file", str(tmp_path / "mypy.ini"), "--cache-dir", str(tmp_path / "cache")]
    assert api.run([*common, str(tmp_path / "good.py")])[2] == 0
    report, _, status = api.run([*common, str(tmp_path / "bad.py")])
    assert status == 1
    assert 'has no attribute "INT8"' in report
