"""What happens to one person when a hazard has passed its threshold, in compiled code: colonies, fractures, death."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from seedsoil.biology import spread, strength
from seedsoil.biology.body import Body, Lesion
from seedsoil.biology.person import Hazards
from seedsoil.grammar import luck
from seedsoil.world.laid_out import taken
from seedsoil.world.records import LESION_EVENTS, SLOTS

_lesion = taken(Lesion)
_HAZARDS, _LESION_EVENTS = len(Hazards._fields), len(LESION_EVENTS)
_SENSITIVE, _RESISTANT, _AWAKE = (Lesion._fields.index(x) for x in ("sensitive", "resistant", "awake"))
_UNHEALED, _COLLAPSE = (Lesion._fields.index(x) for x in ("unhealed", "collapse"))
_LIVER, _LUNG, _BRAIN = (Body._fields.index(f"{x}_sensitive") for x in ("liver", "lung", "brain"))
_NEW_LESION, _SEED_LIVER, _SEED_LUNG, _SEED_BRAIN = range(4)
_FIRST_DEATH = Hazards._fields.index("death_tumour")
_BREAK, _BREAK_FALL, _WAKE, _SILENT = range(4)  # a silent fracture is logged as such, whatever broke the bone
_THRESHOLD, _SITE, _PLACE = (np.uint64(luck.stream(x)) for x in ("threshold", "site", "place"))
_32 = np.uint64(0xFFFFFFFF)


@register_jitable(forceinline=True)
def uniform(seed, key, stream, index, day):
    """Uniform in (0, 1): the same number as `grammar.luck.uniform`."""
    w0, w1, _, _ = luck.philox(
        np.uint64(np.int64(day) + luck.DAY_ZERO) & _32,
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


@register_jitable
def _log(log, written, who, day, kind, detail):
    """Write one event; the caller has left room."""
    log[written, 0], log[written, 1], log[written, 2], log[written, 3] = who, day, kind, detail
    return written + 1


@register_jitable
def strike(people, i, day, p, sites, site_weights, log, written):
    """The day's events of one person: of every hazard that is used up. Death ends the day. Returns the rows of `log`."""
    seed, key = people.seed[i], people.key[i]
    for h in range(_HAZARDS):
        if people.left[i, h] > 0.0:
            continue
        people.times[i, h] += 1
        people.left[i, h] += threshold(seed, key, h, people.times[i, h])
        if h == _NEW_LESION:
            written = _settle(people, i, day, p, sites, site_weights, log, written, seed, key)
            continue
        if h <= _SEED_BRAIN:
            _found_in_organ(people, i, _LIVER if h == _SEED_LIVER else (_LUNG if h == _SEED_LUNG else _BRAIN), p)
        elif h >= _FIRST_DEATH:
            people.alive[i] = False
        written = _log(log, written, i, day, h, np.int64(-1))
        if not people.alive[i]:
            return written
    for k in range(people.lesions[i]):
        for h in range(_LESION_EVENTS):
            if people.lesion_left[i, k, h] <= 0.0:
                written = _strike_lesion(people, i, k, h, day, p, sites, log, written, seed, key)
    return written


@register_jitable
def _strike_lesion(people, i, k, h, day, p, sites, log, written, seed, key):
    """One event of one lesion: it wakes, or its bone breaks."""
    number = people.site[i, k]
    bone_here = sites[number]
    people.lesion_times[i, k, h] += 1
    index = _HAZARDS + number * _LESION_EVENTS + h
    people.lesion_left[i, k, h] += threshold(seed, key, index, people.lesion_times[i, k, h])
    kind = h
    u = uniform(seed, key, _PLACE, index, people.lesion_times[i, k, h])
    if h == _WAKE:
        people.lesion[i, k, _AWAKE] = 1.0
        _go_along(people, i, spread.along(people.traits[i], p) / p.colonies_at_once, u, p)
    else:
        severity = u
        l = _lesion(people.lesion[i, k])
        fresh = strength.freshly_broken(bone_here, severity, p)
        people.lesion[i, k, _UNHEALED] = max(people.lesion[i, k, _UNHEALED], fresh)
        people.lesion[i, k, _COLLAPSE] = strength.collapsed(l, bone_here, severity, p)
        if strength.symptomatic(bone_here, severity, p) == 0.0:
            kind = _SILENT
    people.settled[i] = False
    return _log(log, written, i, day, _HAZARDS + kind, number)


@register_jitable
def _settle(people, i, day, p, sites, site_weights, log, written, seed, key):
    """A clump settles: as many colonies as a geometric law gives, each where it happens to land, and at times one in an organ.
    All sleep and wake together; `times` counts those in bone."""
    u = uniform(seed, key, _SITE, 3, people.times[i, _NEW_LESION])
    further = np.int64(min(np.log(u) / np.log(1.0 - 1.0 / p.colonies_at_once), SLOTS - 1.0))
    first, number = people.lesions[i], people.times[i, _NEW_LESION]
    for k in range(further + 1):
        people.times[i, _NEW_LESION] += 1 if k > 0 else 0
        number = _found(people, i, p, sites, site_weights, seed, key)
        written = _log(log, written, i, day, _NEW_LESION, number)
    for k in range(first + 1, people.lesions[i]):
        people.lesion[i, k, _AWAKE] = people.lesion[i, first, _AWAKE]
        people.lesion_left[i, k, _WAKE] = people.lesion_left[i, first, _WAKE]
    if first == people.lesions[i] or people.lesion[i, first, _AWAKE] == 1.0:
        _go_along(people, i, spread.along(people.traits[i], p), uniform(seed, key, _SITE, 4, number), p)
    return written


@register_jitable
def _go_along(people, i, chance, u, p):
    """Cells of a clump that grows in bone grow in an organ too, where a uniform number `u` falls below their chance."""
    if u < chance:
        where = u / chance * (p.liver_weight + p.lung_weight + p.brain_weight)
        organ = _LIVER if where < p.liver_weight else (_LUNG if where < p.liver_weight + p.lung_weight else _BRAIN)
        _found_in_organ(people, i, organ, p)


@register_jitable
def _found_in_organ(people, i, organ, p):
    """A colony settles in an organ, by the field of its sensitive cells."""
    resistant = people.traits[i].resistant_share
    people.body[i, organ] += p.founding_volume * (1.0 - resistant)
    people.body[i, organ + 1] += p.founding_volume * resistant


@register_jitable
def _first_from(up_to, u):
    """Where the first of some rising numbers stands that is at least u."""
    low, high = 0, up_to.shape[0]
    while low < high:
        middle = (low + high) // 2
        if up_to[middle] < u:
            low = middle + 1
        else:
            high = middle
    return low


@register_jitable
def _found(people, i, p, sites, site_weights, seed, key):
    """A colony settles: the bone is drawn by its weight, some of the time in the region of a lesion that is there; on a taken
    site it joins the lesion there."""
    times, up_to = people.times[i, _NEW_LESION], site_weights[people.cancer[i]]
    u = uniform(seed, key, _SITE, 0, times)
    if people.lesions[i] > 0 and uniform(seed, key, _SITE, 1, times) < p.nearby_share:
        beside = sites[people.site[i, np.int64(uniform(seed, key, _SITE, 2, times) * people.lesions[i])]]
        first, last = np.int64(beside.region_from), np.int64(beside.region_to)
        least = up_to[first - 1] if first > 0 else 0.0
        u = least + u * (up_to[last] - least)
    number = _first_from(up_to, u)
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
