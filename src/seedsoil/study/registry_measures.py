"""What a registry would have printed of the people it counted.

Every measure gives (value, low, high, people): shares from 0 to 1, times in days, counts of the country as its file asks;
NaN where nothing can be said. People are weighed, except in hazard ratios, which compare people of one primary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from seedsoil.errors import InputError
from seedsoil.study import curves, registry
from seedsoil.study.curves import NOTHING, Z95, Answer
from seedsoil.study.natural_history import Lives
from seedsoil.study.outcomes import DAYS_A_MONTH
from seedsoil.study.population import YEAR
from seedsoil.study.registry import Count, Country, Registry
from seedsoil.world import populations

LEAST_DEATHS = 10  # on each side, for a primary to be taken where a paper gives its range over primaries
EXTREMES = ("least", "most")


@dataclass
class Seen:
    """The people whom a registry counts, in a cohort."""

    registry: Registry
    lives: Lives
    weight: np.ndarray  # [n] of the cohort
    members: np.ndarray  # [n] mask
    _known: dict[str, np.ndarray] = field(default_factory=dict)

    def moment(self, name: str) -> np.ndarray:
        """A moment of everybody's life, in days since the diagnosis, NaN for never."""
        if name not in self._known:
            self._known[name] = np.asarray(registry.moments()[name](self.lives), float)
        return self._known[name]

    def group(self, names: tuple[str, ...], members: bool = True) -> np.ndarray:
        """Mask of the members in every one of these groups; `not NAME` for those outside."""
        inside = self.members.copy() if members else np.ones(len(self.lives), bool)
        for name in names:
            own = self.registry.groups[name.removeprefix("not ")]
            met = own.met(np.asarray(registry.readings()[own.what](self.lives), float))
            inside &= ~met if name.startswith("not ") else met
        return inside

    def still_followed(self, day: np.ndarray) -> np.ndarray:
        """Share of people who are still followed so long after their diagnosis, where a registry takes them up evenly over
        some years and closes on one day; 1 where the file does not say how long it followed."""
        if self.registry.follow_months is None:
            return np.ones(np.shape(day))
        longest, over = (x * DAYS_A_MONTH for x in (self.registry.follow_months, self.registry.accrual_months))
        left = longest - np.nan_to_num(day)
        return np.clip(left / over, 0.0, 1.0) if over > 0.0 else (left >= 0.0).astype(float)

    def years_followed(self) -> np.ndarray:
        """Years that each person is followed, on average over the days on which they may have been taken up [n]."""
        until = self.lives["until_day"].astype(float)
        if self.registry.follow_months is None:
            return until / YEAR
        longest, over = (x * DAYS_A_MONTH for x in (self.registry.follow_months, self.registry.accrual_months))
        sure = np.minimum(until, longest - over)
        late = np.clip(until, longest - over, longest) - (longest - over)
        return (sure + (late - late**2 / (2.0 * over) if over > 0.0 else 0.0)) / YEAR


def seen(own: Registry, lives: Lives) -> Seen:
    """A registry over a cohort. Who fits several of its groups of people belongs to the first."""
    weight, members = registry.weights(lives), np.zeros(len(lives), bool)
    told = sum(some.share or 0.0 for some in own.people)
    left = np.zeros(len(lives), bool)
    for some in own.people:
        rows = some.among(lives) & ~members
        members |= rows
        if some.share is None:
            left |= rows
        else:
            weight[rows] *= some.share / max(weight[rows].sum(), 1e-300)
    if told:
        weight[left] *= max(1.0 - told, 0.0) / max(weight[left].sum(), 1e-300)
    return Seen(own, lives, weight, members)


def answer(who: Seen, figure: Count) -> Answer:
    """One figure as this cohort would have it printed, with its 95 % interval and the people behind it."""
    return MEASURES[figure.endpoint](who, figure)


# ---- shares ------------------------------------------------------------------------------------------------------------


