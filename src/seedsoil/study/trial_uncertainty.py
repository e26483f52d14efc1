"""How sure a trial's figures are: of the people who happened to enter, of luck, and of the model's numbers, each apart.

The people of the trial live by several versions of the model's numbers, and twice, with another luck. Each figure is taken of
everybody and of everybody but one group, half the people of one version: by how much it moves says what that group would say of
it (Tukey's pseudo-values), and those are compared between lucks, halves and versions (`apart`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from seedsoil.errors import InputError
from seedsoil.study import apart, posterior
from seedsoil.study.arm_records import some
from seedsoil.study.endpoints import answer
from seedsoil.study.posterior.matching import Z95, by_logs
from seedsoil.study.published import Published, in_unit, read
from seedsoil.study.trial import Figure, Trial, TrialRun, run_twice
from seedsoil.study.twins import versions
from seedsoil.study.validation import measure_of

LEAST_IN_HALF = 2  # people of each arm in half a version
Progress = Callable[[str, int, int], None]


def run(trial: Trial, patients: int, seed: int = 1, workers: int = 1, progress: Progress | None = None) -> tuple[TrialRun, dict]:
    """The trial by the shipped draws, and what its figures' uncertainty is made of (for the document of the trial).

    Raises InputError for fewer people an arm than three versions need.
    """
    sets = min(versions(), patients * trial.times // (2 * LEAST_IN_HALF))
    if sets < 3:
        raise InputError("--patients", patients, f"{6 * LEAST_IN_HALF} or more with --uncertainty")
    version, said = posterior.in_use(sets, seed)
    one, other = run_twice(trial, patients, seed, workers, progress, version)
    known = read()
    rows = [row(one, other, figure, known.get(figure.id)) for figure in trial.figures]
    return one, {"said": said, "versions": sets, "figures": rows}


def row(one: TrialRun, other: TrialRun, figure: Figure, published: Published | None) -> dict:
    """One figure: its value over both lucks, the 95 % range with all three parts in it, and their shares."""
    measure = measure_of(one.trial, figure)
    unit = published.unit if published else ""
    logs = published is not None and by_logs(published)
    told = lambda done: in_unit(answer(done, figure)[:3], measure, unit)[0]
    scale = lambda x: np.log(x) if logs and x > 0.0 else (np.nan if logs else x)
    whole = [scale(told(done)) for done in (one, other)]
    out = {"id": figure.id, "arm": figure.arm, "endpoint": figure.endpoint, "value": None, "low": None, "high": None}
    out |= {"person": None, "chance": None, "knowledge": None}
    if not np.isfinite(whole).all():
        return out
    parts = apart.of_figure(_pseudo_values((one, other), whole, lambda done: scale(told(done))))
    if parts is None or parts.total == 0.0:  # a median that stands on a day of visits may not move at all
        return out
    back = np.exp if logs else (lambda x: x)
    width = Z95 * parts.total**0.5
    middle = float(np.mean(whole))
    for name, x in (("value", middle), ("low", middle - width), ("high", middle + width)):
        out[name] = float(f"{float(back(x)):.4g}")
    return out | {name: round(x, 3) for name, x in parts.shares()._asdict().items()}


def _pseudo_values(both: tuple[TrialRun, TrialRun], whole: list[float], told: Callable[[TrialRun], float]) -> np.ndarray:
    """What each half of each version says of a figure [2 lucks, versions, 2 halves]."""
    sets = np.unique(np.concatenate([arm.version for arm in both[0].arms.values()]))
    halves = {name: _half(arm.version) for name, arm in both[0].arms.items()}
    out = np.full((2, len(sets), 2), np.nan)
    many = out[0].size
    for k, done in enumerate(both):
        for i, own in enumerate(sets):
            for half in (0, 1):
                rest = {name: np.flatnonzero((arm.version != own) | (halves[name] != half)) for name, arm in done.arms.items()}
                arms = {name: some(arm, rest[name]) for name, arm in done.arms.items()}
                out[k, i, half] = many * whole[k] - (many - 1) * told(replace(done, arms=arms))
    return out


def _half(version: np.ndarray) -> np.ndarray:
    """Which half of its version each person is in [n]: in turn."""
    out = np.zeros(len(version), int)
    for own in np.unique(version):
        rows = np.flatnonzero(version == own)
        out[rows] = np.arange(len(rows)) % 2
    return out
