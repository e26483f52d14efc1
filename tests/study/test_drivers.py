"""What drives a forecast: twins with an event beside twins without."""

from __future__ import annotations

import numpy as np
import pytest

from seedsoil.study.drivers import FEWEST, _compared

N = 200
LUCK = np.random.default_rng(5)


def compared(values, met, effective=float(N)):
    return _compared("fracture", "strength of the weakest bone", "", np.asarray(values, float), np.asarray(met), effective)


def test_weak_bones_of_those_who_break_are_told_with_both_middles() -> None:
    met = np.arange(N) < 60
    values = np.where(met, 0.5, 0.9) + 0.1 * LUCK.standard_normal(N)
    found = compared(values, met)
    assert found is not None and found.ahead < 0.05
    assert found.with_event == pytest.approx(np.median(values[met]), rel=0.01)
    assert found.without == pytest.approx(np.median(values[~met]), rel=0.01)


def test_how_often_a_pair_is_told_apart_is_counted_over_all_pairs() -> None:
    values, met = np.array([1.0, 2.0, 3.0, 4.0] * 50), np.array([False, False, True, True] * 50)
    values[2::4] = 2.0  # one of four pairs is equal: it counts half
    pairs = [(a > b) + 0.5 * (a == b) for a in values[met] for b in values[~met]]
    assert compared(values, met).ahead == pytest.approx(np.mean(pairs), abs=1e-3)


def test_a_difference_within_chance_is_not_told() -> None:
    met = np.arange(N) % 2 == 0
    told = [compared(LUCK.standard_normal(N), met) for _ in range(200)]
    assert sum(one is not None for one in told) < 12


def test_few_ancestors_make_a_difference_less_sure() -> None:
    met = np.arange(N) < 100
    values = np.where(met, 0.55, 0.0) + LUCK.standard_normal(N)
    assert compared(values, met) is not None
    assert compared(values, met, effective=20.0) is None


def test_an_event_that_too_few_met_is_left_out() -> None:
    met = np.arange(N) < FEWEST - 1
    assert compared(np.where(met, 5.0, 0.0) + LUCK.standard_normal(N), met) is None
