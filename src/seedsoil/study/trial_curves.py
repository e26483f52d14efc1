"""The curves of a trial that has been run, month by month, and the published figures that can stand on them as points."""

from __future__ import annotations

import math

import numpy as np

from seedsoil.study import endpoints
from seedsoil.study.curves import Curve, aalen_johansen, kaplan_meier
from seedsoil.study.outcomes import DAYS_A_MONTH
from seedsoil.study.published import DAYS_IN, Published
from seedsoil.study.trial import EventSet, Figure, TrialRun

AT_A_MONTH = {"free", "risk", "incidence", "proportion", "none"}  # measures that are a share of people at a time


def trial_curves(done: TrialRun, published: dict[str, Published]) -> list[dict]:
    """One entry for survival and one for each set of events: every arm's curve, in percent, and the published points."""
    out = []
    for events in (endpoints.DEATH, *done.trial.events.values()):
        arms = [{"arm": name, **_monthly(_curve(done, name, events), done)} for name in done.arms]
        points = [p for figure in done.trial.figures if (p := _point(done, figure, events, published.get(figure.id)))]
        out.append({"events": events.name, "alive": events is endpoints.DEATH, "arms": arms, "points": points})
    return out


def _curve(done: TrialRun, name: str, events: EventSet) -> Curve:
    """Survival by Kaplan-Meier; the share with an event by Aalen-Johansen, death competing."""
    arm = done.arms[name]
    c = endpoints.counted(done.trial, arm, events, np.arange(len(arm)))
    if events is endpoints.DEATH:
        return kaplan_meier(c.until, c.died.astype(int))
    return aalen_johansen(*c.first()[:2])


def _monthly(curve: Curve, done: TrialRun) -> dict:
    months = range(int(done.trial.follow_months) + 1)
    rows, at_risk = [], []
    for month in months:
        day = month * DAYS_A_MONTH
        k = max(int(np.searchsorted(curve.day, day, "right")) - 1, 0)
        rows.append([_plain(100.0 * float(x[k])) for x in (curve.value, curve.low, curve.high)])
        later = int(np.searchsorted(curve.day, day, "left"))
        at_risk.append(int(curve.at_risk[min(later, len(curve.at_risk) - 1)]) if later < len(curve.at_risk) else 0)
    return {"months": rows, "at_risk": at_risk}


def _point(done: TrialRun, figure: Figure, events: EventSet, row: Published | None) -> dict | None:
    """A published share at a month, or a median, where it is of all people of an arm."""
    if row is None or math.isnan(row.value) or figure.among or figure.versus or figure.endpoint in endpoints.OF_STATES:
        return None
    of, measure = endpoints.parts_of(figure.endpoint, done.trial.events)
    if of.name != events.name or figure.kind or figure.nth != 1:
        return None
    said = {"arm": figure.arm, "id": figure.id, "low": None, "high": None}
    if measure == "median" and row.unit in DAYS_IN:
        return said | {"month": row.value * DAYS_IN[row.unit] / DAYS_A_MONTH, "value": 50.0, "median": True}
    if measure not in AT_A_MONTH or not row.unit.startswith("%"):
        return None
    alive = events is endpoints.DEATH
    turn = alive != (measure in ("free", "none"))
    flip = lambda x: None if math.isnan(x) else 100.0 - x if turn else x
    low, high = (row.high, row.low) if turn else (row.low, row.high)
    month = figure.month or done.trial.follow_months
    return said | {"month": month, "value": flip(row.value), "low": flip(low), "high": flip(high), "median": False}


def _plain(x: float) -> float | None:
    return None if math.isnan(x) else round(x, 1)
