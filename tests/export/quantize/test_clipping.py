import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.quantize.clipping import clip_before_hard_activations
from tests.export.hand_made import make_model, node, run_model

VALUES = np.concatenate(
    [np.linspace(-12, 12, 4001), [-1e30, -3.0000002, -3, -2.9999998, 0, 2.9999998, 3, 3.0000002, 1e30]]
).astype(np.float32)


def hard_sigmoid(x: np.ndarray) -> np.ndarray:
    return np.clip(x + np.float32(3), 0, 6) / np.float32(6)


def hard_swish(x: np.ndarray) -> np.ndarray:
    return x * hard_sigmoid(x)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_clipping_is_exact(value: float):
    x = np.array(value, dtype=np.float32)
    assert hard_swish(x) == hard_swish(np.maximum(x, np.float32(-3)))
    assert hard_sigmoid(x) == hard_sigmoid(np.clip(x, np.float32(-3), np.float32(3)))


@pytest.mark.parametrize(
    ("operator", "attributes", "low", "high"),
    [("HardSwish", {}, -3, np.inf), ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}, -3, 3)],
)
def test_clipping_is_exact_for_the_operators_themselves(
    operator: str, attributes: dict[str, float], low: float, high: float
):
    model = make_model([node(operator, ["x"], ["y"], **attributes)], {"x": ["n"]}, {"y": ["n"]})
    (plain,) = run_model(model, {"x": VALUES})
    (clipped,) = run_model(model, {"x": np.clip(VALUES, np.float32(low), np.float32(high))})
    np.testing.assert_array_equal(plain, clipped)
    assert (plain != run_model(model, {"x": np.maximum(VALUES, np.float32(-2.9))})[0]).any()  # and no tighter


def graph(*readers: str, output: bool = False) -> onnx.ModelProto:
    """Return Neg -> t, t read by one node of each operator; t is an output of the graph too if wanted."""
    outputs = {f"y{i}": ["n"] for i in range(len(readers))}
    nodes = [node("Neg", ["x"], ["t"])]
    nodes += [
        node(name, ["t", "t"] if name == "Add" else ["t"], [f"y{i}"], **({"alpha": 1 / 6} if "Sigm" in name else {}))
        for i, name in enumerate(readers)
    ]
    return make_model(nodes, {"x": ["n"]}, outputs | ({"t": ["n"]} if output else {}))


@pytest.mark.parametrize(
    ("readers", "before", "after"),
    [
        (["HardSwish"], (-8, 7), (-3, 7)),
        (["HardSwish", "HardSwish"], (-8, 7), (-3, 7)),
        (["HardSwish"], (-2, 7), (-2, 7)),
        (["HardSwish"], (-8, -5), (-3, 0)),
        (["HardSwish"], (-8, -1), (-3, 0)),
        (["HardSwish"], (5, 9), (5, 9)),
        (["HardSigmoid"], (-8, 7), (-3, 3)),
        (["HardSigmoid"], (-1, 2), (-1, 2)),
        (["HardSigmoid"], (-8, -5), (-3, 0)),
        (["HardSigmoid"], (4, 9), (0, 3)),
        (["HardSwish", "HardSigmoid"], (-8, 7), (-8, 7)),
        (["HardSwish", "Relu"], (-8, 7), (-8, 7)),
        (["HardSigmoid", "Add"], (-8, 7), (-8, 7)),
        (["Relu"], (-8, 7), (-8, 7)),
        (["Relu"], (-8, -5), (-8, -5)),
    ],
)
def test_who_reads_the_tensor_decides(readers: list[str], before: tuple[float, float], after: tuple[float, float]):
    ranges = {"t": before, "x": (-8.0, 8.0), "y0": (-4.0, 4.0), "elsewhere": (-9.0, 9.0)}
    found = clip_before_hard_activations(graph(*readers), ranges)
    assert found == ranges | {"t": after}
    assert ranges["t"] == before


@pytest.mark.parametrize("reader", ["HardSwish", "HardSigmoid"])
def test_an_output_of_the_graph_is_not_clipped(reader: str):
    assert clip_before_hard_activations(graph(reader, output=True), {"t": (-8.0, 7.0)}) == {"t": (-8.0, 7.0)}


def test_on_the_exported_graph_exactly_the_tensors_before_activations_change(
    float_model: onnx.ModelProto, true_ranges: dict[str, tuple[float, float]]
):
    swish = {item.input[0] for item in float_model.graph.node if item.op_type == "HardSwish"}
    sigmoid = {item.input[0] for item in float_model.graph.node if item.op_type == "HardSigmoid"}
    clipped = clip_before_hard_activations(float_model, true_ranges)
    changed = {name for name in true_ranges if clipped[name] != true_ranges[name]}
    assert changed <= swish | sigmoid
    assert {name for name in swish if true_ranges[name][0] < -3} <= changed
    assert len(changed & swish) > 5
