"""List pictures that lie in a folder for each class."""

from collections import Counter
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from data_tools.errors import InputError
from data_tools.images.decode import SUFFIXES
from data_tools.sources.candidates import Candidate, Listing, SetAside, SourceContext, check_root, is_usable
from data_tools.sources.coverage import check_every_class, label_candidates, resolve
from data_tools.sources.fingerprint import tree_fingerprint
from data_tools.sources.registry import register_source
from data_tools.sources.walk import visible, walk_pictures


@register_source("class_folders")
class ClassFoldersSource(BaseModel):
    """Read `PATH/<label>/...`; a sub-folder below the label is the drive, a picture without one is its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["class_folders"]
    path: Path = Field(description="folder with a sub-folder for each label")

    def offer(self, context: SourceContext) -> Listing:
        """List the pictures (see `list_class_folders`)."""
        return list_class_folders(self.path, context)

    def fingerprint(self) -> str:
        """Return a digest of every file below the folder."""
        return tree_fingerprint(self.path)


def list_class_folders(root: Path, context: SourceContext, source: str = "") -> Listing:
    """List `root/<label>/**`.

    The group is the sub-folder below the label (`dry/drive_07/0001.jpg` has the group `drive_07`, which
    `wet/drive_07` shares); a picture directly in the label's folder is its own group.

    Args:
        root: Folder with one sub-folder for each label.
        context: Classes and label map.
        source: What to write as source; by default the root folder's name.

    Returns:
        The candidates in sorted order; files whose suffix is no picture's, names that no table can hold and links to
        folders are set aside.

    Raises:
        InputError: The folder is missing, no folder is for a class, a class has no picture, or a folder's name is
            neither a class nor in the label map.
    """
    if not root.is_dir():
        came = "it is a file" if root.is_file() else "it does not exist"
        raise InputError(f"{root}: expected a folder with the class folders {', '.join(context.classes)}; {came}")
    check_root(root)
    source = source or root.resolve().name or "unknown"
    folders = sorted(item.name for item in root.iterdir() if item.is_dir() and visible(item.name))
    named = [name for name in folders if is_usable(name)]
    found: list[Candidate] = []
    set_aside: list[SetAside] = []
    for name in folders:
        walked = walk_pictures(root, name)
        found += [_candidate(path, source) for path in walked.pictures]
        set_aside += walked.set_aside
    counts = Counter(dict.fromkeys(named, 0))
    counts.update(item.label for item in found)
    resolved = resolve(counts, context, str(root))
    _check_folders(root, named, resolved, counts, context)
    labelled = label_candidates(found, context, str(root))
    check_every_class(labelled.candidates, context, str(root))
    return Listing({"": root}, labelled.candidates, set_aside, labelled.skipped)


def _candidate(path: str, source: str) -> Candidate:
    """Make a candidate whose label is its folder's name."""
    label, _, inside = path.partition("/")
    drive = inside.rpartition("/")[0]
    return Candidate(path, label, source, drive or path)


def _check_folders(
    root: Path, folders: list[str], resolved: dict[str, str | None], counts: Counter[str], context: SourceContext
) -> None:
    """Say which class has no folder, or only empty ones."""
    if context.partial:
        return
    missing = [label for label in context.classes if label not in resolved.values()]
    if missing:
        raise InputError(
            f"{root}: expected the class folders {', '.join(context.classes)}; missing: {', '.join(missing)} "
            f"(found: {', '.join(folders) or 'none'})"
        )
    for label in context.classes:
        own = [name for name, target in resolved.items() if target == label]
        if not any(counts[name] for name in own):
            where = ", ".join(str(root / name) for name in own)
            raise InputError(f"{where}: expected pictures ({', '.join(sorted(SUFFIXES))}), found none")
