"""What happens to each person, day by day, in the words a forecast uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from seedsoil.biology.body import Body, Effects, Sums
from seedsoil.grammar.tables import table
from seedsoil.study.spells import Spells, has
from seedsoil.treatments import drug
from seedsoil.world import acting
from seedsoil.world.day import DOSE, START, TREAT, World
from seedsoil.world.records import DEATHS, Noticed
from seedsoil.world.records import EVENTS as LOGGED

MONTHS = (3, 6, 12, 24, 36)
DAYS_A_MONTH = 30.4375

# Outcome -> unit. Those "per 100" are of all people who start; the others are means of those alive.
OUTCOMES = {
    "alive": "per 100", "pain": "0-10", "pain_controlled": "per 100", "fracture": "per 100",
    "cord_compression": "per 100", "radiotherapy": "per 100", "surgery": "per 100", "skeletal_event": "per 100",
    "hypercalcaemia": "per 100", "walking": "per 100", "haemoglobin": "g/dL", "opioid_dose": "mg/day",
    "days_home": "days", "days_alive": "days", "days_walking": "days", "utility": "0-1",
}  # fmt: skip
EVENTS = ("fracture", "cord_compression", "radiotherapy", "surgery", "hypercalcaemia")
FELT = ("fracture_load", "fracture_fall", "vertebra", "hip")  # fractures that people notice
STAYS = {"fracture": "fracture", "cord_compression": "cord", "hypercalcaemia": "calcium", "surgery": "surgery"}  # in hospital
SKELETAL = ("fracture", "cord_compression", "radiotherapy", "surgery")  # what counts as a skeletal event
_DEATHS = [LOGGED.index(name) for name in DEATHS]
STATES = ("pain", "pain_controlled", "walking", "haemoglobin", "opioid_dose", "utility")
DAYS = ("days_home", "days_alive", "days_walking")  # counted from the start; of the dead too


def limit(name: str) -> float:
    """A threshold of the outcome definitions."""
    return table("outcomes.toml")[name].value


def arrived(world: World, rows: np.ndarray, days: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Those of `rows` for whom today is one of some rising `days` [m], and the number of that day for each [m]."""
    today = world.day_of(rows)
    here = np.isin(today, days)
    return rows[here], np.searchsorted(days, today[here])


