"""Gather the exported graphs of all precisions."""

from typing import NamedTuple

from data_tools.artifacts.model import FileRef
from data_tools.metrics.classification import ClassificationMetrics
from export.artifact import Degradation
from pipeline.report.evidence import Evidence


class Exported(NamedTuple):
    """Hold one graph, what it measures on the test part, and what it lost against fp32 (None for fp32 itself)."""

    name: str
    graph: FileRef
    metrics: ClassificationMetrics
    loss: Degradation | None
    budget: str


def exported_graphs(evidence: Evidence) -> list[Exported]:
    """Return fp32, then what was made of it."""
    onnx = evidence.onnx
    found = [Exported("fp32", onnx.graph, onnx.metrics, None, "")]
    if onnx.half is not None:
        found.append(Exported("fp16", onnx.half.graph, onnx.half.metrics, onnx.half.degradation, "none set"))
    for item in evidence.quantized.graphs if evidence.quantized is not None else ():
        budget = "missed" if item.breaches_on_test else "held"
        found.append(Exported(item.name, item.graph, item.metrics, item.degradation, budget))
    return found
