"""Side effects: the loop draws them from the table and writes them into the chart on the day they come."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.biology.body import Body, Lesion
from seedsoil.care.chart import NEVER
from seedsoil.care.columns import EVENTS, TESTS
from seedsoil.grammar import luck, skeleton
from seedsoil.grammar.small_numbers import different
from seedsoil.treatments import drug, radiation, side_effects
from seedsoil.treatments.side_effects import Condition, SideEffect
from seedsoil.world import aboard, acting
from seedsoil.world.lasting import until
from seedsoil.world.work_list import BEFALL, CLINIC_EVERY, DOSE, START, TREAT, WORK, chosen, joined

if TYPE_CHECKING:
    from seedsoil.world.day import World


def draw(world: World, who: np.ndarray) -> None:
    """What the people `who` get from today's doses and courses, and, on clinic days, from what goes on; it joins the work list."""
    weekly = who[world.day_of(who) % CLINIC_EVERY == 0]
    found = list(_begun(world))
    if len(weekly):
        ends, drugs = _on(world, weekly)
        for k, number in enumerate(lasting()[0]):
            found.append((number, _lasting(weekly, drugs[:, k], ends[:, k] >= world.day_of(weekly))))
    found = [(number, rows) for number, rows in found if len(rows)]
    if found:
        struck = _struck(world, np.repeat([n for n, _ in found], [len(r) for _, r in found]), joined(*[r for _, r in found]))
        world.work = joined(world.work, struck)


@functools.cache
def _brought() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What brings what: masks [side effects, drugs] and [side effects, treatments] of those that come of today's work,
    and a mask of the side effects that come of what goes on."""
    rows, drugs = side_effects.table(), drug.catalogue().values()
    goes_on = np.array([row.each == "week" for row in rows])
    of_drugs = np.array([[side_effects.caused_by(row, x.id, x.kind) for x in drugs] for row in rows])
    of_treatments = np.array([[side_effects.caused_by(row, name) for name in acting.treatments()] for row in rows])
    return of_drugs & ~goes_on[:, None], of_treatments & ~goes_on[:, None], goes_on


def _given(done: np.ndarray) -> np.ndarray:
    return (done["verb"] == START) | (done["verb"] == DOSE)


def _begun(world: World) -> Iterator[tuple[int, np.ndarray]]:
    """Side effects that today's work may bring, each with that work: doses and first doses of its drugs, courses of its radiation,
    its operations."""
    done, (of_drugs, of_treatments, _) = world.done, _brought()
    given, treated = np.flatnonzero(_given(done)), np.flatnonzero(done["verb"] == TREAT)
    drugs, treatments = done["what"][given], done["what"][treated]
    begins = done["verb"][given] == START
    begins &= world.chart.drug_start[done["person"][given], drugs] == done["day"][given]
    possible = of_drugs[:, different(drugs)].any(axis=1) | of_treatments[:, different(treatments)].any(axis=1)
    for number in np.flatnonzero(possible):
        brings = of_drugs[number, drugs]
        if side_effects.table()[number].each == "course":
            brings = brings & begins
        yield number, chosen(done, np.sort(np.concatenate([given[brings], treated[of_treatments[number, treatments]]])))


@functools.cache
def _drugs_that_go_on() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of `lasting`: the numbers of the drugs of each, one after the other, where those of each begin, and for how many days after
    the last dose it may come."""
    rows = [side_effects.table()[number] for number in lasting()[0]]
    drugs = [[d for d, x in enumerate(drug.catalogue().values()) if side_effects.caused_by(row, x.id, x.kind)] for row in rows]
    first = np.cumsum([0, *map(len, drugs)])
    return np.concatenate(drugs), first, np.array([int(row.lasts_days) for row in rows])


@functools.cache
def lasting() -> tuple[np.ndarray, np.ndarray]:
    """The side effects of what goes on, drawn once a week: their numbers, and the most the chance of each can be."""
    numbers = np.flatnonzero(_brought()[2])
    return numbers, _most()[numbers]


def lasts_until(world: World, who: np.ndarray) -> np.ndarray:
    """Last day on which each of `lasting` may come of what these people have had so far [m, side effects]."""
    return _on(world, who)[0]


