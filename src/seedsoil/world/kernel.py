"""Advance bodies, day by day: the readable scalar kernel, one person at a time, only lesions that exist.

The equations are compiled from outside: their sources stay plain Python. One day of one person: the drugs, their effects
averaged over the day (Simpson); quick states in sub-steps of two stages with the lesions' sums carried forward; slow
states and lesions in one step of two stages; then hazards, and the events whose threshold is passed. The update is a
positive, third-order rational form of the exact solution of ``dx/dt = gain - loss x``.
"""

from __future__ import annotations

import sys
import types

import numpy as np
from numba.core import types as nb
from numba.extending import intrinsic, register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from seedsoil.biology import body, bone, cord, minerals, person, rates, spread, strength, tumour
from seedsoil.biology.body import Body, Effects, Lesion, Quick, Sums
from seedsoil.biology.person import Hazards
from seedsoil.grammar import algebra, luck
from seedsoil.treatments import drug as drugs_of
from seedsoil.treatments import kinetics
from seedsoil.treatments.kinetics import Onboard
from seedsoil.world import records
from seedsoil.world.cache import compiled, fingerprint
from seedsoil.world.records import LESION_EVENTS, SLOTS

_COMPILED = {"fastmath": {"contract", "nsz", "nnan", "ninf", "arcp", "afn"}, "error_model": "numpy", "nogil": True}


def _register(*modules: types.ModuleType) -> None:
    """Let compiled code call the plain functions of these modules."""
    for module in modules:
        for item in vars(module).values():
            if isinstance(item, types.FunctionType) and item.__module__ == module.__name__:
                register_jitable(forceinline=True)(item)


_EQUATIONS = (algebra, bone, tumour, minerals, strength, cord, spread, person, rates, kinetics)
_register(*_EQUATIONS)
register_jitable(forceinline=True)(luck.philox)

SUBSTEPS = 1
DEPOT_STEPS = 8  # of half a day: an antibody's last traces still act, so its decay must be true over months
_QUICK, _SLOW = len(Quick._fields), len(body.Slow._fields)
_BODY, _LESION, _SUMS, _EFFECTS = len(Body._fields), len(Lesion._fields), len(Sums._fields), len(Effects._fields)
_GROWING = len(body.Growing._fields)
_HAZARDS, _LESION_EVENTS = len(Hazards._fields), len(LESION_EVENTS)
_DAILY, _BOLUS, _DEPOT, _BONE = kinetics.DAILY, kinetics.BOLUS, kinetics.DEPOT, kinetics.BONE
_RADIONUCLIDE = kinetics.RADIONUCLIDE
_FIRST, _SECOND, _THIRD, _EVERY_DAY, _EXPOSURE = range(len(Onboard._fields))
_MOST_EFFECTS = drugs_of.MOST_EFFECTS
_IS_SHARE = np.array([name in drugs_of.SHARES for name in Effects._fields])
_IS_KILL = np.array([name.startswith("kill_") for name in Effects._fields])
_KILL = Effects._fields.index("kill_sensitive")
_WORST = tuple(name in ("cord_deficit", "pain_of_largest") for name in Sums._fields)  # worst of lesions, not their sum
_IS_WORST = np.array(_WORST)
_DEFICIT = Sums._fields.index("cord_deficit")
_SENSITIVE, _RESISTANT, _AWAKE = (Lesion._fields.index(x) for x in ("sensitive", "resistant", "awake"))
_UNHEALED, _COLLAPSE = (Lesion._fields.index(x) for x in ("unhealed", "collapse"))
_LIVER, _LUNG, _BRAIN = (Body._fields.index(f"{x}_sensitive") for x in ("liver", "lung", "brain"))
_NEW_LESION, _SEED_LIVER, _SEED_LUNG, _SEED_BRAIN = range(4)
_FIRST_DEATH = Hazards._fields.index("death_tumour")
_BREAK, _BREAK_FALL, _WAKE, _SILENT = range(4)  # a silent fracture is logged as such, whatever broke the bone
_OSTEOCLASTS = Body._fields.index("osteoclasts")
_GFR = Body._fields.index("gfr")
_THRESHOLD, _SITE, _PLACE = (np.uint64(luck.stream(x)) for x in ("threshold", "site", "place"))
_32 = np.uint64(0xFFFFFFFF)


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


