"""What a paper reads at visits (pain, calcium, markers, counts) and in the chart at entry, as shares, means and medians.

Every measure takes the trial, one arm, the figure and the rows of the people meant, and gives (value, low, high, n).
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from seedsoil.care.criteria import limit
from seedsoil.study import curves
from seedsoil.study.arm_records import ArmRecord
from seedsoil.study.curves import Answer
from seedsoil.study.ledger import STATES
from seedsoil.study.outcomes import DAYS_A_MONTH
from seedsoil.study.trial import Criterion, Figure, Trial

LEAST_PAIN = 2.0  # of 10: less cannot be seen to fall (Chow 2012)


def _state(trial: Trial, arm: ArmRecord, name: str, who: np.ndarray, month: float) -> np.ndarray:
    """A state at the visit nearest to the month [n]; NaN for those dead or gone by then."""
    day = month * DAYS_A_MONTH
    k = int(np.argmin(np.abs(np.array(trial.visits) - day)))
    values = arm.states[who, k, STATES.index(name)].astype(float)
    return np.where(arm.left[who] >= trial.visits[k], values, np.nan)


def _reading(trial: Trial, arm: ArmRecord, figure: Figure, who: np.ndarray, month: float) -> np.ndarray:
    """The figure's state at the visit nearest to the month, or its change since entry where the figure asks for that [n]."""
    return _since_entry(trial, arm, figure, who, _state(trial, arm, figure.what or "", who, month))


def _since_entry(trial: Trial, arm: ArmRecord, figure: Figure, who: np.ndarray, values: np.ndarray) -> np.ndarray:
    if figure.change is None:
        return values
    before = _state(trial, arm, figure.what or "", who, 0.0)
    before = before[:, None] if values.ndim == 2 else before
    with np.errstate(divide="ignore", invalid="ignore"):
        return values - before if figure.change == "difference" else values / before - 1.0


def _at_entry(trial: Trial, arm: ArmRecord, figure: Figure, who: np.ndarray) -> np.ndarray:
    """The people of `who` whose state at entry is as high as the figure asks."""
    if figure.at_entry_least is None:
        return who
    return who[_state(trial, arm, figure.what or "", who, 0.0) >= figure.at_entry_least]


def _within(values: np.ndarray, figure: Figure) -> np.ndarray:
    low = -np.inf if figure.least is None else figure.least
    high = np.inf if figure.most is None else figure.most
    return (values >= low) & (values <= high)


def _state_share(trial, arm, figure, who, everybody=False) -> Answer:
    """Share of those seen at the visit whose state lies within the bounds; `everybody`: of all, those not seen as outside."""
    values = _reading(trial, arm, figure, _at_entry(trial, arm, figure, who), figure.month or 0.0)
    values = values if everybody else values[~np.isnan(values)]
    return (*curves.proportion(_within(values, figure).sum(), len(values)), len(values))


def _state_mean(trial, arm, figure, who) -> Answer:
    """Mean of a state among those seen at the visit."""
    return curves.mean_of(_reading(trial, arm, figure, _at_entry(trial, arm, figure, who), figure.month or 0.0))


def _state_median(trial, arm, figure, who) -> Answer:
    return curves.median_of(_reading(trial, arm, figure, _at_entry(trial, arm, figure, who), figure.month or 0.0))


