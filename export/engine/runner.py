"""Run an engine on numpy arrays."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.errors import CheckFailedError
from export.engine.build_log import BuildLog, tensorrt_logger
from export.engine.device_memory import DeviceMemory
from export.engine.options import EngineOptions
from export.runtime.graph_contract import DISTANCE, FEATURE, LOGITS, OUTPUTS, PROBABILITIES

if TYPE_CHECKING:
    import tensorrt as trt

Scores = npt.NDArray[np.float32]


class EngineOutputs(NamedTuple):
    """Hold what an engine gives, as the graph computes it (no temperature applied)."""

    logits: Scores
    """(B, C)."""
    probabilities: Scores
    """(B, C)."""
    feature: Scores
    """(B, d)."""
    centroid_distance: Scores
    """(B, C)."""


class EngineScores(NamedTuple):
    """Hold what of an engine's outputs is compared."""

    logits: Scores
    """(N, C)."""
    probabilities: Scores
    """(N, C), the graph's own."""


class EngineRunner:
    """Hold a deserialised engine, its context and its GPU buffers; one call at a time, closed by `close`.

    Raises:
        CheckFailedError: TensorRT cannot load the plan, or its inputs and outputs are not those of our graphs.
    """

    def __init__(self, plan: bytes, label: str, options: EngineOptions) -> None:
        import tensorrt as trt

        self._label = label
        self._log = BuildLog()
        self._logger = tensorrt_logger(self._log)
        self._runtime = trt.Runtime(self._logger)
        if options.dla_core is not None:
            self._runtime.DLA_core = options.dla_core
        if options.version_compatible:
            # Such a plan carries host code; loading checks its sha256 against the sidecar first.
            self._runtime.engine_host_code_allowed = True
        engine = self._runtime.deserialize_cuda_engine(plan)
        if engine is None:
            raise CheckFailedError(f"{label}: TensorRT cannot load it ({self._log.last_error()})")
        context = engine.create_execution_context()
        if context is None:
            raise CheckFailedError(f"{label}: TensorRT gives no execution context ({self._log.last_error()})")
        self.engine, self._context = engine, context
        self._input = _check_tensors(engine, label)
        low, high = _bounds(engine, self._input)
        self.min_batch, self.max_batch = low[0], high[0]
        self.picture_shape = (high[1], high[2], high[3])
        self._memory = DeviceMemory()
        try:
            self._allocate()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Free the GPU buffers."""
        self._memory.close()

    def run(self, batch: npt.NDArray[np.uint8]) -> EngineOutputs:
        """Compute the four outputs.

        Args:
            batch: (B, H, W, 3) uint8 in the graph's colour order, min_batch <= B <= max_batch.

        Raises:
            ValueError: The batch has another shape or type.
            CheckFailedError: TensorRT or CUDA fails, or an output is not finite.
        """
        wanted = f"({self.min_batch}..{self.max_batch}, {', '.join(map(str, self.picture_shape))}) uint8"
        count = len(batch)
        if batch.dtype != np.uint8 or batch.shape[1:] != self.picture_shape:
            raise ValueError(f"expected {wanted}, got {batch.shape} {batch.dtype}")
        if not self.min_batch <= count <= self.max_batch:
            raise ValueError(f"expected {wanted}, got {count} pictures")
        shapes = self._set_batch(count)
        self._memory.upload(self._input, np.ascontiguousarray(batch))
        if not self._context.execute_async_v3(self._memory.stream):
            raise CheckFailedError(f"{self._label}: TensorRT cannot run it ({self._log.last_error()})")
        arrays = {name: np.empty(shape, dtype=np.float32) for name, shape in shapes.items()}
        for name, array in arrays.items():
            self._memory.download(name, array)
        self._memory.wait()
        outputs = EngineOutputs(arrays[LOGITS], arrays[PROBABILITIES], arrays[FEATURE], arrays[DISTANCE])
        if not all(np.isfinite(array).all() for array in outputs):
            raise CheckFailedError(f"{self._label}: gave outputs that are not finite")
        return outputs

    def _allocate(self) -> None:
        """Make buffers for the largest batch, and tell the context where they are."""
        pixels = self.max_batch * int(np.prod(self.picture_shape))
        sizes = {self._input: pixels}
        sizes |= {name: 4 * int(np.prod(shape)) for name, shape in self._set_batch(self.max_batch).items()}
        for name, size in sizes.items():
            if not self._context.set_tensor_address(name, self._memory.allocate(name, size)):
                raise CheckFailedError(f"{self._label}: TensorRT refuses a buffer for '{name}'")

    def _set_batch(self, count: int) -> dict[str, tuple[int, ...]]:
        """Tell the context the batch size, and return the outputs' shapes."""
        if not self._context.set_input_shape(self._input, (count, *self.picture_shape)):
            raise CheckFailedError(f"{self._label}: TensorRT refuses {count} pictures ({self._log.last_error()})")
        unknown = self._context.infer_shapes()
        if unknown:
            raise CheckFailedError(f"{self._label}: TensorRT cannot tell the shapes of {', '.join(unknown)}")
        return {name: shape_of(self._context.get_tensor_shape(name)) for name in OUTPUTS}


def shape_of(dims: "trt.Dims") -> tuple[int, ...]:
    """Return TensorRT's dimensions as a tuple."""
    return tuple(dims[axis] for axis in range(len(dims)))


def _bounds(engine: "trt.ICudaEngine", name: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the smallest and the largest shape of the input; a fixed one was built without a profile."""
    shape = shape_of(engine.get_tensor_shape(name))
    if -1 not in shape:
        return shape, shape
    low, _, high = engine.get_tensor_profile_shape(name, 0)
    return shape_of(low), shape_of(high)


def _check_tensors(engine: "trt.ICudaEngine", label: str) -> str:
    """Check that the engine takes one uint8 picture batch and gives our outputs as float32; return its input's name."""
    import tensorrt as trt

    names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
    inputs = [name for name in names if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT]
    if len(inputs) != 1 or engine.get_tensor_dtype(inputs[0]) != trt.DataType.UINT8:
        raise CheckFailedError(f"{label}: expected one uint8 input, the engine has {inputs}")
    if len(shape_of(engine.get_tensor_shape(inputs[0]))) != 4:
        raise CheckFailedError(f"{label}: expected the input as (B, H, W, 3)")
    for name in OUTPUTS:
        if name not in names or name in inputs:
            raise CheckFailedError(
                f"{label}: expected an output '{name}', the engine has {sorted(set(names) - set(inputs))}"
            )
        if engine.get_tensor_dtype(name) != trt.DataType.FLOAT:
            raise CheckFailedError(f"{label}: expected the output '{name}' as float32")
    return inputs[0]


def scores_of(runner: EngineRunner, pictures: npt.NDArray[np.uint8]) -> EngineScores:
    """Run any number of pictures in batches the engine takes; a last batch that is too small is filled up.

    Args:
        runner: The engine.
        pictures: (N, H, W, 3) uint8, N >= 1.

    Returns:
        Logits and probabilities of N pictures.
    """
    parts = []
    for start in range(0, len(pictures), runner.max_batch):
        batch = pictures[start : start + runner.max_batch]
        missing = max(0, runner.min_batch - len(batch))
        filled = np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)]) if missing else batch
        outputs = runner.run(filled)
        parts.append(EngineScores(outputs.logits[: len(batch)], outputs.probabilities[: len(batch)]))
    return EngineScores(*(np.concatenate(values) for values in zip(*parts, strict=True)))
