"""List pictures that lie in a folder for each class."""

from pathlib import Path

from data_tools.dataset.candidates import Candidate, Listing, check_label, check_root, is_usable
from data_tools.dataset.records import SetAsideRecord
from data_tools.errors import InputError
from data_tools.images.decode import SUFFIXES


def list_class_folders(root: Path, classes: tuple[str, ...]) -> Listing:
    """List `root/<class>/**`.

    The group is the sub-folder below the class (`dry/drive_07/0001.jpg` has the group `drive_07`, which `wet/drive_07`
    shares); a picture directly in the class folder is its own group. The source is the root folder's name.

    Args:
        root: Folder with one sub-folder for each class.
        classes: Class names.

    Returns:
        The candidates in sorted order; files whose suffix is no picture's, names that no table can hold and links to
        folders are set aside.

    Raises:
        InputError: The folder or a class folder is missing, a class has no picture, or a folder is no class.
    """
    if not root.is_dir():
        came = "it is a file" if root.is_file() else "it does not exist"
        raise InputError(f"{root}: expected a folder with the class folders {', '.join(classes)}; {came}")
    check_root(root)
    source = root.resolve().name or "unknown"
    found = sorted(item.name for item in root.iterdir() if item.is_dir() and not item.name.startswith("."))
    for name in found:
        check_label(name, classes, str(root / name))
    missing = [name for name in classes if name not in found]
    if missing:
        raise InputError(
            f"{root}: expected the class folders {', '.join(classes)}; missing: {', '.join(missing)} "
            f"(found: {', '.join(found) or 'none'})"
        )
    candidates: list[Candidate] = []
    set_aside: list[SetAsideRecord] = []
    for label in classes:
        before = len(candidates)
        for file in sorted(path for path in (root / label).rglob("*") if path.is_file() or path.is_symlink()):
            inside = file.relative_to(root / label)
            if any(part.startswith(".") for part in inside.parts):
                continue
            path = file.relative_to(root).as_posix()
            if not is_usable(path):
                detail = "control characters, or bytes that are not UTF-8; rename it"
                set_aside.append(SetAsideRecord(path=ascii(path)[1:-1], reason="unusable_name", detail=detail))
                continue
            if not file.is_file():
                detail = "a link to a folder or to nothing is not followed"
                set_aside.append(SetAsideRecord(path=path, reason="link", detail=detail))
                continue
            if file.suffix.lower() not in SUFFIXES:
                set_aside.append(SetAsideRecord(path=path, reason="unknown_suffix", detail=file.suffix or "no suffix"))
                continue
            group = inside.parent.as_posix() if len(inside.parts) > 1 else path
            candidates.append(Candidate(path, label, source, group))
        if len(candidates) == before:
            raise InputError(f"{root / label}: expected pictures ({', '.join(sorted(SUFFIXES))}), found none")
    return Listing(root, candidates, set_aside)