def _share(part: np.ndarray, weight: np.ndarray) -> Answer:
    """A weighed share; its interval is that of as many people as the weights are worth. part: mask, or a share of each."""
    n = int((weight > 0).sum())
    if n == 0:
        return NOTHING
    worth = weight.sum() ** 2 / np.sum(weight**2)
    value = float(np.sum(part * weight) / weight.sum())
    return (*curves.proportion(value * worth, worth), n)


def _days(figure: Count) -> float:
    return np.inf if figure.month is None else figure.month * DAYS_A_MONTH


def _at_diagnosis(who: Seen, figure: Count) -> Answer:
    """Share in whom it is found at the diagnosis."""
    rows = who.group(figure.among)
    return _share(registry.at_diagnosis(who.moment(figure.of))[rows], who.weight[rows])


def _incidence(who: Seen, figure: Count) -> Answer:
    """Share in whom it is found by a month; death competes, nobody else leaves."""
    rows = who.group(figure.among)
    return _share((who.moment(figure.of) <= _days(figure))[rows], who.weight[rows])


def _incidence_free(who: Seen, figure: Count) -> Answer:
    """The same as one less Kaplan and Meier's estimate, which takes the dead for people who left."""
    rows = who.group(figure.among)
    if not rows.any():
        return NOTHING
    day, until = who.moment(figure.of)[rows], who.lives["until_day"][rows]
    curve = curves.kaplan_meier(np.fmin(day, until), ~np.isnan(day), who.weight[rows])
    k = max(int(np.searchsorted(curve.day, _days(figure), "right")) - 1, 0)
    value, low, high = (1.0 - float(x[k]) for x in (curve.value, curve.high, curve.low))
    return value, low, high, int(rows.sum())


def _developed(who: Seen, figure: Count) -> Answer:
    """Crude share in whom it is found later than the diagnosis and while they are followed."""
    rows = who.group(figure.among)
    day = who.moment(figure.of)
    later = ~np.isnan(day) & ~registry.at_diagnosis(day)
    return _share((later * who.still_followed(day))[rows], who.weight[rows])


def _part(who: Seen, figure: Count) -> Answer:
    """Of those who come to it, the share in a group."""
    rows = who.group(figure.among) & ~np.isnan(who.moment(figure.of))
    return _share(who.group(figure.part, members=False)[rows], who.weight[rows])


def _already(who: Seen, figure: Count) -> Answer:
    """Share of those who come to `since` in whom `of` is known by then."""
    start = who.moment(figure.since)
    rows = who.group(figure.among) & ~np.isnan(start)
    return _share((who.moment(figure.of) <= start)[rows], who.weight[rows])


# ---- times -------------------------------------------------------------------------------------------------------------


def _times(who: Seen, figure: Count) -> tuple[np.ndarray, np.ndarray]:
    """Days from `since` to `of` of those who come to both, and their weights."""
    day = who.moment(figure.of)
    took = day - who.moment(figure.since)
    rows = who.group(figure.among) & (took >= 0.0)
    return took[rows], (who.weight * who.still_followed(day))[rows]


def _time_mean(who: Seen, figure: Count) -> Answer:
    """Mean time to it, of those in whom it is found while they are followed."""
    took, weight = _times(who, figure)
    if len(took) < 2 or weight.sum() == 0.0:
        return NOTHING
    mean = np.average(took, weights=weight)
    error = np.sqrt(np.sum((weight * (took - mean)) ** 2)) / weight.sum()
    return float(mean), float(mean - Z95 * error), float(mean + Z95 * error), len(took)


def _time_median(who: Seen, figure: Count) -> Answer:
    """Median time to it, of those in whom it is found while they are followed."""
    took, weight = _times(who, figure)
    if len(took) == 0 or weight.sum() == 0.0:
        return NOTHING
    draws = curves.resampled(lambda rows: _middle(took[rows], weight[rows]), len(took))
    return (_middle(took, weight), *curves.spread(draws), len(took))


def _middle(values: np.ndarray, weight: np.ndarray) -> float:
    order = np.argsort(values, kind="stable")
    gone = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(gone, 0.5 * gone[-1])]) if gone[-1] > 0.0 else float("nan")


# ---- survival ----------------------------------------------------------------------------------------------------------


