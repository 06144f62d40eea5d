"""Time graphs in OpenVINO on this machine's CPU, where it is installed, taking turns as `export.quantize.timing`."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from data_tools.randomness import keyed_generator

_WARM_UP = 3
_NS_PER_MS = 1_000_000
_OPTIONS = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "PERFORMANCE_HINT": "LATENCY",
    # The automatic bf16 of newer processors slows 8-bit graphs down.
    "INFERENCE_PRECISION_HINT": "f32",
}


def openvino_latencies_ms(graphs: Sequence[bytes], picture: npt.NDArray[np.uint8], rounds: int) -> list[float]:
    """Return the median latency of each graph on one picture with one thread, ms.

    Args:
        graphs: ONNX files; each is compiled once for a batch of 1, and runs once a round, in a shuffled order.
        picture: (1, H, W, 3) uint8.
        rounds: At least 1; 3 more come first and do not count.

    Raises:
        ModuleNotFoundError: OpenVINO is not installed.
    """
    runs = [_compiled(graph, picture) for graph in graphs]
    samples: list[list[float]] = [[] for _ in runs]
    for number in range(_WARM_UP + rounds):
        for position in keyed_generator("openvino latency", number).permutation(len(runs)).tolist():
            start_ns = time.perf_counter_ns()
            runs[position]()
            elapsed_ns = time.perf_counter_ns() - start_ns
            if number >= _WARM_UP:
                samples[position].append(elapsed_ns / _NS_PER_MS)
    return [float(np.median(item)) for item in samples]


def _compiled(graph: bytes, picture: npt.NDArray[np.uint8]) -> Callable[[], object]:
    """Compile a graph, and return what runs it once."""
    import openvino

    core = openvino.Core()
    model = core.read_model(graph)
    model.reshape(picture.shape)
    request = core.compile_model(model, "CPU", _OPTIONS).create_infer_request()
    return lambda: request.infer({0: picture}, share_inputs=True, share_outputs=True)
