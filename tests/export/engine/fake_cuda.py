"""A FAKE GPU and a fake of cuda-python's runtime module: host memory behind addresses, and nothing else."""

# ruff: noqa: N801, N815 - the names are NVIDIA's

import ctypes
import enum
import json
import types
from dataclasses import dataclass, field


@dataclass
class FakeGpu:
    """What the fake device is like, and what was done to it."""

    version: str = "10.13.0.35"
    name: str = "FAKE GPU"
    capability: tuple[int, int] = (8, 9)
    dla_cores: int = 0
    error: float = 0.0  # added to the first probability by every build
    noise: float = 0.0  # and this much more by each further build
    refuse: tuple[str, ...] = ()  # "parse", "build", "cache", "profile", "load", "run"
    parser_errors: tuple[str, ...] = ("first fault", "second\nfault")
    layers: str = json.dumps({"Layers": [{"LayerType": "Conv", "Inputs": [{"Format/Datatype": "Half"}]}]})
    calls: list[tuple] = field(default_factory=list)
    memory: dict[int, ctypes.Array] = field(default_factory=dict)
    streams: int = 0
    builds: int = 0

    def named(self, name: str) -> list[tuple]:
        return [call[1:] for call in self.calls if call[0] == name]


def make_cuda(gpu: FakeGpu) -> types.ModuleType:
    """Return the fake of cuda.bindings.runtime."""
    runtime = types.ModuleType("cuda.bindings.runtime", "FAKE")

    class cudaError_t(enum.IntEnum):
        cudaSuccess = 0
        cudaErrorInvalidValue = 1

    class cudaMemcpyKind(enum.IntEnum):
        cudaMemcpyHostToDevice = 1
        cudaMemcpyDeviceToHost = 2

    good, bad = cudaError_t.cudaSuccess, cudaError_t.cudaErrorInvalidValue

    class Stream:
        def __int__(self) -> int:
            return 99

    def malloc(size):
        buffer = ctypes.create_string_buffer(size)
        gpu.memory[ctypes.addressof(buffer)] = buffer
        return good, ctypes.addressof(buffer)

    def free(pointer):
        return (good if gpu.memory.pop(pointer, None) is not None else bad,)

    def copy(dst, src, count, kind, stream):
        device = dst if kind is cudaMemcpyKind.cudaMemcpyHostToDevice else src
        if device not in gpu.memory or count > len(gpu.memory[device]) or int(stream) != 99:
            return (bad,)
        ctypes.memmove(dst, src, count)
        return (good,)

    def open_stream():
        gpu.streams += 1
        return good, Stream()

    def close_stream(stream):
        gpu.streams -= 1
        return (good,)

    properties = types.SimpleNamespace(name=gpu.name.encode(), major=gpu.capability[0], minor=gpu.capability[1])
    functions = {
        "cudaGetDevice": lambda: (good, 0),
        "cudaGetDeviceProperties": lambda device: (good, properties),
        "cudaRuntimeGetVersion": lambda: (good, 12090),
        "cudaDriverGetVersion": lambda: (good, 13000),
        "cudaMalloc": malloc,
        "cudaFree": free,
        "cudaMemcpyAsync": copy,
        "cudaStreamCreate": open_stream,
        "cudaStreamDestroy": close_stream,
        "cudaStreamSynchronize": lambda stream: (good,),
        "cudaError_t": cudaError_t,
        "cudaMemcpyKind": cudaMemcpyKind,
    }
    for name, function in functions.items():
        setattr(runtime, name, function)
    return runtime
