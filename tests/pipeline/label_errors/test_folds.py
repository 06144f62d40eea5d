import numpy as np
import pytest

from data_tools.errors import InputError
from pipeline.label_errors.folds import group_folds
from tests.pipeline.label_errors.blobs import CLASSES, make_blobs


def test_no_group_is_in_two_folds_and_classes_are_spread() -> None:
    blobs = make_blobs()
    for seed in range(5):
        fold_of = group_folds(blobs.labels, blobs.groups, CLASSES, 5, seed)
        assert set(fold_of.tolist()) == set(range(5))
        folds_of_group = {(group, int(fold)) for group, fold in zip(blobs.groups, fold_of, strict=True)}
        assert len(folds_of_group) == len(set(blobs.groups))
        counts = np.array([np.bincount(blobs.labels[fold_of == fold], minlength=3) for fold in range(5)])
        assert counts.min() >= 14  # 20 on average
        assert counts.max() <= 26


def test_the_seed_alone_decides() -> None:
    blobs = make_blobs()
    first, again, other = (group_folds(blobs.labels, blobs.groups, CLASSES, 5, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_group_may_hold_several_classes() -> None:
    labels = np.tile(np.arange(3), 10)
    groups = [f"drive-{row // 3}" for row in range(30)]
    fold_of = group_folds(labels, groups, CLASSES, 5, 0)
    assert all(len(set(fold_of[start : start + 3].tolist())) == 1 for start in range(0, 30, 3))


@pytest.mark.parametrize(
    ("snow_groups", "advice"),
    [(3, "snow has 3; lower label_errors.folds to 3, or add pictures"), (1, "snow has 1; add pictures")],
)
def test_too_few_groups_are_an_error(snow_groups: int, advice: str) -> None:
    labels = np.repeat(np.arange(3), 12)
    groups = [f"drive-{row}" for row in range(24)] + [f"winter-{row % snow_groups}" for row in range(12)]
    with pytest.raises(InputError, match=f"expected 5 or more groups of every class.*{advice}") as caught:
        group_folds(labels, groups, CLASSES, 5, 0)
    assert "\n" not in str(caught.value)
