"""List the stages: what each reads, which code decides its result, and how to run it.

The modules that need torch are imported when a stage runs, so that the table itself is light.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from benchmarks.host import fingerprint as host_fingerprint
from benchmarks.latency import artifact as latency_artifact
from benchmarks.robustness import artifact as robustness_artifact
from data_tools.artifacts.hashing import sha256_file, sha256_json
from data_tools.artifacts.model import Artifact
from data_tools.dataset import artifact as dataset_artifact
from data_tools.progress import Progress
from data_tools.split import artifact as split_artifact
from export import artifact as export_artifact
from export.runtime import manifest
from pipeline.evaluation import artifact as evaluation_artifact
from pipeline.report import artifact as report_artifact
from pipeline.report.inputs import ReportInputs
from pipeline.stages.config import RunConfig
from pipeline.training import artifact as training_artifact

_FLOOR = ("data_tools",)
_TRAIN = (*_FLOOR, "pipeline/training")
_EVALUATE = (*_TRAIN, "pipeline/evaluation")
_EXPORT = (*_EVALUATE, "export")
_DEVICE = (*_FLOOR, "export/runtime", "benchmarks")


class Task(NamedTuple):
    """Hold what a stage's function receives; `previous` is the artifact that its result will replace, if any."""

    config: RunConfig
    inputs: dict[str, Path]
    out_dir: Path
    partial_dir: Path
    previous: Path | None
    progress: Progress


class Stage(NamedTuple):
    """Describe one stage of a run."""

    name: str
    what: str
    parents: tuple[str, ...]
    extras: tuple[str, ...]
    code: tuple[str, ...]
    artifact: type[Artifact]
    file_name: str
    config: Callable[[RunConfig], BaseModel]
    outside: Callable[[RunConfig], dict[str, str]]
    run: Callable[[Task], Path]


def _nothing(config: RunConfig) -> dict[str, str]:  # noqa: ARG001 - the signature of Stage.outside
    return {}


def _pictures(config: RunConfig) -> dict[str, str]:
    return {"pictures": config.data.source.fingerprint()}


def _weights(config: RunConfig) -> dict[str, str]:
    path = Path(config.train.weights)
    return {"weights": sha256_file(path)} if path.is_file() else {}


def _host(config: RunConfig) -> dict[str, str]:  # noqa: ARG001 - the signature of Stage.outside
    host = host_fingerprint()
    return {"host": sha256_json([host.cpu, host.usable_cores, host.packages.get("onnxruntime", "")])}


def _data(task: Task) -> Path:
    from data_tools.dataset.stage import run

    return run(task.config.data, task.out_dir, task.progress, work_dir=task.partial_dir)


def _split(task: Task) -> Path:
    from data_tools.split.previous import carried_on
    from data_tools.split.stage import run

    previous = carried_on(task.previous, task.config.split, task.config.data.classes)
    return run(task.config.split, task.inputs["data"], task.out_dir, task.progress, previous=previous)


def _train(task: Task) -> Path:
    from pipeline.training.stage import run

    return run(task.config.train, task.inputs["split"], task.out_dir, task.progress, resume_dir=task.partial_dir)


def _evaluate(task: Task) -> Path:
    from pipeline.evaluation.stage import run

    return run(task.config.evaluate, task.inputs["train"], task.inputs["split"], task.out_dir, task.progress)


def _export(task: Task) -> Path:
    from export.graph.stage import run

    return run(task.config.export, task.inputs["train"], task.inputs["split"], task.out_dir, task.progress)


def _quantize(task: Task) -> Path:
    from export.quantize.stage import run

    inputs = task.inputs
    return run(
        task.config.quantize,
        inputs["export"],
        inputs["train"],
        inputs["split"],
        task.out_dir,
        progress=task.progress,
    )


def _bundle(task: Task) -> Path:
    from export.bundle.stage import run

    inputs = task.inputs
    return run(
        task.config.bundle,
        inputs["export"],
        inputs["quantize"],
        inputs["split"],
        task.out_dir,
        name=task.config.name,
        progress=task.progress,
    )


