import logging
from pathlib import Path

import pytest

from data_tools.artifacts.model import parent
from data_tools.split.origin import warn_of_other_split


def test_only_another_split_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own, other = tmp_path / "own.json", tmp_path / "other.json"
    own.write_text("{}")
    other.write_text("{ }")
    parents = [parent("split", own, tmp_path), parent("dataset", other, tmp_path)]
    logging.getLogger("roadgrip").propagate = True
    with caplog.at_level(logging.WARNING, logger="roadgrip"):
        assert not warn_of_other_split(parents, own)
        assert caplog.messages == []
        assert warn_of_other_split(parents, other)
    assert "may overlap" in caplog.messages[0]
