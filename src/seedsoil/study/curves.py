"""Curves and effects of a trial: survival, competing risks, recurrent events, proportions, each as its paper would have it.

Times are days from randomisation. `event` is 1 for the event, 0 for leaving observation, 2 for death before the event
where death competes. Checked against lifelines in the tests; the formulas are those of Kalbfleisch and Prentice's book.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

Z95 = float(norm.ppf(0.975))
RESAMPLES = 200
Answer = tuple[float, float, float, int]  # value, low, high, people
NOTHING: Answer = (float("nan"), float("nan"), float("nan"), 0)


@dataclass(frozen=True)
class Curve:
    """A step function of time: its value from each day on, with a 95 % interval and the number at risk just before."""

    day: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_risk: np.ndarray

    def at(self, day: float) -> float:
        """The value on a day."""
        k = np.searchsorted(self.day, day, "right") - 1
        return float(self.value[max(k, 0)])


def _table(
    time: np.ndarray, event: np.ndarray, weight: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Distinct days, number at risk before each, events of kind 1 and of kind 2 on each. `weight` [n]: how many each counts."""
    time, event = np.asarray(time, float), np.asarray(event, int)
    days, day = np.unique(time, return_inverse=True)
    count = lambda who: np.bincount(day[who], None if weight is None else weight[who], len(days))
    leave = count(np.ones(len(time), bool))
    return days, np.cumsum(leave[::-1])[::-1], count(event == 1), count(event == 2)


