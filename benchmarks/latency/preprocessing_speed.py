"""Measure a graph that normalises uint8 pictures itself against float preprocessing outside, from a decoded frame on.

    python -m export.graph.float_input model.fp32.onnx float_input.onnx
    python -m benchmarks.latency.preprocessing_speed model.fp32.onnx float_input.onnx --out preprocessing_speed.json

Both ways resize the same frame with the same function; then one hands uint8 to the graph, and the other normalises in
numpy, once as the reference does and once in place, channel by channel. Interleaved rounds, one thread, batch 1. The
logits must agree before anything is timed. Target: faster than the
reference; normalising in place is about as fast as the graph, but every caller would have to write it.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime

from benchmarks.figures import Figure, print_figures, write_figures
from benchmarks.latency.measure import Probe, measure
from benchmarks.latency.opencv_threads import opencv_threads
from data_tools.errors import CheckFailedError, InputError, RoadgripError
from data_tools.images.decode import Picture
from data_tools.images.preprocessing import (
    Normalization,
    PreprocessingSpec,
    normalize,
    to_model_color,
    to_model_size,
)
from data_tools.randomness import keyed_generator
from export.runtime.graph_contract import LOGITS, PREPROCESSING_KEY
from export.runtime.ort_session import create_session

TITLE = "preprocessing_speed"
MIN_RATIO = 1.0
_TOLERANCE = 1e-4

Logits = npt.NDArray[np.float32]
Way = Callable[[Picture], Logits]
Clock = Callable[[], int]


class Graphs(NamedTuple):
    """Hold the two graphs and what the first one says it takes."""

    inside: onnxruntime.InferenceSession
    outside: onnxruntime.InferenceSession
    spec: PreprocessingSpec


def open_graphs(inside: Path, outside: Path) -> Graphs:
    """Open both graphs with one thread.

    Args:
        inside: A graph that takes uint8.
        outside: The same graph without its normalisation.

    Raises:
        InputError: A file is missing, or the first one does not say its preprocessing.
        CheckFailedError: ONNX Runtime refuses a graph.
    """
    sessions = []
    for path in (inside, outside):
        try:
            graph = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: expected an ONNX file; it cannot be read ({error.strerror})") from error
        sessions.append(create_session(graph, str(path), 1, "cpu"))
    metadata = sessions[0].get_modelmeta().custom_metadata_map
    if PREPROCESSING_KEY not in metadata:
        raise InputError(f"{inside}: expected a graph of the export stage, with {PREPROCESSING_KEY} in its metadata")
    return Graphs(sessions[0], sessions[1], PreprocessingSpec.model_validate_json(metadata[PREPROCESSING_KEY]))


def ways(graphs: Graphs) -> dict[str, Way]:
    """Return the ways from a frame, (H, W, 3) uint8 RGB, to its logits, by name; the first one twice."""
    spec = graphs.spec
    constants = _in_order(spec)
    mean, std = (np.array(values, np.float32) for values in (constants.mean, constants.std))
    scale, shift = 1 / (255 * std), -mean / std
    buffer = np.empty((1, 3, spec.height, spec.width), np.float32)

    def sized(frame: Picture) -> Picture:
        return to_model_color(to_model_size(frame, spec), spec)

    def inside(frame: Picture) -> Logits:
        return _logits(graphs.inside, sized(frame)[None])

    def outside(frame: Picture) -> Logits:
        return _logits(graphs.outside, normalize(sized(frame)[None], constants))

    def in_place(frame: Picture) -> Logits:
        picture = sized(frame)
        for channel in range(3):
            plane = buffer[0, channel]
            np.multiply(picture[..., channel], scale[channel], out=plane, dtype=np.float32)
            plane += shift[channel]
        return _logits(graphs.outside, buffer)

    return {
        "uint8 in": inside,
        "uint8 in, again": inside,
        "float outside": outside,
        "float outside, in place": in_place,
    }


def measure_ways(graphs: Graphs, frame: Picture, rounds: int, clock_ns: Clock = time.perf_counter_ns) -> list[Figure]:
    """Time every way once a round.

    Args:
        graphs: The graphs.
        frame: (H, W, 3) uint8 RGB.
        rounds: How often, after a tenth as many rounds to warm up.
        clock_ns: Of wall time, or of this thread's time on a CPU; all of the work is done in this thread.

    Raises:
        CheckFailedError: The ways disagree.
    """
    found = ways(graphs)
    reference = found["uint8 in"](frame)
    for name, way in found.items():
        difference = float(np.abs(way(frame) - reference).max())
        allowed = _TOLERANCE * max(1.0, float(np.abs(reference).max()))
        if not difference <= allowed:
            raise CheckFailedError(
                f"{name}: expected the logits of the graph with uint8 input within {allowed:.2g}, "
                f"they differ by {difference:.2g}; is it the same graph?"
            )
    probes = [Probe(name, "end_to_end", partial(way, frame)) for name, way in found.items()]
    with opencv_threads(1):
        samples = measure(probes, 1 + rounds // 10, rounds, clock_ns=clock_ns)
    times = dict(zip(found, samples, strict=True))
    return [
        *(Figure(name, statistics.median(taken), "ms") for name, taken in times.items()),
        Figure("float outside / uint8 in", _ratio(times["float outside"], times["uint8 in"]), "×", at_least=MIN_RATIO),
        Figure("float outside, in place / uint8 in", _ratio(times["float outside, in place"], times["uint8 in"]), "×"),
        Figure("uint8 in / itself", _ratio(times["uint8 in, again"], times["uint8 in"]), "×"),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inside", type=Path, help="a graph that takes uint8")
    parser.add_argument("outside", type=Path, help="the same without its normalisation (export.graph.float_input)")
    parser.add_argument("--height", type=int, default=720, help="of the frame, px [720]")
    parser.add_argument("--width", type=int, default=1280, help="of the frame, px [1280]")
    parser.add_argument("--rounds", type=int, default=200, help="times each, medians are reported [200]")
    parser.add_argument("--cpu-time", action="store_true", help="count time on a CPU, for a machine that is not idle")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args(arguments)
    if min(options.height, options.width, options.rounds) < 1:
        parser.error("expected --height, --width and --rounds of 1 or more")
    try:
        size = (options.height, options.width, 3)
        frame = keyed_generator("preprocessing speed").integers(0, 256, size, dtype=np.uint8)
        clock_ns = time.thread_time_ns if options.cpu_time else time.perf_counter_ns
        figures = measure_ways(open_graphs(options.inside, options.outside), frame, options.rounds, clock_ns)
    except RoadgripError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return print_figures(TITLE, figures) if options.out is None else write_figures(options.out, TITLE, figures)


def _in_order(spec: PreprocessingSpec) -> Normalization:
    """Return the constants in the graph's channel order."""
    mean, std = spec.normalization.mean, spec.normalization.std
    if spec.color == "rgb":
        return spec.normalization
    return Normalization(mean=(mean[2], mean[1], mean[0]), std=(std[2], std[1], std[0]))


def _logits(session: onnxruntime.InferenceSession, batch: npt.NDArray[np.generic]) -> Logits:
    """Run a graph."""
    found: list[Logits] = session.run([LOGITS], {session.get_inputs()[0].name: batch})
    return found[0]


def _ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the median over the rounds of one time divided by another's of the same round."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


if __name__ == "__main__":
    raise SystemExit(main())
