from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from data_tools.errors import InputError
from data_tools.split.artifact import Sample, open_split
from export.graph.centroids import measured_centroids, trained_centroids
from export.graph.stage import find_centroids
from export.inference import load_batch
from pipeline.training.losses import CenterLoss, DiscriminativeLoss
from pipeline.training.networks.checkpoint import load_checkpoint
from pipeline.training.networks.roadnet import RoadNet
from tests.export.trained_like import SPEC, normalized, rough_network, write_checkpoint
from tests.pipeline.training.tiny_split import CLASSES, make_split

VALUES = torch.arange(48, dtype=torch.float32).reshape(3, 16) + 1


@pytest.fixture(scope="module")
def network() -> RoadNet:
    return rough_network(16)


@pytest.fixture(scope="module")
def train(split_path: Path) -> tuple[Sample, ...]:
    return open_split(split_path).samples["train"]


def state_of(loss: nn.Module) -> dict[str, torch.Tensor]:
    """Return the state of a method that keeps a loss."""
    return nn.ModuleDict({"loss": loss}).state_dict()


def discriminative(seen: list[bool]) -> dict[str, torch.Tensor]:
    loss = DiscriminativeLoss(3, 16)
    loss.centroids.copy_(VALUES)
    loss.seen.copy_(torch.tensor(seen))
    return state_of(loss)


def center(values: torch.Tensor) -> dict[str, torch.Tensor]:
    loss = CenterLoss(3, values.shape[1])
    loss.centers.copy_(values)
    return state_of(loss)


@pytest.mark.parametrize("state", [discriminative([True] * 3), center(VALUES)], ids=["robust", "center"])
def test_what_the_loss_kept_is_taken(
    network: RoadNet, train: tuple[Sample, ...], split_path: Path, tmp_path: Path, state: dict[str, torch.Tensor]
):
    path = write_checkpoint(network, split_path, tmp_path, CLASSES, state)
    found = trained_centroids(path, network, averaged=False)
    assert found is not None
    assert found.origin == "trained"
    assert torch.equal(found.values, VALUES)
    artifact, loaded = load_checkpoint(path)
    assert find_centroids(path, artifact, loaded, train, split_path=split_path).origin == "trained"


UNSEEN = VALUES * torch.tensor([[1.0], [0.0], [1.0]])


@pytest.mark.parametrize(
    "state",
    [{}, discriminative([True, False, True]), center(UNSEEN), center(VALUES[:, :8]), center(VALUES * torch.nan)],
    ids=["nothing kept", "class unseen by robust", "class unseen by center", "another width", "not a number"],
)
def test_what_is_no_centroid_of_the_features_is_not_taken(
    network: RoadNet, split_path: Path, tmp_path: Path, state: dict[str, torch.Tensor]
):
    path = write_checkpoint(network, split_path, tmp_path, CLASSES, state)
    assert trained_centroids(path, network, averaged=False) is None


def test_averaged_weights_are_measured(network: RoadNet, train: tuple[Sample, ...], split_path: Path, tmp_path: Path):
    settings = {"ema_decay": 0.999}
    path = write_checkpoint(network, split_path, tmp_path, CLASSES, discriminative([True] * 3), settings)
    artifact, loaded = load_checkpoint(path)
    found = find_centroids(path, artifact, loaded, train, split_path=split_path)
    assert found.origin == "measured"
    assert not torch.allclose(found.values, VALUES)


def test_measured_equals_a_naive_loop(network: RoadNet, train: tuple[Sample, ...]):
    chosen = train[::-1][:11] + train[:9]  # no order, no balance, more than one batch
    seen: list[tuple[int, int, str]] = []
    found = measured_centroids(network, SPEC, chosen, lambda *step: seen.append(step))
    features: dict[int, list[np.ndarray]] = {0: [], 1: [], 2: []}
    with torch.no_grad():
        for sample in chosen:
            features[sample.label].append(network(normalized(load_batch([sample], SPEC))).features[0].numpy())
    assert len({len(rows) for rows in features.values()}) > 1
    for label, rows in features.items():
        # A picture alone and one of a batch differ by 1e-6 or so; features in float16 would by 1e-4.
        np.testing.assert_allclose(found.values[label], np.mean(rows, axis=0, dtype=np.float64), rtol=1e-5, atol=1e-6)
    assert (found.origin, found.values.dtype) == ("measured", torch.float32)
    assert seen == [(16, 20, "measuring class centroids"), (20, 20, "measuring class centroids")]


def test_a_nearest_centre_head_gives_its_own(split_path: Path, tmp_path: Path):
    network = rough_network(16, head="nearest_center")
    path = write_checkpoint(network, split_path, tmp_path, CLASSES, discriminative([True] * 3))
    for averaged in (False, True):  # an average holds its centres as well
        found = trained_centroids(path, network, averaged=averaged)
        assert found is not None
        assert found.origin == "head"
        assert torch.equal(found.values, dict(network.head.named_parameters())["centers"])


def test_a_class_without_pictures_is_named(network: RoadNet, train: tuple[Sample, ...], tmp_path: Path):
    split = make_split(tmp_path / "split", {"train": 1, "val": 1, "calibration": 1, "test": 1})
    path = write_checkpoint(network, split, tmp_path / "train", CLASSES)
    artifact, loaded = load_checkpoint(path)
    dry_and_snow = tuple(sample for sample in train if sample.label != 1)
    with pytest.raises(InputError, match=r"split\.json: .*every class in the train part.*got none of wet"):
        find_centroids(path, artifact, loaded, dry_and_snow, split_path=split)
    with pytest.raises(InputError, match="got none of dry, wet, snow"):
        find_centroids(path, artifact, loaded, (), split_path=split)
    with pytest.raises(ValueError, match=r"all 3 classes, got those of the labels \[0, 2\]"):
        measured_centroids(network, SPEC, dry_and_snow)
