"""Build an engine on this machine, and at once run the golden check and the repeat-build check."""

import importlib.util
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.artifacts.atomic import write_bytes, write_text
from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.errors import CheckFailedError
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from export.engine.artifact import EngineArtifact, RepeatCheck, plan_name, sidecar_name
from export.engine.build_log import BuildLog
from export.engine.layers import count_layers, inspect_layers, tidy
from export.engine.machine import read_machine
from export.engine.opset import opset_of
from export.engine.options import EngineOptions
from export.engine.plan_builder import build_plan
from export.engine.requirements import require_engine_packages
from export.engine.runner import EngineRunner, EngineScores, Scores, scores_of
from export.engine.source import EngineSource
from export.runtime.verify import VariantCheck, compare_answers, compare_probabilities


def run(
    source: EngineSource,
    options: EngineOptions,
    out_dir: Path,
    failed_log: Path,
    *,
    final_dir: Path | None = None,
    progress: Progress = silent,
) -> Path:
    """Build, check, and write plan, sidecar, log and layer report.

    Args:
        source: The graph and the golden pictures.
        options: How to build.
        out_dir: An empty folder.
        failed_log: Where the builder's log goes when the build or a check fails; `out_dir` may then vanish.
        final_dir: Where `out_dir` will stand in the end; the sidecar's path to the bundle starts there.
        progress: Receives the number of builds done.

    Returns:
        The sidecar's path.

    Raises:
        MissingDependencyError: TensorRT or the CUDA bindings are not installed.
        InputError: The options do not fit the graph or the machine.
        CheckFailedError: The static check finds a fault, TensorRT cannot build, the golden pictures' probabilities
            are out of tolerance, or a repeated build's are.
    """
    require_engine_packages("roadgrip export engine")
    log = BuildLog()
    try:
        return _run(source, options, out_dir, log, final_dir=final_dir or out_dir, progress=progress)
    except Exception as error:
        if log.lines:
            log.write(failed_log)
        if log.lines and isinstance(error, CheckFailedError):
            raise CheckFailedError(f"{error}; the builder's log is {failed_log}") from error
        raise


def _run(
    source: EngineSource,
    options: EngineOptions,
    out_dir: Path,
    log: BuildLog,
    *,
    final_dir: Path,
    progress: Progress,
) -> Path:
    """Do what `run` says, without keeping the log of a failure."""
    label = str(source.graph_path)
    builds = 1 + options.repeat_builds
    checked = check_statically(source)
    machine = read_machine()
    plan = build_plan(source.graph, label, options, log)
    progress(1, builds, "building engines")
    found, report = _measure(plan, label, options, source.pictures)
    golden = golden_check(source, found, options.tolerance)
    repeats = []
    for number in range(options.repeat_builds):
        again = build_plan(source.graph, label, options, log, timing_cache=False)
        repeated, _ = _measure(again, label, options, source.pictures)
        repeats.append(compare_builds(plan, again, found.probabilities, repeated.probabilities, options))
        progress(2 + number, builds, "building engines")
    files = {name: out_dir / f"model.{source.variant}.{name}" for name in ("plan", "build.log", "layers.json")}
    write_bytes(files["plan"], plan)
    log.write(files["build.log"])
    write_text(files["layers.json"], tidy(report))
    origin = parent("bundle", source.manifest_path, final_dir)
    artifact = EngineArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(origin,),
        variant=source.variant,
        plan=file_ref(out_dir / plan_name(source.variant), out_dir),
        build_log=file_ref(files["build.log"], out_dir),
        layers=file_ref(files["layers.json"], out_dir),
        graph_sha256=source.graph_sha256,
        opset=opset_of(source.graph, label),
        graph_checked=checked,
        machine=machine,
        options=options,
        precision=count_layers(report),
        golden=golden,
        repeats=tuple(repeats),
    )
    return save_artifact(artifact.sealed(), out_dir / sidecar_name(source.variant))


def check_statically(source: EngineSource) -> bool:
    """Check the graph against TensorRT's rules before minutes of building, where onnx is installed.

    Returns:
        Whether it was checked; the sidecar says so.

    Raises:
        CheckFailedError: The graph breaks a rule.
    """
    if importlib.util.find_spec("onnx") is None:
        return False
    from export.engine.graph_check import check_bytes  # imports onnx

    check_bytes(source.graph, str(source.graph_path))
    return True


def golden_check(source: EngineSource, found: EngineScores, tolerance: float) -> VariantCheck:
    """Compare an engine's probabilities with the bundle's: the graph's own, and those that a program answers.

    Raises:
        CheckFailedError: They differ by more than the tolerance, or a clear decision flips.
    """
    check = compare_probabilities(source.variant, source.probabilities, found.probabilities, tolerance)
    check = compare_answers(check, source.logits, found.logits, source.temperature)
    if not check.passed:
        raise CheckFailedError(
            f"{source.graph_path}: the engine's probabilities on the golden pictures differ from the bundle's by "
            f"{check.max_abs_probability_difference:.3g} (allowed {tolerance:g}), {check.argmax_equal} of "
            f"{check.pictures} classes equal, {check.argmax_flips} clear decisions flipped; nothing was kept"
        )
    return check


def compare_builds(plan: bytes, again: bytes, first: Scores, second: Scores, options: EngineOptions) -> RepeatCheck:
    """Compare the outputs of two builds of the same graph.

    Raises:
        CheckFailedError: They differ by more than the tolerance: which kernels win the timing decides what the
            network says.
    """
    check = compare_probabilities("repeat", first, second, options.tolerance)
    if not check.passed:
        raise CheckFailedError(
            f"two builds of the same graph differ on the golden pictures by "
            f"{check.max_abs_probability_difference:.3g} (allowed {options.tolerance:g}), {check.argmax_equal} of "
            f"{check.pictures} classes equal; nothing was kept"
        )
    return RepeatCheck(
        same_bytes=plan == again,
        pictures=check.pictures,
        max_abs_probability_difference=check.max_abs_probability_difference,
        argmax_equal=check.argmax_equal,
        tolerance=check.tolerance,
        passed=check.passed,
    )


def _measure(
    plan: bytes, label: str, options: EngineOptions, pictures: npt.NDArray[np.uint8]
) -> tuple[EngineScores, str]:
    """Load a plan, run the golden pictures, and return what they gave and the inspector's report."""
    runner = EngineRunner(plan, f"engine of {label}", options)
    try:
        return scores_of(runner, pictures), inspect_layers(runner.engine)
    finally:
        runner.close()
