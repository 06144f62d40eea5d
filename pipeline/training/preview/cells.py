"""Make the pictures of a preview's rows."""

from collections.abc import Iterator
from typing import NamedTuple

from data_tools.images.decode import Picture
from data_tools.split.artifact import Sample
from pipeline.training.config import TrainConfig
from pipeline.training.data.augmentation import build_augmentation
from pipeline.training.data.dataset import read_at_model_size
from pipeline.training.preview.noise import noise_of


class Cell(NamedTuple):
    """Hold one picture of the grid and what it is."""

    picture: Picture
    caption: str


def rows_of(sample: Sample, config: TrainConfig, draws: int) -> Iterator[list[Cell]]:
    """Yield a row with the picture as it is and as the first epochs vary it, and a row of the same with noise.

    The varied pictures are those of a training with this configuration; the noise is drawn anew in the same way.

    Args:
        sample: A training picture.
        config: The training's configuration.
        draws: Number of epochs.

    Raises:
        InputError: The file is missing or no usable picture.
    """
    picture = read_at_model_size(sample, config.preprocessing())
    vary = build_augmentation(config.augmentation, config.seed)
    shown = [Cell(picture, "network input, not augmented")]
    shown += [Cell(vary(picture, sample.image_id, epoch), f"epoch {epoch}") for epoch in range(draws)]
    yield shown
    noise = noise_of(config.method)
    if noise is not None:
        noisy = (noise(cell.picture, config.seed, sample.image_id, column) for column, cell in enumerate(shown))
        yield [Cell(*pair) for pair in noisy]
