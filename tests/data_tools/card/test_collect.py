from collections import Counter

import numpy as np
import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import load_artifact
from data_tools.card.collect import SAMPLES_PER_CLASS, collect
from data_tools.card.guess import guessed_right
from data_tools.card.model import CardData
from data_tools.errors import CheckFailedError, InputError
from data_tools.split.artifact import SplitArtifact
from tests.data_tools.card.datasets import roads, write_dataset, write_split
from tests.data_tools.pictures import CLASSES


def test_counts_are_those_of_a_naive_loop(data, rows):
    assert data.pictures == len(rows)
    assert data.by_class == Counter(row.label for row in rows)
    assert data.by_source == {
        source: Counter(row.label for row in rows if row.source == source) for source in ("east", "west")
    }
    assert data.by_source_label == {"dry": {"dry_asphalt": 12}, "wet": {"wet_asphalt": 12}}
    assert data.groups == len({row.group for row in rows})
    assert {label: found.drives for label, found in data.drives.items()} == {"dry": 12, "wet": 12, "snow": 8}
    assert data.cameras == 1
    assert data.without_camera_or_time == sum(row.source == "east" for row in rows)


def test_sizes_are_those_of_a_naive_loop(data, rows):
    sizes = Counter((row.height_px, row.width_px) for row in rows)
    assert {(item.height_px, item.width_px): item.total for item in data.resolutions.top} == sizes
    assert [item.total for item in data.resolutions.top] == sorted(sizes.values(), reverse=True)
    aspects = [row.width_px / row.height_px for row in rows]
    assert data.resolutions.aspect.q75 == pytest.approx(np.quantile(aspects, 0.75), abs=1e-4)


def test_measures_are_those_of_a_naive_loop(data, rows):
    for item in data.measures:
        for label in CLASSES:
            values = [getattr(row, item.name) for row in rows if row.label == label]
            assert item.quantiles[label].median == pytest.approx(np.median(values), abs=1e-4)
            assert sum(item.histogram[label]) == len(values)
    assert data.measures[0].separation["snow"] == 1.0


def test_shortcuts_are_those_of_a_naive_loop(data, rows):
    def right(key) -> float:
        """Guess each picture from all others of its group; the groups are large."""
        score = 0.0
        for row in rows:
            others = Counter(other.label for other in rows if key(other) == key(row) and other is not row)
            best = [label for label, count in others.items() if count == max(others.values())]
            score += (row.label in best) / len(best)
        return round(score / len(rows), 4)

    assert data.guessed_from["source"] == right(lambda row: row.source)
    assert data.guessed_from["camera"] == right(lambda row: row.camera)
    assert data.guessed_from["resolution"] == right(lambda row: (row.height_px, row.width_px))
    assert data.guessed_from["nothing"] == round(36 / 96, 4)


def test_many_groups_of_one_picture_give_nothing_away():
    groups = [{label: 1} for label in ("dry", "wet", "snow", "dry") for _ in range(5)]
    assert guessed_right(groups, "dry") == 10
    assert guessed_right([{"dry": 2, "wet": 2}], "dry") == 0
    assert guessed_right([{"dry": 2, "wet": 1}], "dry") == 1


def test_issues_clusters_and_split_are_told(data, split, dataset):
    counts = {item.name: (item.quarantined, item.reported) for item in data.issues}
    assert (counts["truncated"], counts["exact_duplicate"], counts["dark"]) == ((1, 0), (1, 0), (0, 2))
    assert counts["blurred"] == (0, 0)
    assert {item.name: item.action for item in data.issues}["label_error"] == "not run"
    assert data.clusters.sizes == {2: 1, 3: 1}
    assert data.clusters.label_conflicts == 1
    artifact = load_artifact(SplitArtifact, split)
    assert data.split.pictures == artifact.pictures
    assert data.split.audit == artifact.audit
    assert data.split.shares == artifact.shares
    assert (data.dataset_sha256, data.split.sha256) == (sha256_file(dataset), sha256_file(split))


def test_samples_are_pictures_of_their_class(data):
    for label, paths in data.samples.items():
        assert len(set(paths)) == SAMPLES_PER_CLASS
        assert all(path.startswith(f"{label}/") for path in paths)


def test_numbers_survive_json(data):
    assert CardData.model_validate_json(data.model_dump_json()) == data


def test_corrupted_dataset_is_one_line(tmp_path):
    path = write_dataset(tmp_path, roads(2, 1))
    path.write_text(path.read_text()[:400])
    with pytest.raises(InputError, match=r"dataset\.json: expected JSON, but it breaks off at line \d+$"):
        collect(path)


def test_changed_table_is_found(tmp_path):
    path = write_dataset(tmp_path, roads(2, 1))
    with (tmp_path / "issues.csv").open("a") as stream:
        stream.write("x,dark,report,0.1,\n")
    with pytest.raises(CheckFailedError, match=r"issues\.csv: changed after it was written"):
        collect(path)


def test_unknown_class_is_found(tmp_path):
    path = write_dataset(tmp_path, roads(2, 1), classes=("dry", "wet"))
    with pytest.raises(InputError, match=r"expected a class of .*, got 'snow'"):
        collect(path)


def test_split_of_another_data_set_is_refused(tmp_path, split):
    path = write_dataset(tmp_path, roads(2, 1))
    with pytest.raises(CheckFailedError, match=r"split\.json: not made from .*dataset\.json as it is now"):
        collect(path, split)


def test_data_set_without_split_is_described(dataset):
    assert collect(dataset).split is None


def test_progress_ends_at_the_total(tmp_path):
    seen: list[tuple[int, int]] = []
    path = write_dataset(tmp_path / "data", roads(4, 1))
    split = write_split(tmp_path / "split", path)
    collect(path, split, lambda done, total, what: seen.append((done, total)))
    assert seen[-1] == (16, 16)