def kaplan_meier(time: np.ndarray, event: np.ndarray, weight: np.ndarray | None = None) -> Curve:
    """Share free of the event, everything but kind 1 censored; interval by Greenwood on the log(-log) scale. Weights are
    scaled to the number of people whom they are worth."""
    if weight is not None:
        weight = weight * (weight.sum() / np.maximum((weight**2).sum(), 1e-300))
    days, at_risk, events, _ = _table(time, event, weight)
    value = np.cumprod(1.0 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(events / (at_risk * (at_risk - events)))
        inner = np.log(-np.log(value))
        width = Z95 * np.sqrt(variance) / np.abs(np.log(value))
        low, high = np.exp(-np.exp(inner + width)), np.exp(-np.exp(inner - width))
    plain = (value >= 1.0) | (value <= 0.0)
    low, high = np.where(plain, value, low), np.where(plain, value, high)
    return _from_start(days, value, low, high, at_risk, 1.0, len(time))


def aalen_johansen(time: np.ndarray, event: np.ndarray) -> Curve:
    """Share that has met event 1 while event 2 (death) competes; interval from the delta method's variance."""
    days, at_risk, events, deaths = _table(time, event)
    free = np.cumprod(1.0 - (events + deaths) / at_risk)
    before = np.concatenate([[1.0], free[:-1]])
    value = np.cumsum(before * events / at_risk)
    width = Z95 * np.sqrt(_incidence_variance(value, before, at_risk, events, deaths))
    return _from_start(days, value, np.maximum(value - width, 0.0), np.minimum(value + width, 1.0), at_risk, 0.0, len(time))


def _incidence_variance(value, before, at_risk, events, deaths) -> np.ndarray:
    """Variance of a cumulative incidence by the delta method (Marubini and Valsecchi's formula), in cumulative sums."""
    everything = events + deaths
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.nan_to_num(everything / (at_risk * np.maximum(at_risk - everything, 1)))
        b = before**2 * (at_risk - events) * events / at_risk**3.0
        c = before * events / at_risk**2.0
    gone = lambda x: np.cumsum(x)
    first = value**2 * gone(a) - 2.0 * value * gone(value * a) + gone(value**2 * a)
    return np.maximum(first + gone(b) - 2.0 * (value * gone(c) - gone(value * c)), 0.0)


def _from_start(days, value, low, high, at_risk, start: float, n: int) -> Curve:
    put = lambda first, rest: np.concatenate([[first], rest])
    return Curve(put(0.0, days), put(start, value), put(start, low), put(start, high), put(n, at_risk))


def median_time(time: np.ndarray, event: np.ndarray, weight: np.ndarray | None = None) -> float:
    """The day on which half have met the event, by Kaplan-Meier; NaN where that is never reached."""
    curve = kaplan_meier(time, event, weight)
    reached = curve.value <= 0.5 + 1e-12
    return float(curve.day[reached.argmax()]) if reached.any() else float("nan")


def restricted_mean(time: np.ndarray, event: np.ndarray, until: float) -> float:
    """Mean time free of the event within `until` days: the area under the Kaplan-Meier curve."""
    curve = kaplan_meier(time, event)
    edges = np.append(curve.day[curve.day < until], until)
    return float(np.sum(np.diff(edges) * curve.value[: len(edges) - 1]))


def hazard_ratio(
    time: np.ndarray, event: np.ndarray, treated: np.ndarray, stratum: np.ndarray | None = None
) -> tuple[float, float, float]:
    """Cox's hazard ratio of treated to others with its 95 % interval; ties by Efron. NaN where an arm has no event. Who has a
    `stratum` [n], a whole number, is compared within it alone."""
    time, treated = np.asarray(time, float), np.asarray(treated, float)
    return _cox(np.zeros(len(time)), time, np.asarray(event) == 1, treated, np.arange(len(time)), stratum)


def andersen_gill(
    start: np.ndarray, stop: np.ndarray, event: np.ndarray, treated: np.ndarray, person: np.ndarray,
    stratum: np.ndarray | None = None,
) -> tuple[float, float, float]:  # fmt: skip
    """Rate ratio of repeated events: one row an interval at risk, (start, stop]; the interval's variance is robust, by
    person. Strata as in `hazard_ratio`."""
    start, stop, treated = np.asarray(start, float), np.asarray(stop, float), np.asarray(treated, float)
    return _cox(start, stop, np.asarray(event) == 1, treated, person, stratum)


def _cox(start, stop, event, x, person, stratum=None) -> tuple[float, float, float]:
    """One covariate of 0 or 1 by Newton's method on the partial likelihood."""
    if stratum is not None and len(stop):  # strata one after another in time: nobody is at risk in two of them
        later = stratum * (np.max(stop) + 1.0)
        start, stop = start + later, stop + later
    if not (event & (x > 0)).any() or not (event & (x == 0)).any():
        return float("nan"), float("nan"), float("nan")
    days = np.unique(stop[event])
    risk = lambda mask: np.searchsorted(np.sort(start[mask]), days, "left") - np.searchsorted(np.sort(stop[mask]), days, "left")
    with_x, without = risk(x > 0), risk(x == 0)
    at = lambda mask: np.bincount(np.searchsorted(days, stop[mask]), minlength=len(days))
    d1, d0 = at(event & (x > 0)), at(event & (x == 0))
    tied, beta = d1 + d0, 0.0
    # Efron: within a day the events leave the risk set little by little
    day = np.repeat(np.arange(len(days)), tied)
    share = (np.arange(len(day)) - np.repeat(np.cumsum(tied) - tied, tied)) / tied[day]
    left1, left0 = with_x[day] - share * d1[day], without[day] - share * d0[day]
    for _ in range(50):
        expected = left1 * np.exp(beta) / (left1 * np.exp(beta) + left0)
        slope, curvature = d1.sum() - expected.sum(), np.sum(expected * (1.0 - expected))
        if curvature <= 0.0:
            return float("nan"), float("nan"), float("nan")
        step = np.clip(slope / curvature, -2.0, 2.0)
        beta += step
        if abs(step) < 1e-9:
            break
    error = 1.0 / np.sqrt(curvature)
    if len(np.unique(person)) < len(person):
        error = _robust(start, stop, event, x, person, days, day, tied, expected, left1 * np.exp(beta) + left0, beta) / curvature
    return float(np.exp(beta)), float(np.exp(beta - Z95 * error)), float(np.exp(beta + Z95 * error))


def _robust(start, stop, event, x, person, days, day, tied, expected, total, beta) -> float:
    """Square root of the summed squares of each person's score (Lin and Wei)."""
    mean = np.bincount(day, expected, len(days)) / np.maximum(tied, 1)
    step = np.bincount(day, 1.0 / total, len(days))
    hazard = np.concatenate([[0.0], np.cumsum(step)])
    weighted = np.concatenate([[0.0], np.cumsum(step * mean)])
    first, last = np.searchsorted(days, start, "right"), np.searchsorted(days, stop, "right")
    score = -np.exp(beta * x) * (x * (hazard[last] - hazard[first]) - (weighted[last] - weighted[first]))
    score[event] += x[event] - mean[np.searchsorted(days, stop[event])]
    of = np.unique(person, return_inverse=True)[1]
    return float(np.sqrt(np.sum(np.bincount(of, score) ** 2)))


def mean_count(event_days: np.ndarray, event_person: np.ndarray, until: np.ndarray, death: np.ndarray) -> Curve:
    """Mean number of events a person by each day, death ending the count (Ghosh and Lin). `until` [n] is the last day of
    observation, `death` [n] whether it ended in death."""
    days = np.unique(event_days)
    alive = kaplan_meier(until, death)
    at_risk = len(until) - np.searchsorted(np.sort(until), days, "left")
    events = np.bincount(np.searchsorted(days, event_days), minlength=len(days))
    before = alive.value[np.searchsorted(alive.day, days, "left") - 1]
    step = before * events / np.maximum(at_risk, 1)
    value = np.cumsum(step)
    each = np.unique(event_person, return_counts=True)[1]
    spread = np.sqrt(np.sum(each.astype(float) ** 2)) / max(len(until), 1)
    width = Z95 * spread * value / max(value[-1], 1e-12) if len(value) else value
    return _from_start(days, value, np.maximum(value - width, 0.0), value + width, at_risk, 0.0, len(until))


def proportion(events: float, n: int, z: float = Z95) -> tuple[float, float, float]:
    """A share with Wilson's interval, of 95 % unless `z` says otherwise."""
    if n == 0:
        return float("nan"), float("nan"), float("nan")
    p = events / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return float(p), max(float(centre - half), 0.0), min(float(centre + half), 1.0)


def mean_of(values: np.ndarray) -> Answer:
    """Mean of what is known, with its interval."""
    values = values[~np.isnan(values)]
    if len(values) < 2:
        return NOTHING
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
    return float(mean), float(mean - Z95 * error), float(mean + Z95 * error), len(values)


def median_of(values: np.ndarray) -> Answer:
    """Median of what is known, its interval by resampling."""
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return NOTHING
    draws = resampled(lambda rows: np.median(values[rows]), len(values))
    return (float(np.median(values)), *spread(draws), len(values))


def resampled(read: Callable[[np.ndarray], float], n: int) -> np.ndarray:
    """A reading over people drawn again with replacement, always by the same draws."""
    draw = np.random.default_rng(n)
    return np.array([read(draw.integers(0, n, n)) for _ in range(RESAMPLES)])


def spread(draws: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of resamples; NaN where most say nothing."""
    if np.isnan(draws).mean() > 0.5:
        return float("nan"), float("nan")
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return float(low), float(high)
