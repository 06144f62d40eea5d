"""Load the artifacts of a report and check that they belong together."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.latency.artifact import LatencyReport
from benchmarks.robustness.artifact import RobustnessReport
from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import Artifact, ArtifactT, check_payload, load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.errors import CheckFailedError
from data_tools.split.artifact import SplitArtifact
from export.artifact import OnnxArtifact, QuantizedArtifact
from export.runtime.manifest import BundleManifest
from pipeline.evaluation.artifact import EvaluationArtifact
from pipeline.report.inputs import ReportInputs
from pipeline.training.artifact import CheckpointArtifact


@dataclass(frozen=True)
class Evidence:
    """Hold the loaded artifacts; None stands for a stage that was not run."""

    inputs: ReportInputs
    sha256: dict[str, str]
    dataset: DatasetArtifact
    split: SplitArtifact
    checkpoint: CheckpointArtifact
    onnx: OnnxArtifact
    bundle: BundleManifest
    evaluation: EvaluationArtifact | None
    quantized: QuantizedArtifact | None
    latency: LatencyReport | None
    robustness: RobustnessReport | None


def gather(inputs: ReportInputs) -> Evidence:
    """Load every input, check its payload, and check that the inputs come from one run.

    Raises:
        InputError: A file is missing or malformed.
        CheckFailedError: A payload file was changed, or an input was made from another parent than the one given.
    """
    sha256: dict[str, str] = {}
    evidence = Evidence(
        inputs=inputs,
        sha256=sha256,
        dataset=_checked(DatasetArtifact, inputs.dataset),
        split=_checked(SplitArtifact, inputs.split),
        checkpoint=_checked(CheckpointArtifact, inputs.checkpoint),
        onnx=_checked(OnnxArtifact, inputs.onnx),
        bundle=_checked(BundleManifest, inputs.bundle),
        evaluation=_checked(EvaluationArtifact, inputs.evaluation) if inputs.evaluation else None,
        quantized=_checked(QuantizedArtifact, inputs.quantized) if inputs.quantized else None,
        latency=_checked(LatencyReport, inputs.latency) if inputs.latency else None,
        robustness=_checked(RobustnessReport, inputs.robustness) if inputs.robustness else None,
    )
    sha256.update({role: sha256_file(path) for role, path in inputs.present().items()})
    for role, path in inputs.present().items():
        _check_parents(getattr(evidence, role), path, evidence)
    _check_graphs(evidence)
    return evidence


def _checked(cls: type[ArtifactT], path: Path) -> ArtifactT:
    """Load an artifact and compare its payload with the recorded sha256."""
    artifact = load_artifact(cls, path)
    check_payload(artifact, path.parent)
    return artifact


def _check_parents(artifact: Artifact, path: Path, evidence: Evidence) -> None:
    """Compare an artifact's recorded parents with the inputs of the same role."""
    for origin in artifact.parents:
        given = evidence.sha256.get(origin.role)
        if given is not None and given != origin.sha256:
            raise CheckFailedError(
                f"{path}: made from another {origin.role} (sha256 {origin.sha256[:12]}…) than the one given, "
                f"{evidence.inputs.present()[origin.role]} ({given[:12]}…); run the {artifact.kind} stage again"
            )


def _check_graphs(evidence: Evidence) -> None:
    """Check that the bundle ships the given graphs: it names them by their bytes, not onnx.json and quantized.json."""
    onnx, quantized = evidence.onnx, evidence.quantized
    made = {"fp32": onnx.graph.sha256}
    if onnx.half is not None:
        made["fp16"] = onnx.half.graph.sha256
    made |= {item.name: item.graph.sha256 for item in quantized.graphs} if quantized is not None else {}
    for variant in evidence.bundle.variants:
        if made.get(variant.name, variant.file.sha256) != variant.file.sha256:
            raise CheckFailedError(
                f"{evidence.inputs.bundle}: its {variant.name} graph (sha256 {variant.file.sha256[:12]}…) is not the "
                f"given one ({made[variant.name][:12]}…); run the bundle stage again"
            )
