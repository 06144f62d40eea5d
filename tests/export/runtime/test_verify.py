import io
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data_tools.errors import CheckFailedError, InputError
from export.bundle.sign import sign_bundle
from export.runtime.keys import KeyPair, write_key_pair
from export.runtime.npy_file import read_head
from export.runtime.seal import SEAL_NAME, SIGNATURE_NAME, seal
from export.runtime.verify import compare_answers, compare_probabilities, verify_bundle
from tests.export.runtime.tiny_bundle import GraphOptions, make_graph, write_bundle
from tests.export.runtime.tiny_bundle import rehash as rehash_unsealed

onnx = pytest.importorskip("onnx")

FILES = ("golden_inputs.npy", "MODEL_CARD.md", "fp32.onnx", "int8.onnx", "golden_fp32.npy", "golden_int8.npy")
STORED = np.array([[0.7, 0.2, 0.1], [0.50, 0.49, 0.01]], dtype=np.float32)


@pytest.fixture
def manifest_path(tmp_path: Path) -> Path:
    path = write_bundle(tmp_path / "bundle")
    seal(path.parent)
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    pytest.importorskip("cryptography")
    return write_key_pair(tmp_path_factory.mktemp("keys"), None)


def rehash(folder: Path, name: str, data: bytes) -> None:
    rehash_unsealed(folder, name, data)
    seal(folder)


def test_good_bundle_passes(manifest_path: Path):
    seen: list[tuple[int, int]] = []
    report = verify_bundle(manifest_path.parent, progress=lambda done, total, what: seen.append((done, total)))
    assert [check.variant for check in report.variants] == ["fp32", "int8"]
    assert report.files == 6
    assert (report.signed, report.key_id, report.unlisted) == (False, None, ())
    assert seen == [(1, 2), (2, 2)]
    for check in report.variants:
        assert check.passed
        assert check.hash_ok
        assert (check.argmax_equal, check.pictures, check.argmax_flips) == (3, 3, 0)
        assert check.max_abs_probability_difference <= check.tolerance == 1e-4


def check_flips(folder: Path, name: str, key: Path | None, every: int) -> int:
    """Flip one bit in every so many bytes of a file, the bit's place going round; return how many were tried."""
    path = folder / name
    good = path.read_bytes()
    for place in range(0, len(good), every):
        changed = bytearray(good)
        changed[place] ^= 1 << place // every % 8
        path.write_bytes(changed)
        with pytest.raises(CheckFailedError, match=rf"/{name}: (changed|.*changed after signing)"):
            verify_bundle(folder, key=key)
    path.write_bytes(good)
    return len(range(0, len(good), every))


