"""Bring files that were made in the work folder to the result folder."""

import os
import shutil
from pathlib import Path

from data_tools.sources.candidates import Listing


def adopt_file(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`: a hard link, or a copy where the file system has none.

    The source stays, so that a build that is killed after this line finds its finished work again. What stood at
    `target` is replaced.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def adopt_folder(source: Path, target: Path) -> None:
    """Adopt every file below a folder."""
    for path in sorted(item for item in source.rglob("*") if item.is_file()):
        adopt_file(path, target / path.relative_to(source))


def adopt_made(listing: Listing, made: Path, target: Path) -> None:
    """Adopt the folders that a listing names, of those that its sources made.

    Others are left: an earlier build in the same work folder may have had other settings, or been killed halfway.

    Args:
        listing: What the sources offer.
        made: Folder below which they made pictures, each source in folders of its own.
        target: Receives the folders.
    """
    inside = {name: root.resolve() for name, root in listing.roots.items() if root.resolve().is_relative_to(made)}
    wanted = {root.relative_to(made).parts[0] for root in inside.values() if root != made}
    # A root that is the folder of made pictures itself: there the candidates' paths say which folders.
    whole = {name for name, root in inside.items() if root == made}
    for candidate in listing.candidates if whole else ():
        name, _, path = ("", "", candidate.path) if "" in whole else candidate.path.partition("/")
        if name in whole:
            wanted.add(path.partition("/")[0])
    for folder in sorted(wanted):
        adopt_folder(made / folder, target / folder)
