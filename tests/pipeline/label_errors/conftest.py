"""Share a tiny data set and a weights file that nobody trained."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.pipeline.label_errors.tiny_dataset import make_dataset
from tests.pipeline.label_errors.tiny_weights import make_weights


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep tests that run at the same time from waiting for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def dataset_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_weights(tmp_path_factory.mktemp("weights") / "tv1001.pth")
