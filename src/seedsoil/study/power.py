"""Power and sample size by simulation: a trial that has been run is drawn again and again at another size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seedsoil.errors import InputError
from seedsoil.study import curves, endpoints
from seedsoil.study.arm_records import ArmRecord
from seedsoil.study.trial import Figure, TrialRun

NO_EFFECT = {"hr": 1.0, "ag": 1.0, "rate_ratio": 1.0, "count_ratio": 1.0, "odds_ratio": 1.0, "difference": 0.0, "reduction": 0.0}
REPEATS = 200
STEPS = 12


def power(run: TrialRun, figure: Figure, patients: int, repeats: int = REPEATS, seed: int = 1) -> tuple[float, float, float]:
    """Share of trials with so many people an arm whose 95 % interval excludes no effect, with its own interval.

    Arms are drawn apart, as a trial would have different people in each. Raises InputError where the figure compares nothing.
    """
    if figure.versus is None or figure.endpoint in endpoints.OF_STATES:
        raise InputError("figure", figure.endpoint, "a comparison of two arms: " + ", ".join(f"SET_{m}" for m in NO_EFFECT))
    nothing = NO_EFFECT[endpoints.parts_of(figure.endpoint, run.trial.events)[1]]
    draw = np.random.default_rng(seed)
    found = 0
    for _ in range(repeats):
        names = (figure.arm, figure.versus)
        arms = {name: drawn_again(run.arms[name], draw.integers(0, len(run.arms[name]), patients)) for name in names}
        _, low, high, _ = endpoints.answer(replace(run, arms=arms), figure)
        found += bool(low > nothing or high < nothing)
    return curves.proportion(found, repeats)


def sample_size(run: TrialRun, figure: Figure, wanted: float = 0.8, most: int = 5000, seed: int = 1) -> int:
    """People an arm at which the power is as wanted, by halving the interval. Raises InputError where `most` are too few."""
    if not 0.05 < wanted < 1.0:
        raise InputError("wanted", wanted, "a power above 0.05 and below 1")
    low, high = 5, most
    if power(run, figure, high, seed=seed)[0] < wanted:
        raise InputError("wanted", wanted, f"a power that {most} people an arm reach", "ask for less, or allow more people")
    for _ in range(STEPS):
        if high - low <= max(2, high // 50):
            break
        middle = (low + high) // 2
        low, high = (low, middle) if power(run, figure, middle, seed=seed)[0] >= wanted else (middle, high)
    return high


def drawn_again(arm: ArmRecord, rows: np.ndarray) -> ArmRecord:
    """The people of `rows`, who may come several times, as an arm of their own."""
    first, last = (np.searchsorted(arm.events[:, 0], rows, side) for side in ("left", "right"))
    many = last - first
    start = np.repeat(first - (np.cumsum(many) - many), many)
    events = arm.events[start + np.arange(many.sum())].copy()
    events[:, 0] = np.repeat(np.arange(len(rows)), many)
    return ArmRecord(
        arm.name, {name: v[rows] for name, v in arm.readings.items()}, events, arm.states[rows], arm.death[rows],
        arm.until[rows], arm.left[rows],
    )  # fmt: skip
