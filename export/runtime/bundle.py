"""Open a bundle, check its files, and find a variant in it."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from data_tools.artifacts.model import FileRef, Record, check_payload, load_artifact
from data_tools.errors import InputError
from data_tools.validation import closest
from export.runtime.manifest import FILE_NAME, BundleManifest, Variant


class OpenBundle(Record):
    """Hold a bundle's manifest and where it lies."""

    manifest_path: Path
    manifest: BundleManifest

    @property
    def folder(self) -> Path:
        """Return the folder that the manifest's file names start from."""
        return self.manifest_path.parent

    def file(self, ref: FileRef) -> Path:
        """Return where a file of the bundle lies."""
        return self.folder / ref.path


def open_bundle(path: Path) -> OpenBundle:
    """Read a bundle's manifest; the files beside it are checked by `verify_files` and when they are loaded.

    Args:
        path: The bundle's folder, or the manifest in it.

    Raises:
        InputError: There is no manifest, it does not fit `BundleManifest`, it names a variant or class twice, or it
            names a file outside the bundle's folder.
    """
    manifest_path = _manifest_path(path)
    manifest = load_artifact(BundleManifest, manifest_path)
    names = [variant.name for variant in manifest.variants]
    for what, values in (("variants", names), ("classes", list(manifest.classes))):
        if len(set(values)) != len(values):
            raise InputError(f"{manifest_path}: {what}: expected distinct names, got {', '.join(values)}")
    for ref in manifest.payload():
        relative = PurePosixPath(ref.path)
        if relative.is_absolute() or ".." in relative.parts:
            raise InputError(f"{manifest_path}: expected files inside the bundle's folder, got '{ref.path}'")
    return OpenBundle(manifest_path=manifest_path, manifest=manifest)


def verify_files(bundle: OpenBundle) -> None:
    """Compare every file of the bundle with the manifest's sha256.

    Raises:
        CheckFailedError: A file is missing or was changed; the message names it.
    """
    check_payload(bundle.manifest, bundle.folder)


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


def _manifest_path(path: Path) -> Path:
    """Return the manifest's path for a bundle's folder or the manifest itself."""
    if path.is_dir():
        if not (path / FILE_NAME).is_file():
            raise InputError(f"{path}: expected a bundle, but this folder holds no {FILE_NAME}")
        return path / FILE_NAME
    if not path.exists():
        raise InputError(f"{path}: expected a bundle's folder or its {FILE_NAME}, but there is no such path")
    if path.suffix != ".json":
        raise InputError(f"{path}: expected a bundle's folder or its {FILE_NAME}, got another file")
    return path
