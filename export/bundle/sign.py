"""Sign a finished bundle."""

from pathlib import Path

from data_tools.artifacts.atomic import write_bytes
from data_tools.errors import CheckFailedError, InputError
from export.runtime.bundle import open_bundle, verify_files
from export.runtime.inside import read_inside
from export.runtime.keys import key_id, read_private_key
from export.runtime.limits import GUARD_BYTES, MANIFEST_BYTES
from export.runtime.manifest import FILE_NAME
from export.runtime.seal import SIGNATURE_NAME, check_manifest, seal
from export.runtime.signature import sign_manifest


def sign_bundle(path: Path, private_key: Path, passphrase: bytes | None = None, *, overwrite: bool = False) -> str:
    """Write a bundle's manifest.json.sig, and its seal anew; a bundle with a changed file is not signed.

    What is signed must fit the seal; the signature that is there need not, for between the two writes the seal does not
    know the new one yet. So an interrupted call is mended by another one.

    Args:
        path: The bundle's folder, or its manifest.json.
        private_key: The private key's PEM file.
        passphrase: Of an encrypted key.
        overwrite: Replace another signature.

    Returns:
        The key's id.

    Raises:
        InputError: There is no bundle at `path`, the key cannot be read, or the bundle has another signature and
            `overwrite` is false.
        CheckFailedError: The bundle has no seal, or a file is missing or was changed.
        MissingDependencyError: `cryptography` is not installed.
    """
    key = read_private_key(private_key, passphrase)
    bundle = open_bundle(path, to_sign=True)
    if not bundle.sealed:
        raise CheckFailedError(f"{bundle.seal_path}: missing; export the bundle again before signing it")
    verify_files(bundle)
    manifest = read_inside(bundle.folder, FILE_NAME, MANIFEST_BYTES)
    existing = read_inside(bundle.folder, SIGNATURE_NAME, GUARD_BYTES) if bundle.signed else None
    check_manifest(bundle.folder, manifest)
    signature = sign_manifest(manifest, key)
    if existing is not None and existing != signature and not overwrite:
        raise InputError(
            f"{bundle.folder / SIGNATURE_NAME}: the bundle has another signature; to replace it, give --overwrite"
        )
    write_bytes(bundle.folder / SIGNATURE_NAME, signature)
    seal(bundle.folder)
    return key_id(key.public_key())
