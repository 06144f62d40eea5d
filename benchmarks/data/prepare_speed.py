"""Measure how fast pictures are scanned, hashed, decoded and resized, against the plain Pillow loop.

    python -m benchmarks.data.prepare_speed --out prepare_speed.json

Both sides read the same 1280×720 JPEG files, in turns, each in a process of its own on one core. Pillow saves 400×500
JPEG files; the data stage also measures and checks each picture and writes its uncompressed samples, so the four steps
without these are given beside it.
"""

import argparse
import io
import multiprocessing
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure, print_figures, write_figures
from data_tools.artifacts.hashing import sha256_bytes
from data_tools.dataset.config import CacheConfig
from data_tools.dataset.inspect_all import SHARD_PICTURES, inspect_all, plan_shards
from data_tools.dataset.inspection import inspect_shard
from data_tools.dataset.measure import luma_level
from data_tools.duplicates.crops import thumbnail
from data_tools.duplicates.phash import perceptual_hash
from data_tools.engines.local import LocalEngine, start_worker
from data_tools.errors import MissingDependencyError
from data_tools.images.decode import decode_bytes, read_bytes, read_picture
from data_tools.images.preprocessing import PreprocessingSpec, to_model_size
from data_tools.progress import silent
from data_tools.randomness import keyed_generator
from data_tools.sources.candidates import Candidate, Listing
from data_tools.synth.config import SynthConfig
from data_tools.synth.drive import plan_drives, render_drive

HEIGHT_PX, WIDTH_PX = 720, 1280
SIZE = CacheConfig(height=400, width=500)
JPEG_QUALITY = 85
MIN_RATIO = 2.5
MIN_SCALING = 1.7


