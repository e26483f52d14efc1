"""The kernel against the exact solution of its own equations, in small; ``python -m tests.world.accuracy`` does it in full."""

import numpy as np
import pytest
from tests.world import accuracy


@pytest.fixture(scope="module")
def found():
    """One person of every group after a year: errors, and what they are of."""
    return {case.group: accuracy.errors(case, 365) for case in accuracy.drawn(1)}


def test_the_fixed_step_is_close_to_the_exact_solution(found):
    """Bounds of the engine's design: median 0.1 %, 99th percentile 1 %."""
    flat = np.concatenate([error for error, _ in found.values()])
    assert np.median(flat) <= 1e-3
    assert np.quantile(flat, 0.99) <= 1e-2


def test_every_group_is_there_and_has_moved(found):
    """The people compared have lesions, and what was given to them acts."""
    assert set(found) == set(accuracy.GROUPS)
    assert all("sensitive of lesion 1" in names for _, names in found.values())


def test_a_reference_that_starts_elsewhere_is_noticed():
    """The comparison can fail: one part in fifty more calcium and phosphate shows after a day."""
    case = accuracy.drawn(1)[-1]
    moved = accuracy.Case(case.group, case.who, ())
    exact, none = accuracy.errors(moved, 1)[0], moved.who.body.copy()
    moved.who.body[0, :2] *= 1.02
    other = accuracy.People(*[field.copy() for field in moved.who])
    other.body[:] = none
    accuracy.exact(other, 0, 1)
    accuracy.bodies.run(moved.who, 1)
    assert exact.max() < 4e-3
    assert np.max(np.abs(moved.who.body[0, :2] / other.body[0, :2] - 1.0)) > 5e-3
