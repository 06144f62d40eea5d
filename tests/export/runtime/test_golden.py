import io
from pathlib import Path

import numpy as np
import pytest

from data_tools.errors import CheckFailedError
from export.runtime.bundle import open_bundle
from export.runtime.golden import GOLDEN_DISTANCE, GOLDEN_LOGITS, GOLDEN_PROBABILITIES, golden_inputs, golden_outputs
from tests.export.runtime.tiny_bundle import flip_byte, golden_pictures, rehash


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


WRONG_INPUTS = {
    "no npy": b"text",
    "empty": b"",
    "cut": npy(golden_pictures())[:-1],
    "pickle": npy(np.array([{"a": 1}], dtype=object)),
    "float": npy(golden_pictures().astype(np.float32)),
    "no pictures": npy(golden_pictures()[:0]),
    "other size": npy(golden_pictures()[:, 1:]),
    "zip": b"PK\x03\x04" + b"0" * 40,
}


def test_round_trip(manifest_path: Path):
    bundle = open_bundle(manifest_path)
    np.testing.assert_array_equal(golden_inputs(bundle), golden_pictures())
    stored = golden_outputs(bundle, bundle.manifest.variants[0], 3)
    logits, probabilities, distance = (stored[:, at] for at in (GOLDEN_LOGITS, GOLDEN_PROBABILITIES, GOLDEN_DISTANCE))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(logits.argmax(axis=1), [0, 1, 2])
    np.testing.assert_array_equal(distance.argmin(axis=1), [0, 1, 2])


@pytest.mark.parametrize("name", WRONG_INPUTS)
def test_wrong_inputs_are_named(manifest_path: Path, name: str):
    rehash(manifest_path.parent, "golden_inputs.npy", WRONG_INPUTS[name])
    with pytest.raises(CheckFailedError, match=r"golden_inputs\.npy: expected"):
        golden_inputs(open_bundle(manifest_path))


def test_wrong_outputs_are_named(manifest_path: Path):
    bundle = open_bundle(manifest_path)
    with pytest.raises(CheckFailedError, match=r"golden_fp32\.npy: expected \(4, 3, 3\) float32, got \(3, 3, 3\)"):
        golden_outputs(bundle, bundle.manifest.variants[0], 4)


def test_missing_and_changed_inputs_are_named(manifest_path: Path):
    path = manifest_path.parent / "golden_inputs.npy"
    flip_byte(path, 500)
    with pytest.raises(CheckFailedError, match=r"golden_inputs\.npy: changed after the bundle was made"):
        golden_inputs(open_bundle(manifest_path))
    path.unlink()
    with pytest.raises(CheckFailedError, match=r"golden_inputs\.npy: missing"):
        golden_inputs(open_bundle(manifest_path))