def write_pictures(folder: Path, count: int, rendered: int = 24) -> list[Path]:
    """Write `count` distinct JPEG files of 1280×720: frames of synthetic drives, each with its own sensor noise."""
    config = SynthConfig(drives_per_class=max(rendered // 6, 1), frames_per_drive=2, height=HEIGHT_PX, width=WIDTH_PX)
    frames = [frame for drive in plan_drives(config) for frame in render_drive(drive)]
    files = []
    for index in range(count):
        noise = keyed_generator("prepare-speed", index).normal(0, 2, (HEIGHT_PX, WIDTH_PX, 3))
        picture = np.clip(frames[index % len(frames)] + noise, 0, 255).astype(np.uint8)
        file = folder / f"{index:05d}.jpg"
        done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        if not done:
            raise OSError(f"{file}: cannot be encoded")
        file.write_bytes(data.tobytes())
        files.append(file)
    return files


def pillow_loop(files: Sequence[Path], out_dir: Path) -> None:
    """Open, convert, resize and save each picture, as a first script would.

    Raises:
        MissingDependencyError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "this benchmark needs pillow, not installed here; in the checkout, run: pip install '.[dev]'"
        ) from error
    out_dir.mkdir(parents=True, exist_ok=True)
    for file in files:
        with Image.open(file) as picture:
            picture.convert("RGB").resize((SIZE.width, SIZE.height)).save(out_dir / file.name)


def own_loop(files: Sequence[Path], work: Path) -> None:
    """Inspect the pictures with a cache, in this process."""
    for job in plan_shards(_listing(files), work, SIZE):
        inspect_shard(job)


def four_steps(files: Sequence[Path], work: Path) -> None:
    """Scan, hash (bytes and look), decode and resize each picture, and drop it."""
    work.mkdir(parents=True, exist_ok=True)
    spec = PreprocessingSpec(height=SIZE.height, width=SIZE.width, interpolation=SIZE.interpolation)
    for candidate in _listing(files).candidates:
        data = read_bytes(files[0].parent / candidate.path)
        picture = decode_bytes(data)
        sha256_bytes(data)
        perceptual_hash(thumbnail(luma_level(picture)))
        to_model_size(picture, spec)


def own_processes(files: Sequence[Path], work: Path, workers: int) -> None:
    """Inspect the pictures as the data stage does, in processes."""
    inspect_all(plan_shards(_listing(files), work, SIZE), LocalEngine(workers), silent)


def seconds(loop: Callable[[Sequence[Path], Path], None], files: Sequence[Path], folder: Path) -> float:
    """Time one call that fills a fresh folder, in the process that runs this function."""
    start = time.perf_counter()
    loop(files, folder)
    elapsed = time.perf_counter() - start
    shutil.rmtree(folder)
    return elapsed


def _listing(files: Sequence[Path]) -> Listing:
    """Offer files as pictures of one drive each."""
    return Listing({"": files[0].parent}, [Candidate(file.name, "dry", "bench", file.name) for file in files], [], {})


def psnr_db(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> float:
    """Return the peak signal-to-noise ratio of two 8-bit pictures, dB."""
    return float(10 * np.log10(255**2 / np.mean((first.astype(np.float64) - second) ** 2)))


def compare_outputs(files: Sequence[Path]) -> tuple[float, float]:
    """Return the lowest PSNR of our pictures, and of Pillow's saved JPEG, against what Pillow resized."""
    from PIL import Image

    spec = PreprocessingSpec(height=SIZE.height, width=SIZE.width, interpolation=SIZE.interpolation)
    ours, saved = [], []
    for file in files:
        with Image.open(file) as picture:
            resized = picture.convert("RGB").resize((SIZE.width, SIZE.height))
        stream = io.BytesIO()
        resized.save(stream, "JPEG")
        wanted = np.asarray(resized)
        ours.append(psnr_db(wanted, to_model_size(read_picture(file), spec)))
        saved.append(psnr_db(wanted, np.asarray(Image.open(stream))))
    return min(ours), min(saved)


def measure(pictures: int, rounds: int, scaling_pictures: int, folder: Path) -> list[Figure]:
    """Measure rate, likeness and scaling; each side of the ratio has a process of its own, as its user would."""
    (folder / "in").mkdir()
    files = write_pictures(folder / "in", max(pictures, scaling_pictures))
    few = files[:pictures]
    loops = {"pillow": pillow_loop, "steps": four_steps, "own": own_loop}
    taken: dict[str, list[float]] = {name: [] for name in loops}
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=context) as plain,
        ProcessPoolExecutor(1, mp_context=context, initializer=start_worker) as worker,
    ):
        for _ in range(rounds + 1):  # the first warms caches up and is dropped
            for name, loop in loops.items():
                pool = plain if name == "pillow" else worker
                taken[name].append(pool.submit(seconds, loop, few, folder / name).result())
    rates = {name: len(few) / statistics.median(times[1:]) for name, times in taken.items()}
    ratios = {
        name: statistics.median(theirs / mine for theirs, mine in zip(taken["pillow"][1:], times[1:], strict=True))
        for name, times in taken.items()
    }
    ours_db, saved_db = compare_outputs(few[:24])
    many = files[:scaling_pictures]
    one, two = [], []
    for _ in range(rounds):
        one.append(seconds(partial(own_processes, workers=1), many, folder / "one"))
        two.append(seconds(partial(own_processes, workers=2), many, folder / "two"))
    scaling = [single / double for single, double in zip(one, two, strict=True)]
    return [
        Figure("pillow loop", rates["pillow"], "pictures/s"),
        Figure("scan + hash + decode + resize", rates["steps"], "pictures/s"),
        Figure("scan + hash + decode + resize: ratio to Pillow", ratios["steps"], "×", at_least=MIN_RATIO),
        Figure("the data stage: also checks, writes samples", rates["own"], "pictures/s"),
        Figure("the data stage: ratio to Pillow", ratios["own"], "×"),
        Figure("lowest PSNR of ours to Pillow's resize", ours_db, "dB", at_least=saved_db),
        Figure("lowest PSNR of Pillow's saved JPEG to it", saved_db, "dB"),
        Figure("one process, its start included", len(many) / statistics.median(one), "pictures/s"),
        Figure("two processes, their start included", len(many) / statistics.median(two), "pictures/s"),
        Figure("scaling from 1 to 2 processes", statistics.median(scaling), "×", at_least=MIN_SCALING),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=128, help="pictures a round for the ratio [128]")
    parser.add_argument("--rounds", type=int, default=7, help="rounds, medians are reported [7]")
    parser.add_argument(
        "--scaling-pictures", type=int, default=16 * SHARD_PICTURES, help="pictures a round for 1 → 2 processes [2048]"
    )
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="roadgrip-bench-") as folder:
        figures = measure(options.pictures, options.rounds, options.scaling_pictures, Path(folder))
    return (
        print_figures("prepare_speed", figures)
        if options.out is None
        else write_figures(options.out, "prepare_speed", figures)
    )


if __name__ == "__main__":
    raise SystemExit(main())
