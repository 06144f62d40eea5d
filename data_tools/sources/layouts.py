"""Recognise how the pictures in a folder are laid out, and list them."""

from pathlib import Path
from typing import Literal

from data_tools.sources.candidates import Listing, SourceContext
from data_tools.sources.class_folders import list_class_folders
from data_tools.sources.manifest import MANIFEST_NAMES, list_manifest
from data_tools.sources.roadsaw import list_roadsaw
from data_tools.sources.roadsaw_names import roadsaw_class
from data_tools.sources.rscd import list_rscd
from data_tools.sources.rscd_names import rscd_class
from data_tools.sources.walk import visible

Layout = Literal["class_folders", "manifest", "rscd", "roadsaw"]
_RSCD_PARTS = frozenset({"vali_20k", "test_50k"})
_PARTS = ("train", "validation", "val", "test")


def guess_layout(folder: Path) -> Layout:
    """Return a folder's layout by the names in it and in its `train/`, `validation/` and `test/`.

    A manifest goes before all; RSCD is known by `vali_20k` or `test_50k`, or by a folder named after one of its classes
    other than `ice`, which others have, too; RoadSaW by a folder named after one of its classes; everything else is
    class folders.
    """
    if any((folder / name).is_file() for name in MANIFEST_NAMES):
        return "manifest"
    inside = _folders(folder)
    if _RSCD_PARTS & inside:
        return "rscd"
    for part in _PARTS:
        inside |= _folders(folder / part)
    if any(rscd_class(name) for name in inside - {"ice"}):
        return "rscd"
    return "roadsaw" if any(roadsaw_class(name) for name in inside) else "class_folders"


def list_layout(layout: Layout, root: Path, context: SourceContext, source: str) -> Listing:
    """List a folder of a known layout; `source` names what has no name of its own.

    Raises:
        InputError: The folder does not hold what the layout says.
    """
    if layout == "manifest":
        return list_manifest(root, context)
    if layout == "rscd":
        return list_rscd(root, context)
    if layout == "roadsaw":
        return list_roadsaw(root, context)
    return list_class_folders(root, context, source)


def _folders(folder: Path) -> set[str]:
    """Return the names of a folder's folders."""
    if not folder.is_dir():
        return set()
    return {item.name for item in folder.iterdir() if item.is_dir() and visible(item.name)}
