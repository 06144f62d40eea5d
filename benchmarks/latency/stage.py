"""Measure the latency of a bundle's variants on this machine."""

import time
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.host import fingerprint
from benchmarks.latency.artifact import FILE_NAME, LatencyReport
from benchmarks.latency.config import LatencyConfig
from benchmarks.latency.frames import decide, encode_frames
from benchmarks.latency.measure import Probe, measure
from benchmarks.latency.opencv_threads import opencv_threads
from benchmarks.latency.rows import latency_rows
from data_tools.artifacts.model import parent, save_artifact
from data_tools.errors import InputError
from data_tools.images.preprocessing import to_model_color
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from export.runtime.bundle import OpenBundle, open_bundle, select_variants
from export.runtime.golden import golden_inputs
from export.runtime.manifest import Variant
from export.runtime.providers import find_provider
from export.runtime.session import Classifier

REFERENCE_AGAIN = "reference_again"
_BACK_END_OF = {"cpu": "onnxruntime-cpu", "cuda": "onnxruntime-cuda", "tensorrt": "tensorrt"}


def run(config: LatencyConfig, manifest_path: Path, out_dir: Path, progress: Progress = silent) -> Path:
    """Measure every variant in both modes, and the reference twice.

    Args:
        config: What to measure.
        manifest_path: The bundle's manifest, or its folder.
        out_dir: Where latency.json goes.
        progress: Receives the number of rounds done, outside the timed sections.

    Returns:
        The path of latency.json.

    Raises:
        InputError: The bundle, a variant or the provider is not there.
        CheckFailedError: A file of the bundle was changed, or cannot be run.
    """
    find_provider(config.provider)
    bundle = open_bundle(manifest_path)
    variants = select_variants(bundle, config.variants) if config.variants else _made_for(bundle, config.provider)
    names: list[str] = [variant.name for variant in variants]
    reference = "fp32" if "fp32" in names else names[0]
    # Opened first: it pays for ONNX Runtime's own start, which then burdens no variant's load time.
    _, again = _open_timed(bundle, reference, config)
    opened = {name: _open_timed(bundle, name, config) for name in names}
    classifiers = {name: classifier for name, (_, classifier) in opened.items()} | {REFERENCE_AGAIN: again}
    pictures = to_model_color(golden_inputs(bundle), bundle.manifest.preprocessing)  # swapped twice is RGB
    probes = make_probes(classifiers, pictures, config)
    with opencv_threads(config.threads):
        samples_ms = measure(probes, config.warmup, config.rounds, progress=progress)
    report = LatencyReport(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("bundle", bundle.manifest_path, out_dir),),
        bundle=bundle.manifest.name,
        host=fingerprint(),
        provider=config.provider,
        threads=config.threads,
        batch_size=config.batch_size,
        warmup=config.warmup,
        rounds=config.rounds,
        frame_height_px=config.frame_height,
        frame_width_px=config.frame_width,
        reference=reference,
        rows=latency_rows(probes, samples_ms, reference),
        load_ms={name: load_ms for name, (load_ms, _) in opened.items()},
        size_bytes={variant.name: bundle.file(variant.file).stat().st_size for variant in variants},
    )
    return save_artifact(report, out_dir / FILE_NAME)


def make_probes(
    classifiers: dict[str, Classifier], golden: npt.NDArray[np.uint8], config: LatencyConfig
) -> list[Probe]:
    """Make the probes of every classifier: the network alone, and from an encoded frame to a class.

    Args:
        classifiers: By row name.
        golden: (N, H, W, 3) uint8 RGB at model size, N >= 1.
        config: What to measure.
    """
    spec = next(iter(classifiers.values())).manifest.preprocessing
    batch = np.ascontiguousarray(to_model_color(golden[np.arange(config.batch_size) % len(golden)], spec))
    frames = encode_frames(golden, config.batch_size, config.frame_height, config.frame_width)
    return [
        probe
        for name, classifier in classifiers.items()
        for probe in (
            Probe(name, "model_only", partial(classifier.run, batch)),
            Probe(name, "end_to_end", partial(decide, classifier, frames)),
        )
    ]


def _made_for(bundle: OpenBundle, provider: str) -> tuple[Variant, ...]:
    """Return the variants that are made for a provider; the latency of the others on it says nothing about them.

    Raises:
        InputError: There is none.
    """
    found = tuple(item for item in bundle.manifest.variants if _BACK_END_OF.get(provider) in item.back_ends)
    if not found:
        known = ", ".join(f"{item.name} ({', '.join(item.back_ends)})" for item in bundle.manifest.variants)
        raise InputError(
            f"{bundle.manifest_path}: no variant is made for the provider '{provider}': {known}; name variants to "
            "measure them all the same"
        )
    return found


def _open_timed(bundle: OpenBundle, variant: str, config: LatencyConfig) -> tuple[float, Classifier]:
    """Open a variant, and return how long that took (ms): hash, session, checks."""
    start_ns = time.perf_counter_ns()
    classifier = Classifier.open(bundle.manifest_path, variant, threads=config.threads, provider=config.provider)
    return (time.perf_counter_ns() - start_ns) / 1e6, classifier
