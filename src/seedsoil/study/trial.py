"""A trial or cohort as its paper describes it, and the run of it: who was screened, who entered, what befell them.

People are found to have bone metastases, live under the background care of their era until they are screened, or until what
the trial is about is found in them (`moments`), and enter if their chart meets the criteria: entry selects people, it does not
place lesions. Day 0 is randomisation.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from seedsoil.care.chart import Chart
from seedsoil.care.criteria import cord_place, limit, painful_place, progressing
from seedsoil.care.orders import Order, Treat, together
from seedsoil.care.plan import Plan
from seedsoil.care.take_up import TODAY
from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.study import moments, plans, screening
from seedsoil.study.apart import other_luck
from seedsoil.study.arm_records import ArmRecord, block, first, joined
from seedsoil.study.ledger import STEADY, Ledger
from seedsoil.study.newcomers import Part, newly_found
from seedsoil.study.outcomes import DAYS_A_MONTH
from seedsoil.treatments.radiation import TECHNIQUES
from seedsoil.world import runs
from seedsoil.world.day import World
from seedsoil.world.parameters import TYPICAL, Version

TOGETHER, LEAST_TOGETHER = 250, 25  # people screened at once
LEAST_PARTS = 4
MOST_SCREENED = 40  # times the people wanted, after which a trial that nobody may enter gives up
MOST_LIVING = 24_000  # people who live until a moment comes, after which too
PLACES = {"pain": painful_place, "cord": cord_place}  # the place that a trial treats and follows
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Criterion:
    """One thing the chart must say: a reading of `screening.known` within bounds. What nobody measured does not bar. As a group
    it may speak of a state at a visit, or of how that has changed since entry."""

    what: str
    least: float | None = None
    most: float | None = None
    day: int | None = None  # a state at the visit of this day, not a reading at entry
    change: bool = False

    def met(self, values: np.ndarray) -> np.ndarray:
        """Mask of the people whose reading lies within the bounds."""
        low = -np.inf if self.least is None else self.least
        high = np.inf if self.most is None else self.most
        return np.isnan(values) | ((values >= low) & (values <= high))


@dataclass(frozen=True)
class Radiation:
    """A course of radiotherapy on day 0 to the place of the trial."""

    dose_gy: float
    fractions: int
    technique: str = TECHNIQUES[0]


@dataclass(frozen=True)
class Arm:
    """One arm: a plan on top of background care."""

    name: str
    plan: Plan
    radiation: Radiation | None = None
    operation: str | None = None  # on day 0, at the place of the trial
    not_given: tuple[str, ...] = ()  # drugs that care gives nobody in this arm, beside those of its plan
    no_diary: float = 0.0  # share of people whose diary is not complete
    later_lines: bool = False  # who progresses on it goes on to the usual next lines


@dataclass(frozen=True)
class EventSet:
    """What a paper counts as its event: kinds of the ledger, whether surveys find silent fractures, and how far apart a
    later event must be to count."""

    name: str
    kinds: tuple[str, ...]
    surveys: bool = False
    apart_days: float = 21.0
    or_death: bool = False  # death counts too, as in progression-free survival
    ends: bool = False  # nobody is at risk after the first, as it comes once


@dataclass(frozen=True)
class Figure:
    """One published figure and how this trial answers it."""

    id: str
    endpoint: str
    arm: str
    month: float | None = None
    versus: str | None = None
    among: tuple[str, ...] = ()
    versus_among: tuple[str, ...] = ()
    kind: str | None = None
    what: str | None = None
    least: float | None = None
    most: float | None = None
    at_entry_least: float | None = None
    nth: int = 1
    change: str | None = None  # since entry, as a "difference" or a "share"; None: the value itself
    from_month: float = 0.0
    versus_most: float | None = None


@dataclass(frozen=True)
class Trial:
    """The protocol: facts of the paper and its registry record, each with its status in `facts`."""

    id: str
    title: str
    cite: str
    cohort: bool
    people: tuple[Part, ...]
    entry: tuple[Criterion, ...]
    arms: tuple[Arm, ...]
    events: dict[str, EventSet]
    groups: dict[str, Criterion]
    figures: tuple[Figure, ...]
    withhold: tuple[str, ...] = ()
    unavailable: frozenset[str] = frozenset()
    year: float = TODAY  # in which people were treated
    untreated_seen: float = 1.0  # share of a registry's untreated people who are among them
    traits: dict[str, float] = field(default_factory=dict)
    same_people: bool = True
    times: int = 1  # people an arm over those asked for, where events are rare
    place: str = "pain"
    tests: tuple[str, ...] = ()  # pictures and blood at screening, beside the bloods that every trial takes
    tests_at_visits: tuple[str, ...] = ()
    moment: str | None = None
    moment_within_months: float = 24.0
    since_finding_months: tuple[float, float] = (0.0, 0.0)
    follow_months: float = 24.0
    accrual_months: float = 0.0
    survey_weeks: float | None = None
    times_in_months: float = 0.0  # times are told in whole steps of so many; 0: to the day
    visits: tuple[int, ...] = (0,)
    drop_out_per_year: float = 0.0
    facts: dict[str, str] = field(default_factory=dict)  # field -> VERIFIED, RECALLED or ASSUMED

    @property
    def days(self) -> int:
        return round(self.follow_months * DAYS_A_MONTH)

    @property
    def living(self) -> moments.Living | None:
        """Those in whom the moment of the trial may come."""
        if self.moment is None:
            return None
        return moments.Living(
            self.people,
            self.withhold,
            self.unavailable,
            self.year,
            self.untreated_seen,
            tuple(sorted(self.traits.items())),
            self.moment,
            self.moment_within_months,
        )

    def counted(self, status: str) -> int:
        """How many facts of the file have this status."""
        return sum(1 for s in self.facts.values() if s == status)


@dataclass
class TrialRun:
    """A trial that has been run."""

    trial: Trial
    arms: dict[str, ArmRecord]
    screened: int
    entered: int
    seed: int


def run(
    trial: Trial, patients: int, seed: int = 1, workers: int = 1, progress: Progress | None = None, version: Version = TYPICAL
) -> TrialRun:
    """Screen and follow until `patients` are in each arm, a few hundred at a time, by one or several versions of the model's
    numbers.

    Raises InputError where hardly anybody meets the criteria.
    """
    return _run(trial, patients, seed, workers, progress, version, 1)[0]


def run_twice(
    trial: Trial, patients: int, seed: int = 1, workers: int = 1, progress: Progress | None = None, version: Version = TYPICAL
) -> tuple[TrialRun, TrialRun]:
    """The same people, from the day they enter with the luck of `run` and with another."""
    one, other = _run(trial, patients, seed, workers, progress, version, 2)
    return one, other


def _run(
    trial: Trial, patients: int, seed: int, workers: int, progress: Progress | None, version: Version, times: int
) -> list[TrialRun]:
    """The trial as it comes out with each of `times` lucks."""
    patients *= trial.times
    wanted = patients if trial.same_people else patients * len(trial.arms)
    parts: list[list[ArmRecord]] = []
    screened = entered = 0
    for several, tried in _parts(trial, seed, wanted, workers, version, times):
        screened += tried
        if several:
            parts.append(several)
            entered += len(several[0]) * (1 if trial.same_people else len(trial.arms))
        if progress:
            progress(f"running {trial.id}", min(entered, wanted), wanted)
        if entered >= wanted:
            break
        if screened >= (MOST_SCREENED * wanted if trial.moment is None else MOST_LIVING):
            raise InputError(
                f"{trial.id}: entry", f"{entered} of {screened} screened", "criteria that some people of this population meet",
                "look at the bounds of [[entry]] and at since_finding_months",
            )  # fmt: skip
    arms = [joined(arm) for arm in zip(*parts, strict=True)]
    many = len(trial.arms)
    return [
        TrialRun(trial, {arm.name: first(arm, patients) for arm in arms[k * many : (k + 1) * many]}, screened, entered, seed)
        for k in range(times)
    ]


def _parts(
    trial: Trial, seed: int, wanted: int, workers: int, version: Version, times: int
) -> Iterator[tuple[list[ArmRecord], int]]:
    """Groups of people one after another, in the same order however many processes work on them."""
    low, high = trial.since_finding_months
    parts = 1 if low == high else LEAST_PARTS  # each group has a time of its own since the finding
    size = min(TOGETHER * trial.times, max(-(-wanted // parts), LEAST_TOGETHER))
    yield from runs.each(partial(_followed, trial, seed, size, version, times), itertools.count(), workers)


def _followed(trial: Trial, seed: int, size: int, version: Version, times: int, part: int) -> tuple[list[ArmRecord], int]:
    """One group: found, screened, and followed to the end of the trial; the arms once for each luck."""
    if trial.living is None:
        world, since, tried = _found(trial, seed, size, part, version), {}, size
    else:
        world, since = moments.arrivals(trial.living, seed, part, version)
        tried = trial.living.together
        if world is None:
            return [], tried
        world = world.of(np.arange(len(world.people.key)))
    _in_its_years(trial, world)
    values = _screened(trial, world) | since
    rows = np.flatnonzero(world.people.alive & _meets(trial.entry, values))
    if len(rows) > size:  # more than are wanted: whichever of them
        rows = np.sort(rows[np.argsort(luck.uniform(seed, world.people.key[rows], "trial", 4), kind="stable")[:size]])
    arms = len(trial.arms)
    if not trial.same_people:
        order = np.argsort(luck.uniform(seed, world.people.key[rows], "trial", 1), kind="stable")
        rows = rows[order][: len(rows) // arms * arms]
    if len(rows) == 0:
        return [], tried
    chosen = np.tile(np.tile(rows, arms) if trial.same_people else rows, times)
    readings = {name: value[chosen] for name, value in values.items()}
    own, many = world.of(chosen), arms * times
    n = len(chosen) // many
    other_luck(own.people, np.arange(len(chosen)) // (n * arms), seed)
    ledger = _ledger(trial, own, times)
    until, left = _observed(trial, world.people.key[chosen], seed)
    arm_of = lambda k: block(trial.arms[k % arms].name, ledger, own.people.set_of, readings, until, left, slice(k * n, (k + 1) * n))
    return [arm_of(k) for k in range(many)], tried


def _found(trial: Trial, seed: int, size: int, part: int, version: Version) -> World:
    """One group on the day of screening, some time after the finding of their bone metastases."""
    keys = np.arange(part * size, (part + 1) * size)
    low, high = trial.since_finding_months
    before = round((low + (high - low) * _spread(part)) * DAYS_A_MONTH)
    world = newly_found(trial.people, keys, seed, version.numbers(), -before, trial.traits)
    _in_its_years(trial, world)
    background = plans.as_policy(Plan("background", withhold=trial.withhold))
    world.live(background, 0)
    return world


def _in_its_years(trial: Trial, world: World) -> None:
    """What people could have, and how many took it, then and there."""
    chart = world.chart
    chart.unavailable, chart.year, chart.untreated_seen = trial.unavailable, trial.year, trial.untreated_seen


def _ledger(trial: Trial, world: World, times: int) -> Ledger:
    """What befalls the people of all arms, in equal blocks of rows, `times` over, to the end of the trial."""
    ledger = Ledger(len(world.people.key), trial.visits)
    ledger.open(world, PLACES[trial.place](world.chart))
    policies = [_policy(trial, arm) for arm in trial.arms] * times
    seen = _visits_of(trial)
    stops = {day for day in (0, STEADY, *seen, *trial.visits) if day < trial.days} | {trial.days}
    for day, until in itertools.pairwise(sorted(stops)):
        if day in seen:
            world.next_visit[:] = day
            screening.sample(world)
        world.live(policies, until)
        if until in trial.visits:
            screening.sample(world, trial.tests_at_visits)
        ledger.watch(world)
    return ledger


def _spread(k: int) -> float:
    """The k-th point of van der Corput's sequence: any number of groups is spread evenly between 0 and 1."""
    out, share = 0.0, 0.5
    k += 1
    while k:
        out, k, share = out + share * (k & 1), k >> 1, share / 2
    return out


