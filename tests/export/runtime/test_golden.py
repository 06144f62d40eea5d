import io
from pathlib import Path

import numpy as np
import pytest

from data_tools.errors import CheckFailedError
from export.runtime.bundle import open_bundle
from export.runtime.golden import golden_inputs, golden_outputs
from tests.export.runtime.tiny_bundle import golden_pictures


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
    np.testing.assert_allclose(stored[:, 1].sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("name", WRONG_INPUTS)
def test_wrong_inputs_are_named(manifest_path: Path, name: str):
    (manifest_path.parent / "golden_inputs.npy").write_bytes(WRONG_INPUTS[name])
    with pytest.raises(CheckFailedError, match=r"golden_inputs\.npy: expected"):
        golden_inputs(open_bundle(manifest_path))


def test_wrong_outputs_are_named(manifest_path: Path):
    bundle = open_bundle(manifest_path)
    with pytest.raises(CheckFailedError, match=r"golden_fp32\.npy: expected \(4, 2, 3\) float32, got \(3, 2, 3\)"):
        golden_outputs(bundle, bundle.manifest.variants[0], 4)


def test_missing_inputs_are_named(manifest_path: Path):
    (manifest_path.parent / "golden_inputs.npy").unlink()
    with pytest.raises(CheckFailedError, match=r"golden_inputs\.npy: cannot be read"):
        golden_inputs(open_bundle(manifest_path))
