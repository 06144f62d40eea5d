from typing import get_args

import numpy as np
import pytest

from pipeline.label_errors.config import FilterBy, RankBy
from pipeline.label_errors.find import class_thresholds, error_scores, find_suspects
from pipeline.label_errors.folds import group_folds
from pipeline.label_errors.probabilities import out_of_fold
from tests.pipeline.label_errors.blobs import CLASSES, Blobs, make_blobs

LABELS = np.array([0, 0, 1, 1, 2, 2])
PROBABILITIES = np.array(
    [[0.9, 0.1, 0.0], [0.1, 0.2, 0.7], [0.2, 0.8, 0.0], [0.3, 0.7, 0.0], [0.0, 0.1, 0.9], [0.2, 0.2, 0.6]]
)
PATHS = [f"{index}.jpg" for index in range(6)]


@pytest.fixture(scope="module")
def planted() -> tuple[Blobs, np.ndarray]:
    blobs = make_blobs()
    fold_of = group_folds(blobs.labels, blobs.groups, CLASSES, 5, 0)
    return blobs, out_of_fold(blobs.features, blobs.labels, fold_of, (0.01, 0.1, 1.0)).probabilities


@pytest.mark.parametrize("filter_by", get_args(FilterBy))
def test_planted_errors_are_found(
    planted: tuple[Blobs, np.ndarray], filter_by: FilterBy, capfd: pytest.CaptureFixture[str]
) -> None:
    blobs, probabilities = planted
    paths = [str(row) for row in range(len(blobs.labels))]
    found = find_suspects(paths, blobs.labels, probabilities, CLASSES, filter_by=filter_by)
    rows = np.array([int(suspect.path) for suspect in found])
    assert blobs.wrong[rows].sum() >= 10  # of 15; the rules estimate how many there are, and stay below
    assert blobs.wrong[rows].mean() >= 0.8
    assert all(suspect.label == CLASSES[blobs.labels[int(suspect.path)]] != suspect.suggested for suspect in found)
    truth = np.arange(300) // 3 % 3
    right = [
        suspect.suggested == CLASSES[truth[int(suspect.path)]] for suspect in found if blobs.wrong[int(suspect.path)]
    ]
    assert np.mean(right) >= 0.9
    assert capfd.readouterr() == ("", "")


def test_right_labels_of_classes_far_apart_are_not_doubted() -> None:
    blobs = make_blobs(planted=0, spread=0.2)
    fold_of = group_folds(blobs.labels, blobs.groups, CLASSES, 5, 0)
    probabilities = out_of_fold(blobs.features, blobs.labels, fold_of, (1.0,)).probabilities
    assert find_suspects(blobs.groups, blobs.labels, probabilities, CLASSES) == []


def test_a_table_by_hand() -> None:
    found = find_suspects(PATHS, LABELS, PROBABILITIES, CLASSES, filter_by="predicted_neq_given")
    assert [suspect.model_dump() for suspect in found] == [
        {
            "path": "1.jpg",
            "label": "dry",
            "suggested": "snow",
            "label_probability": 0.1,
            "suggested_probability": 0.7,
            "score": 0.9,
        }
    ]
    assert class_thresholds(LABELS, PROBABILITIES) == pytest.approx((0.5, 0.75, 0.75))


@pytest.mark.parametrize(("rank_by", "offset"), [("self_confidence", 1.0), ("normalized_margin", 0.5)])
def test_the_scores_closed_form(rank_by: RankBy, offset: float) -> None:
    given = PROBABILITIES[np.arange(6), LABELS]
    others = PROBABILITIES.copy()
    others[np.arange(6), LABELS] = -1
    expected = 1 - given if rank_by == "self_confidence" else (1 - given + others.max(axis=1)) / 2
    scores = error_scores(LABELS, PROBABILITIES, rank_by)
    np.testing.assert_allclose(scores, expected, atol=1e-12)
    assert scores.argmax() == 1
    assert scores.max() > 0.8 * offset


def test_the_worst_stands_first_and_ties_stand_by_path() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.7, 0.3], [0.1, 0.9], [0.8, 0.2]])
    found = find_suspects(list("fedcba"), labels, probabilities, ("dry", "wet"), filter_by="predicted_neq_given")
    assert [(suspect.path, suspect.score) for suspect in found] == [("a", 0.8), ("d", 0.8), ("c", 0.7)]


def test_shapes_that_do_not_fit_are_errors() -> None:
    with pytest.raises(ValueError, match=r"expected \(6,\) labels and \(6, 2\) probabilities, got \(6,\) and \(6, 3\)"):
        find_suspects(PATHS, LABELS, PROBABILITIES, ("dry", "wet"))
    with pytest.raises(ValueError, match=r"expected \(5,\) labels"):
        find_suspects(PATHS[1:], LABELS, PROBABILITIES, CLASSES)
