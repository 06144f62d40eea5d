import pytest
import torch
from torch import Tensor

from pipeline.training.best import better, selection_score


def weights() -> dict[str, Tensor]:
    return {"weight": torch.ones(1)}


@pytest.mark.parametrize(
    ("accuracy", "loss", "epoch"),
    [(0.8, 9.0, 2), (0.6, 0.1, 1), (0.7, 0.4, 2), (0.7, 0.6, 1), (0.7, 0.5, 2)],
)
def test_accuracy_then_loss_then_the_later_epoch(accuracy: float, loss: float, epoch: int) -> None:
    best = better(None, 1, 0.7, {"val_accuracy": 0.1, "val_loss": 0.5}, weights)
    assert better(best, 2, accuracy, {"val_accuracy": 0.2, "val_loss": loss}, weights).epoch == epoch


@pytest.mark.parametrize(
    ("validation", "select_by", "score"),
    [
        ({"val_accuracy": 0.9, "val_accuracy_noisy": 0.5}, "clean", 0.9),
        ({"val_accuracy": 0.9, "val_accuracy_noisy": 0.5}, "clean_and_noisy", 0.7),
        ({"val_accuracy": 0.9}, "clean_and_noisy", 0.9),
    ],
)
def test_score_is_the_accuracy_of_the_views_asked_for(validation: dict, select_by: str, score: float) -> None:
    assert selection_score(validation, select_by) == pytest.approx(score)
