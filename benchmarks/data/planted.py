"""Measure how many planted copies a build finds among real pictures, what else it flags, and whether the split leaks.

    python -m benchmarks.data.planted roads --plant 40 --seed 0 --seeds 5 --work planted

Copies are drawn and planted anew for each seed (see `benchmarks.data.planting`). Exits with 1 when a bound is missed.
"""

import argparse
import csv
import json
import shutil
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.data.planting import MANIFEST, NEAR_KINDS, Planted, plant
from benchmarks.figures import Figure, print_figures, write_figures
from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.model import load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.config import DataConfig
from data_tools.dataset.records import PictureRecord, read_records
from data_tools.dataset.stage import run as build
from data_tools.duplicates.pairs import NearDuplicate, read_near_duplicates
from data_tools.errors import CheckFailedError, RoadgripError
from data_tools.sources.guess import guess_source
from data_tools.sources.manifest import ManifestSource
from data_tools.split.config import SplitConfig
from data_tools.split.stage import run as split

MIN_FOUND = 0.95
MAX_INNOCENT = 0.01


class Outcome(NamedTuple):
    """Hold what one planting showed.

    Attributes:
        exact: Whether each copy of equal bytes was found, by path.
        near: Whether each changed copy was found, by path.
        planted: What was planted, by path.
        innocent_pairs: Pairs that are no copy and original: both paths, the distance and the similarity.
        innocents: Originals in such pairs.
        torn: Clusters with pictures in two parts, or −1 when the audit refused the split.
        clusters: Clusters with a planted picture.
        parted: Planted pictures in another part than their original, found or not.
        seconds: Of build and split.
    """

    exact: dict[str, bool]
    near: dict[str, bool]
    planted: dict[str, Planted]
    innocent_pairs: list[NearDuplicate]
    innocents: set[str]
    torn: int
    clusters: int
    parted: int
    seconds: float


def usable_pictures(source: Path, classes: Sequence[str], folder: Path) -> list[tuple[PictureRecord, Path]]:
    """Build a data set of the source as it is, and return its usable pictures and their files."""
    config = DataConfig(source=guess_source(source), classes=tuple(classes))
    path = build(config, folder)
    dataset = load_artifact(DatasetArtifact, path)
    file_of = dataset.file_namer(folder)
    return [(record, file_of(record.path)) for record in read_records(folder / dataset.records.path)]


def measure(
    pictures: Sequence[tuple[PictureRecord, Path]], classes: Sequence[str], counts: tuple[int, int], seed: int, at: Path
) -> Outcome:
    """Plant (near, exact) copies in a folder, build and split, and compare what was found with what was planted."""
    planted = plant(at, pictures, *counts, seed)
    config = DataConfig(source=ManifestSource(type="manifest", path=at / MANIFEST), classes=tuple(classes))
    started = time.perf_counter()
    dataset = build(config, at / "data")
    try:
        split(SplitConfig(seed=seed), dataset, at / "split")
        passed = True
    except CheckFailedError as error:
        sys.stderr.write(f"{error}\n")
        passed = False
    seconds = time.perf_counter() - started
    pairs = read_near_duplicates(at / "data" / "near_duplicates.csv")
    tables = tuple(at / name for name in ("data/records.csv", "data/issues.csv", "split/assignment.csv"))
    torn, clusters = check_clusters(tables[0], tables[2], pairs, planted) if passed else (-1, 0)
    pairs_of_others, innocents = find_innocents(pairs, planted)
    return Outcome(
        exact=find_exact(planted, *tables[:2]),
        near=find_near(planted, pairs),
        planted={item.path: item for item in planted},
        innocent_pairs=pairs_of_others,
        innocents=innocents,
        torn=torn,
        clusters=clusters,
        parted=count_parted(tables[2], planted) if passed else 0,
        seconds=seconds,
    )


def find_exact(planted: Iterable[Planted], records: Path, issues: Path) -> dict[str, bool]:
    """Tell of each planted file of equal bytes whether just one of it and its original stayed, the other as a copy."""
    kept = {row["path"] for row in _rows(records)}
    copies = {
        row["path"] for row in _rows(issues) if (row["issue"], row["action"]) == ("exact_duplicate", "quarantine")
    }
    return {
        item.path: len({item.path, item.original} & kept) == 1 and len({item.path, item.original} & copies) == 1
        for item in planted
        if item.kind == "exact"
    }


def find_near(planted: Iterable[Planted], pairs: Iterable[NearDuplicate]) -> dict[str, bool]:
    """Tell of each changed copy whether pairs lead from it to its original, directly or over others."""
    cluster = clusters_of((pair.path_a, pair.path_b) for pair in pairs)
    return {
        item.path: item.path in cluster and cluster[item.path] == cluster.get(item.original)
        for item in planted
        if item.kind != "exact"
    }


def find_innocents(pairs: Iterable[NearDuplicate], planted: Iterable[Planted]) -> tuple[list[NearDuplicate], set[str]]:
    """Return the pairs that no planting explains, and the originals they accuse; a copy stands for its original."""
    origin = {item.path: item.original for item in planted}
    found = [p for p in pairs if origin.get(p.path_a, p.path_a) != origin.get(p.path_b, p.path_b)]
    return found, {origin.get(path, path) for pair in found for path in (pair.path_a, pair.path_b)}


