from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torchvision

from data_tools.errors import InputError
from data_tools.images.decode import read_picture
from data_tools.images.preprocessing import PreprocessingSpec, to_model_size
from pipeline.label_errors.config import LabelErrorConfig
from pipeline.label_errors.features import picture_features
from pipeline.label_errors.frozen import load_frozen
from pipeline.training.networks import Normalize, RoadNet, to_unit_range
from tests.pipeline.label_errors.tiny_weights import CLASS_COUNT

SPEC = PreprocessingSpec(height=48, width=64)


@pytest.fixture(scope="module")
def network(weights_file: Path) -> RoadNet:
    return load_frozen(LabelErrorConfig(weights=str(weights_file), device="cpu")).network


@pytest.fixture(scope="module")
def files(dataset_path: Path) -> list[Path]:
    return sorted(dataset_path.parent.rglob("*.png"))[::12]


def test_equals_torchvisions_own_network(network: RoadNet, files: list[Path], weights_file: Path) -> None:
    theirs = torchvision.models.mobilenet_v3_small(weights=None, num_classes=CLASS_COUNT).eval()
    theirs.load_state_dict(torch.load(weights_file, weights_only=True))
    pictures = np.stack([to_model_size(read_picture(file), SPEC) for file in files])
    with torch.inference_mode():
        inputs = Normalize(SPEC.normalization)(to_unit_range(torch.from_numpy(pictures)))
        pooled = theirs.avgpool(theirs.features(inputs)).flatten(1)
        expected = torch.cat([pooled, theirs.classifier[:2](pooled)], 1).numpy()
    found = picture_features(network, SPEC, files, mirrored=False)
    assert (found.shape, found.dtype) == ((6, 576 + 1024), np.float32)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert found.std(axis=0).max() > 0.01


def test_a_mirror_image_has_the_same_features_when_both_are_seen(
    network: RoadNet, files: list[Path], tmp_path: Path
) -> None:
    mirrored = []
    for index, file in enumerate(files[:2]):
        stripes = cv2.imread(str(file))
        stripes[:, :20] //= 2
        cv2.imwrite(str(tmp_path / f"{index}.png"), stripes)
        cv2.imwrite(str(tmp_path / f"{index}m.png"), stripes[:, ::-1])
        mirrored += [tmp_path / f"{index}.png", tmp_path / f"{index}m.png"]
    both = picture_features(network, SPEC, mirrored, mirrored=True)
    one = picture_features(network, SPEC, mirrored, mirrored=False)
    np.testing.assert_allclose(both[::2], both[1::2], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(both[::2], (one[::2] + one[1::2]) / 2, rtol=1e-4, atol=1e-5)
    assert np.abs(one[::2] - one[1::2]).max() > 0.01


def test_batch_size_does_not_matter_and_every_batch_is_reported(network: RoadNet, files: list[Path]) -> None:
    reports: list[tuple[int, int, str]] = []
    small = picture_features(network, SPEC, files, batch_size=4, progress=lambda *report: reports.append(report))
    np.testing.assert_allclose(small, picture_features(network, SPEC, files, batch_size=99), rtol=1e-4, atol=1e-5)
    assert reports == [(4, 6, "looking at pictures"), (6, 6, "looking at pictures")]


def test_wrong_input_is_an_error(network: RoadNet, files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(InputError, match=r"text\.jpg: expected a picture"):
        picture_features(network, SPEC, [files[0], tmp_path / "text.jpg"])
    with pytest.raises(InputError, match=r"none\.jpg: no such file"):
        picture_features(network, SPEC, [tmp_path / "none.jpg"])
    with pytest.raises(ValueError, match="expected 1 or more picture files"):
        picture_features(network, SPEC, [])
    network.train()
    try:
        with pytest.raises(ValueError, match="eval mode"):
            picture_features(network, SPEC, files)
    finally:
        network.eval()
