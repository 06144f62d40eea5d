from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.pipeline.cli.conftest import Result
from tests.pipeline.training.tiny_split import make_split

Cli = Callable[..., Result]
SIZE = ("--set", "train.input.height=48", "--set", "train.input.width=64")


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_split(tmp_path_factory.mktemp("preview"))


def page(path: Path) -> np.ndarray:
    read = cv2.imread(str(path))
    assert read is not None
    return read


def test_a_page_is_drawn(roadgrip: Cli, split: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "preview.png"
    result = roadgrip("preview", split, "--out", out, *SIZE, "--pictures", "2", "--draws", "1")
    assert result.code == 0
    assert "2 of 21 training pictures" in result.out
    width, height = 192, 144
    assert page(out).shape[1] == 2 * 24 + 2 * width + 8
    assert page(out).shape[0] > 2 * 2 * height


def test_the_seed_and_the_settings_decide(roadgrip: Cli, split: Path, tmp_path: Path) -> None:
    def draw(name: str, *options: str) -> np.ndarray:
        assert roadgrip("preview", split, "--out", tmp_path / name, *SIZE, "--pictures", "1", *options).code == 0
        return page(tmp_path / name)[70:]  # below the title, which names the settings

    first = draw("a.png")
    still = ("--set", "train.augmentation.type=road", "--set", "train.augmentation.rotation_deg=0")
    assert np.array_equal(first, draw("b.png", "--seed", "0"))
    assert np.array_equal(draw("c.png", "--seed", "1"), draw("d.png", "--set", "train.seed=1"))
    assert not np.array_equal(first, draw("e.png", "--seed", "1"))
    assert not np.array_equal(first, draw("f.png", *still))
    assert draw("g.png", "--set", "train.method.type=normal").shape[0] < first.shape[0]


def test_a_configuration_files_section_is_used(roadgrip: Cli, split: Path, tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    config.write_text(
        "train:\n  input: {height: 48, width: 64}\n  augmentation: {type: crop_flip}\n  method: {type: sign}\n"
    )
    result = roadgrip("preview", split, "--out", tmp_path / "page.png", "--config", config, "--draws", "0")
    assert result.code == 0
    assert page(tmp_path / "page.png").shape[1] == 2 * 24 + 192


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--out", "page.jpg"), "expected the name of a .png file"),
        (("--out", "old.png"), "exists; choose another name, or pass --overwrite"),
        (("--out", "folder.png"), "expected a file, but this is a folder"),
        (("--out", "page.png", "--set", "split.seed=1"), "expected a key of this command's section"),
        (("--out", "page.png", "--set", "train.augmentation.type=fog"), "train: augmentation"),
        (("--out", "page.png", "--pictures", "200", "--draws", "100"), "ask for fewer pictures or draws"),
    ],
)
def test_errors_are_one_line(
    roadgrip: Cli, split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.png").touch()
    Path("folder.png").mkdir()
    result = roadgrip("preview", split, *options)
    assert result.code == 2
    assert message in result.error
    assert not Path("page.png").exists()
    assert not Path("old.png").read_bytes()


def test_an_old_page_is_replaced_when_asked_to(roadgrip: Cli, split: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.png"
    out.touch()
    assert roadgrip("preview", split, "--out", out, "--overwrite", *SIZE, "--pictures", "1", "--draws", "0").code == 0
    assert page(out).size


def test_help_teaches(roadgrip: Cli) -> None:
    shown = roadgrip("preview", "--help").out
    assert all(word in shown for word in ("--pictures", "--draws", "--seed", "augmentation", "epoch"))
