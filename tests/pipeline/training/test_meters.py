import pytest
import torch

from pipeline.training.meters import Meters


def test_means_are_weighted_by_the_samples() -> None:
    meters = Meters()
    assert meters.means() == {}
    meters.add({"loss": torch.tensor(1.0), "accuracy": torch.tensor(0.0)}, 1)
    meters.add({"loss": torch.tensor(4.0), "accuracy": torch.tensor(1.0)}, 2)
    assert meters.means() == {"loss": pytest.approx(3), "accuracy": pytest.approx(2 / 3)}
    meters.reset()
    assert meters.means() == {}
