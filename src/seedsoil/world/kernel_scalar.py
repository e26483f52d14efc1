"""Advance bodies, day by day, one person at a time, only lesions that exist: the definition in its readable form.

One day of one person: the drugs, their effects averaged over the day (Simpson); quick states in two stages with the
lesions' sums carried forward; slow states and lesions in one step of two stages; then hazards, and the events whose
threshold is passed. The update is a positive, third-order rational form of the exact solution of ``dx/dt = gain - loss x``.
"""

from __future__ import annotations

import numpy as np
from numba.core import types as nb
from numba.extending import intrinsic, register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from seedsoil.biology import body, rates
from seedsoil.biology.body import Body, Effects, Lesion, Quick, Sums
from seedsoil.biology.person import Hazards
from seedsoil.world.equations import noticed, update
from seedsoil.world.events import strike
from seedsoil.world.on_board import effects_of_day
from seedsoil.world.pace import halts, note_evening
from seedsoil.world.records import LESION_EVENTS, MOST_EVENTS, Noticed

_QUICK, _GROWING = len(Quick._fields), len(body.Growing._fields)
_BODY, _LESION, _SUMS, _EFFECTS = len(Body._fields), len(Lesion._fields), len(Sums._fields), len(Effects._fields)
_HAZARDS, _LESION_EVENTS, _NOTICED = len(Hazards._fields), len(LESION_EVENTS), len(Noticed._fields)
WORST = tuple(name in ("cord_deficit", "pain_of_largest") for name in Sums._fields)  # worst of lesions, not their sum
_IS_WORST = np.array(WORST)
_OSTEOCLASTS, _UNHEALED = Body._fields.index("osteoclasts"), Lesion._fields.index("unhealed")


@intrinsic
def spread_out(typing_context, pairs, gains, losses):
    """Write a record of (gain, loss) pairs into two arrays; each position is known to the compiler, so nothing branches."""

    def build(context, builder, signature, arguments):
        size = len(signature.args[0])
        for k, argument in ((0, arguments[1]), (1, arguments[2])):
            array = context.make_array(signature.args[1 + k])(context, builder, argument)
            for s in range(size):
                value = builder.extract_value(builder.extract_value(arguments[0], s), k)
                builder.store(value, builder.gep(array.data, [context.get_constant(nb.intp, s)]))
        return context.get_dummy_value()

    return nb.void(pairs, gains, losses), build


@intrinsic
def lay_out(typing_context, record, values):
    """Write a record of numbers into an array."""

    def build(context, builder, signature, arguments):
        array = context.make_array(signature.args[1])(context, builder, arguments[1])
        for s in range(len(signature.args[0])):
            value = builder.extract_value(arguments[0], s)
            builder.store(value, builder.gep(array.data, [context.get_constant(nb.intp, s)]))
        return context.get_dummy_value()

    return nb.void(record, values), build


@register_jitable
def _add_up(i, y, rx, carried, lesion, lesions, site, traits, lesion_traits, sites, p, out, part):
    """The lesions' `Sums`, in slot order."""
    for s in range(_SUMS):
        out[s] = 0.0
    if lesions[i] == 0:
        return
    soil = rates.soil(y, traits[i], rx, carried, p)
    for k in range(lesions[i]):
        l = Lesion(*to_fixed_tuple(lesion[i, k], _LESION))
        lay_out(rates.contribution(l, y, soil, traits[i], lesion_traits[i, k], sites[site[i, k]], rx, p), part)
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
def _quick_day(row, x, rx, carried, p, work, r0, r1):
    """Quick states through one day."""
    for s in range(_QUICK, _BODY):
        work[s] = row[s]
    spread_out(rates.quick(Body(*to_fixed_tuple(row, _BODY)), x, rx, carried, p), r0[0], r0[1])
    _stage(row, r0, r0, 0, _QUICK, 1.0, work)
    spread_out(rates.quick(Body(*to_fixed_tuple(work, _BODY)), x, rx, carried, p), r1[0], r1[1])
    _stage(row, r0, r1, 0, _QUICK, 1.0, row)


@register_jitable
def _slow_day(row, middle, x, rx, carried, p, work, r0, r1):
    """Slow states through one day; quick states are taken at the middle of the day."""
    for s in range(_QUICK):
        work[s] = middle[s]
    for s in range(_QUICK, _BODY):
        work[s] = row[s]
    spread_out(rates.slow(Body(*to_fixed_tuple(work, _BODY)), x, rx, carried, p), r0[0], r0[1])
    _stage(row, r0, r0, _QUICK, _BODY, 1.0, work)
    spread_out(rates.slow(Body(*to_fixed_tuple(work, _BODY)), x, rx, carried, p), r1[0], r1[1])
    _stage(row, r0, r1, _QUICK, _BODY, 1.0, row)


@register_jitable
def _lesion_step(row, soil, x, t, site, rx, p, dt, work, r0, r1):
    """One lesion through a time step, usually a day."""
    for s in range(_GROWING, _LESION):
        work[s] = row[s]
    spread_out(rates.lesion(Lesion(*to_fixed_tuple(row, _LESION)), soil, x, t, site, rx, p), r0[0], r0[1])
    _stage(row, r0, r0, 0, _GROWING, dt, work)
    spread_out(rates.lesion(Lesion(*to_fixed_tuple(work, _LESION)), soil, x, t, site, rx, p), r1[0], r1[1])
    _stage(row, r0, r1, 0, _GROWING, dt, row)