def _screened(trial: Trial, world: World) -> dict[str, np.ndarray]:
    """What the chart says after the visit and the tests of the screening."""
    screening.examine(world)
    screening.sample(world, trial.tests)
    return screening.readings(world.chart)


def _meets(entry: tuple[Criterion, ...], values: dict[str, np.ndarray]) -> np.ndarray:
    """Mask of the people who meet every criterion."""
    return np.logical_and.reduce([np.ones(len(values["age_years"]), bool), *[one.met(values[one.what]) for one in entry]])


def _policy(trial: Trial, arm: Arm) -> plans.Policy:
    plan = arm.plan.without(*trial.withhold, name=arm.plan.name) if arm.plan.care == "standard" else arm.plan
    policy = plans.as_policy(plan, {"systemic"} if arm.later_lines else set())
    if arm.radiation is None and arm.operation is None and not arm.not_given and not arm.later_lines:
        return policy
    return ByProtocol(policy, arm, trial.place)


@dataclass(frozen=True)
class ByProtocol:
    """The arm's policy without the drugs that the protocol bars; and on day 0 what the trial does at its place, instead of what
    care would do there."""

    policy: plans.Policy
    arm: Arm
    place: str

    def __call__(self, chart: Chart) -> tuple[Order, ...]:
        """The orders for everybody on the chart."""
        given = tuple(_at_once(order) for order in self.policy(chart) if not self._bars(order))
        if self.arm.later_lines:
            given = tuple(self._afterwards(order, chart) for order in given)
        first = np.broadcast_to(chart.day == 0, len(chart))
        return self._treated(chart, given, first) if first.any() else given

    def _bars(self, order: Order) -> bool:
        return order.verb == "start" and order.by == "standard" and order.what in self.arm.not_given

    def _afterwards(self, order: Order, chart: Chart) -> Order:
        """What care orders against the cancer waits until the arm's own treatment has failed; that is not begun again."""
        if order.by != "standard" or order.topic != "systemic":
            return order
        own = np.logical_or.reduce([chart.on(planned.what) for planned in self.arm.plan.orders if planned.do == "start"])
        failed = progressing(chart) & (chart.day >= limit("systemic.grace_days"))
        if order.verb == "start" and any(planned.what == order.what for planned in self.arm.plan.orders):
            return order.at(np.zeros(len(chart), bool))
        return order.at(failed | (~own & chart.ever(order.what)) if order.verb in ("start", "stop") else failed)

    def _treated(self, chart: Chart, given: tuple[Order, ...], first: np.ndarray) -> tuple[Order, ...]:
        place = np.where(first, PLACES[self.place](chart), -1)
        said = {"by": "plan", "rule": "trial", "why": "the trial's treatment", "within_hours": 1.0}
        own = []
        if self.arm.operation is not None:
            own.append(Treat(self.arm.operation, place >= 0, place, topic="surgery", **said))
        if (course := self.arm.radiation) is not None:
            own.append(Treat(
                "radiotherapy", place >= 0, place, dose_gy=course.dose_gy, fractions=course.fractions,
                technique=TECHNIQUES.index(course.technique), topic="radiotherapy", **said,
            ))  # fmt: skip
        elsewhere = [o if o.verb != "treat" or o.site is None else o.at(~first | (o.site != place)) for o in given]
        return together(own, elsewhere)

    def on_call(self) -> ByProtocol:
        """The same between clinics."""
        return replace(self, policy=self.policy.on_call())


def _at_once(order: Order) -> Order:
    """What a protocol orders is given on the day, without the waiting time of ordinary care."""
    return order.but(within_hours=1.0) if order.by == "plan" else order


def _visits_of(trial: Trial) -> set[int]:
    """Days on which the protocol sees everybody: when an arm's plan begins something, and when it gives the next dose."""
    days = {0}
    for arm in trial.arms:
        days |= set(plans.days_of(arm.plan))
        for order in arm.plan.orders:
            if order.every_weeks:
                days |= set(range(int(order.day), trial.days, round(7 * order.every_weeks)))
    return days


def _observed(trial: Trial, keys: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Last day on which survival, and on which events, are seen: those who entered late are followed for less, and some
    leave."""
    draw = lambda k: luck.uniform(seed, keys, "trial", k)
    until = trial.days - np.floor(draw(2) * trial.accrual_months * DAYS_A_MONTH)
    rate = trial.drop_out_per_year / 365.25
    stays = -np.log(draw(3)) / rate if rate > 0.0 else np.full(len(keys), np.inf)
    return until, np.minimum(until, np.ceil(stays))
