"""Run the quantise stage: fp32 graph + calibration part → int8 graph, measured on the test part → int8.json."""

from pathlib import Path

import onnx

from data_tools.artifacts.atomic import write_bytes
from data_tools.artifacts.model import check_payload, file_ref, load_artifact, parent, save_artifact
from data_tools.metrics.classification import classification_metrics
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import open_split
from data_tools.split.origin import warn_of_other_split
from export.artifact import INT8_FILE_NAME, OnnxArtifact, QuantizedArtifact
from export.config import QuantizeConfig
from export.inference import labels_of, part_of, run_graph
from export.metadata import lineage_of, write_metadata
from export.quantize.calibration import activation_ranges
from export.quantize.clipping import clip_before_hard_activations
from export.quantize.degradation import degradation
from export.quantize.int8 import to_int8
from export.quantize.pictures import choose
from export.quantize.placement import first_and_last_nodes, squeeze_excite_nodes

GRAPH_NAME = "model.int8.onnx"


def run(config: QuantizeConfig, onnx_path: Path, split_path: Path, out_dir: Path, progress: Progress = silent) -> Path:
    """Quantise a graph to int8 and measure what that changed.

    Only pictures of the calibration part decide ranges; the test part is looked at once, at the end.

    Args:
        config: The recipe.
        onnx_path: onnx.json.
        split_path: split.json.
        out_dir: Where the graph and int8.json go.
        progress: Receives the counts of pictures.

    Returns:
        The path of int8.json.

    Raises:
        InputError: An input is missing or malformed, the calibration or test part is empty, or graph and split differ
            in classes.
        CheckFailedError: An input was changed after it was written.
    """
    source = load_artifact(OnnxArtifact, onnx_path)
    check_payload(source, onnx_path.parent)
    warn_of_other_split(source.parents, split_path)
    split = open_split(split_path)
    calibration = part_of(split, "calibration", source.classes, split_path)
    test = part_of(split, "test", source.classes, split_path)
    fp32 = onnx_path.parent / source.graph.path
    model = onnx.shape_inference.infer_shapes(onnx.load(str(fp32)))
    chosen = choose(calibration, config.max_calibration_pictures)
    ranges = activation_ranges(model, chosen, source.preprocessing, config, progress)
    if config.clip_before_hard_activations:
        ranges = clip_before_hard_activations(model, ranges)
    keep_float = float_nodes(model, config)
    quantized = to_int8(model, ranges, keep_float)
    write_metadata(quantized, source.classes, source.preprocessing, lineage_of([onnx_path]))
    graph = out_dir / GRAPH_NAME
    write_bytes(graph, quantized.SerializeToString(deterministic=True))
    _, before = run_graph(fp32, test, source.preprocessing, progress)
    _, after = run_graph(graph, test, source.preprocessing, progress)
    labels = labels_of(test)
    artifact = QuantizedArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("onnx", onnx_path, out_dir), parent("split", split_path, out_dir)),
        classes=source.classes,
        preprocessing=source.preprocessing,
        graph=file_ref(graph, out_dir),
        recipe=config.model_dump(),
        calibration_pictures=len(chosen),
        nodes_left_in_float=tuple(keep_float),
        degradation=degradation(before, after, labels, "test"),
        metrics=classification_metrics(after, labels, source.classes),
    )
    return save_artifact(artifact, out_dir / INT8_FILE_NAME)


def float_nodes(model: onnx.ModelProto, config: QuantizeConfig) -> list[str]:
    """Return the nodes that the recipe leaves in float, in graph order."""
    names: set[str] = set()
    if config.keep_squeeze_excite_float:
        names.update(squeeze_excite_nodes(model))
    if config.keep_first_and_last_float:
        names.update(first_and_last_nodes(model))
    return [node.name for node in model.graph.node if node.name in names]
