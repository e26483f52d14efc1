"""The functions that equations are made of: what they are, and that floats and arrays give the same."""

import math

import numpy as np
import pytest

from seedsoil.grammar import algebra

X = np.linspace(0.01, 9.0, 200)
STEEP = {algebra.hill1: 1, algebra.hill2: 2, algebra.hill4: 4, algebra.hill8: 8, algebra.hill16: 16}


@pytest.mark.parametrize(("function", "steepness"), STEEP.items(), ids=lambda x: getattr(x, "__name__", x))
def test_a_written_out_hill_curve_is_the_hill_curve(function, steepness):
    assert np.allclose(function(X, 2.5), algebra.hill(X, 2.5, steepness), rtol=1e-13)


@pytest.mark.parametrize("function", STEEP, ids=lambda f: f.__name__)
def test_a_hill_curve_is_a_half_at_its_half_and_rises(function):
    assert function(2.5, 2.5) == 0.5
    assert function(0.0, 2.5) == 0.0
    assert (np.diff(function(X, 2.5)) >= 0).all() and (function(X, 2.5) < 1.0).all()


def test_inhibition_is_what_a_hill_curve_leaves():
    assert np.allclose(algebra.inhibit(X, 3.0), 1.0 - algebra.hill1(X, 3.0))


def test_choosing_without_branching_chooses_right():
    a, b = np.array([-2.0, 0.0, 3.0]), np.array([1.0, 0.0, -4.0])
    assert algebra.larger(a, b).tolist() == np.maximum(a, b).tolist()
    assert algebra.smaller(a, b).tolist() == np.minimum(a, b).tolist()
    assert algebra.positive(a).tolist() == [0.0, 0.0, 3.0]
    assert algebra.between(np.array([-1.0, 0.4, 7.0]), 0.0, 1.0).tolist() == pytest.approx([0.0, 0.4, 1.0])


def test_roots_are_the_powers_they_stand_for():
    assert np.allclose(algebra.root4(X), X**0.25, rtol=1e-14)
    assert np.allclose(algebra.five_eighths(X), X**0.625, rtol=1e-14)


@pytest.mark.parametrize("name", ["positive", "root4", "five_eighths"])
def test_a_float_and_an_array_give_the_same_digits(name):
    function = getattr(algebra, name)
    assert [function(float(x)) for x in X[:20]] == function(X[:20]).tolist()


def test_every_name_offered_is_there():
    assert all(callable(getattr(algebra, name)) for name in algebra.__all__)
    assert math.isclose(algebra.exp(algebra.log(3.0)), 3.0)
