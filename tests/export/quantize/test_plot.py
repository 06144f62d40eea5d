from pathlib import Path

import cv2
import pytest

from export.quantize.found import Found
from export.quantize.plot import draw
from tests.export.quantize.test_search import WIDE, search_of


@pytest.fixture(scope="module")
def searches() -> list[Found]:
    return [search_of(WIDE).run(target, ("layers in float",)) for target in ("int8", "int8-trt")]


@pytest.mark.parametrize("timed", [True, False])
def test_one_panel_or_two_and_the_same_bytes_again(searches: list[Found], timed: bool, tmp_path: Path):
    pytest.importorskip("matplotlib")
    ratios = {item.recipe: 1 + 0.1 * index for index, item in enumerate(searches[0].tried)} if timed else {}
    picture = draw(tmp_path / "a.png", searches, 0.001, ratios)
    height, width, _ = cv2.imread(str(picture)).shape
    assert width == pytest.approx(1200 if timed else 720, abs=2)
    assert height < 600
    assert draw(tmp_path / "b.png", searches, 0.001, ratios).read_bytes() == picture.read_bytes()
    assert draw(tmp_path / "c.png", searches[:1], 0.001, ratios).read_bytes() != picture.read_bytes()
