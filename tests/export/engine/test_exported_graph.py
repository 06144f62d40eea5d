"""Check the graphs that the project exports now against TensorRT's rules."""

from pathlib import Path

import onnx
import pytest

from export.engine.graph_check import check_model, find_faults


@pytest.mark.parametrize("name", ["model.fp32.onnx", "model.fp16.onnx"])
def test_an_exported_mobilenet_passes_as_it_is(onnx_path: Path, name: str):
    model = onnx.load(str(onnx_path.parent / name))
    assert len(model.graph.node) > 100
    assert find_faults(model) == []
    assert check_model(model, name) == []


def test_the_cast_stands_before_the_transpose_because_tensorrt_takes_uint8_into_nothing_else(onnx_path: Path):
    model = onnx.load(str(onnx_path.parent / "model.fp32.onnx"))
    first, second = model.graph.node[:2]
    assert [first.op_type, second.op_type] == ["Cast", "Transpose"]
    kind, order = list(first.attribute), list(second.attribute)
    for node, op, attributes in ((first, "Transpose", order), (second, "Cast", kind)):
        node.op_type = op
        del node.attribute[:]
        node.attribute.extend(attributes)
    onnx.checker.check_model(model, full_check=True)
    assert {item.rule for item in find_faults(model)} == {"type", "uint8"}
