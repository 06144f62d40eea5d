"""Unpack an archive of pictures safely, and list what is inside."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from data_tools.errors import InputError
from data_tools.sources.candidates import Listing, SourceContext, check_root
from data_tools.sources.fingerprint import file_fingerprint
from data_tools.sources.layouts import Layout, guess_layout, list_layout
from data_tools.sources.made_folder import PICTURES_FOLDER, made_name, make_once
from data_tools.sources.member_names import Limits
from data_tools.sources.registry import register_source
from data_tools.sources.roadsaw_names import roadsaw_class
from data_tools.sources.rscd_names import rscd_class
from data_tools.sources.tar_archive import inspect_tar, unpack_tar
from data_tools.sources.walk import visible
from data_tools.sources.zip_archive import inspect_zip, unpack_zip

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_REPORT_EVERY = 100


@register_source("archive")
class ArchiveSource(BaseModel):
    """Read a zip or tar archive (plain, gzip, bzip2, xz) of pictures in one of the folder layouts.

    The defaults let RSCD pass (1.03 million files, about 20 GB, no empty file; JPEG hardly packs) and refuse what no
    data set of pictures is: thousands of empty files, or files that unpack to 200 times their packed size.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["archive"]
    path: Path = Field(description="the archive: .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz")
    layout: Literal["auto"] | Layout = Field(
        default="auto", description="how the pictures inside are laid out; auto: a manifest, RSCD or RoadSaW if found"
    )
    max_files: int = Field(default=2_000_000, ge=1, description="most entries the archive may hold")
    max_empty_files: int = Field(default=10_000, ge=0, description="most files without content")
    max_bytes: int = Field(default=200 << 30, ge=1, description="most bytes it may unpack to")
    max_ratio: float = Field(default=200.0, ge=1, description="most bytes that a packed byte may unpack to")

    def offer(self, context: SourceContext) -> Listing:
        """Unpack the archive to a folder of `work_dir/pictures/` (see `made_name`), unless that is done, and list it.

        A single folder that everything lies in is looked through: paths still start from the unpacked folder's inner
        folder, so `roads.zip` with `roads/dry/1.jpg` offers `dry/1.jpg`.

        Raises:
            InputError: The archive is missing, damaged, hostile or too large (nothing is left behind then), or what
                is inside cannot be listed.
        """
        if not self.path.is_file():
            came = "it is a folder" if self.path.is_dir() else "it does not exist"
            raise InputError(f"{self.path}: expected an archive ({', '.join(SUFFIXES)}); {came}")
        check_root(self.path)
        check_root(context.work_dir)
        stem = _stem(self.path)
        target = context.work_dir / PICTURES_FOLDER / made_name(context.name, stem, self.fingerprint())
        if not target.is_dir():
            self._unpack(target, context)
        root = _content_root(target, context)
        layout = guess_layout(root) if self.layout == "auto" else self.layout
        return list_layout(layout, root, context, stem)

    def fingerprint(self) -> str:
        """Return a digest of the archive's name, size and modification time."""
        return file_fingerprint(self.path)

    def _unpack(self, target: Path, context: SourceContext) -> None:
        """Check the whole archive, then unpack it."""
        limits = Limits(self.max_files, self.max_empty_files, self.max_bytes, self.max_ratio)
        with self.path.open("rb") as stream:
            is_zip = stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06")
        context.progress(0, 1, "checking the archive")
        files = (inspect_zip if is_zip else inspect_tar)(self.path, limits)
        if not files:
            raise InputError(f"{self.path}: expected pictures, but the archive holds no file")

        def report(done: int) -> None:
            if done % _REPORT_EVERY == 0 or done == files:
                context.progress(done, files, "unpacking the archive")

        make_once(target, lambda folder: (unpack_zip if is_zip else unpack_tar)(self.path, folder, limits, report))


def _stem(path: Path) -> str:
    """Return the archive's name without its suffix."""
    ends = sorted((end for end in SUFFIXES if path.name.lower().endswith(end)), key=len)
    return path.name[: -len(ends[-1])] or "archive" if ends else path.stem


def _content_root(folder: Path, context: SourceContext) -> Path:
    """Go down while a folder holds nothing but one folder, and neither shows a layout or a label."""
    while guess_layout(folder) == "class_folders":
        inside = [item for item in folder.iterdir() if visible(item.name)]
        if len(inside) != 1 or not inside[0].is_dir() or _is_label(inside[0].name, context):
            break
        folder = inside[0]
    return folder


def _is_label(name: str, context: SourceContext) -> bool:
    """Tell whether a folder's name says what its pictures show."""
    known = name in context.classes or rscd_class(name) or roadsaw_class(name)
    return bool(known) or context.labels.verdict(name) is not None