def _every(trial: Trial, arm: ArmRecord, figure: Figure, who: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Whether the state is within the bounds at each of these visits [n, visits]; never for those who are dead or gone."""
    chosen = np.searchsorted(np.array(trial.visits), days)
    values = arm.states[np.ix_(who, chosen, [STATES.index(figure.what)])][:, :, 0].astype(float)
    seen = days[None, :] <= arm.left[who][:, None]
    return _within(_since_entry(trial, arm, figure, who, values), figure) & seen


def _after_entry(trial: Trial, figure: Figure) -> np.ndarray:
    """Days of the visits after entry up to the month."""
    days = np.array(trial.visits)
    until = trial.days if figure.month is None else figure.month * DAYS_A_MONTH
    return days[(days > 0) & (days <= until + 0.5)]


def _state_ever(trial, arm, figure, who) -> Answer:
    """Share of all whose state was within the bounds at any visit after entry, up to the month."""
    who = _at_entry(trial, arm, figure, who)
    met = _every(trial, arm, figure, who, _after_entry(trial, figure)).any(axis=1)
    return (*curves.proportion(met.sum(), len(who)), len(who))


def _until(trial: Trial, arm: ArmRecord, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Last day on which each person was there to be seen, and whether they died on it."""
    died = arm.death[who] <= arm.left[who]
    return np.where(died, arm.death[who], arm.left[who]), died


def _state_first_median(trial, arm, figure, who) -> Answer:
    """Median day of the first visit with the state within the bounds, by Kaplan-Meier; the dead and gone are censored."""
    who = _at_entry(trial, arm, figure, who)
    days = _after_entry(trial, figure)
    met = _every(trial, arm, figure, who, days)
    last, _ = _until(trial, arm, who)
    time = np.where(met.any(axis=1), days[met.argmax(axis=1)], np.minimum(last, days[-1]))
    return _median(time, met.any(axis=1).astype(int))


def _state_lasts_median(trial, arm, figure, who) -> Answer:
    """Median time from the visit of the month (entry, without one) until the state is out of the bounds, or death; no time for
    those in whom it is not within them at that visit."""
    who = _at_entry(trial, arm, figure, who)
    days = np.array(trial.visits)
    begin = days[np.argmin(np.abs(days - (figure.month or 0.0) * DAYS_A_MONTH))]
    later = days[days >= begin]
    out = ~_every(trial, arm, figure, who, later)
    last, died = _until(trial, arm, who)
    gone = later[None, :] > last[:, None]
    out &= ~gone | (later == begin)[None, :]
    lost = out.any(axis=1)
    time = np.where(lost, later[out.argmax(axis=1)], np.minimum(last, later[-1])) - begin
    return _median(np.maximum(time, 0.0), (lost | (died & (last <= later[-1]))).astype(int))


def _state_response_median(trial, arm, figure, who) -> Answer:
    """Median time from the first visit with the state within the bounds, which must come by the month, to the last such visit,
    by Kaplan-Meier; among those who had one. Who is still within them at the last visit that is planned is censored."""
    days = _after_entry(trial, replace(figure, month=None))
    met = _every(trial, arm, figure, who, days)
    first, last = met.argmax(axis=1), len(days) - 1 - met[:, ::-1].argmax(axis=1)
    own = met.any(axis=1) & (days[first] <= (figure.month or np.inf) * DAYS_A_MONTH + 0.5)
    return _median((days[last] - days[first])[own], (last < len(days) - 1)[own].astype(int))


def _median(time: np.ndarray, event: np.ndarray) -> Answer:
    if len(time) == 0:
        return curves.NOTHING
    draws = curves.resampled(lambda rows: curves.median_time(time[rows], event[rows]), len(time))
    return (curves.median_time(time, event), *curves.spread(draws), len(time))


def _state_fall(trial, arm, figure, who) -> Answer:
    """Median fall since entry, as a share of the value at entry."""
    before, now = (_state(trial, arm, figure.what, who, m) for m in (0.0, figure.month or 0.0))
    return curves.median_of(1.0 - now / before)


def _response(
    trial: Trial, arm: ArmRecord, figure: Figure, who: np.ndarray, complete: bool, partial: bool, everybody: bool
) -> Answer:
    """Pain response at the place that hurt most at entry, by the international consensus: complete is no pain and no more
    opioid; partial is two points less with no more opioid, or a quarter less opioid with no more pain; among those whose
    pain there was 2 or more. `everybody`: those not seen count as no response."""
    month = figure.month or 0.0
    who = who[np.round(_state(trial, arm, "pain_index", who, 0.0)) >= LEAST_PAIN]
    pain, dose = (np.stack([_state(trial, arm, s, who, m) for m in (0.0, month)]) for s in ("pain_index", "opioid"))
    pain = np.round(pain)
    no_more = dose[1] <= 1.05 * dose[0] + 1e-6
    full = (pain[1] == 0.0) & no_more
    part = ((pain[0] - pain[1] >= 2.0) & no_more) | ((dose[1] <= 0.75 * dose[0]) & (dose[0] > 0) & (pain[1] <= pain[0]))
    met = (full & complete) | (part & ~full & partial)
    seen = ~np.isnan(pain[1])
    n = len(who) if everybody else int(seen.sum())
    return (*curves.proportion((met & seen).sum(), n), n)


def _grade_better(trial: Trial, arm: ArmRecord, figure: Figure, who: np.ndarray) -> Answer:
    """Share of those seen whose pain at the place of the trial is described by a lesser word than at entry: none, mild, moderate
    or severe, among those who had any; what they take for it is not asked."""
    words = [limit(f"pain.{word}") for word in ("mild", "moderate")] + [limit("cord.severe_pain")]
    before, now = (np.round(_state(trial, arm, "pain_index", who, month)) for month in (0.0, figure.month or 0.0))
    seen = ~np.isnan(now) & (before >= words[0])
    better = np.digitize(now[seen], words) < np.digitize(before[seen], words)
    return (*curves.proportion(better.sum(), len(better)), len(better))


def _flare(trial, arm, figure, who, missing=False) -> Answer:
    """Pain flare at the place of the trial: two points more than at entry with no less opioid, or a quarter more opioid with no
    less pain, and back at or below the start later, at visits up to the month. Who has an opioid has doses of a tenth to a
    sixth of the day's at hand and takes two or more of them for a rise of a point: that is a quarter more. `missing`: who kept
    no diary counts as having had one."""
    days = np.array(trial.visits)
    chosen = np.flatnonzero((days > 0) & (days <= (figure.month or 0.34) * DAYS_A_MONTH + 0.5))
    later = np.flatnonzero(days > 0)
    at = lambda name, k: arm.states[np.ix_(who, k, [STATES.index(name)])][:, :, 0]
    pain0, dose0 = (arm.states[who, 0, STATES.index(s)][:, None] for s in ("pain_index", "opioid"))
    pain, dose = at("pain_index", chosen), at("opioid", chosen)
    takes_more = (dose >= 1.25 * dose0 + 1e-6) | ((pain - pain0 >= 1.0) & (dose >= 0.95 * dose0))
    up = ((pain - pain0 >= 2.0) & (dose >= 0.95 * dose0)) | (takes_more & (dose0 > 0) & (pain >= pain0))
    back = at("pain_index", later) <= pain0
    met = (up[:, :, None] & back[:, None, :] & (later[None, None, :] > chosen[None, :, None])).any(axis=(1, 2))
    kept = 1.0 - _no_diary(trial, arm) if missing else 1.0
    return (*(1.0 - kept * (1.0 - x) for x in curves.proportion(met.sum(), len(who))), len(who))


def _no_diary(trial: Trial, arm: ArmRecord) -> float:
    return next(one.no_diary for one in trial.arms if one.name == arm.name)


def in_group(trial: Trial, arm: ArmRecord, group: Criterion) -> np.ndarray:
    """Mask of the people of an arm whose state at the group's visit lies within its bounds; nobody who was not seen."""
    change = "difference" if group.change else None
    figure = Figure("", "", arm.name, what=group.what, least=group.least, most=group.most, change=change)
    return _within(_reading(trial, arm, figure, np.arange(len(arm)), (group.day or 0) / DAYS_A_MONTH), figure)


def _found_share(trial, arm, figure, who) -> Answer:
    """Share of people whose chart at entry says so."""
    values = arm.readings[figure.what][who]
    values = values[~np.isnan(values)]
    low = figure.least if figure.least is not None or figure.most is not None else 0.5
    own = (values >= (-np.inf if low is None else low)) & (values <= (np.inf if figure.most is None else figure.most))
    return (*curves.proportion(own.sum(), len(values)), len(values))


def _found_mean(trial, arm, figure, who) -> Answer:
    return curves.mean_of(arm.readings[figure.what][who])


def _found_lesions(trial, arm, figure, who) -> Answer:
    """Share of the metastases that all these people's charts hold at entry; the figure names each person's share."""
    many = arm.readings["bone_metastases"][who]
    part = float(np.sum(arm.readings[figure.what][who] * many))
    return (*curves.proportion(part, float(many.sum())), len(who))


def _found_median(trial, arm, figure, who) -> Answer:
    return curves.median_of(arm.readings[figure.what][who])


OF_STATES = {
    "state_share": _state_share, "state_mean": _state_mean, "state_median": _state_median, "state_ever": _state_ever,
    "state_fall": _state_fall, "found_share": _found_share, "found_mean": _found_mean, "found_median": _found_median,
    "found_lesions": _found_lesions,
    "pain_grade_better_seen": _grade_better, "pain_flare": _flare, "pain_flare_or_missing": functools.partial(_flare, missing=True),
    "state_share_all": functools.partial(_state_share, everybody=True), "state_first_median": _state_first_median,
    "state_lasts_median": _state_lasts_median, "state_response_median": _state_response_median,
} | {
    f"pain_{name}_{'all' if everybody else 'seen'}": functools.partial(
        _response, complete=name != "partial", partial=name != "complete", everybody=everybody
    )
    for name in ("complete", "partial", "response")
    for everybody in (False, True)
}  # fmt: skip
