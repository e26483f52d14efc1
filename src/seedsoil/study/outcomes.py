"""What happens to each person, day by day, in the words a forecast uses."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from seedsoil.biology.body import Body, Effects, Sums
from seedsoil.grammar.tables import table
from seedsoil.treatments import drug
from seedsoil.world import acting
from seedsoil.world.day import DOSE, START, TREAT, World

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
SKELETAL = ("fracture", "cord_compression", "radiotherapy", "surgery")  # what counts as a skeletal event
STATES = ("pain", "pain_controlled", "walking", "haemoglobin", "opioid_dose", "utility")
DAYS = ("days_home", "days_alive", "days_walking")  # counted from the start; of the dead too


def limit(name: str) -> float:
    """A threshold of the outcome definitions."""
    return table("outcomes.toml")[name].value


@dataclass
class Record:
    """First days of events, states at the marks, of n people. NaN = has not happened, or is not alive."""

    n: int
    marks: tuple[int, ...]  # days
    blocks: int = 1  # equal blocks of rows that are looked at apart
    first: dict[str, np.ndarray] = field(default_factory=dict)
    at_mark: dict[str, np.ndarray] = field(default_factory=dict)
    used: list[set[str]] = field(default_factory=list)  # drugs and local treatments given, by block
    death: np.ndarray | None = None
    away: np.ndarray | None = None  # days in hospital still to go
    days: dict[str, np.ndarray] = field(default_factory=dict)  # days so far of each kind that is counted

    def __post_init__(self) -> None:
        self.used = [set() for _ in range(self.blocks)]
        self.first = {name: np.full(self.n, np.nan) for name in EVENTS}
        self.at_mark = {name: np.full((self.n, len(self.marks)), np.nan) for name in STATES + DAYS}
        self.death, self.away = np.full(self.n, np.nan), np.zeros(self.n)
        self.days = {name: np.zeros(self.n) for name in DAYS}

    def watch(self, world: World) -> None:
        """Take down the day that has just passed."""
        people, day = world.people, world.day
        alive = people.alive
        died = ~alive & np.isnan(self.death)
        self.death[died] = day
        body, sums = world.body(), world.sums()
        rx = Effects(*people.last_effect.T)
        pain = world.noticed().usual_pain
        self._events(world, body, sums, alive)
        self.away = np.maximum(self.away - 1.0, 0.0)
        walking, calm = walks(body, sums), pain <= limit("pain_controlled")
        for name, today in (("days_home", (self.away == 0.0) & calm), ("days_alive", True), ("days_walking", walking)):
            self.days[name] += alive & today
        if day in self.marks:
            k = self.marks.index(day)
            now = {
                "pain": pain, "pain_controlled": calm, "walking": walking, "haemoglobin": body.haemoglobin,
                "opioid_dose": rx.opioid, "utility": utility(pain, walking, body.function),
            }  # fmt: skip
            for name, value in now.items():
                self.at_mark[name][alive, k] = np.asarray(value, dtype=float)[alive]
            for name in DAYS:
                self.at_mark[name][:, k] = self.days[name]

    def _events(self, world: World, body: Body, sums: Sums, alive: np.ndarray) -> None:
        """First days of the events, and the days in hospital they cost."""
        broken = world.clinical_fractures()
        self._note("fracture", broken, world.day, "fracture")
        self._note("cord_compression", np.flatnonzero(alive & (sums.cord_deficit > limit("cord_deficit"))), world.day, "cord")
        self._note("hypercalcaemia", np.flatnonzero(alive & (body.calcium > limit("hypercalcaemia"))), world.day, "calcium")
        verb = world.done["verb"]
        treated, begun = world.done[verb == TREAT], world.done[(verb == START) | (verb == DOSE)]
        for names, rows in ((acting.treatments(), treated), (tuple(drug.catalogue()), begun)):
            block = rows["person"].astype(int) * self.blocks // self.n
            for number in np.unique(block * len(names) + rows["what"]):
                self.used[number // len(names)].add(names[number % len(names)])
        rays = treated["what"] == acting.treatments().index(acting.RADIOTHERAPY)
        self._note("radiotherapy", treated["person"][rays], world.day, None)
        self._note("surgery", treated["person"][~rays], world.day, "surgery")

    def block(self, k: int) -> Record:
        """The record of one block of people."""
        size = self.n // self.blocks
        rows = slice(k * size, (k + 1) * size)
        out = Record(size, self.marks)
        out.used = [self.used[k]]
        out.first = {name: days[rows] for name, days in self.first.items()}
        out.at_mark = {name: values[rows] for name, values in self.at_mark.items()}
        out.death, out.away = self.death[rows], self.away[rows]
        out.days = {name: days[rows] for name, days in self.days.items()}
        return out

    def _note(self, name: str, who: np.ndarray, day: int, stay: str | None) -> None:
        if len(who) == 0:
            return
        new = np.unique(who[np.isnan(self.first[name][who])])
        self.first[name][new] = day
        if stay:
            self.away[new] = np.maximum(self.away[new], limit(f"stay_{stay}"))

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
