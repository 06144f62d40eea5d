import re
import sys

import cv2
import numpy as np
import pytest

from data_tools.artifacts.lineage import ancestors
from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.card.artifact import CardArtifact
from data_tools.card.palette import SERIES
from data_tools.card.sheet import draw_sheet, letter_boxed
from data_tools.card.write import write_card
from data_tools.errors import CheckFailedError, MissingDependencyError
from data_tools.images.decode import UnreadablePictureError, read_picture
from tests.data_tools.card.datasets import roads, write_dataset
from tests.data_tools.pictures import write


@pytest.fixture(scope="module")
def card(dataset, split, tmp_path_factory):
    return write_card(dataset, split, tmp_path_factory.mktemp("out") / "card")


def test_card_holds_the_numbers_and_knows_its_parents(card, data):
    artifact = load_artifact(CardArtifact, card)
    check_payload(artifact, card.parent)
    assert artifact.data == data
    assert {(link.kind, link.state) for link in ancestors(card)} == {
        ("card", "ok"),
        ("split", "ok"),
        ("dataset", "ok"),
    }


def test_page_links_every_picture_and_nothing_else(card):
    linked = set(re.findall(r"\]\((pictures/[^)]*)\)", (card.parent / "card.md").read_text(encoding="utf-8")))
    assert linked == {f"pictures/{path.name}" for path in (card.parent / "pictures").iterdir()}
    assert len(linked) == 7
    assert all(min(read_picture(card.parent / path).shape[:2]) > 200 for path in linked)


def test_class_colours_are_in_the_plots(card):
    pixels = {tuple(value) for value in read_picture(card.parent / "pictures" / "class_balance.png").reshape(-1, 3)}
    for colour in SERIES[:3]:
        assert tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5)) in pixels


def test_same_input_gives_the_same_bytes(card, dataset, split, tmp_path):
    again = write_card(dataset, split, tmp_path / "card")
    for path in sorted((card.parent / "pictures").iterdir()):
        assert path.read_bytes() == (again.parent / "pictures" / path.name).read_bytes()
    assert (card.parent / "card.md").read_bytes() == (again.parent / "card.md").read_bytes()


def test_changed_page_is_found(dataset, tmp_path):
    path = write_card(dataset, None, tmp_path)
    (tmp_path / "card.md").write_text("better")
    with pytest.raises(CheckFailedError, match=r"card\.md: changed after it was written"):
        check_payload(load_artifact(CardArtifact, path), tmp_path)


def test_missing_matplotlib_is_named_before_anything_is_written(dataset, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingDependencyError, match=r"matplotlib.*pip install '\.\[report\]'"):
        write_card(dataset, None, tmp_path / "card")
    assert not (tmp_path / "card").exists()


def test_missing_picture_leaves_no_card(tmp_path):
    path = write_dataset(tmp_path / "data", roads(2, 1))
    for picture in (tmp_path / "data" / "pictures" / "wet").rglob("*.png"):
        picture.unlink()
    with pytest.raises(UnreadablePictureError, match="no such file"):
        write_card(path, None, tmp_path / "card")
    assert not (tmp_path / "card" / "card.json").exists()


@pytest.mark.parametrize(("height", "width"), [(30, 90), (90, 30), (45, 60)])
def test_letter_box_keeps_the_shape(height, width):
    box = letter_boxed(np.full((height, width, 3), 9, np.uint8), 240, 180)
    rows, columns = np.nonzero((box == 9).all(axis=2))
    shown = (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1)
    assert box.shape == (180, 240, 3)
    assert shown[1] / shown[0] == pytest.approx(width / height, rel=0.02)
    assert shown[0] == 180 or shown[1] == 240


def test_sheet_shows_every_picture(tmp_path):
    for index in range(7):
        done, encoded = cv2.imencode(".png", np.full((60, 80, 3), (200, 10 * index, 0), np.uint8))
        assert done
        write(tmp_path / f"{index}.png", encoded.tobytes())
    pictures = [f"{index}.png" for index in range(7)]
    sheet = draw_sheet(tmp_path / "sheet.png", pictures, tmp_path.joinpath, title="dry", about="7", colour="#0072b2")
    pixels = {tuple(value) for value in read_picture(sheet).reshape(-1, 3)}
    assert {(0, 10 * index, 200) for index in range(7)} <= pixels
