import hashlib
import stat
import sys
from pathlib import Path

import pytest

from data_tools.errors import InputError, MissingDependencyError
from export.runtime.keys import is_encrypted, key_id, read_private_key, read_public_key, write_key_pair

pytest.importorskip("cryptography")


def test_pair_belongs_together_and_the_private_half_is_for_its_owner(tmp_path: Path):
    pair = write_key_pair(tmp_path / "keys", None)
    assert stat.S_IMODE(pair.private.stat().st_mode) == 0o600
    private, public = read_private_key(pair.private), read_public_key(pair.public)
    public.verify(private.sign(b"text"), b"text")
    assert pair.key_id == key_id(public) == hashlib.sha256(public.public_bytes_raw()).hexdigest()
    assert not is_encrypted(pair.private)


def test_two_pairs_differ(tmp_path: Path):
    assert write_key_pair(tmp_path / "a", None).key_id != write_key_pair(tmp_path / "b", None).key_id


@pytest.mark.parametrize("name", ["private.pem", "public.pem"])
def test_a_key_is_never_replaced(tmp_path: Path, name: str):
    (tmp_path / name).write_text("mine")
    with pytest.raises(InputError, match=rf"{name}: is there already"):
        write_key_pair(tmp_path, None)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_link_is_not_written_through(tmp_path: Path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "private.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is there already"):
        write_key_pair(tmp_path / "keys", None)
    assert not (tmp_path / "elsewhere").exists()


def test_encrypted_key_wants_its_passphrase(tmp_path: Path):
    pair = write_key_pair(tmp_path, "weiß 123".encode())
    assert is_encrypted(pair.private)
    assert key_id(read_private_key(pair.private, "weiß 123".encode()).public_key()) == pair.key_id
    with pytest.raises(InputError, match=r"private\.pem: this private key is encrypted; give its passphrase"):
        read_private_key(pair.private)
    with pytest.raises(InputError, match="the passphrase is wrong"):
        read_private_key(pair.private, b"other")


def test_empty_passphrase_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="passphrase: expected at least one character"):
        write_key_pair(tmp_path, b"")
    assert not list(tmp_path.iterdir())


def test_long_passphrase_is_refused_in_one_line(tmp_path: Path):
    longest = "ß".encode() * 511 + b"x"
    pair = write_key_pair(tmp_path / "keys", longest)
    assert key_id(read_private_key(pair.private, longest).public_key()) == pair.key_id
    for call in (
        lambda: write_key_pair(tmp_path / "other", longest + b"x"),
        lambda: read_private_key(pair.private, longest + b"x"),
    ):
        with pytest.raises(InputError, match="passphrase: expected at most 1023 bytes, got 1024"):
            call()
    assert not (tmp_path / "other").exists()


def test_passphrase_of_any_bytes(tmp_path: Path):
    pair = write_key_pair(tmp_path, b"\xff\xfe\x00 ")
    assert key_id(read_private_key(pair.private, b"\xff\xfe\x00 ").public_key()) == pair.key_id


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", [1, 2])
def test_both_keys_are_written_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, call: int
):
    calls: list[int] = []

    def fsync(handle: int) -> None:
        calls.append(handle)
        if len(calls) == call:
            raise error

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(type(error)):
        write_key_pair(tmp_path / "keys", None)
    assert list((tmp_path / "keys").iterdir()) == []
    write_key_pair(tmp_path / "keys", None)


def test_a_public_key_that_came_in_between_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.path.lexists", lambda path: False)
    (tmp_path / "public.pem").write_text("mine")
    with pytest.raises(FileExistsError):
        write_key_pair(tmp_path, None)
    assert [path.name for path in tmp_path.iterdir()] == ["public.pem"]
    assert (tmp_path / "public.pem").read_text() == "mine"


def test_wrong_files_are_one_line(tmp_path: Path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pair = write_key_pair(tmp_path / "keys", None)
    other = ec.generate_private_key(ec.SECP256R1())
    curve, public_curve = tmp_path / "curve.pem", tmp_path / "public-curve.pem"
    pem = serialization.Encoding.PEM
    curve.write_bytes(other.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    public_curve.write_bytes(other.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    text, long = tmp_path / "text.pem", tmp_path / "long.pem"
    text.write_text("-----BEGIN PUBLIC KEY-----\nnonsense")
    long.write_bytes(b"x" * 5000)
    for path, message in [
        (pair.public, "expected a private key"),
        (curve, "expected an Ed25519 private key"),
        (text, "expected a private key"),
        (long, "at most 4096 bytes"),
        (tmp_path / "gone.pem", r"cannot be read \(No such file"),
        (tmp_path, r"cannot be read \(Is a directory"),
    ]:
        with pytest.raises(InputError, match=message):
            read_private_key(path)
    for path, message in [
        (pair.private, "expected the public key, got a private one"),
        (public_curve, "expected an Ed25519 public key"),
        (text, "expected a public key"),
        (long, "at most 4096 bytes"),
    ]:
        with pytest.raises(InputError, match=message):
            read_public_key(path)


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pair = write_key_pair(tmp_path, None)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for call in (
        lambda: write_key_pair(tmp_path / "new", None),
        lambda: read_private_key(pair.private),
        lambda: read_public_key(pair.public),
    ):
        with pytest.raises(MissingDependencyError, match=r"pip install '\.\[sign\]'"):
            call()
