"""What a paper reads at visits (pain, calcium, markers, counts) and in the chart at entry, as shares, means and medians.

Every measure takes the trial, one arm, the figure and the rows of the people meant, and gives (value, low, high, n).
"""

from __future__ import annotations

import functools

import numpy as np

from seedsoil.study import curves
from seedsoil.study.curves import Answer
from seedsoil.study.ledger import STATES
from seedsoil.study.outcomes import DAYS_A_MONTH
from seedsoil.study.trial import ArmRecord, Figure, Trial

LEAST_PAIN = 2.0  # of 10: less cannot be seen to fall (Chow 2012)


def _state(trial: Trial, arm: ArmRecord, name: str, who: np.ndarray, month: float) -> np.ndarray:
    """A state at the visit nearest to the month [n]; NaN for those dead or gone by then."""
    day = month * DAYS_A_MONTH
    k = int(np.argmin(np.abs(np.array(trial.visits) - day)))
    values = arm.states[who, k, STATES.index(name)].astype(float)
    return np.where(arm.left[who] >= trial.visits[k], values, np.nan)


def _at_entry(trial: Trial, arm: ArmRecord, figure: Figure, who: np.ndarray) -> np.ndarray:
    """The people of `who` whose state at entry is as high as the figure asks."""
    if figure.at_entry_least is None:
        return who
    return who[_state(trial, arm, figure.what or "", who, 0.0) >= figure.at_entry_least]


def _within(values: np.ndarray, figure: Figure) -> np.ndarray:
    low = -np.inf if figure.least is None else figure.least
    high = np.inf if figure.most is None else figure.most
    return (values >= low) & (values <= high)


def _state_share(trial, arm, figure, who) -> Answer:
    """Share of those seen at the visit whose state lies within the bounds."""
    values = _state(trial, arm, figure.what, _at_entry(trial, arm, figure, who), figure.month or 0.0)
    values = values[~np.isnan(values)]
    return (*curves.proportion(_within(values, figure).sum(), len(values)), len(values))


def _state_mean(trial, arm, figure, who) -> Answer:
    """Mean of a state among those seen at the visit."""
    return curves.mean_of(_state(trial, arm, figure.what, _at_entry(trial, arm, figure, who), figure.month or 0.0))


def _state_median(trial, arm, figure, who) -> Answer:
    return curves.median_of(_state(trial, arm, figure.what, _at_entry(trial, arm, figure, who), figure.month or 0.0))


def _state_ever(trial, arm, figure, who) -> Answer:
    """Share of all whose state was within the bounds at any visit after entry, up to the month."""
    who = _at_entry(trial, arm, figure, who)
    days = np.array(trial.visits)
    until = trial.days if figure.month is None else figure.month * DAYS_A_MONTH
    chosen = np.flatnonzero((days > 0) & (days <= until + 0.5))
    values = arm.states[np.ix_(who, chosen, [STATES.index(figure.what)])][:, :, 0]
    seen = days[chosen][None, :] <= arm.left[who][:, None]
    return (*curves.proportion((_within(values, figure) & seen).any(axis=1).sum(), len(who)), len(who))


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


def _flare(trial, arm, figure, who) -> Answer:
    """Pain flare: two points more than at entry with no less opioid, or a quarter more opioid with no less pain, and back
    at or below the start later, at visits up to the month."""
    days = np.array(trial.visits)
    chosen = np.flatnonzero((days > 0) & (days <= (figure.month or 0.34) * DAYS_A_MONTH + 0.5))
    later = np.flatnonzero(days > 0)
    at = lambda name, k: arm.states[np.ix_(who, k, [STATES.index(name)])][:, :, 0]
    pain0, dose0 = (arm.states[who, 0, STATES.index(s)][:, None] for s in ("pain_worst", "opioid"))
    pain, dose = at("pain_worst", chosen), at("opioid", chosen)
    up = ((pain - pain0 >= 2.0) & (dose >= 0.95 * dose0)) | ((dose >= 1.25 * dose0 + 1e-6) & (dose0 > 0) & (pain >= pain0))
    back = at("pain_worst", later) <= pain0
    met = (up[:, :, None] & back[:, None, :] & (later[None, None, :] > chosen[None, :, None])).any(axis=(1, 2))
    return (*curves.proportion(met.sum(), len(who)), len(who))


def _found_share(trial, arm, figure, who) -> Answer:
    """Share of people whose chart at entry says so."""
    values = arm.readings[figure.what][who]
    values = values[~np.isnan(values)]
    low = figure.least if figure.least is not None or figure.most is not None else 0.5
    own = (values >= (-np.inf if low is None else low)) & (values <= (np.inf if figure.most is None else figure.most))
    return (*curves.proportion(own.sum(), len(values)), len(values))


def _found_mean(trial, arm, figure, who) -> Answer:
    return curves.mean_of(arm.readings[figure.what][who])


def _found_median(trial, arm, figure, who) -> Answer:
    return curves.median_of(arm.readings[figure.what][who])


OF_STATES = {
    "state_share": _state_share, "state_mean": _state_mean, "state_median": _state_median, "state_ever": _state_ever,
    "state_fall": _state_fall, "found_share": _found_share, "found_mean": _found_mean, "found_median": _found_median,
    "pain_flare": _flare,
} | {
    f"pain_{name}_{'all' if everybody else 'seen'}": functools.partial(
        _response, complete=name != "partial", partial=name != "complete", everybody=everybody
    )
    for name in ("complete", "partial", "response")
    for everybody in (False, True)
}  # fmt: skip
