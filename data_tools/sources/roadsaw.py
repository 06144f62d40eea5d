"""List RoadSaW, the data set of road surface and wetness."""

from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from data_tools.errors import InputError
from data_tools.sources.candidates import Candidate, Listing, SetAside, SourceContext, check_root
from data_tools.sources.coverage import check_every_class, label_candidates
from data_tools.sources.fingerprint import tree_fingerprint
from data_tools.sources.labels import default_label_map
from data_tools.sources.registry import register_source
from data_tools.sources.roadsaw_names import parse_name, roadsaw_class
from data_tools.sources.walk import walk_pictures

CAMERA = "roadsaw"
SOURCE = "roadsaw"


@register_source("roadsaw")
class RoadsawSource(BaseModel):
    """Read RoadSaW: patches of 12 classes in `{train,validation,test}/<material>_<state>/*.png`.

    Source: Cordes et al., "RoadSaW: A Large-Scale Dataset for Camera-Based Road Surface and Wetness Estimation", CVPR
    Workshops 2022, https://roadsaw.viscoda.com. The file names are not documented there. What stands before the last
    number of a name and holds a digit is taken for the recording, whatever folder it lies in; where there is no such
    text, all pictures of one class in one part are one drive, the only cut that is known to part no recording within
    a class. The names carry no time that is documented, so `time_s` is unknown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["roadsaw"]
    path: Path = Field(description="folder that holds train/, validation/ and test/, or some of them, at any depth")

    def offer(self, context: SourceContext) -> Listing:
        """List the pictures (see `list_roadsaw`)."""
        return list_roadsaw(self.path, context)

    def fingerprint(self) -> str:
        """Return a digest of every file below the folder."""
        return tree_fingerprint(self.path)


def list_roadsaw(root: Path, context: SourceContext) -> Listing:
    """List the pictures that lie in a folder of one of RoadSaW's classes.

    Other pictures, and names that end in no number, are set aside (`unknown_name`).

    Raises:
        InputError: The folder is missing, no picture lies in a class folder, or a class has no picture.
    """
    if not root.is_dir():
        raise InputError(f"{root}: expected RoadSaW's folder with train/, validation/, test/; it is no folder")
    check_root(root)
    walked = walk_pictures(root)
    offered = [_candidate(path) for path in walked.pictures]
    found = [item for item in offered if isinstance(item, Candidate)]
    set_aside = [*walked.set_aside, *(item for item in offered if isinstance(item, SetAside))]
    if not found:
        raise InputError(
            f"{root}: expected pictures in folders named like asphalt_dry or cobble_verywet, found none "
            f"({len(set_aside)} other files)"
        )
    labelled = label_candidates(found, context, str(root), default_label_map("roadsaw"))
    check_every_class(labelled.candidates, context, str(root))
    return Listing({"": root}, labelled.candidates, set_aside, labelled.skipped)


def _candidate(path: str) -> Candidate | SetAside:
    """Read class and drive from a path."""
    file = PurePosixPath(path)
    label = roadsaw_class(file.parent.name)
    if label is None:
        return SetAside(path, "unknown_name", "expected a folder named after one of RoadSaW's 12 classes")
    name = parse_name(file.stem)
    if name is None:
        return SetAside(path, "unknown_name", "expected a file name that ends in a number")
    part = file.parent.parent.name
    return Candidate(path, label, SOURCE, name.sequence or (f"{part}/{label}" if part else label), CAMERA)
