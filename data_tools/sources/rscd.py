"""List the Road Surface Classification Dataset (RSCD)."""

from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from data_tools.errors import InputError
from data_tools.sources.candidates import Candidate, Listing, SetAside, SourceContext, check_root
from data_tools.sources.coverage import check_every_class, label_candidates
from data_tools.sources.fingerprint import tree_fingerprint
from data_tools.sources.labels import default_label_map
from data_tools.sources.registry import register_source
from data_tools.sources.rscd_names import RscdName, parse_name, rscd_class
from data_tools.sources.sessions import session_starts
from data_tools.sources.walk import walk_pictures

CAMERA = "rscd"
SOURCE = "rscd"
DEFAULT_GAP_S = 600.0


@register_source("rscd")
class RscdSource(BaseModel):
    """Read RSCD: 1.03 million patches of 27 classes, recorded from January to July 2022 by one camera in Beijing.

    Layout: `train/<class>/*.jpg` with underscores in the folders, and flat `vali_20k/*.jpg` and `test_50k/*.jpg`;
    every file name carries time and class with hyphens. The authors' own split draws patches at random from the same
    drives (https://github.com/ztsrxh/RSCD-Road_Surface_Classification_Dataset), so it is not kept: pictures of one
    drive must not part. A drive is a run of pictures without a pause longer than `session_gap_s`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["rscd"]
    path: Path = Field(description="folder that holds train/, vali_20k/ and test_50k/, or some of them, at any depth")
    session_gap_s: float = Field(default=DEFAULT_GAP_S, gt=0, description="pause that parts two drives, s")

    def offer(self, context: SourceContext) -> Listing:
        """List the pictures (see `list_rscd`)."""
        return list_rscd(self.path, context, self.session_gap_s)

    def fingerprint(self) -> str:
        """Return a digest of every file below the folder."""
        return tree_fingerprint(self.path)


def list_rscd(root: Path, context: SourceContext, gap_s: float = DEFAULT_GAP_S) -> Listing:
    """List the pictures below a folder whose names are RSCD's.

    The label is the name's; a picture in the folder of another class is set aside (`label_conflict`), as is a name
    that fits no pattern (`unknown_name`; the published set has a few, such as `…178wet-dry-asphalt-smooth.jpg`).

    Args:
        root: RSCD's folder, or one above it.
        context: Classes and label map; the map that comes with this package is the fallback.
        gap_s: Pause between two drives, s.

    Raises:
        InputError: The folder is missing, no name is RSCD's, or a class has no picture.
    """
    if not root.is_dir():
        raise InputError(f"{root}: expected RSCD's folder with train/, vali_20k/, test_50k/; it is no folder")
    check_root(root)
    walked = walk_pictures(root)
    named: list[tuple[str, RscdName]] = []
    set_aside = list(walked.set_aside)
    for path in walked.pictures:
        name = parse_name(PurePosixPath(path).stem)
        problem = _problem(path, name)
        if problem is not None:
            set_aside.append(problem)
        elif name is not None:
            named.append((path, name))
    if not named:
        raise InputError(
            f"{root}: expected pictures named like 202201252342299-dry-asphalt-smooth.jpg, found none "
            f"({len(set_aside)} other files)"
        )
    labelled = label_candidates(_candidates(named, gap_s), context, str(root), default_label_map("rscd"))
    check_every_class(labelled.candidates, context, str(root))
    return Listing({"": root}, labelled.candidates, set_aside, labelled.skipped)


def _candidates(named: Iterable[tuple[str, RscdName]], gap_s: float) -> list[Candidate]:
    """Group pictures into drives."""
    rows = list(named)
    starts = session_starts((name.time_s for _, name in rows), gap_s)
    return [
        Candidate(path, name.label, SOURCE, _drive(starts[name.time_s]), CAMERA, name.time_s) for path, name in rows
    ]


def _drive(start_s: float) -> str:
    """Name a drive by its first picture's time."""
    return datetime.fromtimestamp(start_s, tz=timezone.utc).strftime("rscd-%Y%m%d-%H%M%S")


def _problem(path: str, name: RscdName | None) -> SetAside | None:
    """Return why a picture cannot be used by its name."""
    if name is None:
        return SetAside(path, "unknown_name", "expected DIGITS-CLASS with one of RSCD's 27 classes")
    folder = rscd_class(PurePosixPath(path).parent.name)
    if folder is not None and folder != name.label:
        return SetAside(path, "label_conflict", f"named {name.label}, but lies in the folder of {folder}")
    return None
