"""Clip ranges where clipping changes nothing: before h-swish and h-sigmoid (Howard et al. 2019, section 5.2)."""

from collections import defaultdict

import onnx

from export.quantize.calibration import Ranges

_KNEE = 3.0


def clip_before_hard_activations(model: onnx.ModelProto, ranges: Ranges) -> Ranges:
    """Return ranges without the values that hard activations map to a constant.

    h-swish(x) = x · relu6(x + 3) / 6 is 0 for every x <= -3, so a tensor that only h-swish reads may saturate at -3
    without any error; h-sigmoid(x) = relu6(x + 3) / 6 is constant beyond both ±3. Eight bits spent on the rest are
    what MobileNetV3 otherwise lacks.

    Args:
        model: The float graph.
        ranges: Calibrated ranges.
    """
    readers: dict[str, set[str]] = defaultdict(set)
    for node in model.graph.node:
        for name in node.input:
            readers[name].add(node.op_type)
    for item in model.graph.output:
        readers[item.name].add("(graph output)")
    clipped = dict(ranges)
    for name, (low, high) in ranges.items():
        if readers[name] == {"HardSwish"}:
            clipped[name] = (max(low, -_KNEE), max(high, 0.0))
        elif readers[name] == {"HardSigmoid"}:
            clipped[name] = (min(max(low, -_KNEE), 0.0), max(min(high, _KNEE), 0.0))
    return clipped
