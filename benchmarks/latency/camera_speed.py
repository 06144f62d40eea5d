"""Measure a graph that takes whole camera frames against resizing outside the graph, from a decoded frame on.

    roadgrip export camera BUNDLE --variant int8 --camera 1280x720 --out road.onnx
    python -m benchmarks.latency.camera_speed BUNDLE/model.int8.onnx road.onnx --out camera_speed.json

Both ways get the same frame; one resizes it with OpenCV and hands the result to the bundle's graph, the other hands the
frame to the graph of `roadgrip export camera`. Interleaved rounds, one thread, batch 1, ONNX Runtime on the CPU. The
probabilities must agree before anything is timed. There is no target: on a CPU the graph is slower, for ONNX Runtime
works on frames in float32, node by node, and OpenCV on bytes. It is meant for what runs one graph and nothing else.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime

from benchmarks.figures import Figure, print_figures, write_figures
from benchmarks.latency.measure import Probe, measure
from benchmarks.latency.opencv_threads import opencv_threads
from data_tools.artifacts.hashing import sha256_bytes
from data_tools.errors import CheckFailedError, InputError, RoadgripError
from data_tools.images.decode import Picture
from data_tools.images.preprocessing import PreprocessingSpec, to_model_size
from data_tools.randomness import keyed_generator
from export.graph.camera_input import CAMERA_KEY, CameraInput
from export.runtime.graph_contract import LOGITS, PREPROCESSING_KEY
from export.runtime.ort_session import create_session
from export.runtime.outputs import with_temperature

TITLE = "camera_speed"
_TOLERANCE = 1e-2

Logits = npt.NDArray[np.float32]
Way = Callable[[Picture], Logits]
Clock = Callable[[], int]


class Graphs(NamedTuple):
    """Hold the two graphs, what the first one takes at model size, and what the second one takes."""

    model: onnxruntime.InferenceSession
    camera: onnxruntime.InferenceSession
    spec: PreprocessingSpec
    takes: CameraInput


def open_graphs(model: Path, camera: Path) -> Graphs:
    """Open both graphs with one thread.

    Args:
        model: A variant's graph.
        camera: What `roadgrip export camera` made of it.

    Raises:
        InputError: A file is missing, or the second one is not made of the first.
        CheckFailedError: ONNX Runtime refuses a graph.
    """
    data = []
    for path in (model, camera):
        try:
            data.append(path.read_bytes())
        except OSError as error:
            raise InputError(f"{path}: expected an ONNX file; it cannot be read ({error.strerror})") from error
    sessions = [create_session(graph, str(path), 1, "cpu") for graph, path in zip(data, (model, camera), strict=True)]
    metadata = sessions[1].get_modelmeta().custom_metadata_map
    if CAMERA_KEY not in metadata or PREPROCESSING_KEY not in metadata:
        raise InputError(f"{camera}: expected a graph of `roadgrip export camera`, with {CAMERA_KEY} in its metadata")
    takes = CameraInput.model_validate_json(metadata[CAMERA_KEY])
    if takes.graph_sha256 != sha256_bytes(data[0]):
        raise InputError(f"{camera}: expected a graph made from {model}, but it was made from another file")
    spec = PreprocessingSpec.model_validate_json(metadata[PREPROCESSING_KEY])
    return Graphs(sessions[0], sessions[1], spec, takes)


def ways(graphs: Graphs) -> dict[str, Way]:
    """Return the ways from a frame, (H, W, 3) uint8 in the camera's order, to its logits, by name; the first twice."""
    same_order = graphs.takes.color == graphs.spec.color

    def outside(frame: Picture) -> Logits:
        sized = to_model_size(frame, graphs.spec)
        return _logits(graphs.model, sized if same_order else np.ascontiguousarray(sized[..., ::-1]))

    def inside(frame: Picture) -> Logits:
        return _logits(graphs.camera, frame)

    return {"resize outside": outside, "resize outside, again": outside, "camera graph": inside}


def measure_ways(graphs: Graphs, rounds: int, clock_ns: Clock = time.perf_counter_ns) -> list[Figure]:
    """Time every way, and the resize alone, once a round.

    Args:
        graphs: The graphs.
        rounds: How often, after a tenth as many rounds to warm up.
        clock_ns: Of wall time, or of this thread's time on a CPU; all of the work is done in this thread.

    Raises:
        CheckFailedError: The ways disagree.
    """
    takes = graphs.takes
    size = (takes.height, takes.width, 3)
    frame = keyed_generator("camera speed").integers(0, 256, size, dtype=np.uint8)
    found = ways(graphs)
    reference, other = (
        with_temperature(found[name](frame), takes.temperature) for name in ("resize outside", "camera graph")
    )
    difference = float(np.abs(reference - other).max())
    if not difference <= _TOLERANCE:
        raise CheckFailedError(
            f"expected the same probabilities within {_TOLERANCE:g}, they differ by {difference:.2g}"
        )
    actions: dict[str, Callable[[], object]] = {name: partial(way, frame) for name, way in found.items()}
    actions["resize alone"] = partial(to_model_size, frame, graphs.spec)
    with opencv_threads(1):
        samples = measure(
            [Probe(name, "end_to_end", action) for name, action in actions.items()],
            1 + rounds // 10,
            rounds,
            clock_ns=clock_ns,
        )
    times = dict(zip(actions, samples, strict=True))
    base = times["resize outside"]
    return [
        *(Figure(name, statistics.median(taken), "ms") for name, taken in times.items()),
        *(
            Figure(f"{name} / resize outside", statistics.median(a / b for a, b in zip(taken, base, strict=True)), "×")
            for name, taken in times.items()
            if name in {"camera graph", "resize outside, again"}
        ),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a variant's graph")
    parser.add_argument("camera", type=Path, help="what `roadgrip export camera` made of it")
    parser.add_argument("--rounds", type=int, default=100, help="times each, medians are reported [100]")
    parser.add_argument("--cpu-time", action="store_true", help="count time on a CPU, for a machine that is not idle")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("expected --rounds of 1 or more")
    try:
        clock_ns = time.thread_time_ns if options.cpu_time else time.perf_counter_ns
        figures = measure_ways(open_graphs(options.model, options.camera), options.rounds, clock_ns)
    except RoadgripError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return print_figures(TITLE, figures) if options.out is None else write_figures(options.out, TITLE, figures)


def _logits(session: onnxruntime.InferenceSession, picture: Picture) -> Logits:
    """Run a graph on one picture."""
    found: list[Logits] = session.run([LOGITS], {session.get_inputs()[0].name: picture[None]})
    return found[0]


if __name__ == "__main__":
    raise SystemExit(main())
