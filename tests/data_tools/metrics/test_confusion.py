"""The confusion matrix against a loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.metrics.confusion import confusion_matrix


def vector(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(1, 5))
def test_against_a_loop(data: st.DataObject, classes: int):
    pairs = data.draw(st.lists(st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), max_size=40))
    expected = [[0] * classes for _ in range(classes)]
    for true, predicted in pairs:
        expected[true][predicted] += 1
    labels, predictions = vector(*(pair[0] for pair in pairs)), vector(*(pair[1] for pair in pairs))
    matrix = confusion_matrix(labels, predictions, classes)
    assert matrix.dtype == np.int64
    assert matrix.tolist() == expected


def test_rows_are_true_classes():
    assert confusion_matrix(vector(0, 0, 1), vector(1, 1, 1), 2).tolist() == [[0, 2], [0, 1]]


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        (vector(0, 1), vector(0), "expected two vectors of one length"),
        (vector(0, 1).reshape(1, 2), vector(0, 1).reshape(1, 2), "expected two vectors of one length"),
        (vector(0, 3), vector(0, 0), r"labels: expected indices in 0\.\.2, got 0\.\.3"),
        (vector(0, 0), vector(-1, 0), r"predictions: expected indices in 0\.\.2, got -1\.\.0"),
    ],
)
def test_wrong_input(labels: np.ndarray, predictions: np.ndarray, message: str):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(labels, predictions, 3)
