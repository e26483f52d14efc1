"""Endpoints: what a paper would have counted of a trial's ledger, and the figure it would have printed.

Each endpoint is written `SET_MEASURE`: the events that count (a set the trial file defines, or `death`) and what is worked
out from them. Every function gives (value, low, high, n) with times in days and shares from 0 to 1; NaN where nothing can be
said.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from seedsoil.errors import InputError
from seedsoil.study import curves
from seedsoil.study.arm_records import ArmRecord
from seedsoil.study.curves import NOTHING, Z95, Answer
from seedsoil.study.ledger import KINDS, STATES
from seedsoil.study.outcomes import DAYS_A_MONTH
from seedsoil.study.trial import EventSet, Figure, Trial, TrialRun
from seedsoil.study.visit_measures import OF_STATES, in_group

DEATH = EventSet("death", ())
DIED = len(KINDS)  # the kind of a death that counts among the events of a set
SILENT = [KINDS.index(kind) for kind in ("silent_fracture", "silent_fracture_here")]
LEAST_AFTER = 5  # people with the event, for survival after it to be told


@dataclass(frozen=True)
class Counted:
    """The events of one set that a trial counts in one arm: row, day and kind, and how long each person was looked at."""

    n: int
    person: np.ndarray
    day: np.ndarray
    kind: np.ndarray
    until: np.ndarray  # [n] last day of observation
    died: np.ndarray  # [n] whether that was the day of death

    def first(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Each person's time, event (0 left, 1 event, 2 death) and the kind of the first event (-1 none)."""
        return self.nth(1)

    def nth(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same for the n-th event."""
        order = np.arange(len(self.person)) - np.searchsorted(self.person, self.person, "left")
        own = order == number - 1
        time, event, kind = self.until.copy(), np.where(self.died, 2, 0), np.full(self.n, -1)
        time[self.person[own]], event[self.person[own]] = self.day[own], 1
        kind[self.person[own]] = self.kind[own]
        return time, event, kind

    def count(self) -> np.ndarray:
        """Events of each person."""
        return np.bincount(self.person, minlength=self.n)


def counted(trial: Trial, arm: ArmRecord, events: EventSet, who: np.ndarray, month: float | None = None) -> Counted:
    """The events of these people that the paper counts: silent fractures on the day a survey shows them, later events only
    when they are far enough from the last that counted."""
    last = arm.until if events.name == "death" else arm.left
    last = last if month is None else np.minimum(last, month * DAYS_A_MONTH)
    died = arm.death <= last
    until = np.where(died, arm.death, last)
    rows = arm.events[np.isin(arm.events[:, 2], [KINDS.index(k) for k in events.kinds])]
    day = rows[:, 1].astype(float)
    if events.surveys and trial.survey_weeks:
        every = round(7 * trial.survey_weeks)
        silent = np.isin(rows[:, 2], SILENT)
        day = np.where(silent, np.ceil(day / every) * every, day)
    else:
        keep = ~np.isin(rows[:, 2], SILENT)
        rows, day = rows[keep], day[keep]
    if events.or_death:
        who_died = np.flatnonzero(died)
        rows = np.concatenate([rows, np.column_stack([who_died, until[who_died], np.full(len(who_died), DIED)]).astype(int)])
        day = np.append(day, until[who_died])
    seen = day <= until[rows[:, 0]]
    rows, day = rows[seen], day[seen]
    order = np.lexsort([day, rows[:, 0]])
    rows, day = rows[order], day[order]
    apart = _apart(rows[:, 0], day, events.apart_days)
    number = np.full(len(arm), -1)
    number[who] = np.arange(len(who))
    keep = apart & (number[rows[:, 0]] >= 0)
    if events.ends:
        np.minimum.at(until, rows[keep, 0], day[keep])
    return Counted(len(who), number[rows[keep, 0]], _told(trial, day[keep]), rows[keep, 2], _told(trial, until[who]), died[who])


def _told(trial: Trial, day: np.ndarray) -> np.ndarray:
    """Days as the paper tells them: to the nearest month where it counts in months."""
    step = trial.times_in_months * DAYS_A_MONTH
    return np.round(day / step) * step if step else day


def _apart(person: np.ndarray, day: np.ndarray, least: float) -> np.ndarray:
    """Mask of the events, in order, that come at least so many days after the last counted one of the same person."""
    keep = np.zeros(len(day), bool)
    last_person, last_day = -1, 0.0
    for k, (who, when) in enumerate(zip(person.tolist(), day.tolist(), strict=True)):
        if who != last_person or when - last_day >= least:
            keep[k], last_person, last_day = True, who, when
    return keep


# ---- measures of a set of events ------------------------------------------------------------------------------------


def _first(c: Counted, figure: Figure) -> tuple[np.ndarray, np.ndarray]:
    time, event, _ = c.nth(figure.nth)
    return time, event


def _death_times(c: Counted) -> tuple[np.ndarray, np.ndarray]:
    return c.until, c.died.astype(int)


def _proportion(time, event, figure, c) -> Answer:
    """Crude share with the event while under observation."""
    return (*curves.proportion((event == 1).sum(), len(time)), len(time))


def _free(time, event, figure, c) -> Answer:
    """Share free of the event at the month, by Kaplan-Meier."""
    return _read(curves.kaplan_meier(time, event), figure, len(time))


def _risk(time, event, figure, c) -> Answer:
    """One minus Kaplan-Meier at the month: death censored."""
    value, low, high, n = _free(time, event, figure, c)
    return 1.0 - value, 1.0 - high, 1.0 - low, n


def _incidence(time, event, figure, c) -> Answer:
    """Aalen-Johansen at the month: death competes."""
    return _read(curves.aalen_johansen(time, event), figure, len(time))


def _read(curve: curves.Curve, figure: Figure, n: int) -> Answer:
    day = (figure.month or 1e9) * DAYS_A_MONTH
    k = max(np.searchsorted(curve.day, day, "right") - 1, 0)
    return float(curve.value[k]), float(curve.low[k]), float(curve.high[k]), n


def _median(time, event, figure, c) -> Answer:
    """Median by Kaplan-Meier; interval by resampling people."""
    value = curves.median_time(time, event)
    draws = curves.resampled(lambda rows: curves.median_time(time[rows], event[rows]), len(time))
    return (value, *curves.spread(draws), len(time))


def _median_among(time, event, figure, c) -> Answer:
    """Median day of the event among those who had it."""
    own = time[event == 1]
    if len(own) == 0:
        return NOTHING
    return (float(np.median(own)), *curves.spread(curves.resampled(lambda rows: np.median(own[rows]), len(own))), len(own))


def _mean(time, event, figure, c) -> Answer:
    """Restricted mean time free of the event, up to the month or the last day."""
    until = figure.month * DAYS_A_MONTH if figure.month else float(time.max())
    value = curves.restricted_mean(time, event, until)
    draws = curves.resampled(lambda rows: curves.restricted_mean(time[rows], event[rows], until), len(time))
    return (value, *curves.spread(draws), len(time))


def _first_is(time, event, figure, c) -> Answer:
    """Share of all people whose first event is of one kind."""
    kinds = [KINDS.index(k) for k in _kinds_of(figure)]
    return (*curves.proportion(np.isin(c.first()[2], kinds).sum(), c.n), c.n)


SEVERAL = {  # names for several kinds at once
    "any_fracture": ("fracture", "silent_fracture"), "unsound_mouth": ("tooth_extraction", "bad_teeth"),
}  # fmt: skip


def _kinds_of(figure: Figure) -> tuple[str, ...]:
    return SEVERAL.get(figure.kind, (figure.kind or "",))


def _none(time, event, figure, c) -> Answer:
    """Crude share without the event while under observation."""
    return (*curves.proportion((event != 1).sum(), len(time)), len(time))


def _after(c: Counted) -> tuple[np.ndarray, np.ndarray]:
    """Time from the first event to death, of those who had one."""
    time, event, _ = c.first()
    own = event == 1
    return np.maximum((c.until - time)[own], 0.5), c.died[own].astype(int)


def _after_median(time, event, figure, c) -> Answer:
    """Median survival from the first event."""
    time, event = _after(c)
    if len(time) < LEAST_AFTER:
        return NOTHING
    draws = curves.resampled(lambda rows: curves.median_time(time[rows], event[rows]), len(time))
    return (curves.median_time(time, event), *curves.spread(draws), len(time))


def _after_free(time, event, figure, c) -> Answer:
    """Share alive a month after the first event, by Kaplan-Meier."""
    time, event = _after(c)
    return _read(curves.kaplan_meier(time, event), figure, len(time)) if len(time) >= LEAST_AFTER else NOTHING


def _kind_share(time, event, figure, c) -> Answer:
    """Events of one kind among all events."""
    return (*curves.proportion(np.isin(c.kind, [KINDS.index(k) for k in _kinds_of(figure)]).sum(), len(c.kind)), c.n)


def _preceded(time, event, figure, c) -> Answer:
    """Of the people who had an event of another kind than the figure's, those who had one of its kind before; the set holds
    both."""
    before, after = _first_of(c, np.isin(c.kind, _numbers(figure))), _first_of(c, ~np.isin(c.kind, _numbers(figure)))
    own = ~np.isnan(after)
    return (*curves.proportion((before[own] <= after[own]).sum(), own.sum()), int(own.sum()))


def _numbers(figure: Figure) -> list[int]:
    return [KINDS.index(kind) for kind in _kinds_of(figure)]


def _first_of(c: Counted, mask: np.ndarray) -> np.ndarray:
    """Day of each person's first event among those of the mask; NaN where there is none."""
    out = np.full(c.n, np.nan)
    out[c.person[mask][::-1]] = c.day[mask][::-1]
    return out


def _mean_count(time, event, figure, c) -> Answer:
    """Events a person over the time that each was observed."""
    return curves.mean_of(c.count().astype(float))


def _annual_rate(time, event, figure, c) -> Answer:
    """Mean over people of events a year at risk, each person's own ratio: early deaths weigh as much as long lives."""
    return curves.mean_of(c.count() / np.maximum(c.until, 1.0) * 365.25)


def _rate(time, event, figure, c) -> Answer:
    """All events over all years at risk, from a month on where the figure says one."""
    first = figure.from_month * DAYS_A_MONTH
    at_risk = np.maximum(c.until - first, 0.0)
    years = at_risk.sum() / 365.25
    if years == 0.0:
        return NOTHING
    events = np.bincount(c.person[c.day > first], minlength=c.n) if first else c.count()
    spread = np.sqrt(np.sum((events - events.sum() / years * at_risk / 365.25) ** 2)) / years
    value = events.sum() / years
    return float(value), float(value - Z95 * spread), float(value + Z95 * spread), c.n


OF_ONE = {
    "proportion": _proportion, "free": _free, "risk": _risk, "incidence": _incidence, "median": _median,
    "median_among": _median_among, "mean": _mean, "first_is": _first_is, "kind_share": _kind_share,
    "none": _none,
    "after_median": _after_median, "after_free": _after_free, "preceded": _preceded,
    "mean_count": _mean_count, "annual_rate": _annual_rate, "rate": _rate,
}  # fmt: skip


def _hazard_ratio(a: Counted, b: Counted, figure: Figure) -> Answer:
    (t1, e1), (t0, e0) = (_times(c, figure) for c in (a, b))
    x = np.repeat([1.0, 0.0], [a.n, b.n])
    return (*curves.hazard_ratio(np.concatenate([t1, t0]), np.concatenate([e1, e0]), x), a.n + b.n)


def _andersen_gill(a: Counted, b: Counted, figure: Figure) -> Answer:
    parts = [_intervals(c) for c in (a, b)]
    start, stop, event, person = (np.concatenate([parts[0][k], parts[1][k]]) for k in range(4))
    person = np.concatenate([parts[0][3], parts[1][3] + a.n])
    x = np.repeat([1.0, 0.0], [len(parts[0][0]), len(parts[1][0])])
    return (*curves.andersen_gill(start, stop, event, x, person), a.n + b.n)


def _intervals(c: Counted) -> tuple[np.ndarray, ...]:
    """Each person's time cut at their events."""
    person = np.concatenate([c.person, np.arange(c.n)])
    stop = np.concatenate([c.day, np.maximum(c.until, 0.5)])
    event = np.concatenate([np.ones(len(c.day)), np.zeros(c.n)])
    order = np.lexsort([1 - event, stop, person])
    person, stop, event = person[order], stop[order], event[order]
    new = np.concatenate([[True], person[1:] != person[:-1]])
    start = np.where(new, 0.0, np.concatenate([[0.0], stop[:-1]]))
    real = stop > start
    return start[real], stop[real], event[real], person[real]


def _rate_ratio(a: Counted, b: Counted, figure: Figure) -> Answer:
    """Ratio of events over time at risk."""
    rows = [_rate(None, None, figure, c) for c in (a, b)]
    return _ratio(*rows)


def _count_ratio(a: Counted, b: Counted, figure: Figure) -> Answer:
    return _ratio(*[_mean_count(None, None, figure, c) for c in (a, b)])


def _ratio(one: Answer, other: Answer) -> Answer:
    if not (one[0] > 0 and other[0] > 0):
        return NOTHING
    errors = [(x[2] - x[1]) / (2 * Z95 * x[0]) for x in (one, other)]
    value, width = one[0] / other[0], Z95 * np.hypot(*errors)
    return float(value), float(value * np.exp(-width)), float(value * np.exp(width)), one[3] + other[3]


def _difference(a: Counted, b: Counted, figure: Figure) -> Answer:
    """Difference of crude shares."""
    p, q = (((_times(c, figure)[1] == 1).mean(), c.n) for c in (a, b))
    error = np.sqrt(p[0] * (1 - p[0]) / p[1] + q[0] * (1 - q[0]) / q[1])
    value = p[0] - q[0]
    return float(value), float(value - Z95 * error), float(value + Z95 * error), a.n + b.n


# ---- measures that set events beside a reading at entry, or beside the latest of a state ---------------------------------


def _sensitivity(event: np.ndarray, values: np.ndarray, figure: Figure) -> Answer:
    """Share of the people with the event whose reading at entry was as high as the figure says."""
    own = (event == 1) & ~np.isnan(values)
    return (*curves.proportion((values[own] >= (figure.least or 0.0)).sum(), own.sum()), int(own.sum()))


def _specificity(event: np.ndarray, values: np.ndarray, figure: Figure) -> Answer:
    """Share of the people without the event whose reading at entry was lower than that."""
    own = (event != 1) & ~np.isnan(values)
    return (*curves.proportion((values[own] < (figure.least or 0.0)).sum(), own.sum()), int(own.sum()))


def _recent_ratio(trial: Trial, arm: ArmRecord, who: np.ndarray, c: Counted, figure: Figure) -> Answer:
    """Rate of events after visits at which a state was within the bounds, over that after visits at which it was at most
    `versus_most`: everybody's time is cut at the visits, and each piece belongs to the state at its beginning."""
    last = np.inf if figure.most is None else figure.most
    low = figure.least if figure.versus_most is None else figure.versus_most
    days = np.append(np.array(trial.visits, float), np.inf)
    k = STATES.index(figure.what)
    rates = []
    for mine in (lambda x: (x >= (figure.least or 0.0)) & (x <= last), lambda x: x < (low or 0.0)):
        time, events = np.zeros(c.n), np.zeros(c.n)
        for visit, (begin, end) in enumerate(itertools.pairwise(days)):
            own = mine(arm.states[who, visit, k])
            time += own * np.clip(c.until - begin, 0.0, end - begin)
            struck = (c.day > begin) & (c.day <= end) & own[c.person]
            events += np.bincount(c.person[struck], minlength=c.n)
        years = max(time.sum() / 365.25, 1e-9)
        spread = Z95 * np.sqrt(np.sum((events - events.sum() / years * time / 365.25) ** 2)) / years
        rate = events.sum() / years
        rates.append((rate, rate - spread, rate + spread, c.n))
    return _ratio(*rates)


OF_TESTS = {"sensitivity": _sensitivity, "specificity": _specificity}
OF_CLASSES = {"recent_ratio": _recent_ratio}


def _reduction(a: Counted, b: Counted, figure: Figure) -> Answer:
    """By how much of itself a crude share is lower."""
    value, low, high, n = _ratio(*[_proportion(*_times(c, figure), figure, c) for c in (a, b)])
    return 1.0 - value, 1.0 - high, 1.0 - low, n


def _odds_ratio(a: Counted, b: Counted, figure: Figure) -> Answer:
    """Ratio of the odds of the event while under observation, with Woolf's interval; nothing where a group has all or none."""
    rows = [_times(c, figure)[1] == 1 for c in (a, b)]
    cells = [(float(np.sum(x)), float(np.sum(~x))) for x in rows]
    if not np.all(cells):
        return NOTHING
    (p, q), (r, s) = cells
    value, width = p * s / (q * r), Z95 * np.sqrt(1 / p + 1 / q + 1 / r + 1 / s)
    return value, float(value * np.exp(-width)), float(value * np.exp(width)), a.n + b.n


OF_TWO = {
    "hr": _hazard_ratio, "ag": _andersen_gill, "rate_ratio": _rate_ratio, "count_ratio": _count_ratio, "difference": _difference,
    "reduction": _reduction, "odds_ratio": _odds_ratio,
}  # fmt: skip


def _times(c: Counted, figure: Figure) -> tuple[np.ndarray, np.ndarray]:
    return _death_times(c) if c.kind.size == 0 and figure.endpoint.startswith("death") else _first(c, figure)


def parts_of(endpoint: str, sets: dict[str, EventSet]) -> tuple[EventSet, str]:
    """The set of events and the measure that an endpoint's name stands for. Raises InputError for an unknown one."""
    for name, events in ({"death": DEATH} | sets).items():
        measure = endpoint.removeprefix(name + "_")
        if endpoint.startswith(name + "_") and measure in OF_ONE | OF_TWO | OF_TESTS | OF_CLASSES:
            return events, measure
    known = [f"SET_{m}" for m in (*OF_ONE, *OF_TWO, *OF_TESTS, *OF_CLASSES)] + list(OF_STATES)
    raise InputError("endpoint", endpoint, ", ".join(known), f"SET is one of: death, {', '.join(sets)}")


def answer(run: TrialRun, figure: Figure) -> Answer:
    """The figure as this run would print it, with its 95 % interval, and the people behind it."""
    trial, arm = run.trial, run.arms[figure.arm]
    who = _members(trial, arm, figure.among)
    if len(who) == 0:
        return NOTHING
    if figure.endpoint in OF_STATES:
        return OF_STATES[figure.endpoint](trial, arm, figure, who)
    events, measure = parts_of(figure.endpoint, trial.events)
    # the month of a measure of life after an event is counted from the event, not from the beginning
    one = counted(trial, arm, events, who, None if measure.startswith("after_") else figure.month)
    if measure in OF_ONE:
        time, event = _death_times(one) if events is DEATH else _first(one, figure)
        return OF_ONE[measure](time, event, figure, one)
    if measure in OF_TESTS:
        return OF_TESTS[measure](_first(one, figure)[1], arm.readings[figure.what or ""][who], figure)
    if measure in OF_CLASSES:
        return OF_CLASSES[measure](trial, arm, who, one, figure)
    other_arm = run.arms[figure.versus or figure.arm]
    others = _members(trial, other_arm, figure.versus_among or figure.among)
    if len(others) == 0:
        return NOTHING
    return OF_TWO[measure](one, counted(trial, other_arm, events, others, figure.month), figure)


def _members(trial: Trial, arm: ArmRecord, groups: tuple[str, ...]) -> np.ndarray:
    """Rows of the people in every one of these groups; `not NAME` for those outside."""
    inside = np.ones(len(arm), bool)
    for name in groups:
        group = trial.groups[name.removeprefix("not ")]
        met = group.met(arm.readings[group.what]) if group.day is None else in_group(trial, arm, group)
        inside &= ~met if name.startswith("not ") else met
    return np.flatnonzero(inside)