def check_clusters(
    records: Path, assignment: Path, pairs: Iterable[NearDuplicate], planted: Iterable[Planted]
) -> tuple[int, int]:
    """Count clusters in two parts, and clusters with a planted picture, from the written tables alone.

    A cluster is what pairs and drives connect in any chain, over copies that were left out, too. Cameras and times tie
    no planted picture and are not looked at.
    """
    copies = [item.path for item in planted]
    links = [(row["path"], f"drive {row['group']}") for row in _rows(records)]
    for pair in pairs:
        links += [(pair.path_a, pair.path_b)]
        links += [(pair.path_a, f"drive {pair.group_a}"), (pair.path_b, f"drive {pair.group_b}")]
    cluster = clusters_of(links)
    parts: defaultdict[int, set[str]] = defaultdict(set)
    for row in _rows(assignment):
        if row["part"]:
            parts[cluster[row["path"]]].add(row["part"])
    touched = {cluster[path] for path in copies if path in cluster}
    return sum(len(found) > 1 for found in parts.values()), len(touched)


def count_parted(assignment: Path, planted: Iterable[Planted]) -> int:
    """Count planted pictures that a split gave another part than their original; no pair need have been found."""
    part = {row["path"]: row["part"] for row in _rows(assignment)}
    return sum(len({part[path] for path in (item.path, item.original) if path in part}) > 1 for item in planted)


def clusters_of(links: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return the number of the cluster of every linked name, by a walk from each (no code of the product)."""
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for first, second in links:
        beside[first].add(second)
        beside[second].add(first)
    cluster: dict[str, int] = {}
    for number, start in enumerate(beside):
        waiting = [] if start in cluster else [start]
        while waiting:
            name = waiting.pop()
            if name not in cluster:
                cluster[name] = number
                waiting += beside[name]
    return cluster


def figures_of(outcomes: Sequence[Outcome], originals: int) -> list[Figure]:
    """Return shares over all plantings by kind, and the worst planting against each bound."""
    exact = [sum(item.exact.values()) / max(len(item.exact), 1) for item in outcomes]
    near = [sum(item.near.values()) / max(len(item.near), 1) for item in outcomes]
    innocent = [len(item.innocents) / originals for item in outcomes]
    figures = [
        Figure("pictures of the source", originals, "pictures"),
        Figure("exact copies found, worst planting", 100 * min(exact), "%", at_least=100),
        Figure("changed copies found, worst planting", 100 * min(near), "%", at_least=100 * MIN_FOUND),
    ]
    for kind in NEAR_KINDS:
        found = [done for item in outcomes for path, done in item.near.items() if item.planted[path].kind == kind]
        figures.append(Figure(f"  {kind}, {sum(found)} of {len(found)}", 100 * sum(found) / max(len(found), 1), "%"))
    return [
        *figures,
        Figure("innocents flagged, worst planting", 100 * max(innocent), "%", at_most=100 * MAX_INNOCENT),
        Figure("clusters with a planted picture, fewest", min(item.clusters for item in outcomes), "clusters"),
        Figure("splits refused by the audit", sum(item.torn < 0 for item in outcomes), "splits", at_most=0),
        Figure("clusters in two parts", sum(max(item.torn, 0) for item in outcomes), "clusters", at_most=0),
        Figure("copies parted from their original", sum(item.parted for item in outcomes), "copies"),
        Figure("build and split, median", statistics.median(item.seconds for item in outcomes), "s"),
    ]


def tell(seed: int, outcome: Outcome) -> Iterator[str]:
    """Yield lines about one planting: counts, what was missed, and which innocents were flagged."""
    exact, near = outcome.exact.values(), outcome.near.values()
    yield (
        f"seed {seed}: exact {sum(exact)} of {len(exact)}, changed {sum(near)} of {len(near)}, innocents "
        f"{len(outcome.innocents)}, clusters in two parts {outcome.torn}, {outcome.seconds:.1f} s"
    )
    for path in [path for path, done in {**outcome.exact, **outcome.near}.items() if not done]:
        yield f"  missed: {path} of {outcome.planted[path].original}, {outcome.planted[path].edit}"
    for pair in outcome.innocent_pairs:
        yield f"  innocent: {pair.path_a} ~ {pair.path_b}, distance {pair.distance}, similarity {pair.similarity}"


def _rows(table: Path) -> list[dict[str, str]]:
    """Read a CSV table."""
    with table.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="class folders, a manifest, or what else `roadgrip data build` takes")
    parser.add_argument("--plant", type=int, default=40, help="changed copies [40]")
    parser.add_argument("--exact", type=int, default=10, help="copies of equal bytes [10]")
    parser.add_argument("--seed", type=int, default=0, help="of the first planting [0]")
    parser.add_argument("--seeds", type=int, default=1, help="plantings, each with the next seed [1]")
    parser.add_argument("--classes", default="dry,wet,snow", help="class names [dry,wet,snow]")
    parser.add_argument("--work", type=Path, required=True, help="new or empty folder for pictures, tables and details")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args(arguments)
    if min(options.plant, options.exact, options.seeds) < 1:
        parser.error("--plant, --exact and --seeds: expected 1 or more")
    if options.work.exists() and any(options.work.iterdir()):
        parser.error(f"--work {options.work}: expected a new or empty folder")
    classes, outcomes = options.classes.split(","), []
    try:
        pictures = usable_pictures(options.source, classes, options.work / "source")
        for seed in range(options.seed, options.seed + options.seeds):
            folder = options.work / f"seed-{seed}"
            outcome = measure(pictures, classes, (options.plant, options.exact), seed, folder)
            write_text(folder / "planted.json", json.dumps(outcome.planted, indent=2) + "\n")
            shutil.rmtree(folder / "pictures" / "originals")
            sys.stdout.writelines(f"{line}\n" for line in tell(seed, outcome))
            outcomes.append(outcome)
    except RoadgripError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    figures = figures_of(outcomes, len(pictures))
    return print_figures("planted", figures) if options.out is None else write_figures(options.out, "planted", figures)


if __name__ == "__main__":
    raise SystemExit(main())
