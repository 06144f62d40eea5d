import numpy as np
import onnxruntime
import pytest

from export.graph.batch import with_batch
from tests.export.graph.small_graph import NAMES, SPEC, expected_outputs, small_graph
from tests.export.hand_made import run_model


@pytest.mark.parametrize("size", [1, 4])
def test_a_fixed_batch_computes_the_same_and_takes_no_other(size: int):
    model = small_graph()
    before = model.SerializeToString(deterministic=True)
    fixed = with_batch(model, size)
    assert model.SerializeToString(deterministic=True) == before
    session = onnxruntime.InferenceSession(fixed.SerializeToString(), providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == [size, SPEC.height, SPEC.width, 3]
    assert [item.shape for item in session.get_outputs()] == [[size, 3]] * 4
    pictures = np.random.default_rng(0).integers(0, 256, (size, SPEC.height, SPEC.width, 3), dtype=np.uint8)
    for ours, theirs in zip(
        run_model(fixed, {"image": pictures}, list(NAMES)), expected_outputs(pictures), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    with pytest.raises(Exception, match="invalid dimensions"):
        session.run(None, {"image": np.concatenate([pictures, pictures])})
