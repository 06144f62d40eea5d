"""Check on real pictures that a graph's values stay within float16.

ONNX Runtime has few float16 kernels on a CPU and computes the rest in float32 between two of them, so a value that is
too large for a GPU does no harm there. This looks at the values themselves, in float32.
"""

from collections.abc import Collection

import numpy as np
import onnx
from onnx import TensorProto, helper

from data_tools.errors import CheckFailedError
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample
from export.inference import batches, filled_up, fixed_batch
from export.runtime.ort_session import create_session

BATCH = 4
_LARGEST = float(np.finfo(np.float16).max)


def check_range(
    model: onnx.ModelProto,
    keep_float: Collection[str],
    samples: tuple[Sample, ...],
    spec: PreprocessingSpec,
    progress: Progress = silent,
) -> float:
    """Return the largest |value| among the tensors that will be float16.

    Args:
        model: The float32 graph.
        keep_float: Names of the nodes that stay float32.
        samples: Pictures to look at, at least one.
        spec: The graph's preprocessing.
        progress: Receives the count of pictures done.

    Raises:
        CheckFailedError: A value does not fit, or is not finite.
    """
    watched = _float_outputs(model, keep_float)
    names = [f"{side}/{name}" for name in watched for side in ("Max", "Min")]
    session = create_session(_with_extremes(model, watched), "the fp32 graph", None, "cpu")
    size, largest, done = fixed_batch(session), 0.0, 0
    for batch in batches(samples, spec, size or BATCH):
        filled = batch if size is None else filled_up(batch, size)
        values = np.abs(np.array(session.run(names, {session.get_inputs()[0].name: filled}), np.float32))
        done += len(batch)
        if not values.max() <= _LARGEST:
            worst = int(np.argmax(np.where(np.isfinite(values), values, np.inf)))
            raise CheckFailedError(
                f"expected values up to {_LARGEST:g}, where float16 ends, got {values[worst]:g} in the tensor "
                f"'{watched[worst // 2]}' on the first {done} pictures"
            )
        largest = max(largest, float(values.max()))
        progress(done, len(samples), "looking for values beyond float16")
    return largest


def _float_outputs(model: onnx.ModelProto, keep_float: Collection[str]) -> list[str]:
    """Return the float32 tensors that the other nodes make."""
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    floats = {
        item.name for item in (*graph.value_info, *graph.output) if item.type.tensor_type.elem_type == TensorProto.FLOAT
    }
    kept = set(keep_float)
    return [name for node in model.graph.node if node.name not in kept for name in node.output if name in floats]


def _with_extremes(model: onnx.ModelProto, names: list[str]) -> bytes:
    """Return the graph with the largest and the smallest value of each tensor as outputs."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.output[:]
    for name in names:
        for side in ("Max", "Min"):
            copy.graph.node.append(helper.make_node(f"Reduce{side}", [name], [f"{side}/{name}"], keepdims=0))
            copy.graph.output.append(helper.make_tensor_value_info(f"{side}/{name}", TensorProto.FLOAT, []))
    return bytes(copy.SerializeToString())
