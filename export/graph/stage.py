"""Run the export stage: checkpoint → ONNX graph, compared with torch on real pictures → onnx.json."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.artifacts.atomic import write_bytes
from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.errors import CheckFailedError
from data_tools.metrics.classification import classification_metrics
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Part, Sample, open_split
from export.artifact import FP32_FILE_NAME, OnnxArtifact, Parity
from export.config import ExportConfig
from export.graph.deployed import DeployedNet
from export.graph.to_onnx import to_onnx
from export.inference import batches, labels_of, part_of, run_graph
from export.metadata import lineage_of, write_metadata
from pipeline.evaluation.prediction import predict_logits
from pipeline.training.artifact import CheckpointArtifact
from pipeline.training.networks.checkpoint import load_checkpoint
from pipeline.training.networks.roadnet import RoadNet

GRAPH_NAME = "model.fp32.onnx"
PART: Part = "test"


def run(
    config: ExportConfig, checkpoint_path: Path, split_path: Path, out_dir: Path, progress: Progress = silent
) -> Path:
    """Export a checkpoint and prove that the graph computes what torch computes.

    Args:
        config: Operator set and tolerance.
        checkpoint_path: checkpoint.json.
        split_path: split.json; its pictures are compared.
        out_dir: Where the graph and onnx.json go.
        progress: Receives the count of compared pictures.

    Returns:
        The path of onnx.json.

    Raises:
        InputError: An input is missing or malformed, the test part is empty, or checkpoint and split differ in
            classes.
        CheckFailedError: A payload file was changed, a logit is not finite or differs by more than the tolerance, or
            a predicted class differs.
    """
    checkpoint, network = load_checkpoint(checkpoint_path)
    samples = part_of(open_split(split_path), PART, checkpoint.classes, split_path)
    reference = _torch_logits(network, checkpoint, samples, progress)
    if not np.isfinite(reference).all():
        raise CheckFailedError(f"{checkpoint_path}: the network's output is not finite")
    spec = checkpoint.preprocessing
    model = to_onnx(DeployedNet(network, spec.normalization).eval(), spec, config.opset)
    write_metadata(model, checkpoint.classes, spec, lineage_of([checkpoint_path, split_path]))
    graph = out_dir / GRAPH_NAME
    write_bytes(graph, model.SerializeToString(deterministic=True))
    logits, probabilities = run_graph(graph, samples, spec, progress)
    parity = check_parity(reference, logits, config.max_abs_logit_difference, graph)
    artifact = OnnxArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("checkpoint", checkpoint_path, out_dir), parent("split", split_path, out_dir)),
        classes=checkpoint.classes,
        preprocessing=spec,
        graph=file_ref(graph, out_dir),
        opset=config.opset,
        parity=parity,
        metrics=classification_metrics(probabilities, labels_of(samples), checkpoint.classes),
    )
    return save_artifact(artifact, out_dir / FP32_FILE_NAME)


def check_parity(
    reference: npt.NDArray[np.float32], logits: npt.NDArray[np.float32], tolerance: float, graph: Path
) -> Parity:
    """Compare a graph's logits with torch's.

    Args:
        reference: torch's logits, (N, C).
        logits: The graph's, (N, C).
        tolerance: Largest |Δlogit| allowed.
        graph: The graph's file, for messages.

    Raises:
        CheckFailedError: A value is not finite or differs by more than the tolerance, or a predicted class differs.
    """
    if not (np.isfinite(reference).all() and np.isfinite(logits).all()):
        raise CheckFailedError(f"{graph.name}: a logit on {len(reference)} {PART} pictures is not finite")
    parity = Parity(
        pictures=len(reference),
        part=PART,
        max_abs_logit_difference=float(np.abs(logits - reference).max()),
        argmax_equal=int((logits.argmax(axis=1) == reference.argmax(axis=1)).sum()),
        tolerance=tolerance,
    )
    if parity.max_abs_logit_difference > tolerance or parity.argmax_equal != parity.pictures:
        raise CheckFailedError(
            f"{graph.name}: differs from torch on {parity.pictures} {PART} pictures: "
            f"max |Δlogit| {parity.max_abs_logit_difference:.3g} (allowed {tolerance:g}), "
            f"same class on {parity.argmax_equal}"
        )
    return parity


def _torch_logits(
    network: RoadNet, checkpoint: CheckpointArtifact, samples: tuple[Sample, ...], progress: Progress
) -> npt.NDArray[np.float32]:
    """Compute torch's logits of samples, (N, C)."""
    found: list[npt.NDArray[np.float32]] = []
    for batch in batches(samples, checkpoint.preprocessing):
        found.append(predict_logits(network, checkpoint.preprocessing, batch))
        progress(sum(map(len, found)), len(samples), "running torch")
    return np.concatenate(found)
