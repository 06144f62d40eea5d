"""Take from a bundle what a build needs: one variant's graph, and the golden pictures with their stored outputs."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.artifacts.hashing import sha256_bytes
from export.runtime.bundle import find_variant, open_bundle, read_file, verify_files
from export.runtime.external_data import refuse_external_data
from export.runtime.golden import GOLDEN_LOGITS, GOLDEN_PROBABILITIES, golden_inputs, golden_outputs


@dataclass(frozen=True)
class EngineSource:
    """Hold what an engine is built from and compared with."""

    manifest_path: Path
    variant: str
    graph_path: Path
    graph: bytes
    pictures: npt.NDArray[np.uint8]
    """(N, H, W, 3) in the graph's colour order."""
    probabilities: npt.NDArray[np.float32]
    """(N, C) the graph's own output, without temperature, in ONNX Runtime on the CPU that made the bundle."""
    logits: npt.NDArray[np.float32]
    """(N, C), from the same."""
    temperature: float
    """Of the variant; what a program answers is softmax(logits / temperature)."""

    @property
    def graph_sha256(self) -> str:
        """Return the digest of the graph that is built."""
        return sha256_bytes(self.graph)


def read_source(bundle_path: Path, variant: str) -> EngineSource:
    """Open a bundle, check every file's sha256, and read a variant.

    Raises:
        InputError: There is no bundle, or it has no such variant.
        CheckFailedError: A file is missing or was changed, or the graph has weights in another file.
    """
    bundle = open_bundle(bundle_path)
    found = find_variant(bundle, variant)
    verify_files(bundle)
    graph = read_file(bundle, found.file)
    refuse_external_data(graph, str(bundle.file(found.file)))  # nor may TensorRT take weights that nothing guards
    pictures = golden_inputs(bundle)
    stored = golden_outputs(bundle, found, len(pictures))
    return EngineSource(
        manifest_path=bundle.manifest_path,
        variant=variant,
        graph_path=bundle.file(found.file),
        graph=graph,
        pictures=pictures,
        probabilities=stored[:, GOLDEN_PROBABILITIES],
        logits=stored[:, GOLDEN_LOGITS],
        temperature=found.temperature,
    )
