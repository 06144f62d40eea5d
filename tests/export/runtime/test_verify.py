import io
from pathlib import Path

import numpy as np
import pytest

from data_tools.errors import CheckFailedError, InputError
from export.runtime.verify import compare_probabilities, verify_bundle
from tests.export.runtime.tiny_bundle import GraphOptions, flip_byte, make_graph, rehash

STORED = np.array([[0.7, 0.2, 0.1], [0.50, 0.49, 0.01]], dtype=np.float32)


def test_good_bundle_passes(manifest_path: Path):
    seen: list[tuple[int, int]] = []
    report = verify_bundle(manifest_path.parent, progress=lambda done, total, what: seen.append((done, total)))
    assert [check.variant for check in report.variants] == ["fp32", "int8"]
    assert report.files == 5
    assert seen == [(1, 2), (2, 2)]
    for check in report.variants:
        assert check.passed
        assert check.hash_ok
        assert (check.argmax_equal, check.pictures, check.argmax_flips) == (3, 3, 0)
        assert check.max_abs_probability_difference <= check.tolerance == 1e-4


@pytest.mark.parametrize("name", ["golden_inputs.npy", "fp32.onnx", "int8.onnx", "golden_fp32.npy", "golden_int8.npy"])
def test_one_flipped_bit_fails_by_name(manifest_path: Path, name: str):
    path = manifest_path.parent / name
    flip_byte(path, path.stat().st_size // 2)
    with pytest.raises(CheckFailedError, match=name):
        verify_bundle(manifest_path)


def test_another_graph_with_a_fitting_hash_fails_with_its_numbers(manifest_path: Path):
    rehash(manifest_path.parent, "int8.onnx", make_graph(GraphOptions(gain=30.0)))
    with pytest.raises(
        CheckFailedError, match=r"variant int8: .* differ by 0\.\d+ \(allowed 0\.0001\), 3 of 3 classes"
    ):
        verify_bundle(manifest_path)


def test_graph_that_gives_nan_fails(manifest_path: Path):
    rehash(manifest_path.parent, "fp32.onnx", make_graph(GraphOptions(nan=True)))
    with pytest.raises(CheckFailedError, match="fp32"):
        verify_bundle(manifest_path)


def test_nan_in_the_stored_outputs_fails(manifest_path: Path):
    path = manifest_path.parent / "golden_fp32.npy"
    stored = np.load(path)
    stored[1, 1, 0] = np.nan
    stream = io.BytesIO()
    np.save(stream, stored)
    rehash(manifest_path.parent, path.name, stream.getvalue())
    with pytest.raises(CheckFailedError, match=r"variant fp32: .* differ by nan"):
        verify_bundle(manifest_path)


def test_missing_bundle_is_wrong_input(tmp_path: Path):
    with pytest.raises(InputError):
        verify_bundle(tmp_path)


def test_equal_probabilities_pass_with_zero_difference():
    check = compare_probabilities("a", STORED, STORED, 1e-6)
    assert check.passed
    assert check.max_abs_probability_difference == 0


def test_difference_is_the_largest_of_all():
    found = STORED + np.array([[0.01, -0.01, 0], [0, 0.02, -0.02]], dtype=np.float32)
    check = compare_probabilities("a", STORED, found, 0.03)
    assert check.max_abs_probability_difference == pytest.approx(0.02, abs=1e-7)
    assert check.passed
    assert not compare_probabilities("a", STORED, found, 0.019).passed


def test_flip_within_the_margin_is_allowed_and_a_clear_one_is_not():
    close = np.array([[0.7, 0.2, 0.1], [0.49, 0.50, 0.01]], dtype=np.float32)
    check = compare_probabilities("a", STORED, close, 0.02)
    assert (check.argmax_equal, check.argmax_flips, check.passed) == (1, 0, True)
    clear = np.array([[0.2, 0.7, 0.1], [0.50, 0.49, 0.01]], dtype=np.float32)
    check = compare_probabilities("a", STORED, clear, 0.02)
    assert (check.argmax_equal, check.argmax_flips, check.passed) == (1, 1, False)


@pytest.mark.parametrize("side", ["stored", "found"])
def test_nan_on_either_side_fails(side: str):
    broken = STORED.copy()
    broken[0, 2] = np.nan
    pair = (broken, STORED) if side == "stored" else (STORED, broken)
    assert not compare_probabilities("a", *pair, 1.0).passed
