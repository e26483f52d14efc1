"""Advance bodies, day by day, one person at a time, only lesions that exist: the definition in its readable form.

One day of one person: the drugs, their effects averaged over the day (Simpson); quick states in two stages with the
lesions' sums carried forward; slow states and lesions in one step of two stages; then hazards, and the events whose
threshold is passed. The update is a positive, third-order rational form of the exact solution of ``dx/dt = gain - loss x``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from seedsoil.biology import body, rates
from seedsoil.biology.body import Body, Effects, Lesion, Quick, Sums
from seedsoil.biology.person import Hazards
from seedsoil.world.equations import noticed, update
from seedsoil.world.events import strike
from seedsoil.world.laid_out import laid, pairs_laid, taken
from seedsoil.world.on_board import effects_of_day
from seedsoil.world.pace import halts, note_evening
from seedsoil.world.records import LESION_EVENTS, MOST_EVENTS, Noticed

_body, _lesion, _sums, _effects, _noticed = (taken(record) for record in (Body, Lesion, Sums, Effects, Noticed))
_lay_sums, _lay_hazards, _lay_noticed = (laid(record._fields) for record in (Sums, Hazards, Noticed))
_lay_lesion_hazards = laid(LESION_EVENTS)
_lay_quick, _lay_slow, _lay_growing = (pairs_laid(record._fields) for record in (Quick, body.Slow, body.Growing))
_QUICK, _GROWING = len(Quick._fields), len(body.Growing._fields)
_BODY, _LESION, _SUMS, _EFFECTS = len(Body._fields), len(Lesion._fields), len(Sums._fields), len(Effects._fields)
_HAZARDS, _LESION_EVENTS = len(Hazards._fields), len(LESION_EVENTS)
WORST = tuple(name in ("cord_deficit", "pain_of_largest") for name in Sums._fields)  # worst of lesions, not their sum
_IS_WORST = np.array(WORST)
_OSTEOCLASTS, _UNHEALED = Body._fields.index("osteoclasts"), Lesion._fields.index("unhealed")


class Room(NamedTuple):
    """Where one person's day is worked out; nothing in it outlives the day."""

    point: np.ndarray  # [3, Effects] in the morning, at noon and in the evening
    middle: np.ndarray  # [Body] the mean of before and after
    before: np.ndarray  # [Body]
    carried: np.ndarray  # [Sums] as they are likely to be today
    fresh: np.ndarray  # [Sums] in the evening
    part: np.ndarray  # [Sums] of one lesion
    each: np.ndarray  # [Hazards]
    first: np.ndarray  # [2, Body] gains and losses at the first stage of a step, of the person or of a lesion
    second: np.ndarray  # [2, Body]
    body: np.ndarray  # [Body] after the first stage
    lesion: np.ndarray  # [Lesion]


SHAPES = Room(
    (3, _EFFECTS), (_BODY,), (_BODY,), (_SUMS,), (_SUMS,), (_SUMS,), (_HAZARDS,), (2, _BODY), (2, _BODY), (_BODY,), (_LESION,)
)  # fmt: skip


@register_jitable
def _add_up(people, i, y, rx, carried, sites, p, out, part):
    """The lesions' `Sums`, in slot order."""
    for s in range(_SUMS):
        out[s] = 0.0
    if people.lesions[i] == 0:
        return
    x = people.traits[i]
    soil = rates.soil(y, x, rx, carried, p)
    for k in range(people.lesions[i]):
        l, t, bone_here = _lesion(people.lesion[i, k]), people.lesion_traits[i, k], sites[people.site[i, k]]
        _lay_sums(rates.contribution(l, y, soil, x, t, bone_here, rx, p), part)
        for s in range(_SUMS):
            out[s] = max(out[s], part[s]) if _IS_WORST[s] else out[s] + part[s]