@dataclass
class Record:
    """First days of events, states at the marks, of n people. NaN = has not happened, or is not alive. Open it on the world, and
    show it the world after every stretch of time; a stretch may be a day. Let it look at people at the marks within one."""

    n: int
    marks: tuple[int, ...]  # days
    blocks: int = 1  # equal blocks of rows that are looked at apart
    first: dict[str, np.ndarray] = field(default_factory=dict)
    at_mark: dict[str, np.ndarray] = field(default_factory=dict)
    used: list[set[str]] = field(default_factory=list)  # drugs and local treatments given, by block
    death: np.ndarray | None = None
    days: dict[str, np.ndarray] = field(default_factory=dict)  # days so far of each kind that is counted
    spells: Spells | None = None

    def __post_init__(self) -> None:
        self.used = [set() for _ in range(self.blocks)]
        self.first = {name: np.full(self.n, np.nan) for name in EVENTS}
        self.at_mark = {name: np.full((self.n, len(self.marks)), np.nan) for name in STATES + DAYS}
        self.death = np.full(self.n, np.nan)
        self.days = {name: np.zeros(self.n) for name in DAYS}

    def open(self, world: World) -> None:
        """Begin to count."""
        world.follow()
        self.spells = Spells(world)

    def watch(self, world: World) -> None:
        """Take down the stretch that has just passed."""
        dead = np.isin(world.happened[:, 2], _DEATHS)
        self.death[world.happened[dead, 0]] = world.happened[dead, 1] + 1
        since = self.spells.day
        who, begin, end, state = self.spells.of(world, self.death)
        self._events(world, who, begin, state)
        for k, mark in enumerate(self.marks):
            if since < mark < world.day:
                self._count(who, begin, np.minimum(end, mark + 1), state, k)
        self._count(who, begin, end, state)
        if world.day in self.marks:
            self.look(world, np.flatnonzero(world.people.alive))
            for name in DAYS:
                self.at_mark[name][:, self.marks.index(world.day)] = self.days[name]

    def _count(self, who: np.ndarray, begin: np.ndarray, end: np.ndarray, state: np.ndarray, mark: int | None = None) -> None:
        """Add the days of these spells to those so far; or say how many they had come to by a mark within the stretch."""
        lasting = np.maximum(end - begin, 0).astype(float)
        kinds = {
            "days_alive": lasting, "days_walking": lasting * has(state, "walking"),
            "days_home": (lasting - self._away(who, begin, end)) * has(state, "calm"),
        }  # fmt: skip
        for name, days in kinds.items():
            so_far = self.days[name] + np.bincount(who, days, minlength=self.n)
            if mark is None:
                self.days[name] = so_far
            else:
                self.at_mark[name][:, mark] = so_far

    def look(self, world: World, rows: np.ndarray) -> None:
        """Take down how the living of `rows` are who stand at a mark today."""
        rows, k = arrived(world, rows, self.marks)
        if len(rows) == 0:
            return
        body, pain = Body(*world.people.body[rows].T), Noticed(*world.people.noticed[rows].T).usual_pain
        walking = walks(body, Sums(*world.people.sums[rows].T))
        now = {
            "pain": pain, "pain_controlled": pain <= limit("pain_controlled"), "walking": walking,
            "haemoglobin": body.haemoglobin, "opioid_dose": Effects(*world.people.last_effect[rows].T).opioid,
            "utility": utility(pain, walking, body.function),
        }  # fmt: skip
        for name, value in now.items():
            self.at_mark[name][rows, k] = value

    def _events(self, world: World, who: np.ndarray, begin: np.ndarray, state: np.ndarray) -> None:
        """First days of the events."""
        broken = world.events_of(*FELT)
        self._note("fracture", broken[:, 0], broken[:, 1] + 1)
        for name, condition in (("cord_compression", "cord_deficit"), ("hypercalcaemia", "hypercalcaemia")):
            on = has(state, condition)
            self._note(name, who[on], begin[on])
        verb = world.done["verb"]
        treated, begun = world.done[verb == TREAT], world.done[(verb == START) | (verb == DOSE)]
        for names, rows in ((acting.treatments(), treated), (tuple(drug.catalogue()), begun)):
            block = rows["person"].astype(int) * self.blocks // self.n
            for number in np.unique(block * len(names) + rows["what"]):
                self.used[number // len(names)].add(names[number % len(names)])
        rays = treated["what"] == acting.treatments().index(acting.RADIOTHERAPY)
        self._note("radiotherapy", treated["person"][rays], treated["day"][rays] + 1)
        self._note("surgery", treated["person"][~rays], treated["day"][~rays] + 1)

    def _note(self, name: str, who: np.ndarray, day: np.ndarray) -> None:
        np.fmin.at(self.first[name], who, day.astype(float))

    def _away(self, who: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Days in hospital within each spell [m]: from the first of each kind of event, one stay at a time."""
        starts = np.stack([np.where(np.isnan(self.first[name]), np.inf, self.first[name]) for name in STAYS])
        ends = starts + np.array([limit(f"stay_{stay}") - 1.0 for stay in STAYS.values()])[:, None]
        order = np.argsort(starts, axis=0, kind="stable")
        starts, ends = np.take_along_axis(starts, order, 0), np.take_along_axis(ends, order, 0)
        away, reached = np.zeros(len(who)), np.full(self.n, -np.inf)
        for start, until in zip(starts, ends, strict=True):
            start = np.maximum(start, reached)
            away += np.maximum(np.minimum(end, until[who]) - np.maximum(begin, start[who]), 0.0)
            reached = np.maximum(reached, until)
        return away

    def block(self, k: int) -> Record:
        """The record of one block of people."""
        size = self.n // self.blocks
        rows = slice(k * size, (k + 1) * size)
        out = Record(size, self.marks)
        out.used = [self.used[k]]
        out.first = {name: days[rows] for name, days in self.first.items()}
        out.at_mark = {name: values[rows] for name, values in self.at_mark.items()}
        out.death = self.death[rows]
        out.days = {name: days[rows] for name, days in self.days.items()}
        return out

    @staticmethod
    def joined(records: Sequence[Record]) -> Record:
        """The records of several groups of people under one plan as one, in order."""
        out = Record(sum(one.n for one in records), records[0].marks)
        every = lambda read: np.concatenate([read(one) for one in records])
        out.used = [set().union(*(one.used[0] for one in records))]
        out.death = every(lambda one: one.death)
        for name in ("first", "at_mark", "days"):
            setattr(out, name, {key: every(lambda one, n=name, k=key: getattr(one, n)[k]) for key in getattr(out, name)})
        return out

    def first_day(self, name: str) -> np.ndarray:
        """First day of an event, or of any skeletal event [n]; NaN where it has not come."""
        if name == "skeletal_event":
            return np.fmin.reduce([self.first[x] for x in SKELETAL])
        return self.first[name]

    def by(self, name: str, mark: int) -> np.ndarray:
        """One outcome of every person at a mark: 0 or 1 for those per 100, else the value (NaN for the dead)."""
        day = self.marks[mark]
        if name == "alive":
            return (np.isnan(self.death) | (self.death > day)).astype(float)
        if name == "skeletal_event" or name in EVENTS:
            return (self.first_day(name) <= day).astype(float)
        value = self.at_mark[name][:, mark]
        return np.nan_to_num(value) if OUTCOMES[name] == "per 100" else value


def walks(body: Body, sums: Sums) -> np.ndarray:
    """Who can walk: strong enough, cord and legs good enough."""
    return (
        (body.function >= limit("walking_function"))
        & (sums.cord_deficit < limit("walking_deficit"))
        & (sums.immobility < limit("walking_immobility"))
    )


def utility(pain: np.ndarray, walking: np.ndarray, function: np.ndarray) -> np.ndarray:
    """Quality of life as the public weighs it, 1 full health, 0 as bad as death: the five questions of EQ-5D answered from pain,
    walking and function (mood left out, as nothing is known of it), and the weights of the British public (Dolan 1997)."""
    weight, at = (lambda name: limit(f"utility.{name}")), (lambda name: limit(f"utility_level.{name}"))
    level = lambda value, some, bad: np.where(value >= bad, 2, np.where(value >= some, 1, 0))
    lost = 1.0 - np.asarray(function)
    answers = {
        "mobility": np.where(walking, (lost >= at("mobility_some")).astype(int), 2),
        "self_care": level(lost, at("self_care_some"), at("self_care_bad")),
        "activities": level(lost, at("activities_some"), at("activities_bad")),
        "pain": level(np.asarray(pain), at("pain_some"), at("pain_bad")),
    }  # fmt: skip
    worst = np.max(list(answers.values()), axis=0)
    loss = np.where(worst > 0, weight("any"), 0.0) + np.where(worst > 1, weight("any_bad"), 0.0)
    for name, answer in answers.items():
        loss = loss + np.choose(answer, [0.0, weight(f"{name}_some"), weight(f"{name}_bad")])
    return 1.0 - loss
