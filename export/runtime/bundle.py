"""Open a bundle, check its files, and find a variant in it."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from data_tools.artifacts.model import FileRef, Record
from data_tools.errors import CheckFailedError, InputError
from data_tools.validation import closest
from export.runtime import limits
from export.runtime.inside import is_there, open_inside, read_inside, read_some
from export.runtime.manifest import FILE_NAME, BundleManifest, Variant
from export.runtime.npy_file import HEAD_BYTES, read_head
from export.runtime.seal import SEAL_NAME, SIGNATURE_NAME, check_manifest, check_seal
from export.runtime.signature import check_signature
from export.runtime.strict_json import read_record

_CHUNK_BYTES = 1 << 20
_OWN_NAMES = (FILE_NAME, SEAL_NAME, SIGNATURE_NAME)


class OpenBundle(Record):
    """Hold a bundle's manifest, where it lies, and what guards it.

    Attributes:
        manifest_path: Where the manifest lies.
        manifest: What it says.
        sealed: Whether the manifest was compared with a seal.
        signed: Whether there is a signature.
        key_id: The key that the signature was checked with; None where it was not checked.
    """

    manifest_path: Path
    manifest: BundleManifest
    sealed: bool
    signed: bool
    key_id: str | None

    @property
    def folder(self) -> Path:
        """Return the folder that the manifest's file names start from."""
        return self.manifest_path.parent

    @property
    def seal_path(self) -> Path:
        """Return where the seal lies, or should."""
        return self.folder / SEAL_NAME

    def file(self, ref: FileRef) -> Path:
        """Return where a file of the bundle lies."""
        return self.folder / ref.path


def open_bundle(path: Path, key: Path | None = None, *, to_sign: bool = False) -> OpenBundle:
    """Read a bundle's manifest; the files beside it are checked by `verify_files` and when they are loaded.

    The manifest is compared with its seal, if there is one, and with its signature, if a key is given, before it is
    parsed. Nothing but the manifest, the seal and the signature is opened.

    Args:
        path: The bundle's folder, or the manifest in it.
        key: A public key's PEM file; the bundle must then be signed with its private half.
        to_sign: Compare the manifest alone with the seal, not the signature, which is about to be made.

    Raises:
        InputError: There is no manifest, it does not fit `BundleManifest`, it names a variant, a class or a file
            twice, it names a file outside the bundle's folder, or it is over a limit of `export.runtime.limits`.
        CheckFailedError: The manifest is not the one that was sealed, or not the one that was signed with the key.
        MissingDependencyError: A key is given, but `cryptography` is not installed.
    """
    manifest_path = _manifest_path(path)
    folder = manifest_path.parent
    data = read_inside(folder, FILE_NAME, limits.MANIFEST_BYTES)
    signed = is_there(folder, SIGNATURE_NAME)
    signature = read_inside(folder, SIGNATURE_NAME, limits.GUARD_BYTES) if signed else None
    sealed = check_manifest(folder, data) if to_sign else check_seal(folder, data, signature)
    key_id = check_signature(folder, data, signature, key) if key is not None else None
    manifest = read_record(BundleManifest, data, str(manifest_path))
    _check_names(manifest, manifest_path)
    return OpenBundle(manifest_path=manifest_path, manifest=manifest, sealed=sealed, signed=signed, key_id=key_id)


def verify_files(bundle: OpenBundle) -> None:
    """Compare every file of the bundle with the manifest's size and sha256, and a .npy file's header with its size.

    Raises:
        CheckFailedError: A file is missing, is no plain file, was changed, or is no .npy file although it is called
            one; the message names it.
    """
    for ref in bundle.manifest.payload():
        digest = hashlib.sha256()
        head = b""
        for chunk in _chunks(bundle, ref):
            head += chunk[: HEAD_BYTES - len(head)]
            digest.update(chunk)
        _check_digest(bundle, ref, digest.hexdigest())
        if ref.path.endswith(".npy"):
            read_head(head, ref.size_bytes, str(bundle.file(ref)))


def read_file(bundle: OpenBundle, ref: FileRef) -> bytes:
    """Read a file of the bundle, after comparing its size and before comparing its sha256 with the manifest's.

    Raises:
        CheckFailedError: It is missing, is no plain file, or was changed.
    """
    data = b"".join(_chunks(bundle, ref))
    _check_digest(bundle, ref, hashlib.sha256(data).hexdigest())
    return data


