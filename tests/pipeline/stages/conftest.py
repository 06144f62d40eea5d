import shutil
from pathlib import Path

import pytest

from pipeline.stages.config import RunConfig
from pipeline.stages.runner import run_stages
from tests.pipeline.stages.tiny_run import tiny_tree


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    """A whole run; tests that change it work on a copy."""
    pytest.importorskip("torch", reason="the whole line needs the extra 'train'")
    pytest.importorskip("jinja2", reason="the whole line needs the extra 'report'")
    config = RunConfig.model_validate(tiny_tree(tmp_path_factory.mktemp("runs")))
    outcomes = run_stages(config)
    assert [outcome.action for outcome in outcomes] == ["ran"] * 10
    return config


@pytest.fixture
def copy(finished: RunConfig, tmp_path: Path) -> RunConfig:
    """A copy of the whole run elsewhere; artifacts name each other by relative paths, so it must stay up to date."""
    shutil.copytree(finished.folder, tmp_path / "runs" / finished.name)
    return finished.model_copy(update={"output_dir": tmp_path / "runs"})
