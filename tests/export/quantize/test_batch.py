from export.graph.batch import with_batch
from export.quantize.batch import free_batch
from tests.export.hand_made import run_model
from tests.export.quantize.small_graph import pictures_of, small_graph


def test_undoes_a_fixed_batch():
    fixed = with_batch(small_graph(), 4)
    before = fixed.SerializeToString(deterministic=True)
    free, size = free_batch(fixed)
    assert size == 4
    assert fixed.SerializeToString(deterministic=True) == before
    (found,) = run_model(free, {"image": pictures_of(7)[0]}, ["logits"])
    assert found.shape == (7, 3)
    assert with_batch(free, 4).SerializeToString(deterministic=True) == before


def test_a_free_batch_stays():
    free, size = free_batch(small_graph())
    assert size is None
    assert free == small_graph()
