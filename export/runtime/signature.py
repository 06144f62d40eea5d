"""Sign a manifest's bytes with Ed25519 (RFC 8032), and check the signature, manifest.json.sig.

The manifest holds the sha256 of every other file, so that its signature covers the whole bundle.
"""

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from data_tools.artifacts.model import SHA256_PATTERN, Record
from data_tools.errors import CheckFailedError, InputError
from export.runtime.keys import key_id, read_public_key
from export.runtime.seal import SIGNATURE_NAME
from export.runtime.strict_json import read_record

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DOMAIN = b"roadgrip bundle manifest 1\x00"
"""Stands before the manifest's bytes in what is signed, so that the signature means this and nothing else."""


class SignatureFile(Record):
    """Hold a signature and say which key it was made with."""

    schema_version: Literal[1]
    algorithm: Literal["ed25519"]
    key_id: str = Field(pattern=SHA256_PATTERN, description="sha256 of the public key's 32 raw bytes")
    signature: str = Field(
        pattern=r"^[A-Za-z0-9+/]{86}==$",
        description="base64 of the 64 bytes over 'roadgrip bundle manifest 1', a zero byte, and manifest.json's bytes",
    )


def sign_manifest(manifest: bytes, key: "Ed25519PrivateKey") -> bytes:
    """Return the content of manifest.json.sig for a manifest's exact bytes; the same key gives the same bytes."""
    return _canonical(
        SignatureFile(
            schema_version=1,
            algorithm="ed25519",
            key_id=key_id(key.public_key()),
            signature=base64.b64encode(key.sign(DOMAIN + manifest)).decode(),
        )
    )


def check_signature(folder: Path, manifest: bytes, signature: bytes | None, public_key: Path) -> str:
    """Check that a manifest was signed with the private half of a key.

    Args:
        folder: The bundle's folder, for messages.
        manifest: manifest.json's exact bytes, not yet parsed.
        signature: manifest.json.sig's bytes, or None if there is none.
        public_key: The public key's PEM file.

    Returns:
        The key's id.

    Raises:
        InputError: `public_key` is no such file.
        CheckFailedError: The bundle is not signed, is signed with another key, or the manifest or the signature was
            changed.
        MissingDependencyError: `cryptography` is not installed.
    """
    key = read_public_key(public_key)
    from cryptography.exceptions import InvalidSignature

    path = folder / SIGNATURE_NAME
    if signature is None:
        raise CheckFailedError(f"{path}: missing: the bundle is not signed, but a key was given to check it with")
    try:
        found = read_record(SignatureFile, signature, str(path))
    except InputError as error:
        raise CheckFailedError(f"{error}; no signature that can be checked") from error
    raw = base64.b64decode(found.signature, validate=True)
    if _canonical(found) != signature or base64.b64encode(raw).decode() != found.signature:
        raise CheckFailedError(f"{path}: not written as roadgrip bundle sign writes it; it was changed")
    if found.key_id != key_id(key):
        raise CheckFailedError(
            f"{path}: signed with another key (expected {key_id(key)[:16]}…, found {found.key_id[:16]}…)"
        )
    try:
        key.verify(raw, DOMAIN + manifest)
    except InvalidSignature as error:
        raise CheckFailedError(f"{path}: wrong: the manifest or the signature was changed after signing") from error
    return found.key_id


def _canonical(record: SignatureFile) -> bytes:
    """Return the only bytes that are accepted for a record."""
    return (record.model_dump_json(indent=2) + "\n").encode()
