from pathlib import Path

import pytest

from data_tools.card.collect import collect
from data_tools.card.model import CardData
from data_tools.dataset.records import PictureRecord
from tests.data_tools.card.datasets import pair, roads, write_dataset, write_split


@pytest.fixture(scope="session")
def rows() -> list[PictureRecord]:
    return roads()


@pytest.fixture(scope="session")
def dataset(tmp_path_factory, rows) -> Path:
    pairs = [pair(rows[0], rows[1]), pair(rows[1], rows[2]), pair(rows[3], rows[40])]
    return write_dataset(tmp_path_factory.mktemp("data"), rows, pairs)


@pytest.fixture(scope="session")
def split(tmp_path_factory, dataset) -> Path:
    return write_split(tmp_path_factory.mktemp("split"), dataset)


@pytest.fixture(scope="session")
def data(dataset, split) -> CardData:
    return collect(dataset, split)
