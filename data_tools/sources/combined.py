"""Put several sources together."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from data_tools.artifacts.hashing import sha256_json
from data_tools.sources.candidates import Candidate, Listing, SourceContext
from data_tools.sources.coverage import check_every_class
from data_tools.sources.registry import register_source
from data_tools.sources.single import SingleSource

SourceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]


@register_source("combined")
class CombinedSource(BaseModel):
    """Read several sources as one; each may lack classes that another has.

    Paths start with the source's name, and so do drives, so that `drive_01` of one source is not `drive_01` of
    another. The field `source` stays what each source says. A combined source cannot hold another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["combined"]
    sources: dict[SourceName, SingleSource] = Field(min_length=1, description="sources by a short name")
    shared_drives: bool = Field(default=False, description="equal drive names mean the same drive in all sources")

    def offer(self, context: SourceContext) -> Listing:
        """List what every source offers.

        Raises:
            InputError: A source cannot be listed or offers nothing, or a class has no picture in any of them.
        """
        listing = Listing({}, [], [], {})
        for name, source in self.sources.items():
            part = source.offer(context._replace(partial=True, name=name))
            listing.roots[name] = part.roots[""]
            listing.candidates.extend(self._named(name, item) for item in part.candidates)
            listing.set_aside.extend(item._replace(path=f"{name}/{item.path}") for item in part.set_aside)
            listing.skipped.update({f"{name}: {what}": count for what, count in part.skipped.items()})
        check_every_class(listing.candidates, context._replace(partial=False), ", ".join(self.sources))
        return listing

    def fingerprint(self) -> str:
        """Return a digest of the sources' digests."""
        return sha256_json({name: source.fingerprint() for name, source in self.sources.items()})

    def _named(self, name: str, item: Candidate) -> Candidate:
        """Put the source's name before path and drive."""
        group = item.group if self.shared_drives else f"{name}/{item.group}"
        return item._replace(path=f"{name}/{item.path}", group=group)
