"""Measure how many planted wrong labels the search finds, and how many of its doubts are planted ones.

    python -m pipeline.label_errors.planted work/data/dataset.json --share 0.05 --seeds 3 --weights FILE --work labels

Labels are drawn and planted anew for each seed, in a copy of the data set's tables; the pictures and the data set stay
as they are. A doubted label that was wrong before counts against the precision, which is therefore a lower bound.
"""

import argparse
import json
import statistics
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.model import check_payload, file_ref, load_artifact, parent, save_artifact
from data_tools.checks.issues import write_issues
from data_tools.dataset.artifact import FILE_NAME, DatasetArtifact
from data_tools.dataset.records import read_records, write_records
from data_tools.duplicates.pairs import read_near_duplicates, write_near_duplicates
from data_tools.errors import InputError, RoadgripError
from data_tools.randomness import keyed_generator
from data_tools.validation import describe
from pipeline.label_errors.artifact import open_label_errors
from pipeline.label_errors.config import LabelErrorConfig
from pipeline.label_errors.stage import check_labels
from pipeline.label_errors.suspects import Suspect

Figures = dict[str, float]


class PlantedSet(NamedTuple):
    """Hold a data set with wrong labels, and the labels that were right, by path."""

    dataset: Path
    truth: dict[str, str]


def plant_labels(dataset_path: Path, folder: Path, share: float, seed: int) -> PlantedSet:
    """Write a copy of a data set's tables in which a share of the labels is wrong.

    Args:
        dataset_path: dataset.json; only read.
        folder: Receives dataset.json and its tables; the pictures stay where they are, a cache is left out.
        share: Of all pictures, drawn evenly, 0..1; each gets another class, drawn evenly.
        seed: Which of the possible draws.

    Raises:
        InputError: A file is missing or malformed, or the share makes no label wrong.
        CheckFailedError: A table was changed after the data set was built.
    """
    dataset = load_artifact(DatasetArtifact, dataset_path)
    source = dataset_path.parent
    check_payload(dataset, source)
    records = read_records(source / dataset.records.path)
    count = round(share * len(records))
    if not 1 <= count <= len(records):
        raise InputError(
            f"expected a share that makes 1 to {len(records)} labels wrong, got {share:g}, which is {count}"
        )
    draw = keyed_generator("label_errors.planted", seed)
    truth: dict[str, str] = {}
    for row in sorted(draw.choice(len(records), count, replace=False).tolist()):
        record = records[row]
        truth[record.path] = record.label
        others = [name for name in dataset.classes if name != record.label]
        records[row] = record._replace(label=others[int(draw.integers(len(others)))])
    folder.mkdir(parents=True, exist_ok=True)
    tables = {name: folder / f"{name}.csv" for name in ("records", "issues", "near_duplicates")}
    write_records(tables["records"], records)
    write_issues(tables["issues"], [])
    write_near_duplicates(tables["near_duplicates"], read_near_duplicates(source / dataset.near_duplicates.path))
    pictures = Counter(record.label for record in records)
    groups = Counter(label for label, _ in {(record.label, record.group) for record in records})
    copy = dataset.model_copy(
        update={
            **{name: file_ref(path, folder) for name, path in tables.items()},
            "parents": (parent("dataset", dataset_path, folder),),
            "roots": {name: str((source / root).resolve()) for name, root in dataset.roots.items()},
            "cache": None,
            "cache_index": None,
            "records_parquet": None,
            "pictures_by_class": {name: pictures[name] for name in dataset.classes},
            "groups_by_class": {name: groups[name] for name in dataset.classes},
            "quarantined_by_issue": {},
            "reported_by_issue": {},
        }
    )
    return PlantedSet(save_artifact(copy, folder / FILE_NAME), truth)


