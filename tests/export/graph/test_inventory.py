import numpy as np
import onnx
import pytest

from data_tools.errors import CheckFailedError
from export.graph.inventory import check_tidy, operator_counts
from tests.export.graph.small_graph import small_graph
from tests.export.hand_made import make_model, node

SHAPE = {"x": [1, 2, 4, 4]}
NORM = {name: np.ones(2, np.float32) for name in ("scale", "shift", "mean", "var")}
KERNEL = {"kernel": np.ones((2, 2, 1, 1), np.float32)}
SIXTH = 1 / 6


def model_of(*nodes: onnx.NodeProto, **constants: np.ndarray) -> onnx.ModelProto:
    return make_model(nodes, SHAPE, {"y": [1, 2, 4, 4]}, constants)


def test_counts_are_sorted_by_count_then_name():
    found = operator_counts(small_graph())
    assert next(iter(found.items())) == ("Sub", 2)
    assert list(found)[1:] == sorted(set(found) - {"Sub"})
    assert sum(found.values()) == 12


def test_a_tidy_graph_passes():
    check_tidy(small_graph(), "small")


UNTIDY = {
    "an identity": model_of(node("Relu", ["x"], ["a"]), node("Identity", ["a"], ["y"], "same")),
    "a dropout": model_of(node("Dropout", ["x"], ["y"], "drop")),
    "a dead node": model_of(node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["nobody"], "dead")),
    "a constant": model_of(
        node("Constant", [], ["c"], "const", value_float=2.0), node("Mul", ["x", "c"], ["y"], "product")
    ),
    "an unused weight": model_of(node("Relu", ["x"], ["y"]), stale=np.ones(1, np.float32)),
    "a batch norm behind its convolution": model_of(
        node("Conv", ["x", "kernel"], ["a"]),
        node("BatchNormalization", ["a", "scale", "shift", "mean", "var"], ["y"], "norm"),
        **NORM,
        **KERNEL,
    ),
    "two halves of an h-swish": model_of(
        node("HardSigmoid", ["x"], ["gate"], alpha=SIXTH), node("Mul", ["gate", "x"], ["y"], "swish")
    ),
}
NAMED = ("same", "drop", "dead", "const", "stale", "norm", "swish")


@pytest.mark.parametrize(("what", "name"), list(zip(UNTIDY, NAMED, strict=True)))
def test_what_is_untidy_is_named(what: str, name: str):
    with pytest.raises(CheckFailedError, match=rf"^model: expected a tidy graph, got 1 parts to remove: {name} \("):
        check_tidy(UNTIDY[what], "model")


def test_what_only_looks_untidy_passes():
    before = model_of(
        node("BatchNormalization", ["x", "scale", "shift", "mean", "var"], ["a"], "norm"),
        node("Conv", ["a", "kernel"], ["y"]),
        **NORM,
        **KERNEL,
    )
    check_tidy(before, "ResNet v2")
    shared = model_of(
        node("Conv", ["x", "kernel"], ["a"]),
        node("BatchNormalization", ["a", "scale", "shift", "mean", "var"], ["b"], "norm"),
        node("Add", ["a", "b"], ["y"]),
        **NORM,
        **KERNEL,
    )
    check_tidy(shared, "convolution read twice")
    squeeze = model_of(
        node("GlobalAveragePool", ["x"], ["pooled"]),
        node("HardSigmoid", ["pooled"], ["gate"], alpha=SIXTH),
        node("Mul", ["gate", "x"], ["y"], "excite"),
    )
    check_tidy(squeeze, "squeeze-and-excite")
    other = model_of(node("HardSigmoid", ["x"], ["gate"], alpha=0.2), node("Mul", ["gate", "x"], ["y"]))
    check_tidy(other, "another slope")