@register_jitable(forceinline=True)
def update(x, gain, loss, dt):
    """One step of dx/dt = gain - loss x: third order in dt, positive, stable however fast the loss."""
    z = loss * dt
    a = 1.0 + z * (0.5 + z / 6.0)
    return (x + dt * gain * a) / (1.0 + z * a)


@register_jitable(forceinline=True)
def uniform(seed, key, stream, index, day):
    """Uniform in (0, 1): the same number as `grammar.luck.uniform`."""
    w0, w1, _, _ = luck.philox(
        np.uint64(day + luck.DAY_ZERO) & _32,
        stream,
        np.uint64(index) & _32,
        np.uint64(0),
        np.uint64(seed) & _32,
        np.uint64(key) & _32,
    )
    return (np.float64((w0 << np.uint64(21)) + (w1 >> np.uint64(11))) + 0.5) * 2.0**-53


@register_jitable(forceinline=True)
def threshold(seed, key, index, occurrence):
    """Hazard to pass until the next event of one kind."""
    return -np.log(uniform(seed, key, _THRESHOLD, index, occurrence))


# ---- drugs -----------------------------------------------------------------------------------------------------------


@register_jitable
def _signal(amounts, drug):
    """What the drug's effect depends on: a level, an amount, or a concentration."""
    if drug.shape == _DEPOT:
        return amounts[_SECOND] / drug.central
    return amounts[_FIRST]


@register_jitable
def _half_day(amounts, drug, osteoclasts):
    """Carry one drug on for half a day."""
    dt = 0.5
    if drug.shape == _DAILY:
        amounts[_FIRST] = kinetics.approach(amounts[_FIRST], amounts[_EVERY_DAY], drug.elimination, dt)
    elif drug.shape == _BOLUS:
        amounts[_FIRST] = kinetics.approach(amounts[_FIRST], 0.0, drug.elimination, dt)
    elif drug.shape == _RADIONUCLIDE:
        amounts[_FIRST], amounts[_THIRD] = kinetics.radionuclide(amounts[_FIRST], amounts[_THIRD], drug, dt)
    elif drug.shape == _BONE:
        a, b = amounts[_FIRST], amounts[_SECOND]
        r0 = kinetics.bone_bound(a, b, osteoclasts, drug)
        a1, b1 = update(a, r0[0][0], r0[0][1], dt), update(b, r0[1][0], r0[1][1], dt)
        r1 = kinetics.bone_bound(a1, b1, osteoclasts, drug)
        amounts[_FIRST] = update(a, 0.5 * (r0[0][0] + r1[0][0]), 0.5 * (r0[0][1] + r1[0][1]), dt)
        amounts[_SECOND] = update(b, 0.5 * (r0[1][0] + r1[1][0]), 0.5 * (r0[1][1] + r1[1][1]), dt)
    else:
        dt /= DEPOT_STEPS
        for _ in range(DEPOT_STEPS):
            x = (amounts[_FIRST], amounts[_SECOND], amounts[_THIRD])
            r0 = kinetics.depot(x, drug)
            x1 = (
                update(x[0], r0[0][0], r0[0][1], dt),
                update(x[1], r0[1][0], r0[1][1], dt),
                update(x[2], r0[2][0], r0[2][1], dt),
            )
            r1 = kinetics.depot(x1, drug)
            for k in range(3):
                amounts[k] = update(x[k], 0.5 * (r0[k][0] + r1[k][0]), 0.5 * (r0[k][1] + r1[k][1]), dt)


@register_jitable
def _act(drug, number, signal, exposure, efficacy):
    """Effect of one of a drug's targets at a signal."""
    if number == 0:
        target, most, half, steepness = drug.target0, drug.most0, drug.half0, drug.steepness0
    elif number == 1:
        target, most, half, steepness = drug.target1, drug.most1, drug.half1, drug.steepness1
    elif number == 2:
        target, most, half, steepness = drug.target2, drug.most2, drug.half2, drug.steepness2
    elif number == 3:
        target, most, half, steepness = drug.target3, drug.most3, drug.half3, drug.steepness3
    else:
        target, most, half, steepness = drug.target4, drug.most4, drug.half4, drug.steepness4
    j = int(target)
    strength_now = signal / half if steepness == 0.0 else (signal / half) ** steepness
    value = most * (strength_now if steepness == 0.0 else strength_now / (1.0 + strength_now))
    if _IS_KILL[j]:
        value *= efficacy * np.exp(-drug.resistance * exposure)
    return j, value


