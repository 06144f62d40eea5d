"""The same picture file gives the same answer through `predict` and through the training's own reading and torch."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from data_tools.split.artifact import Sample, open_split
from export.bundle import stage as bundle
from export.config import BundleConfig, ExportConfig
from export.graph import stage as graph
from export.runtime.predict import ClassifiedEntry, predict_paths
from export.runtime.prediction import Prediction
from export.runtime.session import Classifier
from pipeline.training.data.dataset import PlainDataset
from pipeline.training.networks import Normalize, to_unit_range
from pipeline.training.networks.checkpoint import load_checkpoint
from tests.export.trained_like import one_torch_thread

SIDES = ((97, 131), (480, 640), (65, 300))
FRAME = (240, 320)


@pytest.fixture(scope="module", params=["rgb", "bgr"])
def manifest_path(
    request: pytest.FixtureRequest, checkpoint_path: Path, split_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    config = ExportConfig(color=request.param, fp16=False)
    onnx = graph.run(config, checkpoint_path, split_path, folder / "export")
    return bundle.run(BundleConfig(), onnx, None, split_path, folder / "bundle", name=request.param)


def photographs(split_path: Path) -> list[np.ndarray]:
    """Pictures of the test part at sizes of their own, with sharp detail that a wrong resize would lose."""
    generator = np.random.default_rng(0)
    found = []
    for index, sample in enumerate(open_split(split_path).samples["test"]):
        picture = cv2.imread(str(sample.file), cv2.IMREAD_COLOR_RGB)
        height, width = SIDES[index % len(SIDES)]
        sized = cv2.resize(picture, (width, height), interpolation=cv2.INTER_NEAREST).astype(np.int16)
        found.append(np.clip(sized + generator.normal(0, 20, sized.shape), 0, 255).astype(np.uint8))
    return found


def by_training(files: list[Path], checkpoint_path: Path) -> np.ndarray:
    """Read as the training does, and run torch: probabilities before any temperature, (N, C)."""
    artifact, network = load_checkpoint(checkpoint_path)
    samples = [Sample(file.name, file, 0, "source", "drive") for file in files]
    dataset = PlainDataset(samples, artifact.preprocessing)
    normalize = Normalize(artifact.preprocessing.normalization)
    with one_torch_thread(), torch.inference_mode():
        rows = [network(normalize(to_unit_range(dataset[at][0][None]))).logits for at in range(len(samples))]
        return torch.softmax(torch.cat(rows).double(), dim=1).numpy()


def compare(found: list[Prediction | ClassifiedEntry], expected: np.ndarray, classes: tuple[str, ...]) -> None:
    assert [item.label for item in found] == [classes[at] for at in expected.argmax(axis=1)]
    assert len({item.label for item in found}) == 3
    difference = np.abs(np.array([list(item.probabilities.values()) for item in found]) - expected).max()
    assert difference <= 1e-3
    assert all(item.distance > 0 for item in found)


def without_temperature(manifest_path: Path) -> Classifier:
    """Open a bundle with temperature 1; too few validation pictures leave it there, and say so."""
    classifier = Classifier.open(manifest_path)
    assert (classifier.variant.temperature, classifier.variant.temperature_basis) == (1.0, "too_few_pictures")
    return classifier


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_file_is_read_alike(
    manifest_path: Path, checkpoint_path: Path, split_path: Path, tmp_path: Path, suffix: str
):
    files = []
    for index, picture in enumerate(photographs(split_path)):
        files.append(tmp_path / f"{index}{suffix}")
        assert cv2.imwrite(str(files[-1]), picture[..., ::-1])
    classifier = without_temperature(manifest_path)
    entries = predict_paths(classifier, files, batch_size=7)
    compare(entries, by_training(files, checkpoint_path), classifier.classes)


@pytest.mark.parametrize("color", ["rgb", "bgr"])
def test_a_raw_camera_frame_is_read_alike(
    manifest_path: Path, checkpoint_path: Path, split_path: Path, tmp_path: Path, color: str
):
    height, width = FRAME
    pictures = [cv2.resize(picture, (width, height)) for picture in photographs(split_path)]
    files = [tmp_path / f"{index}.ppm" for index in range(len(pictures))]
    for file, picture in zip(files, pictures, strict=True):
        file.write_bytes(b"P6 %d %d 255\n" % (width, height) + picture.tobytes())
    memory = [np.ascontiguousarray(picture if color == "rgb" else picture[..., ::-1]).tobytes() for picture in pictures]
    frames = [np.frombuffer(data, np.uint8).reshape(height, width, 3) for data in memory]
    classifier = without_temperature(manifest_path)
    compare(classifier.classify(frames, color=color), by_training(files, checkpoint_path), classifier.classes)


def test_the_wrong_colour_order_shows(manifest_path: Path, checkpoint_path: Path, split_path: Path, tmp_path: Path):
    pictures = photographs(split_path)
    files = [tmp_path / f"{index}.png" for index in range(len(pictures))]
    for file, picture in zip(files, pictures, strict=True):
        assert cv2.imwrite(str(file), picture[..., ::-1])
    classifier = without_temperature(manifest_path)
    with pytest.raises(AssertionError):
        compare(classifier.classify(pictures, "bgr"), by_training(files, checkpoint_path), classifier.classes)
