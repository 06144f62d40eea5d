import base64
import json
import sys
from pathlib import Path

import pytest

from data_tools.errors import CheckFailedError, InputError, MissingDependencyError
from export.bundle.sign import sign_bundle
from export.runtime.bundle import open_bundle
from export.runtime.keys import KeyPair, read_private_key, write_key_pair
from export.runtime.manifest import FILE_NAME
from export.runtime.seal import SIGNATURE_NAME, seal
from export.runtime.signature import DOMAIN, check_signature, sign_manifest
from tests.export.runtime.tiny_bundle import write_bundle

pytest.importorskip("cryptography")

MANIFEST = b'{"kind": "bundle"}\n'


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    return write_key_pair(tmp_path_factory.mktemp("keys"), None)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    return write_key_pair(tmp_path_factory.mktemp("other"), None)


@pytest.fixture(scope="module")
def signature(keys: KeyPair) -> bytes:
    return sign_manifest(MANIFEST, read_private_key(keys.private))


def test_signature_is_ed25519_over_the_prefix_and_the_exact_bytes(keys: KeyPair, signature: bytes):
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    values = json.loads(signature)
    assert set(values) == {"schema_version", "algorithm", "key_id", "signature"}
    assert values["key_id"] == keys.key_id
    key = load_pem_public_key(keys.public.read_bytes())
    key.verify(base64.b64decode(values["signature"]), b"roadgrip bundle manifest 1\x00" + MANIFEST)
    assert check_signature(Path("b"), MANIFEST, signature, keys.public) == keys.key_id
    assert sign_manifest(MANIFEST, read_private_key(keys.private)) == signature


def test_known_answer():
    """Take the key of RFC 8032, section 7.1, test 1; its id was computed from the public key printed there."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = Ed25519PrivateKey.from_private_bytes(secret)
    assert key.public_key().public_bytes_raw().hex().startswith("d75a980182b10ab7d54bfed3c964073a")
    values = json.loads(sign_manifest(b"{}", key))
    assert base64.b64decode(values["signature"]) == key.sign(DOMAIN + b"{}")
    assert values["key_id"] == "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9"


def test_every_flipped_bit_of_the_signature_file_is_found(keys: KeyPair, signature: bytes):
    for bit in range(8 * len(signature)):
        changed = bytearray(signature)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CheckFailedError, match=r"b/manifest\.json\.sig: ") as caught:
            check_signature(Path("b"), MANIFEST, bytes(changed), keys.public)
        assert len(str(caught.value).splitlines()) == 1


def test_every_flipped_bit_of_the_manifest_is_found(keys: KeyPair, signature: bytes):
    for bit in range(8 * len(MANIFEST)):
        changed = bytearray(MANIFEST)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CheckFailedError, match="the manifest or the signature was changed after signing"):
            check_signature(Path("b"), bytes(changed), signature, keys.public)


def test_an_unsigned_bundle_and_another_key_are_one_clear_error(keys: KeyPair, other: KeyPair, signature: bytes):
    with pytest.raises(CheckFailedError, match=r"manifest\.json\.sig: missing: the bundle is not signed"):
        check_signature(Path("b"), MANIFEST, None, keys.public)
    with pytest.raises(CheckFailedError, match=f"signed with another key .expected {other.key_id[:16]}…, found"):
        check_signature(Path("b"), MANIFEST, signature, other.public)


def test_a_stranger_cannot_claim_the_key(keys: KeyPair, other: KeyPair):
    """A signature by another key under the right key's id is no signature."""
    values = json.loads(sign_manifest(MANIFEST, read_private_key(other.private)))
    forged = (json.dumps({**values, "key_id": keys.key_id}, indent=2) + "\n").encode()
    with pytest.raises(CheckFailedError, match="wrong: the manifest or the signature was changed"):
        check_signature(Path("b"), MANIFEST, forged, keys.public)


