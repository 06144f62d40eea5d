import copy

import numpy as np
import pytest
import torch

from data_tools.split.artifact import Sample
from export.config import FinetuneConfig
from export.finetune.codes import recipe_codes
from export.finetune.distillation import _batches, distillation_loss, distilled
from export.finetune.fake_quantization import fake_quantized
from export.finetune.fusion import fold_batch_norm
from export.finetune.layers import trained_layers
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe
from pipeline.training.networks.roadnet import Output, RoadNet
from tests.export.finetune.tiny_network import SMALL, given

RECIPE = Recipe(target="int8-trt", percentile=91.0)
CONFIG = FinetuneConfig(steps=25, batch_size=12, learning_rate=1e-3, noise=8)


@pytest.fixture(scope="module")
def teacher(network: RoadNet) -> RoadNet:
    folded = copy.deepcopy(network)
    fold_batch_norm(folded, given(1))
    return folded


@pytest.fixture(scope="module")
def student(teacher: RoadNet, quantizer: Quantizer, train: tuple[Sample, ...]) -> RoadNet:
    return distilled(teacher, SMALL, recipe_codes(quantizer, RECIPE), train, CONFIG)


def loss_of(student: RoadNet, teacher: RoadNet, quantizer: Quantizer, pictures: torch.Tensor) -> float:
    with torch.no_grad(), fake_quantized(student, recipe_codes(quantizer, RECIPE)):
        return float(distillation_loss(student(pictures), teacher(pictures), 1.0))


def test_the_loss_falls(student: RoadNet, teacher: RoadNet, quantizer: Quantizer, train: tuple[Sample, ...]):
    batch = next(_batches(train, SMALL, FinetuneConfig(batch_size=len(train))))
    pictures = (batch.permute(0, 3, 1, 2) / 255 - torch.tensor(SMALL.normalization.mean).view(1, 3, 1, 1)) / (
        torch.tensor(SMALL.normalization.std).view(1, 3, 1, 1)
    )
    before, after = (loss_of(copy.deepcopy(item), teacher, quantizer, pictures) for item in (teacher, student))
    assert 0 < after < 0.7 * before


def test_the_head_and_the_teacher_stay_as_they_are(student: RoadNet, teacher: RoadNet, network: RoadNet):
    for name, value in network.head.state_dict().items():
        assert torch.equal(student.head.state_dict()[name], value)
        assert torch.equal(teacher.head.state_dict()[name], value)
    own, tuned = trained_layers(teacher), trained_layers(student)
    assert all(not torch.equal(own[name].weight, tuned[name].weight) for name in own)
    assert set(student.state_dict()) == set(teacher.state_dict())
    assert not any(item.requires_grad for item in student.parameters())


def test_the_same_again_whatever_torch_drew_before(
    student: RoadNet, teacher: RoadNet, quantizer: Quantizer, train: tuple[Sample, ...]
):
    torch.rand(7)
    seen: list[tuple[int, int, str]] = []
    again = distilled(
        teacher, SMALL, recipe_codes(quantizer, RECIPE), train, CONFIG, progress=lambda *item: seen.append(item)
    )
    for name, value in student.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name
    assert seen == [(step, 25, "fine-tuning for int8") for step in range(1, 26)]


def test_the_loss_is_the_divergence_and_the_features_error():
    generator = np.random.default_rng(0)
    f, g, a, b = (generator.normal(0, 1, shape) for shape in ((4, 5), (4, 5), (4, 3), (4, 3)))
    p, q = (np.exp(item) / np.exp(item).sum(axis=1, keepdims=True) for item in (b, a))
    wanted = (p * np.log(p / q)).sum(axis=1).mean() + 0.3 * ((f - g) ** 2).mean() / (g**2).mean()
    found, of_teacher = Output(*map(torch.from_numpy, (f, a))), Output(*map(torch.from_numpy, (g, b)))
    assert float(distillation_loss(found, of_teacher, 0.3)) == pytest.approx(wanted)
    assert float(distillation_loss(of_teacher, of_teacher, 1.0)) == pytest.approx(0, abs=1e-12)


def test_batches(train: tuple[Sample, ...]):
    """48 pictures make two full batches of 20 and one of 8; every epoch shows each once, in another order."""
    batches = [item.numpy() for item in _batches(train, SMALL, FinetuneConfig(steps=7, batch_size=20, noise=0))]
    assert [len(item) for item in batches] == [20, 20, 8, 20, 20, 8, 20]
    assert all(item.shape[1:] == (24, 32, 3) and item.dtype == np.uint8 for item in batches)

    def known(pictures: np.ndarray) -> list[bytes]:
        """Name a picture the same, mirrored or not."""
        return [min(item.tobytes(), item[:, ::-1].tobytes()) for item in pictures]

    first, second = known(np.concatenate(batches[:3])), known(np.concatenate(batches[3:6]))
    assert len(set(first)) == 48
    assert sorted(first) == sorted(second)
    assert first != second
    plain = {item.tobytes() for item in np.concatenate(batches[:3])} & {
        item.tobytes() for item in np.concatenate(batches[3:6])
    }
    assert 10 < len(plain) < 38  # about half has changed sides
    other = next(_batches(train, SMALL, FinetuneConfig(steps=1, batch_size=20, noise=0, seed=1)))
    assert not np.array_equal(other.numpy(), batches[0])


def test_noise(train: tuple[Sample, ...]):
    plain, noisy, again = (
        next(_batches(train, SMALL, FinetuneConfig(batch_size=48, noise=noise))).float() for noise in (0, 20, 20)
    )
    assert torch.equal(noisy, again)
    spread = (noisy - plain).std(dim=(1, 2, 3))
    assert spread.max() < 21
    assert spread.min() < 4  # each picture has its own strength
    assert spread.max() > 14
    assert float((noisy - plain).mean().abs()) < 1