@register_jitable(forceinline=True)
def _stage(x0, rates_first, rates_second, first, last, dt, out):
    """Fields first..last of `x0` carried on by dt with the mean of two stages' rates, into `out`."""
    for s in range(first, last):
        gain = 0.5 * (rates_first[0, s - first] + rates_second[0, s - first])
        loss = 0.5 * (rates_first[1, s - first] + rates_second[1, s - first])
        out[s] = update(x0[s], gain, loss, dt)


@register_jitable
def _quick_day(row, x, rx, carried, p, room):
    """Quick states through one day."""
    work, r0, r1 = room.body, room.first, room.second
    for s in range(_QUICK, _BODY):
        work[s] = row[s]
    _lay_quick(rates.quick(_body(row), x, rx, carried, p), r0[0], r0[1])
    _stage(row, r0, r0, 0, _QUICK, 1.0, work)
    _lay_quick(rates.quick(_body(work), x, rx, carried, p), r1[0], r1[1])
    _stage(row, r0, r1, 0, _QUICK, 1.0, row)


@register_jitable
def _slow_day(row, x, rx, carried, p, room):
    """Slow states through one day; quick states are taken at the middle of the day."""
    work, r0, r1 = room.body, room.first, room.second
    for s in range(_QUICK):
        work[s] = room.middle[s]
    for s in range(_QUICK, _BODY):
        work[s] = row[s]
    _lay_slow(rates.slow(_body(work), x, rx, carried, p), r0[0], r0[1])
    _stage(row, r0, r0, _QUICK, _BODY, 1.0, work)
    _lay_slow(rates.slow(_body(work), x, rx, carried, p), r1[0], r1[1])
    _stage(row, r0, r1, _QUICK, _BODY, 1.0, row)


@register_jitable
def _lesion_step(row, soil, x, t, site, rx, p, dt, room):
    """One lesion through a time step, usually a day."""
    work, r0, r1 = room.lesion, room.first, room.second
    for s in range(_GROWING, _LESION):
        work[s] = row[s]
    _lay_growing(rates.lesion(_lesion(row), soil, x, t, site, rx, p), r0[0], r0[1])
    _stage(row, r0, r0, 0, _GROWING, dt, work)
    _lay_growing(rates.lesion(_lesion(work), soil, x, t, site, rx, p), r1[0], r1[1])
    _stage(row, r0, r1, 0, _GROWING, dt, row)


def carry(people, pace, chances, bounds, params, drugs, sites, site_weights, events, log, turns):
    """Carry every living person on until something stops them, or until a log is full; see `kernel.carry`."""
    written, turned = 0, 0
    room = _room()
    for i in range(people.key.shape[0]):
        if not people.alive[i] or pace.halted[i]:
            continue
        written, turned = carry_one(
            i, people, pace, chances, bounds, params, drugs, sites, site_weights, events, log, turns, written, turned, room
        )
        if people.alive[i] and not pace.halted[i]:
            break
    return written, turned


