"""List what a source of pictures offers, before any picture is opened."""

from data_tools.sources.candidates import Candidate, Listing, SetAside, SourceContext
from data_tools.sources.config import AnySource
from data_tools.sources.guess import guess_source
from data_tools.sources.labels import LabelMap
from data_tools.sources.registry import Source, get, names

__all__ = [
    "AnySource",
    "Candidate",
    "LabelMap",
    "Listing",
    "SetAside",
    "Source",
    "SourceContext",
    "get",
    "guess_source",
    "names",
]