def _survival(
    who: Seen, rows: np.ndarray, since: str, until: str | None, outcome: str = "death"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows at risk from `since`, days to the outcome or to the end of observation, at `until` at the latest, and who met it."""
    start, end = who.moment(since), who.lives["until_day"].astype(float)
    day = who.moment(outcome)
    died, end = day <= end, np.fmin(day, end)
    if until is not None:
        stop = who.moment(until)
        died, end = died & ~(stop < end), np.fmin(stop, end)
    rows = np.flatnonzero(rows & (end > start))
    return rows, (end - start)[rows], died[rows]


def _alike(who: Seen, figure: Count) -> np.ndarray | None:
    """The stratum of each person [n]: who is alike in what the paper adjusted for, in age to ten years."""
    if not figure.adjusted_for:
        return None
    start, parts = who.moment(figure.since), []
    for name in figure.adjusted_for:
        if name in registry.readings():
            value = np.asarray(registry.readings()[name](who.lives), float)
            parts.append(np.floor(value / 10.0) if name == "age_years" else value)
        else:
            parts.append(who.moment(name) <= start)
    return np.unique(np.column_stack(parts), axis=0, return_inverse=True)[1].ravel()


def _counted(who: Seen, figure: Count) -> np.ndarray:
    """Mask: of the figure's groups, having what it asks for and lacking what it bars when `since` comes."""
    rows, start = who.group(figure.among), who.moment(figure.since)
    if figure.having is not None:
        rows = rows & (who.moment(figure.having) <= start)
    if figure.lacking is not None:
        rows = rows & ~(who.moment(figure.lacking) <= start)
    return rows


def _alive(who: Seen, figure: Count) -> Answer:
    """Share alive a month after `since`, by Kaplan and Meier."""
    rows, time, died = _survival(who, _counted(who, figure), figure.since, figure.until)
    if len(rows) == 0:
        return NOTHING
    curve = curves.kaplan_meier(time, died, who.weight[rows])
    k = max(int(np.searchsorted(curve.day, _days(figure), "right")) - 1, 0)
    return float(curve.value[k]), float(curve.low[k]), float(curve.high[k]), len(rows)


def _alive_median(who: Seen, figure: Count) -> Answer:
    """Median survival from `since`."""
    rows, time, died = _survival(who, _counted(who, figure), figure.since, figure.until)
    if len(rows) == 0:
        return NOTHING
    weight = who.weight[rows]
    draws = curves.resampled(lambda k: curves.median_time(time[k], died[k], weight[k]), len(rows))
    return (curves.median_time(time, died, weight), *curves.spread(draws), len(rows))


def _death_rates(who: Seen, figure: Count) -> Answer:
    """Deaths a year at risk from `since`, over those from `versus_since`, both within a month."""
    sides = []
    for among, since, until in (
        (figure.among, figure.since, figure.until),
        (figure.versus_among, figure.versus_since, figure.versus_until),
    ):
        rows, time, died = _survival(who, who.group(among), since, until)
        weight = who.weight[rows]
        early = died & (time <= _days(figure))
        sides.append((np.sum(weight * early), np.sum(weight * np.minimum(time, _days(figure))), int(early.sum())))
    (deaths, risk, n), (other_deaths, other_risk, other_n) = sides
    if min(n, other_n) == 0:
        return NOTHING
    ratio = float(deaths / risk / (other_deaths / other_risk))
    width = np.exp(Z95 * np.sqrt(1.0 / n + 1.0 / other_n))
    return ratio, float(ratio / width), float(ratio * width), n + other_n


def _death_hr(who: Seen, figure: Count) -> Answer:
    """Hazard ratio of death from `since` on, one group against another."""
    one, other = who.group(figure.among), who.group(figure.versus_among)
    return _ratio(who, one | other, figure, one)


def _death_hr_having(who: Seen, figure: Count) -> Answer:
    """Hazard ratio of death from `since` on, of those in whom `of` is known by then against the others."""
    return _ratio(who, who.group(figure.among), figure, who.moment(figure.of) <= who.moment(figure.since))


def _ratio(who: Seen, group: np.ndarray, figure: Count, treated: np.ndarray) -> Answer:
    rows, time, died = _survival(who, group, figure.since, figure.until)
    died, time = died & (time <= _days(figure)), np.minimum(time, _days(figure))
    x, alike = treated[rows], _alike(who, figure)
    if len(rows) == 0 or min(died[x].sum(), died[~x].sum()) == 0:
        return NOTHING
    return (*curves.hazard_ratio(time, died, x, None if alike is None else alike[rows]), len(rows))


def _death_hr_extreme(who: Seen, figure: Count) -> Answer:
    """The least or the greatest of that ratio over primaries, of those with deaths enough on both sides."""
    found = []
    for k in range(len(populations.cancers())):
        own = replace(who, members=who.members & (who.lives["cancer"] == k))
        rows, _, died = _survival(own, own.group(figure.among), figure.since, figure.until)
        has = (who.moment(figure.of) <= who.moment(figure.since))[rows]
        if min(died[has].sum(), died[~has].sum()) >= LEAST_DEATHS:
            found.append(_death_hr_having(own, figure))
    choose = min if figure.extreme == "least" else max
    return choose(found, key=lambda ratio: ratio[0]) if found else NOTHING


def _hr_after(who: Seen, figure: Count) -> Answer:
    """Hazard ratio of the outcome once `of` has come to pass against before it, as a covariate that changes with time."""
    rows, time, died = _survival(who, who.group(figure.among), figure.since, figure.until, figure.outcome)
    turn = (who.moment(figure.of) - who.moment(figure.since))[rows]
    changes = turn < time
    turn = np.maximum(turn, 0.0)
    before = np.flatnonzero(~(changes & (turn == 0.0)))
    after = np.flatnonzero(changes)
    start = np.concatenate([np.zeros(len(before)), turn[after]])
    stop = np.concatenate([np.where(changes, turn, time)[before], time[after]])
    event = np.concatenate([(died & ~changes)[before], died[after]])
    x = np.concatenate([np.zeros(len(before)), np.ones(len(after))])
    person, alike = np.concatenate([before, after]), _alike(who, figure)
    if min(event[x > 0].sum(), event[x == 0].sum()) == 0:
        return NOTHING
    stratum = None if alike is None else alike[rows][person]
    return (*curves.andersen_gill(start, stop, event, x, person, stratum), len(rows))


# ---- the country ---------------------------------------------------------------------------------------------------------


def _sum(value: np.ndarray, weight: np.ndarray) -> Answer:
    """A sum over the country's people with its interval. value: what each person of the cohort adds."""
    each = value * weight
    total = float(each.sum())
    half = Z95 * float(np.sqrt(max(np.sum(each**2) - total**2 / max(len(each), 1), 0.0)))
    return total, total - half, total + half, int((value > 0).sum())


def _scaled(found: Answer, factor: float) -> Answer:
    value, low, high, n = found
    return value * factor, low * factor, high * factor, n


def _years_lived(who: Seen, figure: Count, country: Country) -> np.ndarray:
    """Years that each member lives with it in the ages of the country's people."""
    day, age = who.moment(figure.of), who.lives["age_years"]
    first = np.maximum(day / YEAR, country.age_least - age)
    last = np.minimum(who.lives["until_day"] / YEAR, country.age_most - age)
    return np.where(who.group(figure.among), np.nan_to_num(np.clip(last - first, 0.0, None)), 0.0)


def _living(who: Seen, figure: Count) -> Answer:
    """People of the country who live with it, where as many cancers are found every year."""
    country = who.registry.countries[figure.country or ""]
    return _scaled(_sum(_years_lived(who, figure, country), who.weight), country.new_cancers)


def _living_share(who: Seen, figure: Count) -> Answer:
    """The same, of the country's people."""
    return _scaled(_living(who, figure), 1.0 / who.registry.countries[figure.country or ""].people)


def _living_part(who: Seen, figure: Count) -> Answer:
    """Of those who live with it, the share in a group."""
    lived = _years_lived(who, figure, who.registry.countries[figure.country or ""])
    rows = lived > 0.0
    return _share(who.group(figure.part, members=False)[rows], (who.weight * lived)[rows])


def _new_rate(who: Seen, figure: Count) -> Answer:
    """People a year in whom it is found at the diagnosis, for 100,000 of the country's people, of the standard population's
    ages where the country tells them."""
    country = who.registry.countries[figure.country or ""]
    age = who.lives["age_years"]
    rows = who.group(figure.among) & (age >= country.age_least) & (age < country.age_most)
    new = _sum(rows & registry.at_diagnosis(who.moment(figure.of)), who.weight * country.standardised(age))
    return _scaled(new, 1e5 * country.new_cancers / country.people)


def _people_a_year(who: Seen, figure: Count) -> Answer:
    """People of the country in whom it comes in a year."""
    came = who.group(figure.among) & ~np.isnan(who.moment(figure.of))
    return _scaled(_sum(came, who.weight), who.registry.countries[figure.country or ""].new_cancers)


def _yearly_share(who: Seen, figure: Count) -> Answer:
    """People in whom it comes, for a year in which one of them is followed."""
    rows = who.group(figure.among)
    day, weight = who.moment(figure.of)[rows], who.weight[rows]
    came = np.where(np.isnan(day), 0.0, who.still_followed(day)) * weight
    years = who.years_followed()[rows] * weight
    if came.sum() == 0.0:
        return NOTHING
    rate = float(came.sum() / years.sum())
    half = Z95 * float(np.sqrt(np.sum((came - rate * years) ** 2)) / years.sum())
    return rate, rate - half, rate + half, int(rows.sum())


def _deaths(who: Seen, figure: Count) -> Answer:
    """People of these groups who die in a year."""
    country = who.registry.countries[figure.country or ""]
    died = who.group(figure.among) & ~np.isnan(who.lives["death_day"])
    return _scaled(_sum(died, who.weight), country.new_cancers)


MEASURES: dict[str, Callable[[Seen, Count], Answer]] = {
    "at_diagnosis": _at_diagnosis, "incidence": _incidence, "incidence_free_of_death": _incidence_free, "developed": _developed,
    "part": _part, "already": _already, "time_mean": _time_mean, "time_median": _time_median,
    "alive": _alive, "alive_median": _alive_median, "death_rate_ratio": _death_rates, "death_hr": _death_hr,
    "death_hr_having": _death_hr_having, "death_hr_extreme": _death_hr_extreme, "hr_after": _hr_after,
    "living": _living, "living_share": _living_share, "living_part": _living_part, "new_rate": _new_rate, "deaths": _deaths,
    "people_a_year": _people_a_year, "yearly_share": _yearly_share,
}  # fmt: skip
OF_COUNTRY = ("living", "living_share", "living_part", "new_rate", "deaths", "people_a_year")


def measure_of(endpoint: str) -> str:
    """What the figure is, in the words of `published.in_unit`: a share, a time, or a plain number."""
    return endpoint.removeprefix("time_").removeprefix("alive_") if endpoint.startswith(("time_", "alive_m")) else endpoint


def checked(figure: Count, field_of: Callable[[str], str], countries: dict[str, Country]) -> None:
    """Refuse a figure that its measure cannot count. field_of: the name of a field of the file."""
    if figure.endpoint in OF_COUNTRY and figure.country not in countries:
        raise InputError(field_of("country"), figure.country or "nothing", ", ".join(countries) or "a [[country]] of this file")
    if figure.endpoint == "death_hr" and not figure.versus_among:
        raise InputError(field_of("versus_among"), "nothing", "one group or more", "a comparison needs the group compared with")
    if figure.endpoint == "death_hr_extreme" and figure.extreme not in EXTREMES:
        raise InputError(field_of("extreme"), figure.extreme or "nothing", ", ".join(EXTREMES))
    if figure.endpoint in ("incidence", "incidence_free_of_death", "alive", "death_rate_ratio") and figure.month is None:
        raise InputError(field_of("month"), "nothing", "month or day", "say when it is counted")
    if figure.endpoint in ("part", "living_part") and not figure.part:
        raise InputError(field_of("part"), "nothing", "one group or more", "say which part is asked for")
