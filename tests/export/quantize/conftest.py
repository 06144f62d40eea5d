from pathlib import Path

import numpy as np
import onnx
import pytest

from data_tools.split.artifact import Sample, open_split


@pytest.fixture(scope="session")
def float_model(onnx_path: Path) -> onnx.ModelProto:
    """The exported graph with shapes inferred; a test must not change it."""
    return onnx.shape_inference.infer_shapes(onnx.load(str(onnx_path.parent / "model.fp32.onnx")))


@pytest.fixture(scope="session")
def calibration_samples(split_path: Path) -> tuple[Sample, ...]:
    return open_split(split_path).samples["calibration"]


@pytest.fixture(scope="session")
def activations(float_model: onnx.ModelProto, calibration_samples: tuple[Sample, ...]) -> dict[str, np.ndarray]:
    """Every tensor that a node makes, on the calibration pictures, by plain ONNX Runtime."""
    from export.inference import load_batch
    from tests.export.hand_made import all_activations
    from tests.export.trained_like import SPEC

    return all_activations(float_model, {"image": load_batch(calibration_samples, SPEC)})


@pytest.fixture(scope="session")
def true_ranges(float_model: onnx.ModelProto, activations: dict[str, np.ndarray]) -> dict[str, tuple[float, float]]:
    return {
        name: (float(value.min()), float(value.max()))
        for name, value in activations.items()
        if value.dtype == np.float32
    }


@pytest.fixture(scope="session")
def calibration_pictures(calibration_samples: tuple[Sample, ...]) -> np.ndarray:
    from export.inference import load_batch
    from tests.export.trained_like import SPEC

    return load_batch(calibration_samples, SPEC)


@pytest.fixture(scope="session")
def quantizer(float_model: onnx.ModelProto, calibration_pictures: np.ndarray):
    from export.quantize.quantizer import Quantizer

    return Quantizer(float_model, calibration_pictures)


@pytest.fixture(scope="session")
def scorer(float_model: onnx.ModelProto, calibration_pictures: np.ndarray, calibration_samples: tuple[Sample, ...]):
    from export.inference import labels_of
    from export.quantize.scoring import Scorer

    return Scorer(float_model, calibration_pictures, labels_of(calibration_samples), "calibration")
