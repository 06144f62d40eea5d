"""Share a tiny comparison: two methods, two seeds, two epochs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from pipeline.comparison.stage import run
from tests.pipeline.comparison.tiny_comparison import Recorder, tiny_comparison
from tests.pipeline.training.tiny_split import make_split


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
def finished(split_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished comparison; copy it before changing anything."""
    out = tmp_path_factory.mktemp("finished") / "out"
    run(tiny_comparison(split_path, out), Recorder().progress)
    return out
