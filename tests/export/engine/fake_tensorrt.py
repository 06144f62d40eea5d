"""A FAKE of the tensorrt and cuda modules, for the control flow of builds alone: it builds nothing and has no GPU.

Every attribute that is not in api_facts.json is refused, so that a misspelt name fails as it would on a device. A
"plan" is the graph itself, which ONNX Runtime computes on memory that the fake CUDA hands out.
"""

import base64
import ctypes
import importlib.machinery
import json
import types
from pathlib import Path

import numpy as np
import onnxruntime

from tests.export.engine.fake_cuda import FakeGpu, make_cuda

FACTS = json.loads(Path(__file__).with_name("api_facts.json").read_text())
TYPES = {"tensor(uint8)": "UINT8", "tensor(float)": "FLOAT"}


def members(name: str) -> dict:
    return FACTS[name]["members"]


def check_name(facts: str, name: str, also: tuple[str, ...] = ()) -> None:
    if not name.startswith("_") and name not in members(facts) and name not in also:
        raise AttributeError(f"TensorRT has no {facts}.{name}")


class Strict:
    """Refuse attributes that TensorRT does not have."""

    _facts = ""
    _also: tuple[str, ...] = ()

    def __getattribute__(self, name):
        kind = type(self)
        check_name(kind._facts, name, kind._also)
        return super().__getattribute__(name)

    def __setattr__(self, name, value):
        check_name(type(self)._facts, name)
        super().__setattr__(name, value)


class Value:
    """One value of an enum."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self._number = name, number

    def __int__(self) -> int:
        return self._number


class Values:
    """An enum's values, from the facts."""

    def __init__(self, facts: str) -> None:
        for number, name in enumerate(members(facts)):
            if not name.startswith("_"):
                setattr(self, name, Value(name, number))


class HostMemory(bytes):
    """Bytes that TensorRT owns."""

    def __getattribute__(self, name):
        check_name("IHostMemory", name)
        return super().__getattribute__(name)


class Dims(Strict):
    _facts = "Dims"

    def __init__(self, sizes) -> None:
        self._sizes = list(sizes)

    def __len__(self):
        return len(self._sizes)

    def __getitem__(self, index):
        return self._sizes[index]


