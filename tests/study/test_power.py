"""Power by simulation, on arms whose true difference is known."""

import math

import numpy as np
import pytest

from seedsoil.care.plan import Plan
from seedsoil.errors import InputError
from seedsoil.study import power
from seedsoil.study.arm_records import ArmRecord
from seedsoil.study.ledger import KINDS, STATES
from seedsoil.study.trial import Arm, EventSet, Figure, Trial, TrialRun

COMPARED = Figure("x", "sre_difference", "a", versus="b")


def arm(name, share, n=1000):
    """n people of whom this share break a bone on day 10."""
    broken = np.arange(int(share * n))
    events = np.column_stack([broken, np.full(len(broken), 10), np.full(len(broken), KINDS.index("fracture"))])
    nothing = np.full(n, math.nan)
    return ArmRecord(name, {}, events, np.full((n, 1, len(STATES)), np.nan), nothing, np.full(n, 100.0), np.full(n, 100.0))


def run(a, b):
    one = Trial(
        "t", "t", "", False, (), (), (Arm("a", Plan("a")), Arm("b", Plan("b"))), {"sre": EventSet("sre", ("fracture",))}, {}, ()
    )
    return TrialRun(one, {"a": arm("a", a), "b": arm("b", b)}, 0, 0, 1)


def test_power_is_that_of_the_formula():
    # 40 against 25 %, 100 an arm: 62 % power by the normal approximation
    value, low, high = power.power(run(0.40, 0.25), COMPARED, 100)
    assert low < 0.62 < high and low < value < high


def test_without_a_difference_it_is_the_error_allowed():
    assert power.power(run(0.3, 0.3), COMPARED, 200)[0] < 0.12


def test_sample_size_reaches_its_power():
    made = run(0.40, 0.25)
    n = power.sample_size(made, COMPARED)
    assert 110 < n < 200  # 149 by the formula
    with pytest.raises(InputError):
        power.sample_size(run(0.3, 0.3), COMPARED, most=50)


def test_people_drawn_again_keep_their_events():
    again = power.drawn_again(arm("a", 0.5, 4), np.array([0, 0, 3]))
    assert again.events[:, 0].tolist() == [0, 1]
    assert len(again) == 3