def unlisted_files(bundle: OpenBundle, most: int = 1000) -> tuple[str, ...]:
    """Return what lies in the bundle's folder although the manifest does not list it, sorted; empty folders are not.

    A folder that cannot be read is named as one, for nobody knows what lies in it.

    Args:
        bundle: The bundle.
        most: Stop looking after as many; names that a terminal would obey are escaped.
    """
    known = {*_OWN_NAMES, *(ref.path for ref in bundle.manifest.payload())}
    found: list[str] = []

    def closed(error: OSError) -> None:
        place = Path(str(error.filename)).relative_to(bundle.folder).as_posix()
        found.append(f"{_printable(place)} (a folder that cannot be read)")

    for place, folders, files in os.walk(bundle.folder, onerror=closed):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        names = ((Path(place) / name).relative_to(bundle.folder).as_posix() for name in [*files, *links])
        found.extend(_printable(name) for name in names if name not in known)
        if len(found) >= most:
            break
    return tuple(sorted(found)[:most])


def find_variant(bundle: OpenBundle, name: str) -> Variant:
    """Return a variant by its name.

    Raises:
        InputError: The bundle has no such variant; the message lists those it has, the closest first.
    """
    for variant in bundle.manifest.variants:
        if variant.name == name:
            return variant
    known = [variant.name for variant in bundle.manifest.variants]
    raise InputError(f"{bundle.manifest_path}: no variant '{name}'; {closest(name, known)}")


def select_variants(bundle: OpenBundle, names: Sequence[str]) -> tuple[Variant, ...]:
    """Return the named variants in the given order, or all of the bundle's for no names (see `find_variant`)."""
    return tuple(find_variant(bundle, name) for name in names) or bundle.manifest.variants


def _check_names(manifest: BundleManifest, manifest_path: Path) -> None:
    """Check that names are distinct, and that files are few, not too large, and inside the bundle's folder."""
    names = [variant.name for variant in manifest.variants]
    for what, values in (("variants", names), ("classes", list(manifest.classes))):
        if len(set(values)) != len(values):
            raise InputError(f"{manifest_path}: {what}: expected distinct names, got {_cut(', '.join(values))}")
    refs = manifest.payload()
    total = sum(ref.size_bytes for ref in refs)
    if len(refs) > limits.FILES or total > limits.BUNDLE_BYTES:
        raise InputError(
            f"{manifest_path}: expected at most {limits.FILES} files and {limits.BUNDLE_BYTES} bytes in all, "
            f"got {len(refs)} and {total}"
        )
    for ref in refs:
        if len(ref.path) > limits.PATH_CHARACTERS or not re.fullmatch(limits.PATH_PATTERN, ref.path):
            raise InputError(
                f"{manifest_path}: expected files inside the bundle's folder, called by letters, digits and . _ + - "
                f"with / between folders, got {_cut(repr(ref.path))}"
            )
        if ref.size_bytes > limits.FILE_BYTES:
            raise InputError(
                f"{manifest_path}: {ref.path}: expected at most {limits.FILE_BYTES} bytes, got {ref.size_bytes}"
            )
    # A file system may take two names that differ in case for one.
    times = Counter([*_OWN_NAMES, *(ref.path.lower() for ref in refs)])
    for ref in refs:
        if times[ref.path.lower()] > 1:
            raise InputError(f"{manifest_path}: expected every file in one role, got '{ref.path}' in two")


def _chunks(bundle: OpenBundle, ref: FileRef) -> Iterator[bytes]:
    """Yield a file's bytes, after comparing its size with the manifest's."""
    with open_inside(bundle.folder, ref.path) as stream:
        found = os.fstat(stream.fileno()).st_size
        if found != ref.size_bytes:
            raise CheckFailedError(
                f"{bundle.file(ref)}: changed after the bundle was made "
                f"(expected {ref.size_bytes} bytes, found {found}); copy the bundle anew"
            )
        left = ref.size_bytes
        while left and (chunk := read_some(stream, min(left, _CHUNK_BYTES), bundle.file(ref))):
            left -= len(chunk)
            yield chunk


def _check_digest(bundle: OpenBundle, ref: FileRef, found: str) -> None:
    """Compare a file's sha256 with the manifest's."""
    if found != ref.sha256:
        raise CheckFailedError(
            f"{bundle.file(ref)}: changed after the bundle was made "
            f"(expected sha256 {ref.sha256[:12]}…, found {found[:12]}…); copy the bundle anew"
        )


def _printable(name: str) -> str:
    """Return a file's name without what a terminal would obey."""
    return name if name.isprintable() else ascii(name)[1:-1]


def _cut(text: str) -> str:
    """Return at most 100 characters of a text."""
    return text if len(text) <= 100 else text[:97] + "..."


def _manifest_path(path: Path) -> Path:
    """Return the manifest's path for a bundle's folder or the manifest itself."""
    if path.is_dir():
        if not is_there(path, FILE_NAME):
            raise InputError(f"{path}: expected a bundle, but this folder holds no {FILE_NAME}")
        return path / FILE_NAME
    if not path.exists():
        raise InputError(f"{path}: expected a bundle's folder or its {FILE_NAME}, but there is no such path")
    if path.name != FILE_NAME:
        raise InputError(f"{path}: expected a bundle's folder or its {FILE_NAME}, got another file")
    return path
