"""The measurement of the pass over the pictures, on a handful of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.data import prepare_speed
from benchmarks.data.prepare_speed import compare_outputs, four_steps, main, own_loop, pillow_loop, psnr_db
from tests.data_tools.pictures import encode, noise, write


def test_psnr_closed_form():
    flat = np.full((4, 5, 3), 100, np.uint8)
    assert psnr_db(flat, flat + np.uint8(5)) == pytest.approx(20 * np.log10(255 / 5))


@pytest.mark.parametrize(("loop", "left"), [(pillow_loop, ".jpg"), (own_loop, ".tar"), (four_steps, None)])
def test_every_loop_does_its_work(loop: object, left: str | None, tmp_path: Path):
    files = [
        write(tmp_path / "in" / f"{index}.jpg", encode(noise(index, height=90, width=160), ".jpg"))
        for index in range(3)
    ]
    loop(files, tmp_path / "out")
    found = {path.suffix for path in (tmp_path / "out").iterdir()}
    assert left is None or left in found
    sizes = [path.stat().st_size for path in (tmp_path / "out").glob("*.tar")]
    assert all(size > 3 * 400 * 500 * 3 for size in sizes)


def test_a_run_names_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(prepare_speed, "HEIGHT_PX", 90)
    monkeypatch.setattr(prepare_speed, "WIDTH_PX", 160)
    out = tmp_path / "figures.json"
    main(["--pictures", "2", "--rounds", "1", "--scaling-pictures", "2", "--out", str(out)])
    figures = json.loads(out.read_text())["figures"]
    assert len(figures) == 10
    assert all(np.isfinite(figure["value"]) and figure["value"] > 0 for figure in figures)
    assert [figure["at_least"] for figure in figures if figure["at_least"]][::2] == [2.5, 1.7]
    printed = capsys.readouterr().out
    assert all(figure["name"] in printed for figure in figures)


def test_likeness_falls_with_another_resize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The comparison must notice a resize that skips pixels."""
    files = [write(tmp_path / "0.jpg", encode(noise("like", height=720, width=1280), ".jpg"))]
    ours, saved = compare_outputs(files)
    monkeypatch.setattr(prepare_speed, "SIZE", prepare_speed.SIZE.model_copy(update={"interpolation": "linear"}))
    assert compare_outputs(files)[0] < ours
    assert compare_outputs(files)[1] == saved