@pytest.mark.parametrize("signed", [False, True])
def test_one_flipped_bit_in_any_file_fails_by_its_name(manifest_path: Path, keys: KeyPair, signed: bool):
    """All files: the manifest and the seal byte by byte, the signature too, the others in steps."""
    folder = manifest_path.parent
    if signed:
        sign_bundle(folder, keys.private)
    names = sorted(path.name for path in folder.iterdir())
    assert set(names) == {*FILES, "manifest.json", SEAL_NAME, *([SIGNATURE_NAME] if signed else [])}
    key = keys.public if signed else None
    for name in names:
        size = (folder / name).stat().st_size
        step = 1 if name in (SEAL_NAME, SIGNATURE_NAME) else max(7, size // 60)
        assert check_flips(folder, name, key, step) >= 16
    verify_bundle(folder, key=key)


def test_a_flipped_bit_in_a_signature_is_found_without_a_key(manifest_path: Path, keys: KeyPair):
    sign_bundle(manifest_path, keys.private)
    check_flips(manifest_path.parent, SIGNATURE_NAME, None, 3)
    check_flips(manifest_path.parent, SEAL_NAME, None, 3)


def test_the_seal_must_be_there(manifest_path: Path):
    (manifest_path.parent / SEAL_NAME).unlink()
    with pytest.raises(CheckFailedError, match=r"/manifest\.json\.sha256: missing, so nothing guards the manifest"):
        verify_bundle(manifest_path)


def test_report_says_whether_the_signature_was_checked(manifest_path: Path, keys: KeyPair):
    sign_bundle(manifest_path, keys.private)
    report = verify_bundle(manifest_path)
    assert (report.signed, report.key_id) == (True, None)
    report = verify_bundle(manifest_path, key=keys.public)
    assert (report.signed, report.key_id) == (True, keys.key_id)


def test_an_unsigned_bundle_fails_where_a_key_is_given(manifest_path: Path, keys: KeyPair):
    with pytest.raises(CheckFailedError, match=r"manifest\.json\.sig: missing: the bundle is not signed"):
        verify_bundle(manifest_path, key=keys.public)


def test_extra_files_are_named_and_strict_refuses_them(manifest_path: Path):
    (manifest_path.parent / "plan.engine").write_bytes(b"x")
    assert verify_bundle(manifest_path).unlisted == ("plan.engine",)
    with pytest.raises(CheckFailedError, match=r"/plan\.engine: the manifest does not list it .1 such file"):
        verify_bundle(manifest_path, strict=True)
    (manifest_path.parent / "plan.engine").unlink()
    verify_bundle(manifest_path, strict=True)


@pytest.mark.parametrize("folder", ["hidden", "."])
def test_a_folder_that_cannot_be_read_is_named_and_strict_refuses_it(
    manifest_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
):
    """As for a user without the right to list it; the superuser always can."""
    closed = manifest_path.parent / folder
    closed.mkdir(exist_ok=True)
    real = os.scandir

    def scandir(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    name = f"{folder} (a folder that cannot be read)"
    assert verify_bundle(manifest_path).unlisted == (name,)
    with pytest.raises(CheckFailedError, match=re.escape(f"{name}: the manifest does not list it")):
        verify_bundle(manifest_path, strict=True)


def npy_with(header: str, data: bytes) -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize("name", ["golden_inputs.npy", "golden_fp32.npy"])
def test_a_header_that_claims_a_terabyte_is_refused_by_the_files_size(manifest_path: Path, name: str):
    kind = "|u1" if name == "golden_inputs.npy" else "<f4"
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': (1000000000000, 1), }}"
    rehash(manifest_path.parent, name, npy_with(header, b"0" * 64))
    with pytest.raises(CheckFailedError, match=rf"/{name}: expected \d{{13}} bytes .* as its header says, found 192"):
        verify_bundle(manifest_path)


@pytest.mark.parametrize("name", ["golden_inputs.npy", "golden_fp32.npy"])
@pytest.mark.parametrize("wrap", ["npy", "npz"])
def test_a_planted_pickle_is_never_opened(manifest_path: Path, name: str, wrap: str):
    stream = io.BytesIO()
    array = np.array([Planted()], dtype=object)
    np.save(stream, array, allow_pickle=True) if wrap == "npy" else np.savez(stream, array)
    stream.seek(0)
    with pytest.raises(AssertionError, match="was unpickled"):  # the plant works where pickles are allowed
        list(np.load(stream, allow_pickle=True).values())
    rehash(manifest_path.parent, name, stream.getvalue())
    with pytest.raises(CheckFailedError, match=f"/{name}: expected a .npy file of plain numbers"):
        verify_bundle(manifest_path)


def explode() -> None:
    raise AssertionError("was unpickled")


class Planted:
    def __reduce__(self) -> tuple:
        return (explode, ())


def test_headers_are_read_before_an_array_is_made(manifest_path: Path, monkeypatch: pytest.MonkeyPatch):
    seen: list[str] = []
    monkeypatch.setattr(
        "export.runtime.bundle.read_head", lambda head, size, label: seen.append(label) or read_head(head, size, label)
    )
    monkeypatch.setattr("export.runtime.verify.golden_inputs", lambda bundle: pytest.fail(f"after {len(seen)}"))
    with pytest.raises(pytest.fail.Exception, match="after 3"):
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


def stored_with(path: Path, change: Callable[[np.ndarray], None]) -> bytes:
    stored = np.load(path)
    change(stored)
    stream = io.BytesIO()
    np.save(stream, stored)
    return stream.getvalue()


def test_distances_that_differ_fail_although_the_probabilities_are_right(manifest_path: Path):
    def change(stored: np.ndarray) -> None:
        stored[:, 2] *= 1.002

    path = manifest_path.parent / "golden_int8.npy"
    rehash(manifest_path.parent, path.name, stored_with(path, change))
    message = (
        r"int8\.onnx: variant int8: .* distances to the class centres differ by 0\.002 of the largest \(allowed 0\.001"
    )
    with pytest.raises(CheckFailedError, match=message):
        verify_bundle(manifest_path)


def other_logits(graph: bytes, operator: str) -> bytes:
    """Return the graph with other logits, its probabilities as they were."""
    model = onnx.load_model_from_string(graph)
    for node in model.graph.node:
        if node.op_type == "MatMul":
            node.output[0] = "z"
        if node.op_type == "Softmax":
            node.input[0] = "z"
    model.graph.node.append(onnx.helper.make_node(operator, ["z"], ["logits"]))
    return model.SerializeToString()


@pytest.mark.parametrize("operator", ["Neg", "Round"])
def test_logits_that_differ_fail_although_the_probabilities_are_right(manifest_path: Path, operator: str):
    rehash(manifest_path.parent, "fp32.onnx", other_logits(make_graph(), "Identity"))
    verify_bundle(manifest_path)
    rehash(manifest_path.parent, "fp32.onnx", other_logits(make_graph(), operator))
    with pytest.raises(CheckFailedError, match=r"variant fp32: .* differ by 0\.\d+ \(allowed 0\.0001\)"):
        verify_bundle(manifest_path)


def test_the_variants_temperature_is_the_one_that_logits_are_compared_with(tmp_path: Path):
    """The same small change of the logits is nothing at a high temperature and too much at a lower one."""
    for temperature, passes in ((50.0, True), (1.0, False)):
        path = write_bundle(tmp_path / str(temperature), temperatures={"int8": temperature})

        def change(stored: np.ndarray) -> None:
            stored[:, 0, 0] += 1e-3

        name = "golden_int8.npy"
        rehash(path.parent, name, stored_with(path.parent / name, change))
        if passes:
            assert 1e-7 < verify_bundle(path).variants[1].max_abs_probability_difference < 1e-4
            continue
        with pytest.raises(CheckFailedError, match=r"variant int8: .* differ by 0\.00\d+ \(allowed 0\.0001\)"):
            verify_bundle(path)


@pytest.mark.parametrize("temperature", [7.0, 0.1])
def test_a_good_bundle_passes_at_any_temperature(tmp_path: Path, temperature: float):
    path = write_bundle(tmp_path, temperatures={"fp32": temperature, "int8": temperature})
    seal(path.parent)
    for check in verify_bundle(path).variants:
        assert check.max_abs_probability_difference <= 1e-5
        assert check.max_relative_distance_difference is not None
        assert check.max_relative_distance_difference <= 1e-5


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("row", [0, 2])
def test_what_is_no_logit_or_distance_among_the_stored_outputs_fails(manifest_path: Path, row: int, value: float):
    def change(stored: np.ndarray) -> None:
        stored[1, row, 0] = value

    path = manifest_path.parent / "golden_fp32.npy"
    rehash(manifest_path.parent, path.name, stored_with(path, change))
    with pytest.raises(CheckFailedError, match=r"variant fp32: .* (probabilities|distances .*) differ by"):
        verify_bundle(manifest_path)


def test_the_worse_of_probabilities_and_answers_counts():
    logits = np.log(STORED)
    for other, flips, passes in ((logits, 0, True), (logits[:, ::-1], 1, False), (logits + np.float32(5), 0, True)):
        for same in (STORED, STORED[:, ::-1]):
            check = compare_answers(compare_probabilities("a", STORED, same, 0.02), logits, other, 2.0)
            assert check.passed is (passes and same is STORED)
            assert check.argmax_flips == max(flips, same is not STORED)
    broken = logits.copy()
    broken[1, 1] = np.nan
    assert not compare_answers(compare_probabilities("a", STORED, STORED, 1.0), broken, logits, 1.0).passed
    assert not compare_answers(compare_probabilities("a", STORED, broken, 1.0), logits, logits, 1.0).passed


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
    # A margin between once and twice the tolerance may flip, for both probabilities may move; a wider one may not.
    for margin, flips in ((0.031, 0), (0.039, 0), (0.041, 1)):
        stored = np.array([[0.5 + margin / 2, 0.5 - margin / 2]], dtype=np.float32)
        check = compare_probabilities("a", stored, stored[:, ::-1], 0.02)
        assert (check.argmax_equal, check.argmax_flips) == (0, flips)
    clear = np.array([[0.2, 0.7, 0.1], [0.50, 0.49, 0.01]], dtype=np.float32)
    check = compare_probabilities("a", STORED, clear, 0.02)
    assert (check.argmax_equal, check.argmax_flips, check.passed) == (1, 1, False)


@pytest.mark.parametrize("side", ["stored", "found"])
def test_nan_on_either_side_fails(side: str):
    broken = STORED.copy()
    broken[0, 2] = np.nan
    pair = (broken, STORED) if side == "stored" else (STORED, broken)
    assert not compare_probabilities("a", *pair, 1.0).passed
