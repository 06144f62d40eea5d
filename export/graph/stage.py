"""Run the export stage: checkpoint → ONNX graphs, compared with torch on real pictures → onnx.json."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx

from data_tools.artifacts.atomic import write_bytes
from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.classification import classification_metrics
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Part, Sample, open_split
from export.artifact import ONNX_FILE_NAME, OnnxArtifact
from export.config import ExportConfig
from export.engine.graph_check import check_model
from export.graph.batch import with_batch
from export.graph.centroids import Centroids, measured_centroids, trained_centroids
from export.graph.deployed import DeployedNet
from export.graph.half import nodes_kept_in_float, to_half
from export.graph.half_check import compare_half
from export.graph.inventory import check_tidy, operator_counts
from export.graph.overflow import check_range
from export.graph.parity import check_parity, torch_outputs
from export.graph.to_onnx import to_onnx
from export.inference import labels_of, part_of, run_graph
from export.metadata import lineage_of, write_metadata
from pipeline.training.artifact import CheckpointArtifact
from pipeline.training.networks.checkpoint import load_checkpoint
from pipeline.training.networks.roadnet import RoadNet

GRAPH_NAME = "model.fp32.onnx"
HALF_NAME = "model.fp16.onnx"
PART: Part = "test"


class Trained(NamedTuple):
    """Hold a trained network with its class centroids."""

    artifact: CheckpointArtifact
    network: RoadNet
    centroids: Centroids


def run(
    config: ExportConfig, checkpoint_path: Path, split_path: Path, out_dir: Path, progress: Progress = silent
) -> Path:
    """Export a checkpoint and prove that the graph computes what torch computes.

    Args:
        config: Operator set, colour order, batch and tolerance.
        checkpoint_path: checkpoint.json.
        split_path: split.json; the pictures of its test part are compared, and where training left no centroids, those
            of its train part are measured.
        out_dir: Where the graphs and onnx.json go.
        progress: Receives the count of pictures done.

    Returns:
        The path of onnx.json.

    Raises:
        InputError: An input is missing or malformed, the test part is empty, a class to be measured has no pictures, or
            checkpoint and split differ in classes.
        CheckFailedError: A payload file was changed, a value is not finite or differs by more than the tolerance, a
            predicted class differs, a graph is not tidy, or the float16 graph is none that TensorRT takes or says
            something else than fp32.
    """
    artifact, network = load_checkpoint(checkpoint_path)
    split = open_split(split_path)
    samples = part_of(split, PART, artifact.classes, split_path)
    train = split.samples["train"]
    centroids = find_centroids(checkpoint_path, artifact, network, train, split_path=split_path, progress=progress)
    reference = torch_outputs(network, artifact.preprocessing, centroids.values, samples, progress)
    if not all(np.isfinite(values).all() for values in reference):
        raise CheckFailedError(f"{checkpoint_path}: the network's output is not finite; train it anew")
    trained = Trained(artifact, network, centroids)
    model = export_graph(config, trained, lineage_of([checkpoint_path, split_path]))
    spec = artifact.preprocessing.model_copy(update={"color": config.color})
    half_model = half_of(model, samples, spec, progress) if config.fp16 else None
    graph = _write(model, out_dir / GRAPH_NAME)
    found = run_graph(graph, samples, spec, progress)
    parity = check_parity(reference, found, config.max_abs_logit_difference, graph, PART)
    half = None
    if half_model is not None:
        path = _write(half_model, out_dir / HALF_NAME)
        halved = run_graph(path, samples, spec, progress)
        labels = labels_of(samples)
        half = compare_half(path, found, halved, labels=labels, classes=artifact.classes, part=PART)
    return save_artifact(
        OnnxArtifact(
            schema_version=2,
            producer=PRODUCER,
            parents=(parent("checkpoint", checkpoint_path, out_dir), parent("split", split_path, out_dir)),
            classes=artifact.classes,
            preprocessing=spec,
            graph=file_ref(graph, out_dir),
            half=half,
            opset=config.opset,
            operators=operator_counts(model),
            feature_dim=network.feature_dim,
            centroids=centroids.origin,
            parity=parity,
            metrics=classification_metrics(found.probabilities, labels_of(samples), artifact.classes),
        ),
        out_dir / ONNX_FILE_NAME,
    )


def find_centroids(
    checkpoint_path: Path,
    artifact: CheckpointArtifact,
    network: RoadNet,
    train: tuple[Sample, ...],
    *,
    split_path: Path,
    progress: Progress = silent,
) -> Centroids:
    """Take the centroids that training left, or measure them.

    Args:
        checkpoint_path: checkpoint.json.
        artifact: Its content.
        network: The loaded network.
        train: The split's train part.
        split_path: For messages.
        progress: Receives the count of measured pictures.

    Raises:
        InputError: They must be measured, and a class has no pictures.
    """
    left = trained_centroids(checkpoint_path, network, averaged=artifact.settings.get("ema_decay") is not None)
    if left is not None:
        return left
    present = {sample.label for sample in train}
    missing = [name for label, name in enumerate(artifact.classes) if label not in present]
    if missing:
        raise InputError(
            f"{split_path}: expected pictures of every class in the train part, for the class centroids are their mean "
            f"features; got none of {', '.join(missing)}"
        )
    return measured_centroids(network, artifact.preprocessing, train, progress)


def export_graph(config: ExportConfig, trained: Trained, lineage: list[dict[str, str]]) -> onnx.ModelProto:
    """Make the fp32 graph, with its metadata; the network is changed in place (`DeployedNet`).

    Args:
        config: Operator set, colour order and batch.
        trained: The network.
        lineage: Kind and sha256 of all it descends from.

    Raises:
        CheckFailedError: It is not tidy.
    """
    spec = trained.artifact.preprocessing.model_copy(update={"color": config.color})
    model = to_onnx(DeployedNet(trained.network, spec, trained.centroids.values).eval(), spec, config.opset)
    if config.batch is not None:
        model = with_batch(model, config.batch)
    write_metadata(model, trained.artifact.classes, spec, lineage, trained.centroids.origin)
    check_tidy(model, GRAPH_NAME)
    return model


def half_of(
    model: onnx.ModelProto, samples: tuple[Sample, ...], spec: PreprocessingSpec, progress: Progress = silent
) -> onnx.ModelProto:
    """Make the float16 graph.

    Args:
        model: The fp32 graph.
        samples: Pictures on which no value may leave float16, at least one.
        spec: What the graph takes.
        progress: Receives the count of pictures done.

    Raises:
        CheckFailedError: A weight, a value or an operator does not fit, it is not tidy, or TensorRT would refuse it.
    """
    try:
        kept = nodes_kept_in_float(model)
        half = to_half(model, kept)
        check_tidy(half, "the graph")
        check_model(half, "the graph")
        check_range(model, kept, samples, spec, progress)
    except CheckFailedError as error:
        raise CheckFailedError(f"{HALF_NAME}: {error}; export.fp16: false leaves it out") from error
    return half


def _write(model: onnx.ModelProto, path: Path) -> Path:
    """Write a graph, the same bytes each time."""
    write_bytes(path, model.SerializeToString(deterministic=True))
    return path
