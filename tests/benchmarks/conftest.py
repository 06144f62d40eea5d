from pathlib import Path

import pytest

from tests.export.runtime.tiny_bundle import write_bundle


@pytest.fixture
def manifest_path(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "bundle")
