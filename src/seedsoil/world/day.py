"""The loop: observe, decide, act, advance.

Two worlds meet here and nowhere else. The hidden people (`World.people`) are what is true; the chart (`World.chart`) is
what the clinic knows. Tests carry facts from one to the other, orders the other way.

One day of one person: tests whose day has come are read into the chart; with a visit due, or with a symptom that makes
them call, they are examined; the policy reads their chart and gives orders; orders whose waiting time is over are carried
out; the body moves on by a day. People do not meet, so each goes on at their own pace: from one day on which the clinic
has something to do with them to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from seedsoil.biology.body import Body, Sums
from seedsoil.care import pathway
from seedsoil.care.chart import Chart
from seedsoil.care.orders import Order, side_by_side
from seedsoil.diagnostics import blood, symptoms
from seedsoil.grammar import luck
from seedsoil.treatments import drug
from seedsoil.world import acting, befalling, kernel, observing, parts, people, populations, records, waiting
from seedsoil.world.pace import SIGNS, UNKNOWN, Pace, straight
from seedsoil.world.parameters import Numbers
from seedsoil.world.records import EVENTS, Columns, Noticed, People
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
)

Policy = Callable[[Chart], Iterable[Order]]
Look = Callable[["World", np.ndarray], None]  # the world, and rows of people who have come to a pause
NO_DAYS = np.zeros(0, np.int64)

NO_EVENTS, NO_TURNS, NO_WORK = np.zeros((0, 4), np.int64), np.zeros((0, 3), np.int64), np.zeros(0, WORK)
FAR = np.iinfo(np.int64).max


@dataclass
class World:
    """People, what the clinic knows of them, and the work under way."""

    people: People
    chart: Chart
    numbers: Numbers
    seed: int
    day: int = 0
    work: np.ndarray = field(default_factory=lambda: NO_WORK.copy())
    next_visit: np.ndarray | None = None  # [n] day of the next visit
    nurse_line: bool = True  # somebody answers out of hours; without, who calls may have to call again tomorrow
    course: np.ndarray | None = None  # [n, drugs] number of the running course of a drug, 0 none
    happened: np.ndarray = field(default_factory=lambda: NO_EVENTS.copy())  # of the last stretch: person, day, kind, site
    turns: np.ndarray = field(default_factory=lambda: NO_TURNS.copy())  # person, day, the conditions from that evening on
    done: np.ndarray = field(default_factory=lambda: NO_WORK.copy())  # what was carried out in the last stretch
    standing: np.ndarray | None = None  # [n] conditions of last evening, bits of `pace.CONDITIONS`; None: not followed
    today: np.ndarray | None = None  # [n] each person's own day, while people go on at their own pace
    p: Columns | None = None  # each person's parameters; they do not change
    x: Columns | None = None  # each person's traits; they do not either
    sites: Columns | None = None  # the bones
    set_points: np.ndarray | None = None  # [n, analytes] what is normal for each person, as standard normal scores
    habits: symptoms.Habits | None = None  # signs that each person has had for years

    def __post_init__(self) -> None:
        n = len(self.people.key)
        if self.next_visit is None:
            self.next_visit = np.full(n, self.day, np.int64)
        if self.course is None:
            self.course = np.zeros((n, len(drug.catalogue())), np.int16)
        self.p = Columns(self.numbers.params, self.people.set_of)
        self.x = Columns(self.people.traits)
        self.sites = Columns(self.numbers.sites)
        if self.set_points is None:
            self.set_points = blood.set_points(self.seed, self.people.origin).astype(np.float32)

    def practise_as_usual(self) -> World:
        """Let care be given as it is in life, where people bear pain and clinics are slow to send: each person's own reluctance
        goes on the chart. Returns the world."""
        self.chart.reluctance[:] = people.reluctance(self.people, self.seed)
        return self

    def follow(self) -> None:
        """Write down from now on, in `turns`, when the conditions begin and end that studies count (`pace.CONDITIONS`)."""
        self.standing = np.full(len(self.people.key), UNKNOWN)

    # ---- time passes ---------------------------------------------------------------------------------------------------

    def step(self, policy: Policy | Sequence[Policy] | None) -> None:
        """One day of everybody."""
        self.live(policy, self.day + 1)

    def live(
        self, policy: Policy | Sequence[Policy] | None, until: int, pauses: Sequence[int] = (), look: Look | None = None
    ) -> None:
        """Let everybody live until the morning of day `until`; all who have come to a day on which the clinic has something to
        do with them are seen together, each on a day of their own. Several policies share the people out among them, in
        equal blocks of rows; with None nobody is seen, and what stands on the work list is done. What befell people, and what
        was done, is then in `happened`, `turns` and `done`.

        `look` is shown the world, and the rows of the living who have come to the morning of one of the days `pauses` after
        today and before `until`: each person once a pause, on a day of their own (`day_of`). Nothing hangs on it."""
        pauses = np.array(sorted({day for day in pauses if self.day < day < until}), np.int64)
        pace = self._set_out(policy is not None, until, pauses)
        self.today = self.chart.day = pace.today
        happened, turns, done = [], [], []
        while True:
            for several, found in zip((happened, turns), carried(self.people, pace, self.numbers), strict=True):
                several.append(found)
            rows = np.flatnonzero(self.people.alive & (pace.today < until))
            if len(rows) == 0:
                break
            if look is not None and len(here := rows[np.isin(pace.today[rows], pauses)]):
                look(self, here)
            if policy is not None:
                due = self.observe(rows[pace.tells[rows]], rows)
                if len(due):
                    self.take(due, self.decide(policy, due))
            self.act(rows)
            done.append(self.done)
            self._go_on(pace, rows, until, pauses)
        self.work = chosen(self.work, self.people.alive[self.work["person"]])  # the dead wait for nothing
        self.day, self.today, self.chart.day = until, None, until - 1
        self.happened, self.turns = (_by_day(np.concatenate(rows)) for rows in (happened, turns))
        done = joined(NO_WORK, *done)
        self.done = chosen(done, np.argsort(done["day"], kind="stable"))

    def _set_out(self, cared_for: bool, until: int, pauses: np.ndarray = NO_DAYS) -> Pace:
        """Everybody on the morning of today, with nothing done yet."""
        numbers, most = befalling.lasting()
        n = len(self.people.key)
        pace = straight(self.people, self.day, until - self.day)._replace(
            listens=cared_for, seed=self.seed, draws=numbers, most=most, until=np.zeros((n, len(numbers)), np.int64),
            follows=self.standing is not None, standing=np.full(n, UNKNOWN) if self.standing is None else self.standing,
        )  # fmt: skip
        self._plan(pace, np.arange(n), until, pauses)
        return pace

    def _go_on(self, pace: Pace, rows: np.ndarray, until: int, pauses: np.ndarray) -> None:
        """The clinic is done with today for these people."""
        pace.seen[rows], pace.halted[rows] = True, False
        self._plan(pace, rows, until, pauses)
        pace.stop[rows] = np.maximum(pace.stop[rows], pace.today[rows] + 1)

    def _plan(self, pace: Pace, rows: np.ndarray, until: int, pauses: np.ndarray) -> None:
        """When something is due next for these people, and what may bring them before."""
        ends = np.append(pauses, until)
        first = waiting.first_days(self.work, len(self.people.key), FAR)
        pace.stop[rows] = np.minimum(first[rows], ends[np.searchsorted(pauses, pace.today[rows], side="right")])
        if pace.listens:
            pace.stop[rows] = np.minimum(pace.stop[rows], self.next_visit[rows])
            pace.told[rows] = np.nan_to_num(self.chart.symptom("pain_worst")[rows])
            told = observing.signs_told(self.chart, rows)
            pace.knows[rows] = sum(told[sign].astype(np.int64) << bit for bit, sign in enumerate(SIGNS))
            pace.known_break[rows] = observing.break_known_until(self.chart, rows)
        clinic = rows[next_clinic(pace.today[rows] + pace.seen[rows]) < pace.stop[rows]]
        pace.until[clinic] = befalling.lasts_until(self, clinic)

    def advance(self, days: int = 1, events: bool = True) -> None:
        """Let `days` pass in every living body, without a clinic."""
        pace = straight(self.people, self.day, days)
        if self.standing is not None:
            pace = pace._replace(follows=True, standing=self.standing)
        found = carried(self.people, pace, self.numbers, events)
        self.happened, self.turns = (_by_day(rows) for rows in found)
        self.day += days

    def day_of(self, rows: np.ndarray) -> np.ndarray:
        """Today of each of these people [m]."""
        return np.full(len(rows), self.day) if self.today is None else self.today[rows]

    # ---- the clinic --------------------------------------------------------------------------------------------------

    def observe(self, asked: np.ndarray | None = None, rows: np.ndarray | None = None) -> np.ndarray:
        """Who of `rows` (everybody alive, unless said) is seen today: visits due, and symptoms that make a person call, among
        those `asked` for them. Their examination goes into the chart."""
        if rows is None:
            self.chart.day = self.day
            rows = asked = np.flatnonzero(self.people.alive)
        asked = asked[self.next_visit[asked] > self.day_of(asked)]  # who comes anyway need not call
        called, grave = observing.calls(self, asked)
        today = self.day_of(asked)
        if not self.nurse_line:
            grave &= pathway.answered(luck.uniform(self.seed, self.people.key[asked], "call", 0, today))
        # who calls with something grave is seen at once; anything else waits for the next clinic
        self.next_visit[asked[called]] = np.minimum(self.next_visit[asked], next_clinic(today))[called]
        at_once = np.zeros(len(self.people.key), bool)
        at_once[asked[grave]] = True
        due = rows[(self.next_visit[rows] <= self.day_of(rows)) | at_once[rows]]
        if len(due):
            observing.examine(self, due)
        return due

    def decide(self, policy: Policy | Sequence[Policy], due: np.ndarray) -> tuple[Order, ...]:
        """The policy's orders for the people due, all decided before any is applied."""
        view = self.chart.reading(due)
        policies = (policy,) if callable(policy) else tuple(policy)
        arm, today = due // -(-len(self.people.key) // len(policies)), self.day_of(due)
        between = today % CLINIC_EVERY != 0
        if between.any() and any(hasattr(one, "on_call") for one in policies):
            arm = arm + len(policies) * between
            policies += tuple(one.on_call() if hasattr(one, "on_call") else one for one in policies)
        orders = side_by_side(policies, arm, view)
        wait = np.maximum(pathway.next_visit_days(view), 1)
        self.next_visit[due] = np.where(wait < CLINIC_EVERY, today + wait, next_clinic(today + wait))
        return orders

    def take(self, due: np.ndarray, orders: tuple[Order, ...]) -> None:
        """Put orders on the work list, each with its person's waiting time; what is already there is not ordered twice."""
        rows = acting.work_of(self, due, [order for order in orders if order.acts])
        if len(rows) == 0:
            return
        many, seen_today = len(self.people.key), np.zeros(len(self.people.key), bool)
        seen_today[due] = True
        under_way = chosen(self.work, seen_today[self.work["person"]])
        self.work = joined(self.work, chosen(rows, waiting.new(rows, under_way, many)))

    def act(self, rows: np.ndarray | None = None) -> None:
        """Carry out what is due for `rows` (everybody alive, unless said): start and stop drugs, give doses, irradiate, operate,
        test; and what treatments bring."""
        here = np.zeros(len(self.people.key), bool)
        here[np.flatnonzero(self.people.alive) if rows is None else rows] = True
        here &= self.people.alive
        today = here[self.work["person"]] & (self.work["day"] <= self.day_of(self.work["person"]))
        due = in_order(chosen(self.work, today))
        self.work = chosen(self.work, ~today & self.people.alive[self.work["person"]])
        acting.stop(self, chosen(due, due["verb"] == STOP))
        due = self.look_again(chosen(due, acting.still_wanted(self, due))) if len(due) else due
        due["day"] = self.day_of(due["person"])
        due["pain"] = self.chart.symptom("pain_worst")[due["person"]]
        self.done = due
        of = lambda verb: chosen(due, due["verb"] == verb)
        for verb, call in (
            (START, acting.start), (DOSE, acting.dose), (TREAT, acting.treat), (BEFALL, befalling.befall),
        ):  # fmt: skip
            if len(own := of(verb)):
                call(self, own)
        befalling.draw(self, np.flatnonzero(here))
        if len(own := of(TEST)):
            observing.test(self, own)

    def look_again(self, rows: np.ndarray) -> np.ndarray:
        """What of today's work is still right as the chart stands on the day it is done."""
        return acting.looked_at_again(self, rows)

    def of(self, rows: np.ndarray) -> World:
        """The people of `rows`, who may come several times, in a world of their own with the same luck and the work under way."""
        order = np.argsort(rows, kind="stable")
        first, last = (np.searchsorted(rows[order], self.work["person"], side) for side in ("left", "right"))
        work = np.repeat(self.work, last - first)
        within = np.arange(len(work)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
        work["person"] = order[np.repeat(first, last - first) + within]
        return World(
            people=records.rows(self.people, rows), chart=self.chart.select(rows), numbers=self.numbers, seed=self.seed,
            day=self.day, work=work, next_visit=self.next_visit[rows].copy(), nurse_line=self.nurse_line,
            course=self.course[rows].copy(),
        )  # fmt: skip

    @staticmethod
    def joined(worlds: Sequence[World]) -> World:
        """The people of several worlds of one day, with the same numbers and luck, as one world."""
        before = np.cumsum([0, *(len(one.people.key) for one in worlds[:-1])])
        work = np.concatenate([one.work for one in worlds])
        work["person"] += np.repeat(before, [len(one.work) for one in worlds])
        every = lambda name: np.concatenate([getattr(one, name) for one in worlds])
        return World(
            people=records.joined([one.people for one in worlds]), chart=Chart.joined([one.chart for one in worlds]),
            numbers=worlds[0].numbers, seed=worlds[0].seed, day=worlds[0].day, work=work, next_visit=every("next_visit"),
            nurse_line=worlds[0].nurse_line, course=every("course"),
        )  # fmt: skip

    # ---- readings ----------------------------------------------------------------------------------------------------

    def body(self) -> Body:
        """The bodies, one array a field."""
        return Body(*self.people.body.T)

    def sums(self) -> Sums:
        """What lesions add up to, one array a field."""
        return Sums(*self.people.sums.T)

    def noticed(self) -> Noticed:
        """What people noticed at the end of yesterday, one array a field."""
        return Noticed(*self.people.noticed.T)

    def clinical_fractures(self) -> np.ndarray:
        """Rows of the people with a fracture in the last stretch that they notice, of bones with and without tumour."""
        return np.unique(self.events_of("fracture_load", "fracture_fall", "vertebra", "hip")[:, 0])

    def events_of(self, *kinds: str) -> np.ndarray:
        """Events of these kinds in the last stretch."""
        wanted = np.array([kind in kinds for kind in EVENTS])
        return self.happened[wanted[self.happened[:, 2]]]


def carried(people: People, pace: Pace, numbers: Numbers, events: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Carry people on until each has halted; the events and the turns, in the order of the people."""
    if kernel.NAME == "cuda":  # which takes all at once
        return kernel.carried(people, pace, *numbers[:3], populations.site_weights(), events)

    def one(some: People, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        found = kernel.carried(some, pace.part(rows), *numbers[:3], populations.site_weights(), events)
        for rows_of in found:
            rows_of[:, 0] += rows.start
        return found

    happened, turns = zip(*parts.each(people, one), strict=True)
    return np.concatenate(happened), np.concatenate(turns)


def _by_day(rows: np.ndarray) -> np.ndarray:
    """Rows of person, day, ... in the order of the days, and of the people within a day."""
    return rows[np.lexsort([rows[:, 0], rows[:, 1]])]
