"""Turn an ONNX graph into a TensorRT plan."""

from pathlib import Path
from typing import TYPE_CHECKING

from data_tools.errors import CheckFailedError, InputError
from export.engine.build_log import BuildLog, tensorrt_logger
from export.engine.options import EngineOptions
from export.engine.timing_cache import keep_timing_cache, use_timing_cache

if TYPE_CHECKING:
    import tensorrt as trt


def build_plan(graph: bytes, label: str, options: EngineOptions, log: BuildLog, *, timing_cache: bool = True) -> bytes:
    """Build a strongly typed engine: every tensor keeps the type that the graph gives it.

    Args:
        graph: The ONNX file's bytes; one input with the batch as its first axis.
        label: What to call the graph in messages.
        options: See `EngineOptions`.
        log: Receives what TensorRT says.
        timing_cache: Use the options' file; False times every kernel anew, also within this build.

    Returns:
        The plan's bytes.

    Raises:
        InputError: The options do not fit the graph or the machine.
        CheckFailedError: TensorRT refuses the graph or cannot build it.
    """
    import tensorrt as trt

    logger = tensorrt_logger(log)
    builder = trt.Builder(logger)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    _parse(network, logger, graph, label)
    config = builder.create_builder_config()
    _configure(config, builder, options)
    _add_profile(builder, network, config, options, label)
    cache = Path(options.timing_cache) if options.timing_cache is not None and timing_cache else None
    if cache is not None:
        use_timing_cache(config, cache)
    elif not timing_cache:
        config.set_flag(trt.BuilderFlag.DISABLE_TIMING_CACHE)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise CheckFailedError(f"{label}: TensorRT cannot build an engine ({log.last_error()})")
    if cache is not None:
        keep_timing_cache(config, cache)
    return memoryview(plan).tobytes()


def _parse(network: "trt.INetworkDefinition", logger: "trt.ILogger", graph: bytes, label: str) -> None:
    """Read the graph into the network; one error with everything the parser said."""
    import tensorrt as trt

    parser = trt.OnnxParser(network, logger)
    if parser.parse(graph):
        return
    lines = []
    for index in range(parser.num_errors):
        error = parser.get_error(index)
        where = f"node {error.node()} {error.node_name()} ({error.node_operator()})"
        lines.append(f"{where}: {' '.join(error.desc().split())}")
    raise CheckFailedError(f"{label}: TensorRT's parser refuses it: {' | '.join(lines) or 'it gave no reason'}")


def _configure(config: "trt.IBuilderConfig", builder: "trt.Builder", options: EngineOptions) -> None:
    """Set everything but the profile and the timing cache."""
    import tensorrt as trt

    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.builder_optimization_level = options.optimization_level
    if options.workspace_mib is not None:
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, options.workspace_mib << 20)
    if options.version_compatible:
        config.set_flag(trt.BuilderFlag.VERSION_COMPATIBLE)
    if options.hardware_compatible == "ampere-plus":
        config.hardware_compatibility_level = trt.HardwareCompatibilityLevel.AMPERE_PLUS
    elif options.hardware_compatible == "same-compute-capability":
        if not hasattr(trt.HardwareCompatibilityLevel, "SAME_COMPUTE_CAPABILITY"):
            raise InputError(
                f"hardware_compatible: same-compute-capability needs TensorRT 10.9 or newer, this is {trt.__version__}"
            )
        config.hardware_compatibility_level = trt.HardwareCompatibilityLevel.SAME_COMPUTE_CAPABILITY
    if options.dla_core is not None:
        if options.dla_core >= builder.num_DLA_cores:
            raise InputError(
                f"dla_core: this device offers {builder.num_DLA_cores} DLA cores to TensorRT {trt.__version__}, "
                f"got core {options.dla_core}; leave it out to build for the GPU"
            )
        config.default_device_type = trt.DeviceType.DLA
        config.DLA_core = options.dla_core
        config.set_flag(trt.BuilderFlag.GPU_FALLBACK)


def _add_profile(
    builder: "trt.Builder",
    network: "trt.INetworkDefinition",
    config: "trt.IBuilderConfig",
    options: EngineOptions,
    label: str,
) -> None:
    """Bound the free batch axis, or check that a fixed one is what the options ask for."""
    if network.num_inputs != 1:
        raise CheckFailedError(f"{label}: expected one input, TensorRT sees {network.num_inputs}")
    tensor = network.get_input(0)
    shape = [tensor.shape[axis] for axis in range(len(tensor.shape))]
    batch, rest = options.batch, tuple(shape[1:])
    if shape[0] != -1:
        if (batch.min, batch.opt, batch.max) != (shape[0],) * 3:
            raise InputError(
                f"{label}: its batch is fixed to {shape[0]}; expected that for all three, got {batch.text()}"
            )
        return
    profile = builder.create_optimization_profile()
    profile.set_shape(tensor.name, (batch.min, *rest), (batch.opt, *rest), (batch.max, *rest))
    if config.add_optimization_profile(profile) < 0:
        raise CheckFailedError(f"{label}: TensorRT refuses the optimisation profile {batch.text()}")
