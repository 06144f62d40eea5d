"""Run the bundle stage: graphs + golden pictures → one folder that a device can verify → manifest.json."""

from pathlib import Path

import numpy as np

from data_tools.artifacts.atomic import write_bytes
from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import FileRef, Parent, check_payload, file_ref, load_artifact, save_artifact
from data_tools.errors import CheckFailedError
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample, open_split
from export.artifact import OnnxArtifact, QuantizedArtifact
from export.bundle import model_card
from export.bundle.lineage import checkpoint_of, lineage_of_bundle, parents_of
from export.bundle.measuring import Measured, Parts, measure_variant
from export.bundle.npy import npy_bytes
from export.bundle.shipping import Cargo, Made, choose_cargo
from export.bundle.traits import TRAITS
from export.config import BundleConfig
from export.inference import load_batch, part_of, run_graph
from export.quantize.pictures import choose
from export.runtime.manifest import FILE_NAME, BundleManifest, Variant
from export.runtime.seal import seal
from export.runtime.verify import verify_bundle
from pipeline.training.artifact import CheckpointArtifact


def run(
    config: BundleConfig,
    onnx_path: Path,
    quantized_path: Path | None,
    split_path: Path,
    out_dir: Path,
    *,
    name: str,
    progress: Progress = silent,
) -> Path:
    """Choose what ships, measure it, pack it, seal it, and verify the result as a device would.

    The validation part decides temperatures and thresholds, the test part says what they are worth and gives the
    golden pictures. The same inputs give the same bytes, wherever the bundle is made. Two inputs are easily forgotten:
    timings.csv, which differs from run to run (`int8: faster`), and checkpoint.json where onnx.json says it lies, for
    the lineage and the model card.

    Args:
        config: What ships, and the number of golden pictures.
        onnx_path: onnx.json.
        quantized_path: quantized.json, or None for a bundle without int8.
        split_path: split.json.
        out_dir: The bundle's folder.
        name: The bundle's name.
        progress: Receives counts.

    Returns:
        The path of manifest.json.

    Raises:
        InputError: An input is missing or malformed, the validation or test part is empty, the split has other
            classes, or int8 must be faster but was not timed.
        CheckFailedError: An input was changed, the int8 graphs were made from another fp32 graph, an output is not
            finite, or the bundle does not verify.
    """
    source = load_artifact(OnnxArtifact, onnx_path)
    check_payload(source, onnx_path.parent)
    cargo = choose_cargo(config.int8, onnx_path, source, quantized_path, _quantized(quantized_path, onnx_path))
    split = open_split(split_path)
    parts = Parts(*(part_of(split, part, source.classes, split_path) for part in ("val", "test")))
    parent = checkpoint_of(source, onnx_path)
    checkpoint = _checkpoint(parent, onnx_path)
    lineage = lineage_of_bundle(onnx_path, split_path, checkpoint)
    golden = choose(parts.test, config.golden_pictures)
    inputs = _write(out_dir / "golden" / "inputs.npy", npy_bytes(load_batch(golden, source.preprocessing)), out_dir)
    variants = _variants(cargo, parts, golden, source, out_dir=out_dir, progress=progress)
    card = model_card.model_card(
        model_card.CardFacts(
            name=name,
            source=source,
            split=split,
            checkpoint=checkpoint,
            variants=variants,
            left_out=cargo.left_out,
            lineage=lineage,
        )
    )
    manifest = BundleManifest(
        schema_version=2,
        producer=PRODUCER,
        parents=parents_of(parent, onnx_path, split_path, out_dir),
        name=name,
        classes=source.classes,
        preprocessing=source.preprocessing,
        feature_dim=source.feature_dim,
        centroids=source.centroids,
        variants=variants,
        left_out=cargo.left_out,
        golden_inputs=inputs,
        model_card=_write(out_dir / model_card.FILE_NAME, card.encode(), out_dir),
        lineage=lineage,
    )
    path = save_artifact(manifest, out_dir / FILE_NAME)
    seal(out_dir)
    verify_bundle(path, progress=progress)
    return path


def _quantized(quantized_path: Path | None, onnx_path: Path) -> QuantizedArtifact | None:
    """Load quantized.json, and check that its graphs were made from this fp32 graph.

    Raises:
        CheckFailedError: They were not, or a file was changed.
    """
    if quantized_path is None:
        return None
    quantized = load_artifact(QuantizedArtifact, quantized_path)
    check_payload(quantized, quantized_path.parent)
    if sha256_file(onnx_path) not in {item.sha256 for item in quantized.parents if item.role == "onnx"}:
        raise CheckFailedError(
            f"{quantized_path}: was made from another fp32 graph than {onnx_path}; quantise it again"
        )
    return quantized


def _checkpoint(parent: Parent, onnx_path: Path) -> CheckpointArtifact | None:
    """Load the checkpoint, if it lies where it was exported from and is still the same."""
    path = onnx_path.parent / parent.path
    if not path.is_file() or sha256_file(path) != parent.sha256:
        return None
    return load_artifact(CheckpointArtifact, path)


def _variants(
    cargo: Cargo, parts: Parts, golden: list[Sample], source: OnnxArtifact, *, out_dir: Path, progress: Progress
) -> tuple[Variant, ...]:
    """Measure and pack what ships; fp32 comes first, and the others are compared with it."""
    variants: list[Variant] = []
    fp32: Measured | None = None
    for graph in cargo.graphs:
        found = measure_variant(graph.path, parts, source.preprocessing, fp32, progress)
        fp32 = fp32 or found
        variants.append(_pack(graph, found, golden, source, out_dir))
    return tuple(variants)


def _pack(graph: Made, found: Measured, golden: list[Sample], source: OnnxArtifact, out_dir: Path) -> Variant:
    """Copy a graph into the bundle and store its outputs on the golden pictures."""
    file = _write(out_dir / graph.path.name, graph.path.read_bytes(), out_dir)
    outputs = run_graph(out_dir / file.path, golden, source.preprocessing)
    stored = np.stack([outputs.logits, outputs.probabilities, outputs.distance], axis=1).astype(np.float32)
    traits = TRAITS[graph.name]
    return Variant(
        name=graph.name,
        file=file,
        precision=traits.precision,
        back_ends=traits.back_ends,
        temperature=found.temperature.value,
        temperature_basis=found.temperature.basis,
        validation_pictures=found.validation_pictures,
        ood_thresholds=found.thresholds,
        metrics=found.metrics,
        golden_outputs=_write(out_dir / "golden" / f"{graph.name}.npy", npy_bytes(stored), out_dir),
        golden_tolerance=traits.golden_tolerance,
        golden_distance_tolerance=traits.golden_distance_tolerance,
    )


def _write(path: Path, data: bytes, folder: Path) -> FileRef:
    """Write a bundle file and describe it."""
    write_bytes(path, data)
    return file_ref(path, folder)
