"""Make and read the Ed25519 keys that bundles are signed and verified with; needs the extra `sign`."""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from data_tools.errors import InputError, MissingDependencyError
from export.runtime.limits import GUARD_BYTES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE_NAME = "private.pem"
PUBLIC_NAME = "public.pem"
PASSPHRASE_BYTES = 1023
"""Longest passphrase; OpenSSL reads no longer one."""


class KeyPair(NamedTuple):
    """Say where a new pair of keys lies."""

    private: Path
    public: Path
    key_id: str


def require_cryptography() -> None:
    """Raise unless the package that does the arithmetic can be imported.

    Raises:
        MissingDependencyError: It cannot; the message holds the command that installs it.
    """
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise MissingDependencyError(
            "signatures need cryptography, not installed here; in the checkout, run: pip install '.[sign]'"
        ) from error


def key_id(key: "Ed25519PublicKey") -> str:
    """Return the sha256 of a public key's 32 raw bytes, by which people and files name it."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def write_key_pair(folder: Path, passphrase: bytes | None) -> KeyPair:
    """Make a pair of keys: private.pem (PKCS #8, mode 0600) and public.pem; neither is ever replaced.

    Where the second cannot be written, the first is removed again.

    Args:
        folder: Where to; made if it is not there.
        passphrase: Encrypts the private key; None leaves it in the clear.

    Raises:
        InputError: One of the files is there already, or the passphrase is empty or too long.
        MissingDependencyError: `cryptography` is not installed.
    """
    require_cryptography()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if passphrase == b"":
        raise InputError("passphrase: expected at least one character, or no passphrase at all")
    _check_length(passphrase)
    private, public = folder / PRIVATE_NAME, folder / PUBLIC_NAME
    for path in (private, public):
        if os.path.lexists(path):
            raise InputError(f"{path}: is there already, and a key is never replaced; give another folder")
    key = Ed25519PrivateKey.generate()
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    open_part = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    folder.mkdir(parents=True, exist_ok=True)
    _write_new(private, secret, 0o600)
    try:
        _write_new(public, open_part, 0o644)
    except BaseException:
        private.unlink()
        raise
    return KeyPair(private, public, key_id(key.public_key()))


def is_encrypted(path: Path) -> bool:
    """Tell whether a private key's file asks for a passphrase.

    Raises:
        InputError: It cannot be read.
    """
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in _read(path)


def read_private_key(path: Path, passphrase: bytes | None = None) -> "Ed25519PrivateKey":
    """Read a private key.

    Args:
        path: A PEM file.
        passphrase: Of an encrypted key; of no effect on one in the clear.

    Raises:
        InputError: The file cannot be read, holds no Ed25519 private key, or the passphrase is wrong, missing or too
            long.
        MissingDependencyError: `cryptography` is not installed.
    """
    require_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    _check_length(passphrase)
    encrypted = is_encrypted(path)
    if encrypted and not passphrase:
        raise InputError(f"{path}: this private key is encrypted; give its passphrase")
    try:
        key = load_pem_private_key(_read(path), passphrase if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        wrong = "the passphrase is wrong or the file was changed" if encrypted else "it cannot be read as one"
        raise InputError(f"{path}: expected a private key as roadgrip bundle keygen writes it, but {wrong}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"{path}: expected an Ed25519 private key, got another kind; make one: roadgrip bundle keygen")
    return key


def read_public_key(path: Path) -> "Ed25519PublicKey":
    """Read a public key.

    Raises:
        InputError: The file cannot be read, or holds no Ed25519 public key.
        MissingDependencyError: `cryptography` is not installed.
    """
    require_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    data = _read(path)
    if b"PRIVATE KEY-----" in data:
        raise InputError(f"{path}: expected the public key, got a private one; it stays where bundles are signed")
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError(f"{path}: expected a public key as roadgrip bundle keygen writes it, it is none") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{path}: expected an Ed25519 public key, got another kind; make one: roadgrip bundle keygen")
    return key


def _check_length(passphrase: bytes | None) -> None:
    """Refuse a passphrase that is too long, which would be called wrong otherwise."""
    if passphrase is not None and len(passphrase) > PASSPHRASE_BYTES:
        raise InputError(f"passphrase: expected at most {PASSPHRASE_BYTES} bytes, got {len(passphrase)}")


def _read(path: Path) -> bytes:
    """Read a key file, which is small."""
    try:
        with path.open("rb") as stream:
            data = stream.read(GUARD_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: expected a key's PEM file, but it cannot be read ({error.strerror})") from error
    if len(data) > GUARD_BYTES:
        raise InputError(f"{path}: expected a key's PEM file of at most {GUARD_BYTES} bytes, it is longer")
    return data


def _write_new(path: Path, data: bytes, mode: int) -> None:
    """Write a file that was not there, with its mode from the first moment on; half of one is removed."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        path.unlink()
        raise