@register_jitable
def _effects(onboard, taking, efficacy, drugs, osteoclasts, out, point):
    """The day's mean effects of all drugs on board, in `out`; the drugs are carried on by a day."""
    for j in range(_EFFECTS):
        out[j] = 0.0
        for q in range(3):
            point[q, j] = 0.0
    still = taking
    for d in range(onboard.shape[0]):
        if (taking >> d) & 1 == 0:
            continue
        amounts, drug = onboard[d], drugs[d]
        present = 0.0
        for q in range(3):
            if q > 0:
                _half_day(amounts, drug, osteoclasts)
            signal = _signal(amounts, drug)
            for number in range(drug.acts):
                felt = signal if number < drug.prompt else amounts[_THIRD]
                j, value = _act(drug, number, felt, amounts[_EXPOSURE], efficacy[d])
                if _IS_SHARE[j]:
                    point[q, j] = 1.0 - (1.0 - point[q, j]) * (1.0 - min(value, 1.0))
                else:
                    point[q, j] += value
            present += signal
        if present > 3e-6:
            amounts[_EXPOSURE] += 1.0
        elif amounts[_FIRST] + amounts[_SECOND] + amounts[_THIRD] + amounts[_EVERY_DAY] < 1e-9:
            still &= ~(np.int64(1) << d)
            amounts[_FIRST] = amounts[_SECOND] = amounts[_THIRD] = 0.0
    for j in range(_EFFECTS):
        out[j] = (point[0, j] + 4.0 * point[1, j] + point[2, j]) / 6.0
    return still


# ---- one day of one person -------------------------------------------------------------------------------------------


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
    dt = 1.0 / SUBSTEPS
    for s in range(_QUICK, _BODY):
        work[s] = row[s]
    for _ in range(SUBSTEPS):
        spread_out(rates.quick(Body(*to_fixed_tuple(row, _BODY)), x, rx, carried, p), r0[0], r0[1])
        _stage(row, r0, r0, 0, _QUICK, dt, work)
        spread_out(rates.quick(Body(*to_fixed_tuple(work, _BODY)), x, rx, carried, p), r1[0], r1[1])
        _stage(row, r0, r1, 0, _QUICK, dt, row)


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


def advance(people, days, day, params, drugs, sites, site_weights, events, log):
    """Carry every living person on by `days` days from `day`; returns how many rows of `log` were written.

    people: `People`; params [sets] and drugs [sets, drugs] records; sites [sites] record; site_weights [cancers, sites]
    cumulative; events: False to leave hazards alone; log [m, 4] int64: person, day, kind, detail (site, or -1).
    """
    body_, lesion, lesions, site = people.body, people.lesion, people.lesions, people.site
    traits, lesion_traits = people.traits, people.lesion_traits
    written = 0
    point = np.zeros((3, _EFFECTS))
    middle, before, carried_array, fresh = np.zeros(_BODY), np.zeros(_BODY), np.zeros(_SUMS), np.zeros(_SUMS)
    r0, r1, part, each = np.zeros((2, _BODY)), np.zeros((2, _BODY)), np.zeros(_SUMS), np.zeros(_HAZARDS)
    scratch, lesion_scratch = np.zeros(_BODY), np.zeros(_LESION)
    for i in range(body_.shape[0]):
        if not people.alive[i]:
            continue
        p, x, row = params[people.set_of[i]], traits[i], body_[i]
        drug_row = drugs[people.set_of[i]]
        for step in range(days):
            today = day + step
            age = x.age_years + today / 365.25
            if people.taking[i] != 0:
                people.taking[i] = _effects(
                    people.onboard[i],
                    people.taking[i],
                    people.efficacy[i],
                    drug_row,
                    row[_OSTEOCLASTS],
                    people.last_effect[i],
                    point,
                )
                if people.taking[i] == 0:
                    people.settled[i] = False
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
            if events:
                written = _happen(people, i, today, y, x, rx, age, p, sites, site_weights, log, written, each)
                if not people.alive[i]:
                    break
    return written


@register_jitable
def _log(log, written, who, day, kind, detail):
    """Write one event; the caller has left room."""
    log[written, 0], log[written, 1], log[written, 2], log[written, 3] = who, day, kind, detail
    return written + 1


