from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from data_tools.errors import InputError
from data_tools.split.artifact import Sample, open_split
from pipeline.training.data import train_loader
from pipeline.training.preview import draw_preview, save_page
from pipeline.training.preview.cells import rows_of
from tests.pipeline.training.quick import quick_config
from tests.pipeline.training.tiny_split import CLASSES


@pytest.fixture
def samples(split_path: Path) -> Sequence[Sample]:
    return open_split(split_path).samples["train"]


def test_the_cells_are_what_training_makes(samples: Sequence[Sample]) -> None:
    config = quick_config(balance="none", batch_size=2)
    shown, noisy = rows_of(samples[0], config, 3)
    assert [cell.caption for cell in shown] == ["network input, not augmented", "epoch 0", "epoch 1", "epoch 2"]
    assert len(noisy) == 4
    assert all(cell.caption == "noise, sigma 40" for cell in noisy)
    for epoch in range(3):
        loaded = [p for pictures, _ in train_loader(samples[:2], config, epoch) for p in pictures.numpy()]
        assert any(np.array_equal(shown[1 + epoch].picture, picture) for picture in loaded)


def test_a_method_without_noise_has_one_row(samples: Sequence[Sample]) -> None:
    assert len(list(rows_of(samples[0], quick_config(method={"type": "normal"}), 1))) == 1


@pytest.mark.parametrize(("side", "cell"), [(32, 192), (64, 192), (256, 256), (1024, 512)])
def test_the_page_shows_every_cell(samples: Sequence[Sample], tmp_path: Path, side: int, cell: int) -> None:
    config = quick_config(input={"height": side, "width": side}, method={"type": "normal"})
    page = draw_preview(samples[:2], CLASSES, config, 1, "a title")
    assert page.shape[1] == 2 * 24 + 2 * cell + 8
    colour = page[-24 - 22 - cell // 2, 24 + cell // 2].astype(int)
    plain = next(rows_of(samples[1], config, 0))[0].picture
    assert np.abs(colour - plain.mean(axis=(0, 1))).max() < 60
    save_page(tmp_path / "page.png", page)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "page.png"))[..., ::-1], page)


def test_a_page_that_is_too_large_is_refused(samples: Sequence[Sample]) -> None:
    config = quick_config(input={"height": 512, "width": 512})
    with pytest.raises(InputError, match="fewer pictures or draws"):
        draw_preview(samples, CLASSES, config, 100, "a title")