def test_a_signature_of_something_else_is_none(keys: KeyPair, signature: bytes):
    """Without the prefix, the key's signature of the same bytes in another protocol would do."""
    bare = base64.b64encode(read_private_key(keys.private).sign(MANIFEST)).decode()
    forged = (json.dumps({**json.loads(signature), "signature": bare}, indent=2) + "\n").encode()
    with pytest.raises(CheckFailedError, match="wrong"):
        check_signature(Path("b"), MANIFEST, forged, keys.public)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, "reads schema_version 1, got 2"),
        ({"algorithm": "none"}, "algorithm: expected 'ed25519'"),
        ({"algorithm": None}, "algorithm: expected 'ed25519'"),
        ({"signature": ""}, "signature: "),
        ({"signature": "A" * 88}, "signature: "),
        ({"key_id": "0" * 63}, "key_id: "),
        ({"more": 1}, "more: unknown key"),
    ],
)
def test_hostile_signature_files(keys: KeyPair, signature: bytes, change: dict, message: str):
    data = (json.dumps({**json.loads(signature), **change}, indent=2) + "\n").encode()
    with pytest.raises(CheckFailedError, match=message):
        check_signature(Path("b"), MANIFEST, data, keys.public)


def test_two_spellings_of_one_signature_are_not_accepted(keys: KeyPair, signature: bytes):
    values = json.loads(signature)
    text = values["signature"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    loose = text[:85] + alphabet[alphabet.index(text[85]) ^ 1] + "=="
    assert base64.b64decode(loose) == base64.b64decode(text)
    for data in (
        (json.dumps({**values, "signature": loose}, indent=2) + "\n").encode(),
        json.dumps(values).encode(),
    ):
        with pytest.raises(CheckFailedError, match="not written as roadgrip bundle sign writes it"):
            check_signature(Path("b"), MANIFEST, data, keys.public)


def test_signed_bundle_opens_with_its_key_alone(keys: KeyPair, other: KeyPair, tmp_path: Path):
    folder = seal(write_bundle(tmp_path / "bundle").parent).parent
    assert not open_bundle(folder).signed
    assert sign_bundle(folder, keys.private) == keys.key_id
    opened = open_bundle(folder, keys.public)
    assert (opened.sealed, opened.signed, opened.key_id) == (True, True, keys.key_id)
    assert open_bundle(folder).key_id is None
    with pytest.raises(CheckFailedError, match="another key"):
        open_bundle(folder, other.public)


def test_an_attacker_who_writes_a_new_seal_is_found_by_the_signature(keys: KeyPair, tmp_path: Path):
    path = write_bundle(tmp_path / "bundle")
    seal(path.parent)
    sign_bundle(path, keys.private)
    path.write_text(path.read_text().replace('"dry"', '"dr1"'))
    seal(path.parent)
    assert open_bundle(path).manifest.classes[0] == "dr1"
    with pytest.raises(CheckFailedError, match="changed after signing"):
        open_bundle(path, keys.public)
    (path.parent / SIGNATURE_NAME).unlink()
    seal(path.parent)
    with pytest.raises(CheckFailedError, match="not signed"):
        open_bundle(path, keys.public)


def test_a_wrong_signature_is_found_before_the_manifest_is_parsed(keys: KeyPair, tmp_path: Path):
    path = write_bundle(tmp_path / "bundle")
    seal(path.parent)
    sign_bundle(path, keys.private)
    (path.parent / FILE_NAME).write_bytes(b"[" * 100)
    seal(path.parent)
    with pytest.raises(CheckFailedError, match="changed after signing"):
        open_bundle(path, keys.public)
    with pytest.raises(InputError, match="at most 32 levels"):
        open_bundle(path)


def test_without_the_package_a_signed_bundle_opens_and_a_key_names_the_extra(
    keys: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write_bundle(tmp_path / "bundle")
    seal(path.parent)
    sign_bundle(path, keys.private)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    assert open_bundle(path).signed
    with pytest.raises(MissingDependencyError, match=r"signatures need cryptography.*'\.\[sign\]'"):
        open_bundle(path, keys.public)