def _on(world: World, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of `lasting`: the last day on which it may come, and the number of the drug that brings it [m, side effects]: one
    taken daily, or one whose last dose is not long ago."""
    people, (drugs, first, days) = world.people, _drugs_that_go_on()
    ends, brings = np.empty((2, len(who), len(days)), np.int64)
    room = np.zeros(len(drug.catalogue()), bool)
    until(people.onboard, people.drug, world.chart.drug_last, who, world.day_of(who), drugs, first, days, room, ends, brings)
    return ends, brings


def _lasting(who: np.ndarray, drugs: np.ndarray, may: np.ndarray) -> np.ndarray:
    """Those for whom a side effect of what goes on may come this week, with the drug that brings it."""
    rows = np.zeros(int(may.sum()), WORK)
    rows["person"], rows["site"], rows["what"] = who[may], -1, drugs[may]
    return rows


@functools.cache
def _most() -> np.ndarray:
    """The largest chance each side effect can have in anybody [side effects]."""
    rows = side_effects.table()
    usual = [row.chance.value * (CLINIC_EVERY if row.each == "week" else 1.0) for row in rows]
    return np.array(usual) * [np.prod([max(c.factor.value, 1.0) for c in row.conditions]) for row in rows]


def _chance(world: World, row: SideEffect, rows: np.ndarray) -> np.ndarray:
    """How likely each of the rows brings it."""
    chance = np.full(len(rows), row.chance.value * (CLINIC_EVERY if row.each == "week" else 1.0))
    for condition in row.conditions:
        chance = chance * _FACTORS[condition.kind](world, rows, condition)
    return chance


def _struck(world: World, number: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows whose chance comes true, as work for the day it shows; `number` says what each may bring. Most people's
    luck is good enough whatever their chance, which need not be asked then."""
    key = world.people.key[rows["person"]]
    today = world.day_of(rows["person"])
    u = luck.uniform(world.seed, key, "side_effect", number * 256 + rows["site"] + 1, today)
    open_ = u < _most()[number] * (1.0 + 1e-9)
    number, rows, u, today = number[open_], chosen(rows, open_), u[open_], today[open_]
    hit = np.zeros(len(rows), bool)
    for one in different(number):
        own = number == one
        hit[own] = u[own] < _chance(world, side_effects.table()[one], rows[own])
    number, struck, today = number[hit], chosen(rows, hit), today[hit]
    onset = np.array([round(row.onset_days) for row in side_effects.table()])
    struck["verb"], struck["what"], struck["day"] = BEFALL, number, today + onset[number]
    return struck


def befall(world: World, rows: np.ndarray) -> None:
    """Write what has come into the chart, and change what it changes in the body."""
    people = world.people
    for number in different(rows["what"]):
        row = side_effects.table()[number]
        who = np.unique(rows["person"][rows["what"] == number])
        world.chart.note_event(who, row.what)
        for record, name, how in row.changes:
            if record == "body":
                people.body[who, Body._fields.index(name)] *= how.value
            else:
                used = np.arange(people.site.shape[1])[None, :] < people.lesions[who, None]
                field = people.lesion[:, :, Lesion._fields.index(name)]
                field[who] = np.where(used, np.maximum(field[who], how.value), field[who])
            people.settled[who] = False


# ---- what changes a chance -------------------------------------------------------------------------------------------


def _where(condition: Condition, holds: np.ndarray) -> np.ndarray:
    return np.where(holds, condition.factor.value, 1.0)


@functools.cache
def _sites_of(field: str) -> np.ndarray:
    return np.array([i for i, bone in enumerate(skeleton.bones()) if bone.region in side_effects.FIELDS[field]])


def _field(world: World, rows: np.ndarray, c: Condition) -> np.ndarray:
    """A side effect that names a field comes from that field alone."""
    return np.where(np.isin(rows["site"], _sites_of(c.name)), c.factor.value, 0.0)


def _technique(world: World, rows: np.ndarray, c: Condition) -> np.ndarray:
    return _where(c, rows["technique"] == radiation.TECHNIQUES.index(c.name))


def _taking(world: World, rows: np.ndarray, c: Condition) -> np.ndarray:
    return _where(c, aboard.is_on(world.people, rows["person"], drug.number_of()[c.name]))


def _tested(world: World, rows: np.ndarray, c: Condition) -> np.ndarray:
    return _where(c, world.chart.test_day[rows["person"], TESTS.index(c.name)] > NEVER)


def _event(world: World, rows: np.ndarray, c: Condition) -> np.ndarray:
    last = world.chart.event_day[rows["person"], EVENTS.index(c.name)]
    return _where(c, (last > NEVER) & (world.day_of(rows["person"]) - last.astype(int) <= c.within_days))


def _person(world: World, rows: np.ndarray, c: Condition) -> np.ndarray:
    return _where(c, getattr(world.chart, c.name)[rows["person"]])


def _group(world: World, rows: np.ndarray, c: Condition) -> np.ndarray:
    return _where(c, belongs(world, rows["person"], c.name))


def belongs(world: World, who: np.ndarray, group: str) -> np.ndarray:
    """Mask: the people `who` that belong to a group of the table."""
    index = luck.stream(group) & 0x7FFFFFFF
    return luck.uniform(world.seed, world.people.origin[who], "group", index, 0) < side_effects.groups()[group].share.value


def _scarce(world: World, rows: np.ndarray, c: Condition) -> np.ndarray:
    x = (world.people.body[rows["person"], Body._fields.index(c.name)] / c.half) ** 4
    return c.factor.value / (1.0 + x)


def _much(world: World, rows: np.ndarray, c: Condition) -> np.ndarray:
    if c.name == "gray":
        amount = np.nan_to_num(rows["dose"], nan=8.0)
    elif c.name == "mg":
        amount = _daily(world, rows)
    else:
        amount = world.chart.drug_doses[rows["person"], rows["what"]].astype(float)
    amount = amount**c.steepness
    return c.factor.value * amount / (amount + c.half**c.steepness)


def _daily(world: World, rows: np.ndarray) -> np.ndarray:
    """Dose a day of the drug of each row, in mg."""
    daily = np.zeros(len(rows))
    for number in different(rows["what"]):
        own = rows["what"] == number
        daily[own] = aboard.amount(world.people, rows["person"][own], number, "daily")
    return daily


_FACTORS = {
    "field": _field, "technique": _technique, "on": _taking, "tested": _tested, "event": _event, "person": _person,
    "group": _group, "scarce": _scarce, "much": _much,
}  # fmt: skip
