"""Measure how fast the training loader gives augmented pictures, against torchvision's and albumentations' transforms.

    python -m benchmarks.training.loading_speed --out loading_speed.json

All three read the same cache of 400×500 pictures with the same loader settings: batches of 32, in this process and with
2 worker processes, one thread each. Target: as fast as the faster of the other two, or faster.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
from torch.utils.data import DataLoader

from benchmarks.figures import Figure
from benchmarks.training.cached_pictures import cached_samples
from benchmarks.training.command_line import count, report
from benchmarks.training.recipes import AlbumentationsRecipe, Recipe, RecipeDataset, TorchvisionRecipe
from benchmarks.training.rounds import median_ms, median_ratio, take_turns, torch_threads
from data_tools.split.artifact import Sample
from pipeline.training.augmentation_config import RoadAugmentation
from pipeline.training.config import InputConfig, TrainConfig
from pipeline.training.data import train_loader
from pipeline.training.data.dataset import Item

BATCH = 32
WORKERS = (0, 2)
MIN_RATIO = 1.0
OTHERS = ("torchvision", "albumentations")


def make_loaders(samples: Sequence[Sample], config: TrainConfig) -> dict[str, DataLoader[Item]]:
    """Make our loader (twice, to see what chance does) and those of the two recipes."""
    ours = train_loader(samples, config, 0)
    augmentation = RoadAugmentation()

    def other(recipe: Recipe) -> DataLoader[Item]:
        return DataLoader(
            RecipeDataset(samples, config.preprocessing(), recipe),
            batch_size=ours.batch_size,
            shuffle=True,
            drop_last=len(samples) >= config.batch_size,
            num_workers=ours.num_workers,
            pin_memory=ours.pin_memory,
            persistent_workers=ours.persistent_workers,
            multiprocessing_context=ours.multiprocessing_context,
            worker_init_fn=ours.worker_init_fn,
        )

    return {
        "ours": ours,
        "again": train_loader(samples, config, 0),
        "torchvision": other(TorchvisionRecipe(augmentation)),
        "albumentations": other(AlbumentationsRecipe(augmentation)),
    }


def measure_workers(samples: Sequence[Sample], config: TrainConfig, rounds: int) -> Iterator[Figure]:
    """Time an epoch of every loader in turns."""
    loaders = make_loaders(samples, config)

    def epoch(loader: DataLoader[Item]) -> Callable[[], None]:
        def load() -> None:
            for _ in loader:
                pass

        return load

    times = take_turns({name: epoch(loader) for name, loader in loaders.items()}, rounds)
    pictures = len(samples) // BATCH * BATCH or len(samples)
    name = f"{config.num_workers} workers"
    for side in ("ours", *OTHERS):
        yield Figure(f"{name}: {side}", 1000 * pictures / median_ms(times, side), "pictures/s")
    faster = min(OTHERS, key=lambda side: median_ms(times, side))
    ratio = median_ratio(times, faster, "ours")
    yield Figure(f"{name}: ours against the faster, {faster}", ratio, "×", at_least=MIN_RATIO)
    yield Figure(f"{name}: ours against itself", median_ratio(times, "again", "ours"), "×")


def measure(pictures: int, rounds: int, height: int, width: int, folder: Path) -> list[Figure]:
    """Make the pictures and measure with and without worker processes."""
    samples = cached_samples(folder, pictures, height, width)
    figures: list[Figure] = []
    with torch_threads(1), _opencv_threads(1):
        for workers in WORKERS:
            config = TrainConfig(
                input=InputConfig(height=height, width=width), batch_size=BATCH, num_workers=workers, weights="scratch"
            )
            figures += measure_workers(samples, config, rounds)
    return figures


@contextmanager
def _opencv_threads(count: int) -> Iterator[None]:
    """Give OpenCV a number of threads for a while."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(count)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=count, default=512, help="pictures an epoch [512]")
    parser.add_argument("--rounds", type=count, default=9, help="epochs of each loader, medians are reported [9]")
    parser.add_argument("--height", type=count, default=400, help="of the cached pictures, px [400]")
    parser.add_argument("--width", type=count, default=500, help="of the cached pictures, px [500]")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="roadgrip-bench-") as folder:
        size = (options.height, options.width)
        return report(
            "loading_speed", lambda: measure(options.pictures, options.rounds, *size, Path(folder)), options.out
        )


if __name__ == "__main__":
    raise SystemExit(main())