@register_jitable
def carry_one(i, people, pace, chances, bounds, params, drugs, sites, site_weights, events, log, turns, written, turned, room):
    """Carry person i on until something stops them, or until a log is full; returns the rows of both logs."""
    p, x, row, drug_row = params[people.set_of[i]], people.traits[i], people.body[i], drugs[people.set_of[i]]
    before, middle, fresh = room.before, room.middle, room.fresh
    while True:
        if halts(people.settled[i], people.key[i], i, _noticed(people.noticed[i]), pace, chances):
            break
        if (events and written + MOST_EVENTS > log.shape[0]) or (pace.follows and turned + 1 > turns.shape[0]):
            break
        today = pace.today[i]
        if people.taking[i] != 0:
            effects_of_day(people, i, drug_row, row[_OSTEOCLASTS], room.point)
        rx = _effects(people.last_effect[i])
        if not people.settled[i]:
            _add_up(people, i, _body(row), rx, _sums(people.sums[i]), sites, p, people.sums[i], room.part)
            for s in range(_SUMS):
                people.mean[i, 0, s] = people.mean[i, 1, s] = people.sums[i, s]
            people.settled[i] = True
        for s in range(_SUMS):
            room.carried[s] = max(0.0, 2.0 * people.mean[i, 0, s] - people.mean[i, 1, s])
        carried = _sums(room.carried)
        for s in range(_BODY):
            before[s] = row[s]
        _quick_day(row, x, rx, carried, p, room)
        for s in range(_QUICK):
            middle[s] = 0.5 * (before[s] + row[s])
        _slow_day(row, x, rx, carried, p, room)
        for s in range(_QUICK, _BODY):
            middle[s] = 0.5 * (before[s] + row[s])
        soil = rates.soil(_body(middle), x, rx, carried, p)
        for k in range(people.lesions[i]):
            t, bone_here = people.lesion_traits[i, k], sites[people.site[i, k]]
            _lesion_step(people.lesion[i, k], soil, x, t, bone_here, rx, p, 1.0, room)
        y = _body(row)
        _add_up(people, i, y, rx, carried, sites, p, fresh, room.part)
        for s in range(_SUMS):
            people.mean[i, 1, s] = people.mean[i, 0, s]
            people.mean[i, 0, s] = 0.5 * (people.sums[i, s] + fresh[s])
            people.sums[i, s] = fresh[s]
        n = noticed(y, x, _sums(fresh), rx, _freshest_fracture(people, i), p)
        _lay_noticed(n, people.noticed[i])
        if events:
            _use_up(people, i, y, x, rx, x.age_years + today / 365.25, p, sites, room.each)
            written = strike(people, i, today, p, sites, site_weights, log, written)
        if pace.follows and people.alive[i]:
            turned = note_evening(i, today, n, pace, bounds, turns, turned)
        pace.today[i] = today + 1
        pace.seen[i] = False
        if not people.alive[i]:
            break
    return written, turned


@register_jitable
def _room():
    """Room for one person after the other."""
    return Room(
        np.zeros(SHAPES.point), np.zeros(SHAPES.middle), np.zeros(SHAPES.before), np.zeros(SHAPES.carried),
        np.zeros(SHAPES.fresh), np.zeros(SHAPES.part), np.zeros(SHAPES.each), np.zeros(SHAPES.first), np.zeros(SHAPES.second),
        np.zeros(SHAPES.body), np.zeros(SHAPES.lesion),
    )  # fmt: skip


@register_jitable
def _freshest_fracture(people, i):
    worst = 0.0
    for k in range(people.lesions[i]):
        worst = max(worst, people.lesion[i, k, _UNHEALED])
    return worst


@register_jitable
def _use_up(people, i, y, x, rx, age, p, sites, each):
    """Take the day's hazards, of the person and of each lesion, from what is left until the next event of each kind."""
    hazards = rates.hazards(y, x, _sums(people.sums[i]), rx, age, p)
    _lay_hazards(hazards, each)
    for h in range(_HAZARDS):
        people.left[i, h] -= each[h]
    for k in range(people.lesions[i]):
        l, t, bone_here = _lesion(people.lesion[i, k]), people.lesion_traits[i, k], sites[people.site[i, k]]
        _lay_lesion_hazards(rates.lesion_hazards(l, y, x, t, bone_here, rx, hazards.fall, p), each)
        for h in range(_LESION_EVENTS):
            people.lesion_left[i, k, h] -= each[h]


def grow(people, steps, dt, params, sites):
    """Carry every lesion on by `steps` steps of `dt` days in a body that stays as it is, untreated."""
    room = _room()
    rx, nothing = _effects(np.zeros(_EFFECTS)), _sums(np.zeros(_SUMS))
    for i in range(people.body.shape[0]):
        p, x = params[people.set_of[i]], people.traits[i]
        soil = rates.soil(_body(people.body[i]), x, rx, nothing, p)
        for k in range(people.lesions[i]):
            bone_here = sites[people.site[i, k]]
            for _ in range(steps):
                _lesion_step(people.lesion[i, k], soil, x, people.lesion_traits[i, k], bone_here, rx, p, dt, room)
