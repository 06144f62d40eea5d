"""Share a tiny split and a checkpoint of a network that nobody trained."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from data_tools.artifacts.model import parent
from tests.pipeline.training.tiny_split import make_split
from tests.pipeline.training.untrained import make_checkpoint


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep tests that run at the same time from waiting for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def split_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_split(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def checkpoint_path(split_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    return make_checkpoint(folder, (parent("split", split_path, folder),))[0]
