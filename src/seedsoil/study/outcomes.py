"""What happens to each person, day by day, in the words a forecast uses."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from seedsoil.biology import person
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
    "days_home": "days",
}  # fmt: skip
EVENTS = ("fracture", "cord_compression", "radiotherapy", "surgery", "hypercalcaemia")
SKELETAL = ("fracture", "cord_compression", "radiotherapy", "surgery")  # what counts as a skeletal event
STATES = ("pain", "pain_controlled", "walking", "haemoglobin", "opioid_dose", "days_home")


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
    home: np.ndarray | None = None  # days alive, at home, with pain under control

    def __post_init__(self) -> None:
        self.used = [set() for _ in range(self.blocks)]
        self.first = {name: np.full(self.n, np.nan) for name in EVENTS}
        self.at_mark = {name: np.full((self.n, len(self.marks)), np.nan) for name in STATES}
        self.death, self.away, self.home = np.full(self.n, np.nan), np.zeros(self.n), np.zeros(self.n)

    def watch(self, world: World) -> None:
        """Take down the day that has just passed."""
        people, day = world.people, world.day
        alive = people.alive
        died = ~alive & np.isnan(self.death)
        self.death[died] = day
        body, sums = world.body(), world.sums()
        rx = Effects(*people.last_effect.T)
        pain = person.usual_pain(body, world.x, sums, rx, world.p)
        self._events(world, body, sums, alive)
        self.away = np.maximum(self.away - 1.0, 0.0)
        self.home += alive & (self.away == 0.0) & (pain <= limit("pain_controlled"))
        if day in self.marks:
            k = self.marks.index(day)
            now = {
                "pain": pain, "pain_controlled": pain <= limit("pain_controlled"), "walking": walks(body, sums),
                "haemoglobin": body.haemoglobin, "opioid_dose": rx.opioid,
            }  # fmt: skip
            for name, value in now.items():
                self.at_mark[name][alive, k] = np.asarray(value, dtype=float)[alive]
            self.at_mark["days_home"][:, k] = self.home

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
        out.death, out.away, out.home = self.death[rows], self.away[rows], self.home[rows]
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
