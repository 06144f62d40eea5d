"""Describe a written data set card."""

from typing import Literal

from data_tools.artifacts.model import Artifact, FileRef
from data_tools.card.model import CardData
from data_tools.card.weak_spots import WeakSpot

FILE_NAME = "card.json"
PAGE_NAME = "card.md"
PICTURES_FOLDER = "pictures"


class CardArtifact(Artifact):
    """Hold a card's numbers, what they show, and its files."""

    kind: Literal["card"] = "card"
    schema_version: Literal[1]
    data: CardData
    weak_spots: tuple[WeakSpot, ...]
    page: FileRef
    pictures: tuple[FileRef, ...]

    def payload(self) -> tuple[FileRef, ...]:
        """Return the page and its pictures."""
        return (self.page, *self.pictures)
