"""Write a bundle and its benchmarks for the report's tests; every number is made up."""

import shutil
from pathlib import Path

import numpy as np

from benchmarks.host import Host
from benchmarks.latency.artifact import LatencyReport, LatencyRow
from benchmarks.robustness.artifact import RobustnessReport, RobustnessRow
from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.metrics.classification import Share
from data_tools.metrics.intervals import wilson_interval
from export.bundle.traits import TRAITS
from export.runtime.manifest import Ancestor, BundleManifest, Confidence, LeftOut, Variant, VariantMetrics
from tests.pipeline.report.synthetic_network import PRODUCER, SPEC, payload

HOST = Host(
    cpu="Synthetic CPU 9000",
    architecture="x86_64",
    logical_cores=8,
    usable_cores=2,
    cpu_flags=("avx2", "avx512_vnni"),
    memory_mib=16000,
    governor=None,
    operating_system="Linux 6.0",
    python="3.10.0",
    packages={"onnxruntime": "1.0.0", "numpy": "2.0.0"},
)
_P50 = {"model_only": {"fp32": 4.2, "int8": 1.9}, "end_to_end": {"fp32": 5.3, "int8": 3.0}}


SHIPPED = {"fp32": (363, 384, 1.31), "fp16": (363, 384, 1.312), "int8": (360, 377, 1.18)}
"""Correct, as fp32 and the temperature, by variant; int8-trt misses its budget."""


def confidence(ece: float, mean: float) -> Confidence:
    return Confidence(ece=ece, nll=0.214, mean_confidence=mean, confidence_change=mean - 0.91)


def write_bundle(
    folder: Path, onnx: Path, quantized: Path, ancestors: tuple[Path, Path], classes: tuple[str, ...]
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, split = ancestors
    variants = []
    for name, (correct, same, temperature) in SHIPPED.items():
        made = quantized if name == "int8" else onnx
        shutil.copy(made.parent / f"model.{name}.onnx", folder)
        traits = TRAITS[name]
        variants.append(
            Variant(
                name=name,
                file=file_ref(folder / f"model.{name}.onnx", folder),
                precision=traits.precision,
                back_ends=traits.back_ends,
                temperature=temperature,
                temperature_basis="fitted",
                validation_pictures=215,
                ood_thresholds={"0.95": 1.21, "0.99": 1.874},
                metrics=VariantMetrics(
                    test_pictures=384,
                    accuracy=Share.of(correct, 384),
                    agreement_with_fp32=Share.of(same, 384),
                    uncalibrated=confidence(0.037, 0.92),
                    calibrated=confidence(0.021, 0.91),
                ),
                golden_outputs=payload(folder, f"golden_{name}.npy", 512),
                golden_tolerance=traits.golden_tolerance,
                golden_distance_tolerance=traits.golden_distance_tolerance,
            )
        )
    artifact = BundleManifest(
        schema_version=2,
        producer=PRODUCER,
        parents=(parent("checkpoint", checkpoint, folder), parent("split", split, folder)),
        name="roadgrip-demo",
        classes=classes,
        preprocessing=SPEC,
        feature_dim=128,
        centroids="trained",
        variants=tuple(variants),
        left_out=(LeftOut(name="int8-trt", reason="outside the budget on the test part: agreement 96.61 %"),),
        golden_inputs=payload(folder, "golden_inputs.npy", 2048),
        model_card=payload(folder, "MODEL_CARD.md", 100),
        lineage=(
            Ancestor(kind="checkpoint", sha256=sha256_file(checkpoint), summary="checkpoint.json"),
            Ancestor(kind="split", sha256=sha256_file(split), summary="split.json"),
        ),
    )
    return save_artifact(artifact, folder / "manifest.json")


def write_latency(folder: Path, bundle: Path) -> Path:
    generator = np.random.default_rng(3)
    rows = []
    for mode, medians in _P50.items():
        for variant, median in (*medians.items(), ("reference_again", medians["fp32"] * 1.01)):
            samples = median * 0.97 + generator.gamma(2.0, median * 0.02, 300)
            samples[::97] *= 2.6
            rows.append(
                LatencyRow(
                    variant=variant,
                    mode=mode,
                    samples_ms=tuple(round(float(value), 4) for value in samples),
                    p50_ms=median,
                    p90_ms=float(np.percentile(samples, 90)),
                    p99_ms=float(np.percentile(samples, 99)),
                    min_ms=float(samples.min()),
                    ratio_to_reference=median / medians["fp32"],
                )
            )
    artifact = LatencyReport(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("bundle", bundle, folder),),
        bundle="roadgrip-demo",
        host=HOST,
        provider="CPUExecutionProvider",
        threads=2,
        batch_size=1,
        warmup=30,
        rounds=300,
        frame_height_px=1080,
        frame_width_px=1920,
        reference="fp32",
        rows=tuple(rows),
        load_ms={"fp32": 61.2, "int8": 84.9},
        size_bytes={"fp32": 6_200_000, "int8": 1_800_000},
    )
    return save_artifact(artifact, folder / "latency.json")


def write_robustness(folder: Path, bundle: Path, split: Path) -> Path:
    rows = []
    for name, severities, slope in (
        ("gaussian_noise", (0, 10, 20, 40, 60, 80), 0.004),
        ("occlusion", (5, 10, 20), 0.011),
    ):
        for variant, start in (("fp32", 0.945), ("int8", 0.9375)):
            for severity in severities:
                runs = (0.0,) if severity == 0 else (-0.008, 0.003, 0.006)
                accuracies = tuple(start - slope * severity * (severity / (severity + 30)) + shift for shift in runs)
                mean = float(np.mean(accuracies))
                low, high = wilson_interval(round(mean * 384), 384)
                rows.append(
                    RobustnessRow(
                        variant=variant,
                        perturbation=name if severity else "clean",
                        severity=severity,
                        accuracy_by_run=accuracies,
                        accuracy_mean=mean,
                        accuracy_std=float(np.std(accuracies, ddof=1)) if len(accuracies) > 1 else 0.0,
                        low=low,
                        high=high,
                    )
                )
    artifact = RobustnessReport(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("bundle", bundle, folder), parent("split", split, folder)),
        bundle="roadgrip-demo",
        host=HOST,
        part="test",
        pictures=384,
        runs=3,
        rows=tuple(rows),
    )
    return save_artifact(artifact, folder / "robustness.json")
