import shutil
import subprocess
from pathlib import Path

import pytest

from data_tools.errors import CheckFailedError
from export.runtime import limits
from export.runtime.seal import SEAL_NAME, SIGNATURE_NAME, check_seal, seal

MANIFEST, SIGNATURE = b'{"a": 1}\n', b'{"signature": "x"}\n'


@pytest.fixture(params=[None, SIGNATURE], ids=["unsigned", "signed"])
def signature(request: pytest.FixtureRequest) -> bytes | None:
    return request.param


@pytest.fixture
def folder(tmp_path: Path, signature: bytes | None) -> Path:
    (tmp_path / "manifest.json").write_bytes(MANIFEST)
    if signature:
        (tmp_path / SIGNATURE_NAME).write_bytes(signature)
    return seal(tmp_path).parent


def test_fits_and_is_the_same_every_time(folder: Path, signature: bytes | None):
    assert check_seal(folder, MANIFEST, signature)
    before = (folder / SEAL_NAME).read_bytes()
    assert seal(folder).read_bytes() == before


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_sha256sum_reads_it(folder: Path):
    command = ["sha256sum", "--strict", "--check", SEAL_NAME]
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode == 0
    (folder / "manifest.json").write_bytes(MANIFEST + b" ")
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode == 1


def test_no_seal_is_no_comparison(tmp_path: Path):
    assert not check_seal(tmp_path, MANIFEST, None)


def test_every_flipped_bit_of_the_manifest_names_it(folder: Path, signature: bytes | None):
    for bit in range(8 * len(MANIFEST)):
        changed = bytearray(MANIFEST)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CheckFailedError, match=r"/manifest\.json: changed"):
            check_seal(folder, bytes(changed), signature)


def test_every_flipped_bit_of_the_seal_names_it(folder: Path, signature: bytes | None):
    good = (folder / SEAL_NAME).read_bytes()
    for bit in range(8 * len(good)):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        (folder / SEAL_NAME).write_bytes(changed)
        with pytest.raises(CheckFailedError, match=r"/manifest\.json\.sha256: changed"):
            check_seal(folder, MANIFEST, signature)


def test_a_cut_or_longer_seal_is_refused(folder: Path, signature: bytes | None):
    good = (folder / SEAL_NAME).read_bytes()
    for data in (b"", good[:-1], good[:40], good + b"\n", good * 2, good.replace(b"\n", b"\r\n")):
        (folder / SEAL_NAME).write_bytes(data)
        with pytest.raises(CheckFailedError, match=r"/manifest\.json\.sha256: changed"):
            check_seal(folder, MANIFEST, signature)
    (folder / SEAL_NAME).write_bytes(good * 100)
    with pytest.raises(CheckFailedError, match=r"manifest\.json\.sha256: expected at most 4096 bytes"):
        check_seal(folder, MANIFEST, signature)


def test_signature_that_came_went_or_changed_is_named(folder: Path, signature: bytes | None):
    if signature is None:
        with pytest.raises(CheckFailedError, match=r"/manifest\.json\.sig: not in manifest\.json\.sha256"):
            check_seal(folder, MANIFEST, SIGNATURE)
        return
    with pytest.raises(CheckFailedError, match=r"/manifest\.json\.sig: missing"):
        check_seal(folder, MANIFEST, None)
    with pytest.raises(CheckFailedError, match=r"/manifest\.json\.sig: changed"):
        check_seal(folder, MANIFEST, SIGNATURE + b" ")


def test_a_manifest_that_no_reader_would_take_is_not_sealed(tmp_path: Path):
    (tmp_path / "manifest.json").write_bytes(b" " * (limits.MANIFEST_BYTES + 1))
    with pytest.raises(CheckFailedError, match="expected at most 1048576 bytes"):
        seal(tmp_path)
    assert not (tmp_path / SEAL_NAME).exists()
