"""Synthetic drives are rendered once for each configuration."""

from pathlib import Path

import pytest

from data_tools.sources import synthetic as module
from data_tools.sources.synthetic import SynthSource
from data_tools.synth.config import SynthConfig
from tests.data_tools.pictures import CLASSES
from tests.data_tools.sources.offers import context

SMALL = SynthConfig(drives_per_class=1, frames_per_drive=2, height=32, width=40)


def test_rendered_once_with_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[int, int, str]] = []
    work = context(tmp_path / "work")._replace(progress=lambda *report: seen.append(report))
    first = SynthSource(type="synth", drives=SMALL).offer(work)
    assert seen[-1] == (6, 6, "rendering drives")
    assert {item.label for item in first.candidates} == set(CLASSES)
    assert all((first.roots[""] / item.path).is_file() for item in first.candidates)
    assert first.roots[""].parent == tmp_path / "work" / "pictures"
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_campaign", None)
        assert SynthSource(type="synth", drives=SMALL).offer(work) == first
    other = SynthSource(type="synth", drives=SMALL.model_copy(update={"seed": 1})).offer(work)
    assert other.roots != first.roots
