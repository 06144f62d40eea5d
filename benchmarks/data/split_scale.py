"""Measure how long the near-duplicate search, split and leak audit of a large data set take, and how much memory.

    python -m benchmarks.data.split_scale --out split_scale.json

Metadata stands in for pictures: hashes with planted near copies across drives, cameras and capture times.
"""

import argparse
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure, print_figures, write_figures
from benchmarks.peak_memory import peak_memory_mib
from data_tools.artifacts.model import file_ref, load_artifact, save_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import COLUMNS
from data_tools.duplicates.pairs import NearDuplicate
from data_tools.duplicates.search import near_pairs
from data_tools.producer import PRODUCER
from data_tools.randomness import keyed_generator, keyed_seed
from data_tools.split.artifact import SplitArtifact, open_split
from data_tools.split.config import SplitConfig
from data_tools.split.csv_columns import write_rows
from data_tools.split.stage import run

CLASSES = ("dry", "wet", "snow")
MAX_DISTANCE = 6
MAX_SECONDS = 90
MAX_PEAK_MIB = 2048
_CAMERAS = 200
_COPIES = 0.002


def make_hashes(drive: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Return a hash for each picture, (n,), in which 2 of 1,000 are near copies of a picture of another drive."""
    draw = keyed_generator("split_scale", "hashes")
    hashes = draw.integers(0, 2**64, len(drive), dtype=np.uint64)
    copies, originals = draw.integers(0, len(drive), (2, int(_COPIES * len(drive))))
    for _ in range(3):
        hashes[copies] = hashes[originals] ^ np.left_shift(np.uint64(1), draw.integers(0, 64, len(copies), np.uint64))
    return hashes


def make_dataset(
    folder: Path, pictures: int, drives: int
) -> tuple[Path, npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Write records.csv, and return its path, the drive of each picture and its hash."""
    draw = keyed_generator("split_scale", "drives")
    drive = np.sort(np.concatenate([np.arange(drives), draw.integers(0, drives, pictures - drives)]))
    hashes = make_hashes(drive)
    camera, label = draw.integers(0, _CAMERAS, drives).tolist(), draw.integers(0, len(CLASSES), drives).tolist()
    start = draw.permutation(drives) * 60.0
    nth = np.arange(pictures) - np.searchsorted(drive, drive)
    rows = (
        (
            f"{CLASSES[label[at]]}/drive{at:06d}/{index:05d}.jpg", CLASSES[label[at]], "fleet", f"drive{at:06d}",
            f"{keyed_seed(at, index):064x}", "720", "1280", f"camera{camera[at]}", f"{start[at] + 2.0 * index}",
            "", "jpeg", "1", "0.5", "0.2", "1.0", "7.0", "0.1", f"{code:016x}",
        )
        for at, index, code in zip(drive.tolist(), nth.tolist(), hashes.tolist(), strict=True)
    )  # fmt: skip
    write_rows(folder / "records.csv", COLUMNS, rows)
    return folder / "records.csv", drive, hashes


def write_pairs(folder: Path, drive: npt.NDArray[np.int64], hashes: npt.NDArray[np.uint64]) -> int:
    """Search near copies between drives, write near_duplicates.csv, and return their number."""
    found = near_pairs(hashes, MAX_DISTANCE, known_groups=drive)
    wanted = set(found.first.tolist()) | set(found.second.tolist())
    names: dict[int, tuple[str, str]] = {}
    with (folder / "records.csv").open(encoding="utf-8") as stream:
        for index, line in enumerate(stream, start=-1):
            if index in wanted:
                fields = line.split(",")
                names[index] = (fields[0], fields[3])
    rows = []
    for first, second, distance in zip(
        found.first.tolist(), found.second.tolist(), found.distance.tolist(), strict=True
    ):
        (path_a, group_a), (path_b, group_b) = sorted((names[first], names[second]))
        rows.append((path_a, path_b, group_a, group_b, str(distance), "false", "1.0000"))
    write_rows(folder / "near_duplicates.csv", NearDuplicate._fields, rows)
    return len(rows)


def describe(folder: Path, drive: npt.NDArray[np.int64]) -> Path:
    """Write dataset.json."""
    write_rows(folder / "issues.csv", ("path", "issue", "action", "score", "detail"), [])
    groups: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    last = ""
    with (folder / "records.csv").open(encoding="utf-8") as stream:
        next(stream)
        for line in stream:
            fields = line.split(",", 4)
            counts[fields[1]] += 1
            groups[fields[1]] += fields[3] != last
            last = fields[3]
    artifact = DatasetArtifact(
        schema_version=2,
        producer=PRODUCER,
        parents=(),
        classes=CLASSES,
        roots={"": "pictures"},
        source_type="manifest",
        records=file_ref(folder / "records.csv", folder),
        issues=file_ref(folder / "issues.csv", folder),
        near_duplicates=file_ref(folder / "near_duplicates.csv", folder),
        pictures=len(drive),
        pictures_by_class=dict(counts),
        groups=int(drive[-1]) + 1,
        groups_by_class=dict(groups),
        pictures_by_source={"fleet": len(drive)},
        quarantined_by_issue={},
        reported_by_issue={},
    )
    return save_artifact(artifact, folder / "dataset.json")


def measure(pictures: int, drives: int, folder: Path) -> list[Figure]:
    """Return seconds by step, counts, and the peak memory of the process."""
    seconds: dict[str, float] = {}
    last = time.perf_counter()

    def stop(step: str) -> None:
        nonlocal last
        seconds[step] = time.perf_counter() - last
        last = time.perf_counter()

    _, drive, hashes = make_dataset(folder, pictures, drives)
    near = write_pairs(folder, drive, hashes)
    stop("tables and near-duplicate search")
    near_pairs(hashes, MAX_DISTANCE, known_groups=drive)
    stop("near-duplicate search alone")
    dataset = describe(folder, drive)
    config = SplitConfig()
    last = time.perf_counter()
    path = run(config, dataset, folder / "split")
    stop("split and leak audit")
    run(config, dataset, folder / "again", previous=path)
    stop("split that carries another on, and audit")
    opened = open_split(path)
    stop("opening the split")
    split = load_artifact(SplitArtifact, path)
    together = seconds["near-duplicate search alone"] + seconds["split and leak audit"]
    return [
        Figure("pictures", pictures, ""),
        Figure("drives", drives, ""),
        Figure("near duplicates", near, "pairs"),
        Figure("united groups", sum(split.united_groups.values()), ""),
        Figure("pictures in parts", sum(len(samples) for samples in opened.samples.values()), ""),
        *(Figure(step, taken, "s") for step, taken in seconds.items()),
        Figure("search + split + audit", together, "s", at_most=MAX_SECONDS),
        Figure("peak memory of the process", peak_memory_mib(), "MiB", at_most=MAX_PEAK_MIB),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=1_000_000, help="[1000000]")
    parser.add_argument("--drives", type=int, default=50_000, help="[50000]")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="roadgrip-bench-") as folder:
        figures = measure(options.pictures, options.drives, Path(folder))
    if options.out is None:
        return print_figures("split_scale", figures)
    return write_figures(options.out, "split_scale", figures)


if __name__ == "__main__":
    raise SystemExit(main())
