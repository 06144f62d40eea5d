"""Write the trtexec command that builds the same engine, for people who debug with NVIDIA's own tool."""

import shlex
from collections.abc import Sequence

from export.engine.options import EngineOptions, HardwareCompatible

MAJORS = (10, 11)
"""The TensorRT versions whose trtexec is known here."""
_LEVELS: dict[HardwareCompatible, str] = {
    "none": "none",
    "ampere-plus": "ampere+",
    "same-compute-capability": "sameComputeCapability",
}


def trtexec_arguments(
    options: EngineOptions,
    graph: str,
    plan: str,
    *,
    input_name: str,
    shape: Sequence[int],
    major: int,
    fixed_batch: bool = False,
) -> list[str]:
    """Return trtexec's command line for TensorRT 10 or 11.

    Source: "Command-Line Programs", https://docs.nvidia.com/deeplearning/tensorrt/10.8.0/reference/command-line-programs.html,
    and "Migrating trtexec Usage from TensorRT 10.x to 11.x",
    https://docs.nvidia.com/deeplearning/tensorrt/11.0.0/api/migration/tensorrt-10x-to-11x-trtexec.html: 11 is always
    strongly typed and `--stronglyTyped` is no longer needed.

    Args:
        options: What the engine is built with.
        graph: The ONNX file.
        plan: Where the engine goes.
        input_name: Name of the graph's input.
        shape: The input's shape without the batch: (H, W, 3).
        major: 10 or 11.
        fixed_batch: The graph takes one batch size; trtexec then refuses to be told any shape.

    Raises:
        ValueError: Another major version.
    """
    if major not in MAJORS:
        raise ValueError(f"expected TensorRT {' or '.join(map(str, MAJORS))}, got {major}")
    rest = "x".join(str(size) for size in shape)
    batch = options.batch
    arguments = ["trtexec", f"--onnx={graph}", f"--saveEngine={plan}"]
    arguments += ["--stronglyTyped"] if major == 10 else []
    arguments += [
        f"--{name}Shapes={input_name}:{size}x{rest}"
        for name, size in (("min", batch.min), ("opt", batch.opt), ("max", batch.max))
        if not fixed_batch
    ]
    if options.workspace_mib is not None:
        arguments.append(f"--memPoolSize=workspace:{options.workspace_mib}")
    if options.timing_cache is not None:
        arguments.append(f"--timingCacheFile={options.timing_cache}")
    if options.dla_core is not None:
        arguments += [f"--useDLACore={options.dla_core}", "--allowGPUFallback"]
    if options.version_compatible:
        arguments.append("--versionCompatible")
    if options.hardware_compatible != "none":
        arguments.append(f"--hardwareCompatibilityLevel={_LEVELS[options.hardware_compatible]}")
    arguments += [
        f"--builderOptimizationLevel={options.optimization_level}",
        "--profilingVerbosity=detailed",
        "--skipInference",
    ]
    return arguments


def trtexec_command(
    options: EngineOptions,
    graph: str,
    plan: str,
    *,
    input_name: str,
    shape: Sequence[int],
    major: int,
    fixed_batch: bool = False,
) -> str:
    """Return `trtexec_arguments` as one line for a shell."""
    return shlex.join(
        trtexec_arguments(
            options, graph, plan, input_name=input_name, shape=shape, major=major, fixed_batch=fixed_batch
        )
    )
