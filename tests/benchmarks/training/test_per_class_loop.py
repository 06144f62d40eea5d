"""The two sides of the loss benchmark compute the same."""

import pytest
import torch

from benchmarks.training import loss_speed
from benchmarks.training.loss_speed import check_equal, make_case
from benchmarks.training.per_class_loop import PerClassLoop
from data_tools.errors import CheckFailedError
from pipeline.training.losses import DiscriminativeLoss
from pipeline.training.losses.discriminative import DiscriminativeWeights

CPU = torch.device("cpu")


@pytest.mark.parametrize("classes", [2, 3, 10, 100])
@pytest.mark.parametrize("width", [4, 128])
def test_loss_gradients_and_centroids_agree_over_several_batches(width: int, classes: int):
    """In double precision, with other weights than the defaults and classes that come and go."""
    generator = torch.Generator().manual_seed(width * classes)
    head = torch.nn.Linear(width, classes, dtype=torch.float64)
    weights = DiscriminativeWeights(0.4, 3.5, 0.7, 1.3, 0.01, 0.6, 0.8)
    ours = DiscriminativeLoss(classes, width, **vars(weights)).double()
    loop = PerClassLoop(classes, width, weights)
    loop._centroids = loop._centroids.double()
    for _ in range(4):
        labels = torch.randint(classes, (24,), generator=generator)
        clean, noisy = (
            (2 * torch.randn(24, width, generator=generator, dtype=torch.float64)).requires_grad_() for _ in range(2)
        )
        leaves = (clean, noisy, head.weight, head.bias)
        mine = ours(clean, noisy, labels, head).total
        theirs = loop(clean, noisy, labels, (head.weight, head.bias))
        torch.testing.assert_close(mine, theirs, atol=1e-10, rtol=1e-10)
        for own, other in zip(torch.autograd.grad(mine, leaves), torch.autograd.grad(theirs, leaves), strict=True):
            torch.testing.assert_close(own, other, atol=1e-10, rtol=1e-10)
        torch.testing.assert_close(ours.centroids, loop._centroids)


def test_the_check_passes_at_every_measured_size():
    for width in loss_speed.WIDTHS:
        for classes in loss_speed.CLASSES:
            check_equal(make_case(width, classes, CPU))


def test_the_check_notices_another_constant():
    case = make_case(8, 3, CPU)
    off = case._replace(loop=lambda: case.loop() * (1 + 1e-4))
    with pytest.raises(CheckFailedError, match=r"differ by 1\.0e-04"):
        check_equal(off)
