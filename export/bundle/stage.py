"""Run the bundle stage: graphs + golden pictures → one folder that a device can verify → manifest.json."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.artifacts.atomic import write_bytes
from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.lineage import ancestors
from data_tools.artifacts.model import FileRef, Parent, check_payload, file_ref, load_artifact, parent, save_artifact
from data_tools.errors import CheckFailedError
from data_tools.metrics.classification import ClassificationMetrics
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample, open_split
from export.artifact import OnnxArtifact, QuantizedArtifact
from export.bundle.npy import npy_bytes
from export.config import BundleConfig
from export.inference import load_batch, part_of, run_graph
from export.quantize.pictures import choose
from export.runtime.manifest import FILE_NAME, Ancestor, BundleManifest, Variant, VariantMetrics
from export.runtime.verify import verify_bundle

# Another CPU rounds sums in another order (fp32), or saturates differently without VNNI (int8).
TOLERANCES = {"fp32": 1e-3, "int8": 0.05}


class _Graph(NamedTuple):
    name: str
    file: Path
    metrics: ClassificationMetrics
    agreement: float


def run(
    config: BundleConfig,
    onnx_path: Path,
    int8_path: Path | None,
    split_path: Path,
    out_dir: Path,
    *,
    name: str,
    progress: Progress = silent,
) -> Path:
    """Pack the exported graphs, then verify the result as a device would.

    Args:
        config: Number of golden pictures.
        onnx_path: onnx.json.
        int8_path: int8.json, or None for a bundle without int8.
        split_path: split.json; golden pictures come from its test part.
        out_dir: The bundle's folder.
        name: The bundle's name.
        progress: Receives counts.

    Returns:
        The path of manifest.json.

    Raises:
        InputError: An input is missing or malformed, the test part is empty, or the split has other classes.
        CheckFailedError: An input was changed, the int8 graph was made from another fp32 graph, or the bundle does not
            verify.
    """
    source = load_artifact(OnnxArtifact, onnx_path)
    check_payload(source, onnx_path.parent)
    graphs = [_Graph("fp32", onnx_path.parent / source.graph.path, source.metrics, 1.0)]
    parents = [parent("onnx", onnx_path, out_dir), parent("split", split_path, out_dir)]
    if int8_path is not None:
        quantized = load_artifact(QuantizedArtifact, int8_path)
        check_payload(quantized, int8_path.parent)
        if sha256_file(onnx_path) not in {item.sha256 for item in quantized.parents if item.role == "onnx"}:
            raise CheckFailedError(f"{int8_path}: was made from another fp32 graph than {onnx_path}; quantise it again")
        file = int8_path.parent / quantized.graph.path
        graphs.append(_Graph("int8", file, quantized.metrics, quantized.degradation.agreement))
        parents.append(parent("quantized", int8_path, out_dir))
    test = part_of(open_split(split_path), "test", source.classes, split_path)
    golden = choose(test, config.golden_pictures)
    pictures = load_batch(golden, source.preprocessing)
    inputs = _write(out_dir / "golden" / "inputs.npy", npy_bytes(pictures), out_dir)
    variants = tuple(_variant(graph, golden, source, out_dir) for graph in graphs)
    manifest = BundleManifest(
        schema_version=1,
        producer=PRODUCER,
        parents=tuple(parents),
        name=name,
        classes=source.classes,
        preprocessing=source.preprocessing,
        variants=variants,
        golden_inputs=inputs,
        lineage=_lineage(parents, out_dir),
    )
    path = save_artifact(manifest, out_dir / FILE_NAME)
    verify_bundle(path, progress=progress)
    return path


def _variant(graph: _Graph, golden: Sequence[Sample], source: OnnxArtifact, out_dir: Path) -> Variant:
    """Copy a graph into the bundle and store its outputs on the golden pictures."""
    file = _write(out_dir / graph.file.name, graph.file.read_bytes(), out_dir)
    logits, probabilities = run_graph(out_dir / file.path, golden, source.preprocessing)
    outputs: npt.NDArray[np.float32] = np.stack([logits, probabilities], axis=1).astype(np.float32)
    return Variant(
        name=graph.name,
        file=file,
        precision="int8" if graph.name == "int8" else "fp32",
        metrics=VariantMetrics(
            test_pictures=graph.metrics.accuracy.trials,
            accuracy=graph.metrics.accuracy.value,
            ece=graph.metrics.ece,
            mean_confidence=graph.metrics.mean_confidence,
            agreement_with_fp32=graph.agreement,
        ),
        golden_outputs=_write(out_dir / "golden" / f"{graph.name}.npy", npy_bytes(outputs), out_dir),
        golden_tolerance=TOLERANCES[graph.name],
    )


def _write(path: Path, data: bytes, folder: Path) -> FileRef:
    """Write a bundle file and describe it."""
    write_bytes(path, data)
    return file_ref(path, folder)


def _lineage(parents: Sequence[Parent], folder: Path) -> tuple[Ancestor, ...]:
    """Return everything the bundle descends from, nearest first, each once."""
    links = sorted(
        (link for item in parents for link in ancestors(folder / item.path)), key=lambda link: (link.depth, link.kind)
    )
    known = {(link.kind, link.sha256): f"{link.path.name} by {link.producer}" for link in links}
    return tuple(Ancestor(kind=kind, sha256=digest, summary=text) for (kind, digest), text in known.items())
