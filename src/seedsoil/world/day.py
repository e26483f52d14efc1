"""The loop: observe, decide, act, advance.

Two worlds meet here and nowhere else. The hidden people (`World.people`) are what is true; the chart (`World.chart`) is
what the clinic knows. Tests carry facts from one to the other, orders the other way.

One day: tests whose day has come are read into the chart; people with a visit due, or with a symptom that makes them
call, are examined; the policy reads their charts and gives orders; orders whose waiting time is over are carried out; all
bodies move on by a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from seedsoil.biology.body import Body, Sums
from seedsoil.care import pathway
from seedsoil.care.chart import RELUCTANCE, Chart
from seedsoil.care.orders import Order, side_by_side
from seedsoil.diagnostics import blood, symptoms
from seedsoil.grammar import luck
from seedsoil.treatments import drug
from seedsoil.world import acting, befalling, kernel, observing, parts, populations
from seedsoil.world.parameters import Numbers
from seedsoil.world.records import EVENTS, LESION_EVENTS, SLOTS, Columns, Noticed, People
from seedsoil.world.work_list import (
    BEFALL,
    CLINIC_EVERY,
    DOSE,
    START,
    STOP,
    TEST,
    TREAT,
    WORK,
    chosen,
    in_order,
    joined,
    next_clinic,
    same_thing,
)

Policy = Callable[[Chart], Iterable[Order]]

MOST_EVENTS = len(EVENTS) + len(LESION_EVENTS) * SLOTS  # of one person on one day


@dataclass
class World:
    """People, what the clinic knows of them, and the work under way."""

    people: People
    chart: Chart
    numbers: Numbers
    seed: int
    day: int = 0
    work: np.ndarray = field(default_factory=lambda: np.zeros(0, WORK))
    next_visit: np.ndarray | None = None  # [n] day of the next visit
    nurse_line: bool = True  # somebody answers out of hours; without, who calls may have to call again tomorrow
    course: np.ndarray | None = None  # [n, drugs] number of the running course of a drug, 0 none
    happened: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.int64))  # today's events: person, day, kind, site
    done: np.ndarray = field(default_factory=lambda: np.zeros(0, WORK))  # what was carried out today
    p: Columns | None = None  # each person's parameters; they do not change
    x: Columns | None = None  # each person's traits; they do not either
    set_points: np.ndarray | None = None  # [n, analytes] what is normal for each person, as standard normal scores
    habits: symptoms.Habits | None = None  # signs that each person has had for years
    _log: np.ndarray | None = None

    def __post_init__(self) -> None:
        n = len(self.people.key)
        if self.next_visit is None:
            self.next_visit = np.full(n, self.day, np.int64)
        if self.course is None:
            self.course = np.zeros((n, len(drug.catalogue())), np.int32)
        self.p = Columns(self.numbers.params, self.people.set_of)
        self.x = Columns(self.people.traits)
        if self.set_points is None:
            self.set_points = blood.set_points(self.seed, self.people.origin)
        self._log = np.zeros((n * MOST_EVENTS, 4), np.int64)

    def practise_as_usual(self) -> World:
        """Let care be given as it is in life, where people bear pain and clinics are slow to send: each person's own reluctance
        goes on the chart. Returns the world."""
        which = np.arange(len(RELUCTANCE))[None, :]
        self.chart.reluctance[:] = luck.normal(self.seed, self.people.key[:, None], "reluctance", which, 0)
        return self

    # ---- the four verbs ----------------------------------------------------------------------------------------------

    def step(self, policy: Policy | Sequence[Policy] | None) -> None:
        """One day. Several policies share the people out among them, in equal blocks of rows."""
        self.done = np.zeros(0, WORK)
        if policy is not None:
            due = self.observe()
            if len(due):
                self.take(due, self.decide(policy, due))
        self.act()
        self.advance()

    def observe(self) -> np.ndarray:
        """Who is seen today: visits due and symptoms that make a person call. Their examination goes into the chart."""
        self.chart.day = self.day
        called, grave = observing.calls(self)
        if not self.nurse_line:
            grave &= pathway.answered(luck.uniform(self.seed, self.people.key, "call", 0, self.day))
        # who calls with something grave is seen at once; anything else waits for the next clinic
        self.next_visit[called] = np.minimum(self.next_visit[called], next_clinic(self.day))
        due = np.flatnonzero(self.people.alive & ((self.next_visit <= self.day) | grave))
        if len(due):
            observing.examine(self, due)
        return due

    def decide(self, policy: Policy | Sequence[Policy], due: np.ndarray) -> tuple[Order, ...]:
        """The policy's orders for the people due, all decided before any is applied."""
        view = self.chart.select(due).held()
        policies = (policy,) if callable(policy) else tuple(policy)
        if self.day % CLINIC_EVERY:
            policies = tuple(one.on_call() if hasattr(one, "on_call") else one for one in policies)
        block = -(-len(self.people.key) // len(policies))
        orders = side_by_side(policies, due // block, view)
        wait = np.maximum(pathway.next_visit_days(view), 1)
        self.next_visit[due] = np.where(wait < CLINIC_EVERY, self.day + wait, next_clinic(self.day + wait))
        return orders

    def take(self, due: np.ndarray, orders: tuple[Order, ...]) -> None:
        """Put orders on the work list, each with its person's waiting time; what is already there is not ordered twice."""
        rows = acting.work_of(self, due, [order for order in orders if order.acts])
        if len(rows) == 0:
            return
        asked = same_thing(rows)
        first = np.sort(np.unique(asked, return_index=True)[1])
        seen_today = np.zeros(len(self.people.key), bool)
        seen_today[due] = True
        under_way = same_thing(chosen(self.work, seen_today[self.work["person"]]))
        new = first[~np.isin(asked[first], under_way)]
        self.work = joined(self.work, chosen(rows, new))

    def act(self) -> None:
        """Carry out what is due: start and stop drugs, give doses, irradiate, operate, test; and what treatments bring."""
        today = self.work["day"] <= self.day
        if not today.any():
            befalling.draw(self)
            return
        alive = self.people.alive[self.work["person"]]
        rows, self.work = in_order(chosen(self.work, today & alive)), chosen(self.work, ~today & alive)
        acting.stop(self, chosen(rows, rows["verb"] == STOP))
        rows = self.look_again(chosen(rows, acting.still_wanted(self, rows)))
        self.done = rows
        of = lambda verb: chosen(rows, rows["verb"] == verb)
        for verb, call in (
            (START, acting.start), (DOSE, acting.dose), (TREAT, acting.treat), (BEFALL, befalling.befall),
        ):  # fmt: skip
            if len(own := of(verb)):
                call(self, own)
        befalling.draw(self)
        if len(own := of(TEST)):
            observing.test(self, own)

    def look_again(self, rows: np.ndarray) -> np.ndarray:
        """What of today's work is still right as the chart stands on the day it is done."""
        return acting.looked_at_again(self, rows)

    def advance(self, days: int = 1, events: bool = True) -> None:
        """Let `days` pass in every living body."""
        log = self._log if days == 1 else np.zeros((days * len(self._log), 4), np.int64)
        self.happened = advanced(self.people, days, self.day, self.numbers, events, log)
        self.day += days

    # ---- readings ----------------------------------------------------------------------------------------------------

    def body(self) -> Body:
        """The bodies, one array a field."""
        return Body(*self.people.body.T)

    def params_of(self, rows: np.ndarray) -> Columns:
        """The numbers of the model as they are for these people."""
        return Columns(self.numbers.params, self.people.set_of[rows])

    def sums(self) -> Sums:
        """What lesions add up to, one array a field."""
        return Sums(*self.people.sums.T)

    def noticed(self) -> Noticed:
        """What people noticed at the end of yesterday, one array a field."""
        return Noticed(*self.people.noticed.T)

    def clinical_fractures(self) -> np.ndarray:
        """Rows of the people with a fracture today that they notice, of bones with and without tumour."""
        return np.unique(self.events_of("fracture_load", "fracture_fall", "vertebra", "hip")[:, 0])

    def events_of(self, *kinds: str) -> np.ndarray:
        """Today's events of these kinds."""
        wanted = np.array([kind in kinds for kind in EVENTS])
        return self.happened[wanted[self.happened[:, 2]]]


def advanced(people: People, days: int, day: int, numbers: Numbers, events: bool, log: np.ndarray) -> np.ndarray:
    """Advance people and return the events, in the order of the people. `log` has room for the events of all."""
    room = len(log) // max(len(people.key), 1)

    def one(some: People, rows: slice) -> np.ndarray:
        own = log[rows.start * room : rows.stop * room]
        written = kernel.advance(some, days, day, *numbers, populations.site_weights(), events, own)
        own[:written, 0] += rows.start
        return own[:written].copy()

    return np.concatenate(parts.each(people, one))
