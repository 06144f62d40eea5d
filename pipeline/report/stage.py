"""Render the report of a run."""

from collections.abc import Callable
from pathlib import Path

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from pipeline.report.artifact import FILE_NAME, HTML_FILE_NAME, ReportArtifact
from pipeline.report.blocks import Section
from pipeline.report.config import ReportConfig
from pipeline.report.evidence import Evidence, gather
from pipeline.report.extras import require_packages
from pipeline.report.figures import figures_of
from pipeline.report.inputs import ReportInputs
from pipeline.report.page import render
from pipeline.report.sections.dataset import dataset_section
from pipeline.report.sections.evaluation import evaluation_section
from pipeline.report.sections.export import export_section
from pipeline.report.sections.latency import latency_section
from pipeline.report.sections.lineage import lineage_section
from pipeline.report.sections.robustness import robustness_section
from pipeline.report.sections.training import training_section


def run(config: ReportConfig, inputs: ReportInputs, out_dir: Path, progress: Progress = silent) -> Path:
    """Write `report.html` and `report.json`, and return the path of the latter.

    The same inputs and configuration give the same bytes.

    Raises:
        InputError: An input or a sample picture is missing or malformed.
        CheckFailedError: A payload file was changed, or the inputs do not belong together.
        MissingDependencyError: jinja2 or matplotlib is not installed.
    """
    require_packages()
    evidence = gather(inputs)
    builders: tuple[Callable[[], Section], ...] = (
        lambda: dataset_section(evidence, config),
        lambda: training_section(evidence),
        lambda: evaluation_section(evidence.evaluation),
        lambda: export_section(evidence),
        lambda: robustness_section(evidence.robustness),
        lambda: latency_section(evidence.latency),
        lambda: lineage_section(evidence),
    )
    sections: list[Section] = []
    for done, build in enumerate(builders):
        progress(done, len(builders), "writing the report")
        sections.append(build())
    html = render(config.title, _subtitle(evidence), figures_of(evidence), sections, PRODUCER)
    out_dir.mkdir(parents=True, exist_ok=True)
    write_text(out_dir / HTML_FILE_NAME, html)
    artifact = ReportArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=tuple(parent(role, path, out_dir) for role, path in inputs.present().items()),
        html=file_ref(out_dir / HTML_FILE_NAME, out_dir),
    )
    path = save_artifact(artifact, out_dir / FILE_NAME)
    progress(len(builders), len(builders), "writing the report")
    return path


def _subtitle(evidence: Evidence) -> str:
    """Name the bundle, its classes and its network in one line."""
    classes = " / ".join(evidence.bundle.classes)
    return f"Bundle {evidence.bundle.name}: {classes}, {evidence.checkpoint.network.name}"