@register_jitable
def _happen(people, i, day, y, x, rx, age, p, sites, site_weights, log, written, each):
    """The day's hazards, and the events whose threshold they pass."""
    sums = Sums(*to_fixed_tuple(people.sums[i], _SUMS))
    hazards = rates.hazards(y, x, sums, rx, age, p)
    seed, key = people.seed[i], people.key[i]
    lay_out(hazards, each)
    for h in range(_HAZARDS):
        people.left[i, h] -= each[h]
        if people.left[i, h] > 0.0:
            continue
        people.times[i, h] += 1
        people.left[i, h] += threshold(seed, key, h, people.times[i, h])
        detail = np.int64(-1)
        if h == _NEW_LESION:
            detail = _found(people, i, p, site_weights, seed, key)
        elif h <= _SEED_BRAIN:
            organ = _LIVER if h == _SEED_LIVER else (_LUNG if h == _SEED_LUNG else _BRAIN)
            people.body[i, organ] += p.founding_volume * (1.0 - x.resistant_share)
            people.body[i, organ + 1] += p.founding_volume * x.resistant_share
        elif h >= _FIRST_DEATH:
            people.alive[i] = False
        written = _log(log, written, i, day, h, detail)
        if not people.alive[i]:
            return written
    falls = hazards.fall
    for k in range(people.lesions[i]):
        l = Lesion(*to_fixed_tuple(people.lesion[i, k], _LESION))
        bone_here = sites[people.site[i, k]]
        lay_out(rates.lesion_hazards(l, y, x, bone_here, rx, falls, p), each)
        for h in range(_LESION_EVENTS):
            people.lesion_left[i, k, h] -= each[h]
            if people.lesion_left[i, k, h] > 0.0:
                continue
            number = people.site[i, k]
            people.lesion_times[i, k, h] += 1
            index = _HAZARDS + number * _LESION_EVENTS + h
            people.lesion_left[i, k, h] += threshold(seed, key, index, people.lesion_times[i, k, h])
            kind = h
            if h == _WAKE:
                people.lesion[i, k, _AWAKE] = 1.0
            else:
                severity = uniform(seed, key, _PLACE, index, people.lesion_times[i, k, h])
                fresh = strength.freshly_broken(bone_here, severity, p)
                people.lesion[i, k, _UNHEALED] = max(people.lesion[i, k, _UNHEALED], fresh)
                people.lesion[i, k, _COLLAPSE] = strength.collapsed(l, bone_here, severity, p)
                if strength.symptomatic(bone_here, severity, p) == 0.0:
                    kind = _SILENT
            people.settled[i] = False
            written = _log(log, written, i, day, _HAZARDS + kind, number)
    return written


@register_jitable
def _found(people, i, p, site_weights, seed, key):
    """A colony settles: the bone is drawn by its weight; on a taken site it joins the lesion there."""
    u = uniform(seed, key, _SITE, 0, people.times[i, _NEW_LESION])
    number = np.searchsorted(site_weights[people.cancer[i]], u)
    x = people.traits[i]
    sensitive, resistant = p.founding_volume * (1.0 - x.resistant_share), p.founding_volume * x.resistant_share
    for k in range(people.lesions[i]):
        if people.site[i, k] == number:
            people.lesion[i, k, _SENSITIVE] += sensitive
            people.lesion[i, k, _RESISTANT] += resistant
            return np.int64(number)
    k = people.lesions[i]
    if k == SLOTS:
        return np.int64(-1)
    people.lesions[i] = k + 1
    people.site[i, k] = number
    people.lesion[i, k, _SENSITIVE] = sensitive
    people.lesion[i, k, _RESISTANT] = resistant
    people.lesion[i, k, _AWAKE] = 1.0 - people.lesion_traits[i, k].sleeper
    for h in range(_LESION_EVENTS):
        people.lesion_left[i, k, h] = threshold(seed, key, _HAZARDS + number * _LESION_EVENTS + h, 0)
        people.lesion_times[i, k, h] = 0
    people.settled[i] = False
    return np.int64(number)


_SOURCES = (*_EQUATIONS, body, luck, drugs_of, records, sys.modules[__name__])


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


NAME = "scalar"
SOURCES = fingerprint(_SOURCES)
advance = compiled(advance, _SOURCES, **_COMPILED)
grow = compiled(grow, _SOURCES, **_COMPILED)
