"""Describe a rendered report."""

from typing import Literal

from data_tools.artifacts.model import Artifact, FileRef

FILE_NAME = "report.json"
HTML_FILE_NAME = "report.html"


class ReportArtifact(Artifact):
    """Name the HTML file and, as parents, every artifact whose numbers it shows."""

    kind: Literal["report"] = "report"
    schema_version: Literal[1]
    html: FileRef
