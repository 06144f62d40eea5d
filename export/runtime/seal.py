"""Guard a bundle's manifest against accidents: manifest.json.sha256, which `sha256sum -c` reads too.

The manifest holds the sha256 of every other file, and nothing holds its own. The seal does, and the signature's where
there is one. It guards against a flipped bit or half a copy, not against an attacker, who would write a new seal: for
that there is the signature.
"""

import re
from pathlib import Path
from typing import NamedTuple

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.hashing import sha256_bytes
from data_tools.errors import CheckFailedError
from export.runtime.inside import is_there, read_inside
from export.runtime.limits import GUARD_BYTES, MANIFEST_BYTES
from export.runtime.manifest import FILE_NAME

SEAL_NAME = f"{FILE_NAME}.sha256"
SIGNATURE_NAME = f"{FILE_NAME}.sig"

_LINES = re.compile(
    rf"([0-9a-f]{{64}})  {re.escape(FILE_NAME)}\n(?:([0-9a-f]{{64}})  {re.escape(SIGNATURE_NAME)}\n)?".encode()
)


def seal(folder: Path) -> Path:
    """Write the seal of a bundle whose manifest, and signature if any, are final; return its path.

    Raises:
        CheckFailedError: The manifest cannot be read, or it or the signature is over its limit.
    """
    lines = [f"{sha256_bytes(read_inside(folder, FILE_NAME, MANIFEST_BYTES))}  {FILE_NAME}\n"]
    if is_there(folder, SIGNATURE_NAME):
        lines.append(f"{sha256_bytes(read_inside(folder, SIGNATURE_NAME, GUARD_BYTES))}  {SIGNATURE_NAME}\n")
    write_text(folder / SEAL_NAME, "".join(lines))
    return folder / SEAL_NAME


def check_seal(folder: Path, manifest: bytes, signature: bytes | None) -> bool:
    """Compare the manifest and the signature with the seal.

    Args:
        folder: The bundle's folder.
        manifest: manifest.json's bytes.
        signature: manifest.json.sig's bytes, or None if there is none.

    Returns:
        Whether there is a seal; without one nothing was compared.

    Raises:
        CheckFailedError: The manifest, the signature or the seal itself was changed; the message names which.
    """
    if not is_there(folder, SEAL_NAME):
        return False
    sealed = _read(folder)
    _compare(folder, FILE_NAME, sealed.manifest, manifest)
    if sealed.signature is None and signature is not None:
        raise CheckFailedError(
            f"{folder / SIGNATURE_NAME}: not in {SEAL_NAME}; it was added by hand or signing was interrupted, "
            "run roadgrip bundle sign"
        )
    if sealed.signature is not None:
        if signature is None:
            raise CheckFailedError(f"{folder / SIGNATURE_NAME}: missing, although {SEAL_NAME} lists it")
        _compare(folder, SIGNATURE_NAME, sealed.signature, signature)
    return True


def check_manifest(folder: Path, manifest: bytes) -> bool:
    """Compare the manifest alone with the seal (see `check_seal`), whatever the seal says of a signature."""
    if not is_there(folder, SEAL_NAME):
        return False
    _compare(folder, FILE_NAME, _read(folder).manifest, manifest)
    return True


class _Sealed(NamedTuple):
    """Hold the digests in a seal."""

    manifest: bytes
    signature: bytes | None


def _read(folder: Path) -> _Sealed:
    """Read the seal."""
    match = _LINES.fullmatch(read_inside(folder, SEAL_NAME, GUARD_BYTES))
    if not match:
        raise CheckFailedError(
            f"{folder / SEAL_NAME}: changed after the bundle was made (expected the sha256 of {FILE_NAME}, "
            f"and of {SIGNATURE_NAME} if there is one); copy the bundle anew"
        )
    return _Sealed(match[1], match[2])


def _compare(folder: Path, name: str, sealed: bytes, data: bytes) -> None:
    """Compare a file's sha256 with the seal's; a digest that is nearly the same shows that the seal was changed."""
    found = sha256_bytes(data)
    if found.encode() == sealed:
        return
    # Two unrelated digests share 4 of 64 digits on average, and 32 or more in about 1 of 10^21 cases.
    same = sum(a == b for a, b in zip(found.encode(), sealed, strict=True))
    changed = SEAL_NAME if same >= 32 else name
    raise CheckFailedError(
        f"{folder / changed}: changed after the bundle was made "
        f"({name} has sha256 {found[:12]}…, {SEAL_NAME} says {sealed.decode()[:12]}…); copy the bundle anew"
    )