def score(suspects: Sequence[Suspect], truth: Mapping[str, str], known: Collection[str], top: Sequence[int]) -> Figures:
    """Compare a ranked list of doubted labels with the planted ones.

    The average precision is the mean over the planted labels of the precision at each one's rank; one that is not
    listed counts as 0, so that it is a lower bound for a ranking of all pictures. The precision of the worst k is
    their hits divided by k, also where the list is shorter than k.

    Args:
        suspects: The doubted labels, the worst first.
        truth: The right label of each planted one, by path.
        known: Paths that are doubted without any planting, too.
        top: Lengths at which the list's beginning is looked at; the number of planted labels is one more.

    Returns:
        The figures by name; counts as they are, shares 0..1.
    """
    hits = [suspect.path in truth for suspect in suspects]
    found = sum(hits)
    figures: Figures = {
        "planted": len(truth),
        "doubted": len(suspects),
        "found": found,
        "precision": found / max(len(hits), 1),
        "recall": found / len(truth),
        "false alarms": len(hits) - found,
        "false alarms doubted before planting": sum(
            suspect.path in known and not hit for suspect, hit in zip(suspects, hits, strict=True)
        ),
        "right class suggested, of those found": sum(truth.get(item.path) == item.suggested for item in suspects)
        / max(found, 1),
    }
    for length in sorted({*top, len(truth)}):
        inside = sum(hits[:length])
        figures[f"precision of the worst {length}"] = inside / length
        figures[f"recall of the worst {length}"] = inside / len(truth)
    ranked = [sum(hits[: rank + 1]) / (rank + 1) for rank, hit in enumerate(hits) if hit]
    figures["average precision"] = sum(ranked) / len(truth)
    return figures


def measure(
    config: LabelErrorConfig, dataset: Path, share: float, seeds: Sequence[int], *, top: Sequence[int], work: Path
) -> list[Figures]:
    """Search the data set as it is, then each planting of it, and return the figures of each."""
    before = open_label_errors(check_labels(config, dataset, work / "unplanted"))
    known = {suspect.path for suspect in before.suspects}
    rows: list[Figures] = []
    for seed in seeds:
        planted = plant_labels(dataset, work / f"seed-{seed}" / "data", share, seed)
        settings = config.model_copy(update={"seed": seed})
        found = open_label_errors(check_labels(settings, planted.dataset, work / f"seed-{seed}" / "labels"))
        rows.append(score(found.suspects, planted.truth, known, top))
        counts = "{found:.0f} of {planted:.0f} found, {doubted:.0f} doubted".format_map(rows[-1])
        sys.stdout.write(f"seed {seed}: {counts}\n")
    sys.stdout.write(f"doubted before any planting: {len(known)} of {before.artifact.pictures}\n")
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path, help="dataset.json of `roadgrip data build`")
    parser.add_argument("--share", type=float, default=0.05, help="of the labels that are made wrong [0.05]")
    parser.add_argument("--seed", type=int, default=0, help="of the first planting [0]")
    parser.add_argument("--seeds", type=int, default=3, help="plantings, each with the next seed [3]")
    parser.add_argument("--weights", default="imagenet", help="imagenet (downloads), or a weight file [imagenet]")
    parser.add_argument(
        "--normalization",
        type=float,
        nargs=2,
        metavar=("MEAN", "STD"),
        help="of all three channels on the 0..1 scale, as the weights expect [torchvision's]",
    )
    parser.add_argument("--threads", type=int, help="CPU threads [as they are]")
    parser.add_argument("--top", type=int, nargs="*", default=[20, 50], help="lengths of the list's beginning [20 50]")
    parser.add_argument("--work", type=Path, required=True, help="folder for the copies and the results")
    parser.add_argument("--out", type=Path, help="also write the figures of every seed as JSON")
    options = parser.parse_args(arguments)
    if options.seeds < 1 or min(options.top, default=1) < 1:
        parser.error("--seeds, --top: expected 1 or more")
    values: dict[str, object] = {"weights": options.weights, "threads": options.threads}
    if options.normalization is not None:
        mean, std = options.normalization
        values["normalization"] = {"mean": (mean,) * 3, "std": (std,) * 3}
    try:
        config = LabelErrorConfig.model_validate(values)
    except ValidationError as error:
        parser.error(describe(error, LabelErrorConfig))
    seeds = range(options.seed, options.seed + options.seeds)
    try:
        rows = measure(config, options.dataset, options.share, seeds, top=options.top, work=options.work)
    except RoadgripError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    for name in rows[0]:
        column = [row[name] for row in rows]
        spread = f" ± {statistics.stdev(column):.3f}" if len(column) > 1 else ""
        sys.stdout.write(f"  {name:<48}{statistics.mean(column):>10.3f}{spread}\n")
    if options.out is not None:
        write_text(options.out, json.dumps(dict(zip(map(str, seeds), rows, strict=True)), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
