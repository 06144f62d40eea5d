"""Load a plan on the machine that will use it, or say why it does not fit and how to build it again."""

from pathlib import Path

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.artifacts.model import load_artifact
from data_tools.errors import CheckFailedError, InputError
from export.engine.artifact import EngineArtifact
from export.engine.machine import Machine, read_machine
from export.engine.rebuild import rebuild_command
from export.engine.requirements import require_engine_packages
from export.engine.runner import EngineRunner


def open_engine(sidecar_path: Path) -> EngineRunner:
    """Check a plan, its sidecar and this machine, and load the engine.

    Args:
        sidecar_path: The JSON file beside the plan.

    Raises:
        InputError: There is no sidecar, or it does not fit `EngineArtifact`.
        MissingDependencyError: TensorRT or the CUDA bindings are not installed.
        CheckFailedError: The plan or the sidecar was changed, or the plan is for another machine; the message ends
            with the command that builds it again.
    """
    artifact = load_artifact(EngineArtifact, sidecar_path)
    plan = checked_plan(artifact, sidecar_path)
    require_engine_packages("running a TensorRT engine")
    reason = mismatch(artifact, read_machine())
    if reason is not None:
        raise CheckFailedError(
            f"{sidecar_path.parent / artifact.plan.path}: {reason}; {_again(artifact, sidecar_path)}"
        )
    return EngineRunner(plan, str(sidecar_path.parent / artifact.plan.path), artifact.options)


def checked_plan(artifact: EngineArtifact, sidecar_path: Path) -> bytes:
    """Return the plan's bytes after comparing the sidecar with its seal and the plan with the sidecar.

    Raises:
        InputError: The sidecar names a plan outside its folder.
        CheckFailedError: One of them was changed, or the plan is missing.
    """
    if not artifact.seal_holds():
        raise CheckFailedError(
            f"{sidecar_path}: changed after it was written (its seal does not hold); {_again(artifact, sidecar_path)}"
        )
    if Path(artifact.plan.path).name != artifact.plan.path:
        raise InputError(f"{sidecar_path}: expected the plan beside it, got '{artifact.plan.path}'")
    path = sidecar_path.parent / artifact.plan.path
    try:
        plan = path.read_bytes()
    except OSError as error:
        raise CheckFailedError(
            f"{path}: cannot be read ({error.strerror}), although {sidecar_path.name} lists it; "
            f"{_again(artifact, sidecar_path)}"
        ) from error
    found = sha256_bytes(plan)
    if found != artifact.plan.sha256:
        raise CheckFailedError(
            f"{path}: changed after it was built (expected sha256 {artifact.plan.sha256[:12]}…, found {found[:12]}…); "
            f"{_again(artifact, sidecar_path)}"
        )
    return plan


def mismatch(artifact: EngineArtifact, here: Machine) -> str | None:
    """Say in what a machine differs from what a plan needs, or return None where it fits.

    Source: "Engine Compatibility",
    https://docs.nvidia.com/deeplearning/tensorrt/11.1.0/inference-library/engine-compatibility.html: a plan loads in
    the very version that built it, a version-compatible one in later ones too; and on the GPU model it was built on,
    unless it is hardware-compatible.
    """
    return _version_mismatch(artifact, here) or _gpu_mismatch(artifact, here)


def _version_mismatch(artifact: EngineArtifact, here: Machine) -> str | None:
    """Compare TensorRT's versions."""
    built = artifact.machine.tensorrt
    if artifact.options.version_compatible:
        if _numbers(here.tensorrt) < _numbers(built):
            return f"built with TensorRT {built} for that and later versions, this is {here.tensorrt}"
    elif here.tensorrt != built:
        return f"built with TensorRT {built}, this is {here.tensorrt}"
    return None


def _gpu_mismatch(artifact: EngineArtifact, here: Machine) -> str | None:
    """Compare the GPUs as far as the options' hardware compatibility asks for."""
    built, level = artifact.machine, artifact.options.hardware_compatible
    if level == "ampere-plus":
        if _numbers(here.compute_capability) < (8, 0):
            return f"built for compute capability 8.0 and newer, {here.gpu} has {here.compute_capability}"
    elif here.compute_capability != built.compute_capability:
        return (
            f"built for compute capability {built.compute_capability} ({built.gpu}), "
            f"{here.gpu} has {here.compute_capability}"
        )
    elif level == "none" and here.gpu != built.gpu:
        return f"built on {built.gpu}, this is {here.gpu}"
    return None


def _numbers(version: str) -> tuple[int, ...]:
    """Return a version's leading numbers, for comparing."""
    parts = []
    for part in version.split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)


def _again(artifact: EngineArtifact, sidecar_path: Path) -> str:
    """Return the advice that ends a message."""
    folder = sidecar_path.parent
    origin = next((folder / item.path for item in artifact.parents if item.role == "bundle"), Path("BUNDLE"))
    bundle = origin.parent if origin.name == "manifest.json" else origin
    command = rebuild_command(bundle, folder, artifact.variant, artifact.options)
    return f"build it again on this machine: {command}"
