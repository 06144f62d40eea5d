from pathlib import Path

import pytest

from data_tools.errors import CheckFailedError, InputError
from export.bundle import sign as sign_module
from export.bundle.sign import sign_bundle
from export.runtime.bundle import open_bundle
from export.runtime.keys import KeyPair, write_key_pair
from export.runtime.seal import SEAL_NAME, SIGNATURE_NAME, seal
from export.runtime.verify import verify_bundle
from tests.export.runtime.tiny_bundle import flip_byte, write_bundle

pytest.importorskip("cryptography")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    return write_key_pair(tmp_path_factory.mktemp("keys"), None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return seal(write_bundle(tmp_path / "bundle").parent).parent


def test_signing_changes_neither_manifest_nor_payload(folder: Path, keys: KeyPair):
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != SEAL_NAME}
    sign_bundle(folder, keys.private)
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != SEAL_NAME}
    assert after.pop(SIGNATURE_NAME)
    assert after == before


def test_signing_twice_gives_the_same_bytes(folder: Path, keys: KeyPair):
    sign_bundle(folder, keys.private)
    before = (folder / SIGNATURE_NAME).read_bytes(), (folder / SEAL_NAME).read_bytes()
    sign_bundle(folder / "manifest.json", keys.private)
    assert ((folder / SIGNATURE_NAME).read_bytes(), (folder / SEAL_NAME).read_bytes()) == before


def test_another_signature_is_replaced_only_when_asked(folder: Path, keys: KeyPair, tmp_path: Path):
    sign_bundle(folder, keys.private)
    before = (folder / SIGNATURE_NAME).read_bytes()
    other = write_key_pair(tmp_path / "other", None)
    with pytest.raises(InputError, match=r"manifest\.json\.sig: the bundle has another signature.*--overwrite"):
        sign_bundle(folder, other.private)
    assert (folder / SIGNATURE_NAME).read_bytes() == before
    sign_bundle(folder, other.private, overwrite=True)
    assert open_bundle(folder, other.public).key_id == other.key_id


@pytest.mark.parametrize("after", ["nothing", "signature"])
@pytest.mark.parametrize("signed_before", [False, True])
def test_an_interrupted_signing_can_be_run_again(
    folder: Path, keys: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed_before: bool, after: str
):
    if signed_before:
        sign_bundle(folder, write_key_pair(tmp_path / "other", None).private)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sign_module, "write_bytes" if after == "nothing" else "seal", interrupt)
        with pytest.raises(KeyboardInterrupt):
            sign_bundle(folder, keys.private, overwrite=signed_before)
    if after == "signature":
        with pytest.raises(CheckFailedError, match=r"manifest\.json\.sig: .*roadgrip bundle sign|sig: changed"):
            open_bundle(folder)
    sign_bundle(folder, keys.private, overwrite=signed_before and after == "nothing")
    assert verify_bundle(folder, key=keys.public).key_id == keys.key_id


def test_a_lost_signature_can_be_made_again(folder: Path, keys: KeyPair):
    sign_bundle(folder, keys.private)
    before = (folder / SIGNATURE_NAME).read_bytes(), (folder / SEAL_NAME).read_bytes()
    (folder / SIGNATURE_NAME).unlink()
    sign_bundle(folder, keys.private)
    assert ((folder / SIGNATURE_NAME).read_bytes(), (folder / SEAL_NAME).read_bytes()) == before


def test_a_signature_that_is_no_longer_this_keys_is_not_replaced_unasked(folder: Path, keys: KeyPair):
    sign_bundle(folder, keys.private)
    flip_byte(folder / SIGNATURE_NAME, 190)
    with pytest.raises(InputError, match=r"manifest\.json\.sig: the bundle has another signature.*--overwrite"):
        sign_bundle(folder, keys.private)
    sign_bundle(folder, keys.private, overwrite=True)
    assert open_bundle(folder, keys.public).key_id == keys.key_id


@pytest.mark.parametrize("name", ["fp32.onnx", "golden_inputs.npy", "manifest.json", SEAL_NAME])
def test_a_changed_bundle_is_not_signed(folder: Path, keys: KeyPair, name: str):
    flip_byte(folder / name, 60)
    with pytest.raises(CheckFailedError, match=f"/{name}: changed"):
        sign_bundle(folder, keys.private)
    assert not (folder / SIGNATURE_NAME).exists()


def test_a_bundle_without_a_seal_is_not_signed(folder: Path, keys: KeyPair):
    (folder / SEAL_NAME).unlink()
    with pytest.raises(CheckFailedError, match=r"manifest\.json\.sha256: missing; export the bundle again"):
        sign_bundle(folder, keys.private)
    assert not (folder / SIGNATURE_NAME).exists()
