from pathlib import Path

import pytest

from data_tools.errors import InputError
from pipeline.cli.card import Described, card, described
from tests.data_tools.card.datasets import roads, write_dataset, write_split


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "demo"
    (folder / "data").mkdir(parents=True)
    write_split(folder / "split", write_dataset(folder / "data", roads(4, 1)))
    return folder


def test_a_split_leads_to_its_data_set(run_folder):
    dataset, split = run_folder / "data" / "dataset.json", run_folder / "split" / "split.json"
    assert described(dataset, None) == Described(dataset, None)
    assert described(split, None) == Described(dataset.resolve(), split)
    assert described(None, run_folder) == Described(dataset.resolve(), split)


def test_a_run_that_is_not_split_yet(tmp_path, run_folder):
    (tmp_path / "data").symlink_to(run_folder / "data")
    assert described(None, tmp_path) == Described(tmp_path / "data" / "dataset.json", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "expected a dataset.json or a split.json; it does not exist"),
        ("{", "expected an artifact's JSON, but it cannot be parsed"),
        ("[]", "got the artifact of kind 'list'"),
        ('{"kind": "checkpoint"}', "got the artifact of kind 'checkpoint'"),
        ('{"kind": "split"}', "schema_version: missing"),
    ],
)
def test_what_is_no_data_set_is_named(tmp_path, text, expected):
    path = tmp_path / "x.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=expected):
        described(path, None)


def test_one_of_both_must_be_given(tmp_path):
    for artifact, run in ((None, None), (tmp_path / "dataset.json", tmp_path)):
        with pytest.raises(InputError, match="one of them"):
            described(artifact, run)
    with pytest.raises(InputError, match=r"expected a run's folder with data/dataset\.json; it has none"):
        described(None, tmp_path)


def test_card_is_written_once_and_says_what_is_weak(run_folder, tmp_path, capsys):
    card(tmp_path / "card", run_folder / "split" / "split.json")
    shown = capsys.readouterr().out
    assert {path.name for path in (tmp_path / "card").iterdir()} == {"card.json", "card.md", "pictures"}
    assert "weak spot: Confound of class and source: every picture of snow comes from the one source east." in shown
    assert str(tmp_path / "card" / "card.md") in shown
    with pytest.raises(InputError, match="expected an empty or new folder"):
        card(tmp_path / "card", run=run_folder)
    card(tmp_path / "card", run=run_folder, overwrite=True)
