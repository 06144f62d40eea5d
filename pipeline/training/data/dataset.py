"""Read the samples of a part at model size."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset

from data_tools.cache.reader import read_at_size
from data_tools.errors import InputError
from data_tools.images.decode import Picture, UnreadablePictureError
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.split.artifact import Sample
from pipeline.training.data.augmentation import Augmentation
from pipeline.training.data.sampling import Draw

Item = tuple[Tensor, int]
"""(H, W, 3) uint8 RGB at model size, class index."""


def read_at_model_size(sample: Sample, preprocessing: PreprocessingSpec) -> Picture:
    """Read a sample's picture at model size, from the data set's cache when that was made for the same size.

    Raises:
        InputError: The file is missing or no usable picture. (One argument, unlike its cause, so that it survives
            the way back from a loader process.)
    """
    try:
        return read_at_size(sample.file, sample.cached, preprocessing)
    except UnreadablePictureError as error:
        raise InputError(str(error)) from error


class TrainDataset(Dataset[Item]):
    """Yield augmented pictures; what comes depends on the `Draw` alone."""

    def __init__(self, samples: Sequence[Sample], preprocessing: PreprocessingSpec, augmentation: Augmentation) -> None:
        self._samples = samples
        self._preprocessing = preprocessing
        self._augmentation = augmentation

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._samples)

    def __getitem__(self, draw: Draw) -> Item:
        """Return one picture as the draw says."""
        sample = self._samples[draw.row]
        picture = read_at_model_size(sample, self._preprocessing)
        varied = self._augmentation(picture, sample.image_id, draw.epoch, draw.repeat)
        return torch.from_numpy(varied), sample.label


class PlainDataset(Dataset[Item]):
    """Yield pictures as they are."""

    def __init__(self, samples: Sequence[Sample], preprocessing: PreprocessingSpec) -> None:
        self._samples = samples
        self._preprocessing = preprocessing

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._samples)

    def __getitem__(self, index: int) -> Item:
        """Return one picture."""
        sample = self._samples[index]
        return torch.from_numpy(read_at_model_size(sample, self._preprocessing)), sample.label
