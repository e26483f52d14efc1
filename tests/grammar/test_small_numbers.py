import numpy as np

from seedsoil.grammar.small_numbers import different


def test_the_different_numbers_are_those_that_sorting_finds():
    numbers = np.array([3, 0, 7, 3, 3, 0], np.int16)
    assert different(numbers).tolist() == np.unique(numbers).tolist()
    assert different(numbers[:0]).tolist() == []
