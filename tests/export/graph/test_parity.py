from pathlib import Path

import numpy as np
import pytest
import torch

from data_tools.errors import CheckFailedError
from data_tools.split.artifact import open_split
from export.graph.parity import allowed_difference, check_parity, torch_outputs
from export.inference import Outputs, load_batch
from tests.export.trained_like import SPEC, normalized, rough_network

GRAPH = Path("model.onnx")
LOGITS = np.array([[2.0, 1.0, 0.0], [0.0, 0.5, 0.499]], dtype=np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    return (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)


def outputs(logits: np.ndarray = LOGITS, gain: float = 1.0) -> Outputs:
    feature = np.array([[0.5, -3.0], [4.0, 0.0]], dtype=np.float32)
    return Outputs(logits, softmax(logits), gain * feature, gain * np.abs(LOGITS))


def moved(name: str, by: float, gain: float = 1.0) -> Outputs:
    reference = outputs(gain=gain)
    values = getattr(reference, name).copy()
    values[1, 1] += by
    return reference._replace(**{name: values})


def test_the_tolerance_is_absolute_up_to_1_and_a_share_above():
    assert allowed_difference(np.array([0.2, -0.9]), 1e-4) == 1e-4
    assert allowed_difference(np.array([1.0]), 1e-4) == 1e-4
    assert allowed_difference(np.array([3.0, -20.0]), 1e-4) == pytest.approx(2e-3)


def test_parity_counts():
    logits = LOGITS + np.array([[0, 0.0005, 0], [0, 0, 0]], dtype=np.float32)
    parity = check_parity(outputs(), outputs(logits), 1e-3, GRAPH, "test")
    assert (parity.pictures, parity.part, parity.argmax_equal) == (2, "test", 2)
    assert parity.tolerance == pytest.approx(2e-3)  # the largest logit is 2
    assert parity.max_abs_logit_difference == pytest.approx(5e-4, rel=1e-3)


@pytest.mark.parametrize("name", Outputs._fields)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(name: str, value: float):
    for pair in ((outputs(), moved(name, value)), (moved(name, value), outputs()), (moved(name, value),) * 2):
        with pytest.raises(
            CheckFailedError, match=rf"model\.onnx: expected finite values of {name} on 2 test pictures"
        ):
            check_parity(*pair, 1e-3, GRAPH, "test")


def test_another_class_within_the_tolerance_is_refused():
    logits = LOGITS + np.array([[0, 0, 0], [0, 0, 0.002]], dtype=np.float32)
    with pytest.raises(CheckFailedError, match="same class on 1"):
        check_parity(outputs(), outputs(logits), 0.01, GRAPH, "test")


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_logit_beyond_the_tolerance_is_refused(sign: int):
    logits = LOGITS + np.array([[0, 0, 0.003 * sign], [0, 0, 0]], dtype=np.float32)
    with pytest.raises(CheckFailedError, match=r"model\.onnx: .*Δlogit\| 0\.003 \(allowed 0\.002\)"):
        check_parity(outputs(), outputs(logits), 1e-3, GRAPH, "test")


@pytest.mark.parametrize(("name", "largest"), [("feature", 4.0), ("distance", 2.0), ("probabilities", 1.0)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_every_other_output_beyond_its_tolerance_is_refused(name: str, largest: float, sign: int):
    check_parity(outputs(), moved(name, 0.9e-3 * largest * sign), 1e-3, GRAPH, "test")
    shown = "probability" if name == "probabilities" else name
    with pytest.raises(CheckFailedError, match=rf"model\.onnx: expected torch's values .*Δ{shown}\|"):
        check_parity(outputs(), moved(name, 1.2e-3 * largest * sign), 1e-3, GRAPH, "test")


def test_the_softmax_is_judged_by_the_graphs_own_logits():
    """Logits of 20 may differ by 0.002, and what they give then differs from torch's; it is no fault of the softmax."""
    logits = np.array([[0.0, 0.3, 20.0], [-20.0, 0.0, 0.5]], np.float32)
    shifted = logits + np.array([[0, 0, 0], [0, 0, 0.0019]], np.float32)
    check_parity(outputs(logits), outputs(shifted), 1e-4, GRAPH, "test")
    stale = outputs(shifted)._replace(probabilities=softmax(logits))
    with pytest.raises(CheckFailedError, match="Δprobability"):
        check_parity(outputs(logits), stale, 1e-4, GRAPH, "test")


def test_torch_outputs_equal_a_naive_loop(split_path: Path):
    samples = open_split(split_path).samples["test"]
    network = rough_network(16)
    centroids = torch.randn(3, 16, generator=torch.Generator().manual_seed(0))
    found = torch_outputs(network, SPEC, centroids, samples)
    assert [values.shape for values in found] == [(18, 3), (18, 3), (18, 16), (18, 3)]
    assert {values.dtype for values in found} == {np.dtype(np.float32)}
    for index in (0, 7, 17):
        with torch.no_grad():
            features, logits = network(normalized(load_batch(samples[index : index + 1], SPEC)))
        np.testing.assert_allclose(found.logits[index], logits[0], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(found.probabilities[index], torch.softmax(logits[0].double(), 0), atol=1e-4)
        np.testing.assert_allclose(found.feature[index], features[0], rtol=1e-4, atol=1e-5)
        distances = [sum((q - m) ** 2 for q, m in zip(features[0], row, strict=True)) ** 0.5 for row in centroids]
        np.testing.assert_allclose(found.distance[index], distances, rtol=1e-4)