def make_modules(gpu: FakeGpu) -> dict[str, types.ModuleType]:
    """Return the fake modules by name."""
    trt = types.ModuleType("tensorrt", "FAKE")
    trt.__version__ = gpu.version
    for name, fact in FACTS.items():
        if fact["kind"] == "enum" and name != "Severity":
            setattr(trt, name, Values(name))
    severity = Values("Severity")

    class ILogger(Strict):
        _facts, _also = "ILogger", ("log",)  # TensorRT's Logger lists it
        Severity = Value

    class Tensor(Strict):
        _facts = "ITensor"

        def __init__(self, name, shape) -> None:
            self.name, self.shape = name, Dims(shape)

    class Network(Strict):
        _facts = "INetworkDefinition"

        def __init__(self) -> None:
            self._graph, self._inputs = b"", []

        @property
        def num_inputs(self):
            return len(self._inputs)

        def get_input(self, index):
            return self._inputs[index]

    class ParserError(Strict):
        _facts = "ParserError"

        def __init__(self, text) -> None:
            self._text = text

        def desc(self):
            return self._text

        def node(self):
            return 7

        def node_name(self):
            return "bad"

        def node_operator(self):
            return "Conv"

    class OnnxParser(Strict):
        _facts = "OnnxParser"

        def __init__(self, network, logger) -> None:
            assert isinstance(network, Network)
            assert isinstance(logger, ILogger)
            self._network = network

        def parse(self, model, path=None):
            gpu.calls.append(("parse", path))
            if "parse" in gpu.refuse:
                return False
            self._network._graph = model
            session = open_graph(model)
            self._network._inputs = [
                Tensor(item.name, [size if isinstance(size, int) else -1 for size in item.shape])
                for item in session.get_inputs()
            ]
            return True

        @property
        def num_errors(self):
            return len(gpu.parser_errors)

        def get_error(self, index):
            return ParserError(gpu.parser_errors[index])

    class Profile(Strict):
        _facts = "IOptimizationProfile"

        def set_shape(self, input, min, opt, max):  # noqa: A002
            gpu.calls.append(("set_shape", input, min, opt, max))
            self._shapes = [min, opt, max]

    class TimingCache(Strict):
        _facts = "ITimingCache"

        def __init__(self, data) -> None:
            self._data = data

        def serialize(self):
            return HostMemory(self._data)

    class Config(Strict):
        _facts = "IBuilderConfig"

        def __init__(self) -> None:
            self._profiles, self._cache = [], None

        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            if not name.startswith("_"):
                gpu.calls.append((name, getattr(value, "name", value)))

        def set_flag(self, flag):
            gpu.calls.append(("set_flag", flag.name))

        def set_memory_pool_limit(self, pool, pool_size):
            gpu.calls.append(("set_memory_pool_limit", pool.name, pool_size))

        def add_optimization_profile(self, profile):
            self._profiles.append(profile._shapes)
            return -1 if "profile" in gpu.refuse else len(self._profiles) - 1

        def create_timing_cache(self, serialized_timing_cache):
            gpu.calls.append(("create_timing_cache", serialized_timing_cache))
            return TimingCache(serialized_timing_cache)

        def set_timing_cache(self, cache, ignore_mismatch):
            assert ignore_mismatch is False
            self._cache = cache
            return "cache" not in gpu.refuse

        def get_timing_cache(self):
            return self._cache

    class Builder(Strict):
        _facts = "Builder"

        def __init__(self, logger) -> None:
            assert isinstance(logger, ILogger)
            self._logger = logger

        @property
        def num_DLA_cores(self):  # noqa: N802
            return gpu.dla_cores

        def create_network(self, flags):
            gpu.calls.append(("create_network", flags))
            return Network()

        def create_builder_config(self):
            return Config()

        def create_optimization_profile(self):
            return Profile()

        def build_serialized_network(self, network, config):
            gpu.calls.append(("build",))
            self._logger.log(severity.INFO, "building")
            self._logger.log(severity.VERBOSE, "chatter")
            if "build" in gpu.refuse:
                self._logger.log(severity.ERROR, "no kernel\nfor Conv")
                return None
            gpu.builds += 1
            if config._cache is not None:
                config._cache._data += b"timed;"
            shift = gpu.error + gpu.noise * (gpu.builds - 1)
            graph = base64.b64encode(network._graph).decode()
            return HostMemory(json.dumps({"graph": graph, "profiles": config._profiles, "shift": shift}).encode())

    class Inspector(Strict):
        _facts = "EngineInspector"

        def get_engine_information(self, format):  # noqa: A002
            assert format.name == "JSON"
            return gpu.layers

    class Context(Strict):
        _facts = "IExecutionContext"

        def __init__(self, engine) -> None:
            self._engine, self._shape, self._addresses = engine, (), {}

        def set_input_shape(self, name, shape):
            self._shape = tuple(shape)
            if not self._engine._profiles:
                return self._shape == tuple(self._engine._session.get_inputs()[0].shape)
            low, _, high = self._engine._profiles[0]
            return low[0] <= shape[0] <= high[0]

        def infer_shapes(self):
            return []

        def get_tensor_shape(self, name):
            sizes = next(item.shape for item in self._engine._session.get_outputs() if item.name == name)
            return Dims([self._shape[0], *sizes[1:]])

        def set_tensor_address(self, name, memory):
            assert memory in gpu.memory
            self._addresses[name] = memory
            return True

        def execute_async_v3(self, stream_handle):
            assert stream_handle == 99
            if "run" in gpu.refuse:
                return False
            session = self._engine._session
            image = session.get_inputs()[0].name
            size = int(np.prod(self._shape))
            raw = np.frombuffer(gpu.memory[self._addresses[image]], dtype=np.uint8)[:size]
            outputs = session.run(None, {image: raw.reshape(self._shape)})
            for item, value in zip(session.get_outputs(), outputs, strict=True):
                result = np.ascontiguousarray(value, dtype=np.float32)
                if item.name == "probabilities":
                    result[:, 0] += self._engine._shift
                buffer = gpu.memory[self._addresses[item.name]]
                assert result.nbytes <= len(buffer)
                ctypes.memmove(buffer, result.ctypes.data, result.nbytes)
            return True

    class Engine(Strict):
        _facts = "ICudaEngine"

        def __init__(self, plan) -> None:
            content = json.loads(plan)
            self._session = open_graph(base64.b64decode(content["graph"]))
            self._profiles, self._shift = content["profiles"], content["shift"]
            self._tensors = [*self._session.get_inputs(), *self._session.get_outputs()]

        @property
        def num_io_tensors(self):
            return len(self._tensors)

        def _tensor(self, name):
            return next(item for item in self._tensors if item.name == name)

        def get_tensor_name(self, index):
            return self._tensors[index].name

        def get_tensor_mode(self, name):
            return trt.TensorIOMode.INPUT if self._tensor(name) is self._tensors[0] else trt.TensorIOMode.OUTPUT

        def get_tensor_dtype(self, name):
            return getattr(trt.DataType, TYPES[self._tensor(name).type])

        def get_tensor_shape(self, name):
            return Dims([size if isinstance(size, int) else -1 for size in self._tensor(name).shape])

        def get_tensor_profile_shape(self, name, profile_index):
            assert self._profiles, "a graph without a free axis has no profile to ask for"
            return [Dims(shape) for shape in self._profiles[profile_index]]

        def create_execution_context(self):
            return Context(self)

        def create_engine_inspector(self):
            return Inspector()

    class Runtime(Strict):
        _facts = "Runtime"

        def __init__(self, logger) -> None:
            self._logger = logger

        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            if not name.startswith("_"):
                gpu.calls.append((f"Runtime.{name}", value))

        def deserialize_cuda_engine(self, serialized_engine):
            if "load" in gpu.refuse:
                self._logger.log(severity.ERROR, "magic tag does not match")
                return None
            return Engine(serialized_engine)

    for name, kind in {
        "ILogger": ILogger, "Builder": Builder, "OnnxParser": OnnxParser, "Runtime": Runtime,
    }.items():  # fmt: skip
        setattr(trt, name, kind)
    runtime = make_cuda(gpu)
    bindings, cuda = types.ModuleType("cuda.bindings", "FAKE"), types.ModuleType("cuda", "FAKE")
    bindings.runtime, cuda.bindings = runtime, bindings
    bindings.__path__, cuda.__path__ = [], []
    modules = {"tensorrt": trt, "cuda": cuda, "cuda.bindings": bindings, "cuda.bindings.runtime": runtime}
    for name, module in modules.items():
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    return modules


def open_graph(graph: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
