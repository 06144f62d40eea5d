"""Measure a training step of the robust method against one with cross-entropy alone.

    python -m benchmarks.training.step_speed --out step_speed.json

MobileNetV3-Large at 400×500 in batches of 8, and -Small at 224×224 in batches of 32: memory layouts, fp32 and bf16, two
forward passes and one with both views. Two kinds of step at a time are timed in turns; a training holds one network, so
no more than two are held here. On a GPU also batches of 64, and how long it waits for the
training loader. Target: a robust step takes at most 2.1 times as long (channels-last, fp32, as is the default).
"""

import argparse
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import cast

import torch

from benchmarks.figures import Figure
from benchmarks.training.cached_pictures import cached_samples
from benchmarks.training.command_line import count, report
from benchmarks.training.rounds import Times, median_ms, median_ratio, take_turns, torch_threads
from benchmarks.training.trainee import Batch, Case, Trainee, Variant, random_batch
from data_tools.freed_memory import keep_freed_memory
from pipeline.training.config import InputConfig, TrainConfig
from pipeline.training.data import train_loader

CASES = (Case("mobilenet_v3_large", 400, 500, 8), Case("mobilenet_v3_small", 224, 224, 32))
GPU_CASES = (Case("mobilenet_v3_large", 400, 500, 64), Case("mobilenet_v3_small", 224, 224, 64))
VARIANTS = {
    "normal": Variant("normal"),
    "normal again": Variant("normal"),
    "robust": Variant("robust"),
    "robust, one forward": Variant("robust", joined=True),
    "normal, contiguous": Variant("normal", channels_last=False),
    "robust, contiguous": Variant("robust", channels_last=False),
    "normal, bf16": Variant("normal", bf16=True),
    "robust, bf16": Variant("robust", bf16=True),
}
TARGETED = "robust / normal"
COMPARISONS = {
    TARGETED: ("robust", "normal"),
    "robust / normal, contiguous": ("robust, contiguous", "normal, contiguous"),
    "robust / normal, bf16": ("robust, bf16", "normal, bf16"),
    "one forward / two": ("robust, one forward", "robust"),
    "channels-last / contiguous": ("normal", "normal, contiguous"),
    "bf16 / fp32": ("normal, bf16", "normal"),
    "normal / itself": ("normal again", "normal"),
}
"""The two variants whose times are divided, by the title of their ratio."""
MAX_RATIO = 2.1


def time_pair(case: Case, device: torch.device, pair: tuple[str, str], batch: Batch, rounds: int) -> Times:
    """Time the steps of two variants in turns; their networks are gone afterwards."""
    try:
        trainees = {name: Trainee(case, VARIANTS[name], device) for name in pair}
        return take_turns({name: partial(trainee.step, *batch) for name, trainee in trainees.items()}, rounds)
    finally:
        trainees = {}
        gc.collect()


def measure_case(case: Case, device: torch.device, rounds: int) -> Iterator[Figure]:
    """Time the two variants of every comparison in turns, on one batch of noise."""
    batch = random_batch(case)
    name = f"{device.type}, {case.title}"
    for title, pair in COMPARISONS.items():
        times = time_pair(case, device, pair, batch, rounds)
        for variant in pair:
            yield Figure(f"{name}: {title}: {variant}", median_ms(times, variant), "ms")
            if title == TARGETED:
                yield Figure(f"{name}: {variant}", 1000 * case.batch / median_ms(times, variant), "pictures/s")
        target = MAX_RATIO if title == TARGETED else None
        yield Figure(f"{name}: {title}", median_ratio(times, *pair), "×", at_most=target)


def waiting_share(batches: Iterable[Batch], trainee: Trainee) -> float:
    """Train on batches and return the share of the time that passes before one is there, the first left out."""
    waited, worked = [], []
    stream = iter(batches)
    while True:
        start = time.perf_counter()
        batch = next(stream, None)
        if batch is None:
            break
        there = time.perf_counter()
        trainee.step(*batch)
        waited.append(there - start)
        worked.append(time.perf_counter() - there)
    if len(waited) < 2:
        raise ValueError(f"expected 2 or more batches to time, got {len(waited)}")
    return sum(waited[1:]) / (sum(waited[1:]) + sum(worked[1:]))


def measure_waiting(case: Case, device: torch.device, batches: int, workers: int, epochs: int = 3) -> Iterator[Figure]:
    """Train on the training loader with a warm cache; the first epoch starts the workers and is left out."""
    with tempfile.TemporaryDirectory(prefix="roadgrip-bench-") as folder:
        samples = cached_samples(Path(folder), batches * case.batch, case.height, case.width)
        size = InputConfig(height=case.height, width=case.width)
        config = TrainConfig(input=size, batch_size=case.batch, num_workers=workers, weights="scratch")
        for variant in ("normal", "normal, bf16", "robust"):
            trainee = Trainee(case, VARIANTS[variant], device)
            loader = train_loader(samples, config, 0)
            shares = [waiting_share(cast("Iterable[Batch]", loader), trainee) for _ in range(epochs + 1)][1:]
            name = f"{device.type}, {case.title}: {variant}, waits for data, {workers} workers"
            yield Figure(name, 100 * statistics.median(shares), "%")


def measure(rounds: int, batches: int, threads: int) -> list[Figure]:
    """Measure on the CPU, and on the GPU where there is one."""
    figures: list[Figure] = []
    keep_freed_memory(any_size=True)  # as a training on the CPU does
    with torch_threads(threads):
        for case in CASES:
            figures += measure_case(case, torch.device("cpu"), rounds)
    if torch.cuda.is_available():
        device = torch.device("cuda")
        for case in (*CASES, *GPU_CASES):
            figures += measure_case(case, device, rounds)
        for case in GPU_CASES:
            figures += measure_waiting(case, device, batches, workers=os.cpu_count() or 1)
    return figures


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=count, default=7, help="steps of each kind, medians are reported [7]")
    parser.add_argument("--batches", type=count, default=20, help="on a GPU, batches an epoch of real loading [20]")
    parser.add_argument("--threads", type=count, default=1, help="torch's CPU threads; others' work disturbs more [1]")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args(arguments)
    if options.batches < 2:
        parser.error("--batches: expected 2 or more, for the first is not timed")
    return report("step_speed", lambda: measure(options.rounds, options.batches, options.threads), options.out)


if __name__ == "__main__":
    raise SystemExit(main())
