"""Measure how the peak memory of building a data set grows with the number of pictures.

python -m benchmarks.data.build_memory --out build_memory.json
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.figures import Figure, print_figures, write_figures
from benchmarks.peak_memory import peak_memory_mib
from data_tools.dataset.config import CacheConfig, DataConfig
from data_tools.dataset.stage import run
from data_tools.engines.local import LocalEngine
from data_tools.randomness import keyed_generator
from data_tools.sources.class_folders import ClassFoldersSource

CLASSES = ("dry", "wet", "snow")
HEIGHT_PX, WIDTH_PX = 240, 320
MAX_GROWTH_MIB = 300
_KIB_IN_MIB = 1024


class Peak(NamedTuple):
    """Hold the peak resident memory of a build, MiB, and its time."""

    main_mib: float
    worker_mib: float
    seconds: float


def write_pictures(folder: Path, count: int, per_drive: int = 20) -> None:
    """Write distinct pictures in class folders, `per_drive` a drive."""
    for index in range(count):
        label = CLASSES[index // per_drive % len(CLASSES)]
        file = folder / label / f"drive_{index // per_drive:05d}" / f"{index:06d}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        small = keyed_generator("build-memory", index).integers(0, 256, (12, 16, 3), dtype=np.uint8)
        picture = cv2.resize(small, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
        done, data = cv2.imencode(".jpg", picture)
        if not done:
            raise OSError(f"{file}: cannot be encoded")
        file.write_bytes(data.tobytes())


def build(pictures: Path, out: Path, workers: int) -> Peak:
    """Build a data set with a cache in this process and its workers, and return the peaks (ru_maxrss is in KiB)."""
    config = DataConfig(
        source=ClassFoldersSource(type="class_folders", path=pictures), cache=CacheConfig(height=96, width=120)
    )
    out.mkdir()
    start = time.perf_counter()
    dataset = run(config, out, engine=LocalEngine(workers))
    seconds = time.perf_counter() - start
    found = json.loads(dataset.read_text())["pictures"]
    if not found:
        raise RuntimeError(f"{dataset}: has no pictures")
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _KIB_IN_MIB
    return Peak(peak_memory_mib(), children, seconds)


def measure(few: int, many: int, workers: int, folder: Path) -> list[Figure]:
    """Build both sizes, each in a fresh process."""
    peaks = []
    for count in (few, many):
        write_pictures(folder / f"in{count}", count)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            peaks.append(pool.submit(build, folder / f"in{count}", folder / f"out{count}", workers).result())
    totals = [peak.main_mib + workers * peak.worker_mib for peak in peaks]
    figures = []
    for count, peak, total in zip((few, many), peaks, totals, strict=True):
        figures += [
            Figure(f"{count} pictures: main process", peak.main_mib, "MiB"),
            Figure(f"{count} pictures: largest worker", peak.worker_mib, "MiB"),
            Figure(f"{count} pictures: together, {workers} workers", total, "MiB"),
            Figure(f"{count} pictures: time", peak.seconds, "s"),
        ]
    return [*figures, Figure("growth of the peak", totals[1] - totals[0], "MiB", at_most=MAX_GROWTH_MIB)]


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--few", type=int, default=2_000, help="pictures of the small build [2000]")
    parser.add_argument("--many", type=int, default=20_000, help="pictures of the large build [20000]")
    parser.add_argument("--workers", type=int, default=2, help="worker processes [2]")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="roadgrip-bench-") as folder:
        figures = measure(options.few, options.many, options.workers, Path(folder))
    if options.out is None:
        return print_figures("build_memory", figures)
    return write_figures(options.out, "build_memory", figures)


if __name__ == "__main__":
    raise SystemExit(main())