def carry(people, pace, chances, bounds, params, drugs, sites, site_weights, events, log, turns):
    """Carry every living person on until something stops them, or until a log is full; see `kernel.carry`."""
    body_, lesion, lesions, site = people.body, people.lesion, people.lesions, people.site
    traits, lesion_traits = people.traits, people.lesion_traits
    written, turned = 0, 0
    point = np.zeros((3, _EFFECTS))
    middle, before, carried_array, fresh = np.zeros(_BODY), np.zeros(_BODY), np.zeros(_SUMS), np.zeros(_SUMS)
    r0, r1, part, each = np.zeros((2, _BODY)), np.zeros((2, _BODY)), np.zeros(_SUMS), np.zeros(_HAZARDS)
    scratch, lesion_scratch = np.zeros(_BODY), np.zeros(_LESION)
    for i in range(body_.shape[0]):
        if not people.alive[i] or pace.halted[i]:
            continue
        p, x, row = params[people.set_of[i]], traits[i], body_[i]
        drug_row = drugs[people.set_of[i]]
        while True:
            n = Noticed(*to_fixed_tuple(people.noticed[i], _NOTICED))
            if halts(people.settled[i], people.key[i], i, n, pace, chances):
                break
            if (events and written + MOST_EVENTS > log.shape[0]) or (pace.follows and turned + 1 > turns.shape[0]):
                return written, turned
            today = pace.today[i]
            age = x.age_years + today / 365.25
            if people.taking[i] != 0:
                effects_of_day(people, i, drug_row, row[_OSTEOCLASTS], point)
            rx = Effects(*to_fixed_tuple(people.last_effect[i], _EFFECTS))
            if not people.settled[i]:
                y = Body(*to_fixed_tuple(row, _BODY))
                carried = Sums(*to_fixed_tuple(people.sums[i], _SUMS))
                _add_up(i, y, rx, carried, lesion, lesions, site, traits, lesion_traits, sites, p, people.sums[i], part)
                for s in range(_SUMS):
                    people.mean[i, 0, s] = people.mean[i, 1, s] = people.sums[i, s]
                people.settled[i] = True
            for s in range(_SUMS):
                carried_array[s] = max(0.0, 2.0 * people.mean[i, 0, s] - people.mean[i, 1, s])
            carried = Sums(*to_fixed_tuple(carried_array, _SUMS))
            for s in range(_BODY):
                before[s] = row[s]
            _quick_day(row, x, rx, carried, p, scratch, r0, r1)
            for s in range(_QUICK):
                middle[s] = 0.5 * (before[s] + row[s])
            _slow_day(row, middle, x, rx, carried, p, scratch, r0, r1)
            for s in range(_QUICK, _BODY):
                middle[s] = 0.5 * (before[s] + row[s])
            soil = rates.soil(Body(*to_fixed_tuple(middle, _BODY)), x, rx, carried, p)
            for k in range(lesions[i]):
                _lesion_step(lesion[i, k], soil, x, lesion_traits[i, k], sites[site[i, k]], rx, p, 1.0, lesion_scratch, r0, r1)
            y = Body(*to_fixed_tuple(row, _BODY))
            _add_up(i, y, rx, carried, lesion, lesions, site, traits, lesion_traits, sites, p, fresh, part)
            for s in range(_SUMS):
                people.mean[i, 1, s] = people.mean[i, 0, s]
                people.mean[i, 0, s] = 0.5 * (people.sums[i, s] + fresh[s])
                people.sums[i, s] = fresh[s]
            n = noticed(y, x, Sums(*to_fixed_tuple(fresh, _SUMS)), rx, _freshest_fracture(people, i), p)
            lay_out(n, people.noticed[i])
            if events:
                _use_up(people, i, y, x, rx, age, p, sites, each)
                written = strike(people, i, today, p, sites, site_weights, log, written)
            if pace.follows and people.alive[i]:
                turned = note_evening(i, today, n, pace, bounds, turns, turned)
            pace.today[i] = today + 1
            pace.seen[i] = False
            if not people.alive[i]:
                break
    return written, turned


@register_jitable
def _freshest_fracture(people, i):
    worst = 0.0
    for k in range(people.lesions[i]):
        worst = max(worst, people.lesion[i, k, _UNHEALED])
    return worst


@register_jitable
def _use_up(people, i, y, x, rx, age, p, sites, each):
    """Take the day's hazards, of the person and of each lesion, from what is left until the next event of each kind."""
    hazards = rates.hazards(y, x, Sums(*to_fixed_tuple(people.sums[i], _SUMS)), rx, age, p)
    lay_out(hazards, each)
    for h in range(_HAZARDS):
        people.left[i, h] -= each[h]
    for k in range(people.lesions[i]):
        l = Lesion(*to_fixed_tuple(people.lesion[i, k], _LESION))
        lay_out(rates.lesion_hazards(l, y, x, people.lesion_traits[i, k], sites[people.site[i, k]], rx, hazards.fall, p), each)
        for h in range(_LESION_EVENTS):
            people.lesion_left[i, k, h] -= each[h]


def grow(people, steps, dt, params, sites):
    """Carry every lesion on by `steps` steps of `dt` days in a body that stays as it is, untreated."""
    r0, r1, work = np.zeros((2, _BODY)), np.zeros((2, _BODY)), np.zeros(_LESION)
    rx = Effects(*to_fixed_tuple(np.zeros(_EFFECTS), _EFFECTS))
    nothing = Sums(*to_fixed_tuple(np.zeros(_SUMS), _SUMS))
    for i in range(people.body.shape[0]):
        p, x = params[people.set_of[i]], people.traits[i]
        soil = rates.soil(Body(*to_fixed_tuple(people.body[i], _BODY)), x, rx, nothing, p)
        for k in range(people.lesions[i]):
            bone_here = sites[people.site[i, k]]
            for _ in range(steps):
                _lesion_step(people.lesion[i, k], soil, x, people.lesion_traits[i, k], bone_here, rx, p, dt, work, r0, r1)
