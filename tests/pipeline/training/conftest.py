"""Share a tiny split and a quick training configuration."""

from pathlib import Path

import pytest

from pipeline.training.config import TrainConfig
from tests.pipeline.training.quick import quick_config
from tests.pipeline.training.tiny_split import make_split


@pytest.fixture(scope="session")
def split_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_split(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def config() -> TrainConfig:
    return quick_config()
