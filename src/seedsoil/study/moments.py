"""People who enter a trial on the day something is found or done in them: a pressed cord, a high calcium, a broken bone, pain
that is sent for radiotherapy.

Nobody is placed: many people newly found to have bone metastases live under background care, and those in whom the moment
comes are taken as they are on that day, which becomes day 0 of the trial; who is sent for radiotherapy, on the day of the slot,
by when the painkillers that the same visit began or raised have their effect. Trials of the same people under the same care take
theirs from the same run.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from seedsoil.care import criteria
from seedsoil.care.chart import DAY_FIELDS, NEVER, Chart
from seedsoil.care.guidelines.radiotherapy import painful_metastasis
from seedsoil.care.plan import Plan
from seedsoil.diagnostics.truth import number
from seedsoil.grammar.tables import table
from seedsoil.study import plans
from seedsoil.study.newcomers import Part, newly_found
from seedsoil.study.outcomes import DAYS_A_MONTH, limit
from seedsoil.world import records, work_list
from seedsoil.world.day import World
from seedsoil.world.parameters import TYPICAL, Version

FEW, MANY = 2000, 300  # people who live side by side until the moment comes: in few of them, in many
KEPT = 64  # parts of such runs that are remembered for other trials
NOT_YET = 10**6  # day
GAP_DAYS = 14  # a symptom that is away for no longer has not gone
FELT_PAIN = 2.0  # of 10


def _pressed_cord(chart: Chart) -> np.ndarray:
    """MRI shows the cord pressed, and it has not been treated."""
    return criteria.cord_place(chart) >= 0


def _high_calcium(chart: Chart) -> np.ndarray:
    """Corrected calcium, measured today or yesterday, as high as trials of its treatment ask."""
    return (chart.latest("calcium_corrected") >= limit("hypercalcaemia_event")) & (chart.age_of("calcium_corrected") <= 1)


def _sent_for_radiotherapy(chart: Chart) -> np.ndarray:
    """A visit today or yesterday with pain at a metastasis that practice sends for radiotherapy."""
    return painful_metastasis(chart) & criteria.turned_to_radiotherapy(chart) & (chart.tested("examination") <= 1)


def _broken_bone(chart: Chart) -> np.ndarray:
    """A bone is found broken through a metastasis."""
    return (chart.lesions() & (chart.lesion("fractured") <= 1)).any(axis=1)


def _operated_spine(chart: Chart) -> np.ndarray:
    """A metastasis in the spine is operated on."""
    return ((chart.lesion("fixed") <= 1) & criteria.in_the("spine", chart.site)).any(axis=1)


MOMENTS: dict[str, Callable[[Chart], np.ndarray]] = {
    "cord_compression": _pressed_cord, "hypercalcaemia": _high_calcium, "sent_for_radiotherapy": _sent_for_radiotherapy,
    "fracture": _broken_bone, "spine_operation": _operated_spine,
}  # fmt: skip

# What the moment is followed by: the usual wait, in days, until day 0.
WAITS: dict[str, Callable[[], float]] = {"sent_for_radiotherapy": lambda: table("care", "waiting.toml")["treat_radiotherapy"].value}

# How long something had been there by the moment, in days, from the finding of the bone metastases on: what people tell when
# they are asked. Readings of such a trial, beside those of the chart.
SINCE: dict[str, Callable[[World], np.ndarray]] = {
    "pain_days": lambda world: world.noticed().worst_pain >= FELT_PAIN,
    "weakness_days": lambda world: world.sums().cord_deficit > limit("cord_deficit"),
    "paraplegia_days": lambda world: world.sums().cord_deficit >= limit("paraplegia"),
    "numbness_days": lambda world: world.sums().cord_deficit > number("symptoms", "sensory_loss.half"),
}


@dataclass(frozen=True)
class Living:
    """Who lives under which care, for how long, until which moment."""

    people: tuple[Part, ...]
    withhold: tuple[str, ...]
    unavailable: frozenset[str]
    year: float
    untreated_seen: float
    traits: tuple[tuple[str, float], ...]
    moment: str
    months: float

    @property
    def together(self) -> int:
        """How many live side by side in one part."""
        return MANY if self.moment == "sent_for_radiotherapy" else FEW


@dataclass
class Course:
    """Since when each symptom has been there, and when it was last there [n]."""

    n: int
    began: dict[str, np.ndarray] = field(default_factory=dict)
    last: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.began = {name: np.full(self.n, np.nan) for name in SINCE}
        self.last = {name: np.full(self.n, -np.inf) for name in SINCE}

    def watch(self, name: str, day: int, there: np.ndarray) -> None:
        """Take down on whom a symptom is today."""
        new = there & (day - self.last[name] > GAP_DAYS)
        self.began[name][new] = day
        self.last[name][there] = day

    def days(self, name: str, day: int, rows: np.ndarray) -> np.ndarray:
        """For how long each of these people has had it; -1 where it is not there."""
        there = day - self.last[name][rows] <= GAP_DAYS
        return np.where(there, day - self.began[name][rows], -1.0)


@functools.lru_cache(maxsize=KEPT)
def arrivals(living: Living, seed: int, part: int, version: Version = TYPICAL) -> tuple[World | None, dict[str, np.ndarray]]:
    """The people of one part in whom the moment came, each on that day, and how long what they had had been there. None where it
    came in nobody. The world belongs to everybody who asks: take people `of` it."""
    keys = np.arange(part * living.together, (part + 1) * living.together)
    first = -round(living.months * DAYS_A_MONTH)
    world = newly_found(living.people, keys, seed, version.numbers(), first, dict(living.traits))
    chart = world.chart
    chart.unavailable, chart.year, chart.untreated_seen = living.unavailable, living.year, living.untreated_seen
    background = plans.as_policy(Plan("background", withhold=living.withhold))
    course, wait = Course(len(keys)), round(WAITS.get(living.moment, lambda: 0.0)())
    day_0 = np.full(len(keys), NOT_YET)
    came: list[World] = []
    since: dict[str, list[np.ndarray]] = {name: [] for name in SINCE}
    while world.day < 0:
        world.step(background)
        for name, there in SINCE.items():
            course.watch(name, world.day, there(world))
        world.chart.day = world.day
        day_0[(day_0 == NOT_YET) & world.people.alive & MOMENTS[living.moment](world.chart)] = world.day + wait
        rows = np.flatnonzero((day_0 == world.day) & world.people.alive)
        if len(rows) == 0:
            continue
        came.append(begun_anew(world.of(rows)))
        for name in SINCE:
            since[name].append(course.days(name, world.day, rows))
    if not came:
        return None, {}
    return side_by_side(came), {name: np.concatenate(days) for name, days in since.items()}


def begun_anew(world: World) -> World:
    """The same people with today as day 0."""
    shift = world.day
    chart = replace(world.chart, day=0, born=world.chart.born - shift, **{
        name: np.where(days == NEVER, NEVER, days - shift).astype(days.dtype)
        for name, days in ((name, getattr(world.chart, name)) for name in DAY_FIELDS)
    })  # fmt: skip
    work = world.work.copy()
    work["day"] -= shift
    return World(
        people=world.people, chart=chart, numbers=world.numbers, seed=world.seed, work=work,
        next_visit=world.next_visit - shift, course=world.course,
    )  # fmt: skip


def side_by_side(worlds: list[World]) -> World:
    """The people of several worlds of the same day in one, in order."""
    first = worlds[0]
    starts = np.cumsum([0, *[len(world.people.key) for world in worlds]])
    work = [world.work.copy() for world in worlds]
    for rows, start in zip(work, starts, strict=False):
        rows["person"] += start
    every = {name: [world.chart.arrays()[name] for world in worlds] for name in first.chart.arrays()}
    return World(
        people=records.joined([world.people for world in worlds]),
        chart=replace(first.chart, **{name: np.concatenate(values) for name, values in every.items()}),
        numbers=first.numbers, seed=first.seed, day=first.day, work=work_list.joined(*work),
        next_visit=np.concatenate([world.next_visit for world in worlds]),
        course=np.concatenate([world.course for world in worlds]),
    )  # fmt: skip
