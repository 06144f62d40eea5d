import json

import pytest

from data_tools.errors import CheckFailedError
from export.engine.layers import count_layers, precision_of, tidy


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("Thirty-two wide channel vectorized row major Int8 format.", "int8"),
        ("Row major linear FP16 format", "fp16"),
        ("Row major linear FP32 format (kLINEAR)", "fp32"),
        ("Half", "fp16"),
        ("Float", "fp32"),
        ("UInt8", "uint8"),
        ("BFloat16", "bf16"),
        ("Int64", "int64"),
        ("Bool", "bool"),
        ("", "unknown"),
        ("something new", "unknown"),
    ],
)
def test_precisions(text: str, precision: str):
    assert precision_of(text) == precision


def tensor(text: str, key: str = "Format/Datatype") -> dict[str, str]:
    return {"Name": "x", key: text}


def test_tensorrt_10_and_11_are_both_read():
    layers = [
        {"LayerType": "CaskConvolution", "Inputs": [tensor("Int8")], "Outputs": [tensor("Half")]},
        {"LayerType": "CaskConvolution", "Inputs": [tensor("Int8", "DataType")], "Outputs": []},
        {"LayerType": "kgen", "Inputs": [tensor("Half")], "Outputs": [tensor("Int8")]},
        {"LayerType": "Constant", "Inputs": [], "Outputs": [tensor("Float")]},
        {"LayerType": "NoOp"},
    ]
    report = json.dumps({"Layers": layers, "Bindings": ["image"]})
    assert [(row.layer_type, row.precision, row.layers) for row in count_layers(report)] == [
        ("CaskConvolution", "int8", 2),
        ("Constant", "fp32", 1),
        ("NoOp", "unknown", 1),
        ("kgen", "fp16", 1),
    ]
    assert json.loads(tidy(report)) == json.loads(report)


@pytest.mark.parametrize("report", ['{"Layers": ["conv1", "conv2"]}', "not json", "{}", '{"Layers": 3}'])
def test_a_report_without_details(report: str):
    with pytest.raises(CheckFailedError, match="detailed"):
        count_layers(report)
