import pytest

from data_tools.errors import InputError
from pipeline.report.history import read_history


def read(tmp_path, text):
    path = tmp_path / "history.csv"
    path.write_text(text)
    return read_history(path)


def test_columns_are_sorted_into_losses_and_accuracies(tmp_path):
    history = read(tmp_path, "epoch,learning_rate,ce,val_accuracy,seconds,note\n1,0.1,2,0.5,3,warm\n2,0.1,inf,,4,\n")
    assert history.epochs == (1.0, 2.0)
    assert history.losses() == {"ce": (2.0, None)}
    assert history.accuracies() == {"val_accuracy": (0.5, None)}
    assert history.seconds() == 7.0


def test_empty_column_is_left_out(tmp_path):
    history = read(tmp_path, "epoch,total,val_accuracy_noisy\n0,1.5,\n")
    assert history.accuracies() == {}
    assert history.seconds() is None


def test_epochs_are_counted_where_no_column_names_them(tmp_path):
    assert read(tmp_path, "ce\n3\n2\n").epochs == (0.0, 1.0)


@pytest.mark.parametrize(
    ("text", "message"), [("epoch,ce\n", "a row for each epoch"), ("epoch,ce\n1\n", "row 2: expected 2 cells, got 1")]
)
def test_broken_history_is_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, text)


def test_missing_history_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_history(tmp_path / "history.csv")