def _latency(task: Task) -> Path:
    from benchmarks.latency.stage import run

    return run(task.config.latency, task.inputs["bundle"], task.out_dir, task.progress)


def _robustness(task: Task) -> Path:
    from benchmarks.robustness.stage import run

    return run(task.config.robustness, task.inputs["bundle"], task.inputs["split"], task.out_dir, task.progress)


def _report(task: Task) -> Path:
    from pipeline.report.stage import run

    return run(task.config.report, report_inputs(task.inputs), task.out_dir, task.progress)


def report_inputs(paths: dict[str, Path]) -> ReportInputs:
    """Name the report's inputs by the stages that made them."""
    return ReportInputs(
        dataset=paths["data"],
        split=paths["split"],
        checkpoint=paths["train"],
        evaluation=paths["evaluate"],
        onnx=paths["export"],
        quantized=paths["quantize"],
        bundle=paths["bundle"],
        latency=paths["latency"],
        robustness=paths["robustness"],
    )


STAGES: tuple[Stage, ...] = (
    Stage(
        "data",
        "build the data set",
        (),
        (),
        _FLOOR,
        dataset_artifact.DatasetArtifact,
        dataset_artifact.FILE_NAME,
        lambda c: c.data,
        _pictures,
        _data,
    ),
    Stage(
        "split",
        "split it by group",
        ("data",),
        (),
        _FLOOR,
        split_artifact.SplitArtifact,
        split_artifact.FILE_NAME,
        lambda c: c.split,
        _nothing,
        _split,
    ),
    Stage(
        "train",
        "fine-tune the network",
        ("split",),
        ("train",),
        _TRAIN,
        training_artifact.CheckpointArtifact,
        training_artifact.FILE_NAME,
        lambda c: c.train,
        _weights,
        _train,
    ),
    Stage(
        "evaluate",
        "measure it on the test part",
        ("train", "split"),
        ("train",),
        _EVALUATE,
        evaluation_artifact.EvaluationArtifact,
        evaluation_artifact.FILE_NAME,
        lambda c: c.evaluate,
        _nothing,
        _evaluate,
    ),
    Stage(
        "export",
        "export the ONNX graphs",
        ("train", "split"),
        ("train",),
        _EXPORT,
        export_artifact.OnnxArtifact,
        export_artifact.ONNX_FILE_NAME,
        lambda c: c.export,
        _nothing,
        _export,
    ),
    Stage(
        "quantize",
        "search the int8 graphs",
        ("train", "export", "split"),
        ("train",),
        _EXPORT,
        export_artifact.QuantizedArtifact,
        export_artifact.QUANTIZED_FILE_NAME,
        lambda c: c.quantize,
        _nothing,
        _quantize,
    ),
    Stage(
        "bundle",
        "pack and verify the bundle",
        ("export", "quantize", "split"),
        (),
        _EXPORT,
        manifest.BundleManifest,
        manifest.FILE_NAME,
        lambda c: c.bundle,
        lambda c: {"name": c.name},
        _bundle,
    ),
    Stage(
        "latency",
        "measure latency",
        ("bundle",),
        (),
        _DEVICE,
        latency_artifact.LatencyReport,
        latency_artifact.FILE_NAME,
        lambda c: c.latency,
        _host,
        _latency,
    ),
    Stage(
        "robustness",
        "measure robustness",
        ("bundle", "split"),
        (),
        _DEVICE,
        robustness_artifact.RobustnessReport,
        robustness_artifact.FILE_NAME,
        lambda c: c.robustness,
        _nothing,
        _robustness,
    ),
    Stage(
        "report",
        "write the report",
        ("data", "split", "train", "evaluate", "export", "quantize", "bundle", "latency", "robustness"),
        ("report",),
        (*_EXPORT, "benchmarks", "pipeline/report"),
        report_artifact.ReportArtifact,
        report_artifact.FILE_NAME,
        lambda c: c.report,
        _nothing,
        _report,
    ),
)
NAMES = tuple(stage.name for stage in STAGES)
