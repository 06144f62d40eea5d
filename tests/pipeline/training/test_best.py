import pytest
from torch import nn

from pipeline.training.best import better


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Linear(1, 1)
        self.method = nn.BatchNorm1d(1)
        self.other = nn.Linear(1, 1)


@pytest.mark.parametrize(
    ("accuracy", "loss", "epoch"),
    [(0.8, 9.0, 2), (0.6, 0.1, 1), (0.7, 0.4, 2), (0.7, 0.6, 1), (0.7, 0.5, 2)],
)
def test_accuracy_then_loss_then_the_later_epoch(accuracy: float, loss: float, epoch: int) -> None:
    module = Pair()
    best = better(None, 1, 0.7, 0.5, module)
    assert better(best, 2, accuracy, loss, module).epoch == epoch


def test_weights_are_copied_under_their_names() -> None:
    module = Pair()
    best = better(None, 0, 0.7, 0.5, module)
    module.network.weight.data.add_(1)
    assert set(best.weights) >= {"weight", "bias", "method.running_mean"}
    assert not any(name.startswith("other") for name in best.weights)
    assert best.weights["weight"].item() == pytest.approx(module.network.weight.item() - 1)
