import numpy as np

from data_tools.duplicates.hamming import count_by_table, hamming
from data_tools.randomness import keyed_generator


def test_both_ways_count_bits() -> None:
    words = keyed_generator("hamming").integers(0, 2**64, 200, dtype=np.uint64)
    words[:2] = 0, 2**64 - 1
    expected = [value.bit_count() for value in words.tolist()]
    assert count_by_table(words).tolist() == expected
    assert hamming(words, np.uint64(0)).tolist() == expected
    assert hamming(words[:, None], words[None]).shape == (200, 200)
