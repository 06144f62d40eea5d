"""Render synthetic drives, and list them."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from data_tools.artifacts.hashing import sha256_json
from data_tools.producer import PRODUCER
from data_tools.sources.candidates import Listing, SourceContext
from data_tools.sources.made_folder import PICTURES_FOLDER, made_name, make_once
from data_tools.sources.manifest import list_manifest
from data_tools.sources.registry import register_source
from data_tools.synth.campaign import write_campaign
from data_tools.synth.config import SynthConfig


@register_source("synth")
class SynthSource(BaseModel):
    """Render synthetic drives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["synth"]
    drives: SynthConfig = SynthConfig()

    def offer(self, context: SourceContext) -> Listing:
        """Render to `work_dir/pictures/synth-<digest>/`, unless that is done, and list the campaign's manifest.

        The digest covers configuration and program version.
        """
        digest = sha256_json([self.drives.model_dump(mode="json"), PRODUCER])
        target = context.work_dir / PICTURES_FOLDER / made_name(context.name, "synth", digest)

        def report(done: int, total: int) -> None:
            context.progress(done, total, "rendering drives")

        def render(folder: Path) -> None:
            write_campaign(self.drives, folder, report)

        return list_manifest(make_once(target, render), context)

    def fingerprint(self) -> str:
        """Return a constant: there are no files, and the configuration says it all."""
        return "synthetic"
