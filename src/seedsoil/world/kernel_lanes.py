"""Advance bodies, day by day, eight people at a time: the same day as `kernel_scalar`, each number a vector of lanes.

People share lanes who share the uncertain numbers of the model and have about as many lesions; what fills up a group is
thrown away. Lanes never meet, and a person's lesions are summed in slot order, so that nobody's digits hang on who else
is there. Drugs and events, rare and full of branches, are done one person at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from seedsoil.biology import body, rates
from seedsoil.biology.body import Body, Effects, Lesion, LesionTraits, Quick, Site, Soil, Sums, Traits
from seedsoil.biology.person import Hazards
from seedsoil.world.equations import noticed, update
from seedsoil.world.events import strike
from seedsoil.world.kernel_scalar import WORST
from seedsoil.world.lanes import (
    WIDTH,
    every,
    larger_of,
    loaded,
    pairs_stored,
    record_stored,
    rows_loaded,
    smaller_of,
    stored,
)
from seedsoil.world.on_board import effects_of_day
from seedsoil.world.records import LESION_EVENTS, SLOTS, Noticed

_QUICK, _GROWING = len(Quick._fields), len(body.Growing._fields)
_BODY, _LESION, _SUMS, _EFFECTS = len(Body._fields), len(Lesion._fields), len(Sums._fields), len(Effects._fields)
_TRAITS, _LESION_TRAITS, _SITE, _SOIL = len(Traits._fields), len(LesionTraits._fields), len(Site._fields), len(Soil._fields)
_HAZARDS, _LESION_EVENTS = len(Hazards._fields), len(LESION_EVENTS)
_IS_WORST = np.array(WORST)
_OSTEOCLASTS, _UNHEALED = Body._fields.index("osteoclasts"), Lesion._fields.index("unhealed")
_NOTICED = len(Noticed._fields)
_AGE, _FALL = Traits._fields.index("age_years"), Hazards._fields.index("fall")
_IN_FALL = LESION_EVENTS.index("fracture_fall")


class Bench(NamedTuple):
    """Where one group of people is worked on; every array is [rows, WIDTH], the fields of slot k begin at row k * fields."""

    people: np.ndarray  # [WIDTH] int64, row of each lane's person
    real: np.ndarray  # [WIDTH] bool, False for what only fills up and for the dead
    body: np.ndarray
    work: np.ndarray
    middle: np.ndarray
    gain: np.ndarray  # of both stages, one after the other
    loss: np.ndarray
    traits: np.ndarray
    effects: np.ndarray
    sums: np.ndarray
    mean: np.ndarray  # of yesterday, then of the day before
    carried: np.ndarray
    fresh: np.ndarray
    part: np.ndarray
    soil: np.ndarray
    left: np.ndarray
    hazard: np.ndarray
    lesion: np.ndarray
    lesion_traits: np.ndarray
    site: np.ndarray
    used: np.ndarray  # [SLOTS] 1 where the lane has a lesion, else 0
    lesion_left: np.ndarray
    lesion_hazard: np.ndarray
    noticed: np.ndarray
    least: np.ndarray  # least of what is left until any event


def bench() -> Bench:
    """An empty bench."""
    room = lambda rows: np.zeros((rows, WIDTH))
    return Bench(
        people=np.zeros(WIDTH, np.int64),
        real=np.zeros(WIDTH, np.bool_),
        body=room(_BODY),
        work=room(_BODY),
        middle=room(_BODY),
        gain=room(2 * _BODY),
        loss=room(2 * _BODY),
        traits=room(_TRAITS),
        effects=room(_EFFECTS),
        sums=room(_SUMS),
        mean=room(2 * _SUMS),
        carried=room(_SUMS),
        fresh=room(_SUMS),
        part=room(_SUMS),
        soil=room(_SOIL),
        left=room(_HAZARDS),
        hazard=room(_HAZARDS),
        lesion=room(SLOTS * _LESION),
        lesion_traits=room(SLOTS * _LESION_TRAITS),
        site=room(SLOTS * _SITE),
        used=room(SLOTS),
        lesion_left=room(SLOTS * _LESION_EVENTS),
        lesion_hazard=room(SLOTS * _LESION_EVENTS),
        noticed=room(_NOTICED),
        least=room(1),
    )


# ---- people onto the bench and back ------------------------------------------------------------------------------------


@register_jitable
def _in_groups(people, sets):
    """Rows of the living, those with the same parameter set together, and of those the ones with as many lesions."""
    kinds = sets * (SLOTS + 1)
    begin = np.zeros(kinds + 1, np.int64)
    living = 0
    for i in range(people.alive.shape[0]):
        if people.alive[i]:
            begin[people.set_of[i] * (SLOTS + 1) + people.lesions[i] + 1] += 1
            living += 1
    for k in range(kinds):
        begin[k + 1] += begin[k]
    order = np.empty(living, np.int64)
    for i in range(people.alive.shape[0]):
        if people.alive[i]:
            kind = people.set_of[i] * (SLOTS + 1) + people.lesions[i]
            order[begin[kind]] = i
            begin[kind] += 1
    return order


@register_jitable
def _take(b, w, people, i, views, sites):
    """Put person i into lane w."""
    traits, lesion_traits = views
    for s in range(_BODY):
        b.body[s, w] = people.body[i, s]
    for s in range(_TRAITS):
        b.traits[s, w] = traits[i, s]
    for s in range(_EFFECTS):
        b.effects[s, w] = people.last_effect[i, s]
    for s in range(_SUMS):
        b.sums[s, w] = people.sums[i, s]
        b.mean[s, w] = people.mean[i, 0, s]
        b.mean[_SUMS + s, w] = people.mean[i, 1, s]
    for s in range(_NOTICED):
        b.noticed[s, w] = people.noticed[i, s]
    for h in range(_HAZARDS):
        b.left[h, w] = people.left[i, h]
    for k in range(SLOTS):
        b.used[k, w] = 1.0 if k < people.lesions[i] else 0.0
    for k in range(people.lesions[i]):
        _take_lesion(b, w, k, people, i, lesion_traits, sites)


@register_jitable
def _take_lesion(b, w, k, people, i, lesion_traits, sites):
    for s in range(_LESION):
        b.lesion[k * _LESION + s, w] = people.lesion[i, k, s]
    for s in range(_LESION_TRAITS):
        b.lesion_traits[k * _LESION_TRAITS + s, w] = lesion_traits[i, k, s]
    for s in range(_SITE):
        b.site[k * _SITE + s, w] = sites[people.site[i, k], s]
    for h in range(_LESION_EVENTS):
        b.lesion_left[k * _LESION_EVENTS + h, w] = people.lesion_left[i, k, h]


@register_jitable
def _fill(b, w, most, healthy, sites):
    """Slots up to `most` that lane w does not use hold healthy bone: it is carried along and never looked at."""
    for k in range(most):
        if b.used[k, w] == 0.0:
            for s in range(_LESION):
                b.lesion[k * _LESION + s, w] = healthy[s]
            for s in range(_LESION_TRAITS):
                b.lesion_traits[k * _LESION_TRAITS + s, w] = 0.0
            for s in range(_SITE):
                b.site[k * _SITE + s, w] = sites[0, s]
            for h in range(_LESION_EVENTS):
                b.lesion_left[k * _LESION_EVENTS + h, w] = np.inf


@register_jitable
def _give_back(b, w, people, i):
    """Write lane w back to person i."""
    for s in range(_BODY):
        people.body[i, s] = b.body[s, w]
    for s in range(_SUMS):
        people.sums[i, s] = b.sums[s, w]
        people.mean[i, 0, s] = b.mean[s, w]
        people.mean[i, 1, s] = b.mean[_SUMS + s, w]
    for s in range(_NOTICED):
        people.noticed[i, s] = b.noticed[s, w]
    for h in range(_HAZARDS):
        people.left[i, h] = b.left[h, w]
    for k in range(people.lesions[i]):
        for s in range(_LESION):
            people.lesion[i, k, s] = b.lesion[k * _LESION + s, w]
        for h in range(_LESION_EVENTS):
            people.lesion_left[i, k, h] = b.lesion_left[k * _LESION_EVENTS + h, w]


# ---- one day of one group ----------------------------------------------------------------------------------------------


@register_jitable
def _copied(source, first, last, into):
    for s in range(first, last):
        stored(into, s, loaded(source, s))


@register_jitable(forceinline=True)
def _stage(b, stage, first, last, x0, offset, out):
    """Fields first..last carried on from `x0` by a day with the mean of the rates so far, into `out` at `offset`."""
    for s in range(first, last):
        gain, loss = loaded(b.gain, s - first), loaded(b.loss, s - first)
        if stage == 1:
            gain = 0.5 * (gain + loaded(b.gain, _BODY + s - first))
            loss = 0.5 * (loss + loaded(b.loss, _BODY + s - first))
        stored(out, s, update(loaded(x0, offset + s), gain, loss, 1.0))


@register_jitable
def _quick_day(b, p):
    """Quick states through one day; `work` ends as the new body."""
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    carried = Sums(*rows_loaded(b.carried, 0, _SUMS))
    _copied(b.body, 0, _BODY, b.work)
    for stage in range(2):
        pairs = rates.quick(Body(*rows_loaded(b.work, 0, _BODY)), x, rx, carried, p)
        pairs_stored(b.gain, b.loss, stage * _BODY, pairs)
        _stage(b, stage, 0, _QUICK, b.body, 0, b.work)


@register_jitable
def _slow_day(b, p):
    """Slow states through one day, quick ones at the middle of it (in `middle`); `work` ends as the new slow states."""
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    carried = Sums(*rows_loaded(b.carried, 0, _SUMS))
    _copied(b.middle, 0, _QUICK, b.work)
    for stage in range(2):
        pairs = rates.slow(Body(*rows_loaded(b.work, 0, _BODY)), x, rx, carried, p)
        pairs_stored(b.gain, b.loss, stage * _BODY, pairs)
        _stage(b, stage, _QUICK, _BODY, b.body, 0, b.work)


@register_jitable
def _person_day(b, p):
    """Quick and slow states through one day; `middle` ends as the mean of the body before and after."""
    _quick_day(b, p)
    for s in range(_QUICK):
        now = loaded(b.work, s)
        stored(b.middle, s, 0.5 * (loaded(b.body, s) + now))
        stored(b.fresh, s, now)  # the new quick states wait there until the slow ones are done
    _slow_day(b, p)
    for s in range(_QUICK):
        stored(b.body, s, loaded(b.fresh, s))
    for s in range(_QUICK, _BODY):
        now = loaded(b.work, s)
        stored(b.middle, s, 0.5 * (loaded(b.body, s) + now))
        stored(b.body, s, now)


@register_jitable
def _lesions_day(b, most, p):
    """All lesions through one day, in the body of the middle of it."""
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    carried = Sums(*rows_loaded(b.carried, 0, _SUMS))
    record_stored(b.soil, 0, rates.soil(Body(*rows_loaded(b.middle, 0, _BODY)), x, rx, carried, p))
    soil = Soil(*rows_loaded(b.soil, 0, _SOIL))
    for k in range(most):
        t = LesionTraits(*rows_loaded(b.lesion_traits, k * _LESION_TRAITS, _LESION_TRAITS))
        site = Site(*rows_loaded(b.site, k * _SITE, _SITE))
        for s in range(_LESION):
            stored(b.work, s, loaded(b.lesion, k * _LESION + s))
        for stage in range(2):
            pairs = rates.lesion(Lesion(*rows_loaded(b.work, 0, _LESION)), soil, x, t, site, rx, p)
            pairs_stored(b.gain, b.loss, stage * _BODY, pairs)
            _stage(b, stage, 0, _GROWING, b.lesion, k * _LESION, b.work)
        for s in range(_GROWING):
            stored(b.lesion, k * _LESION + s, loaded(b.work, s))


@register_jitable
def _add_up(b, most, p):
    """The lesions' sums into `fresh`, in slot order, and each lesion's hazards, those in falls for one fall."""
    for s in range(_SUMS):
        stored(b.fresh, s, 0.0)
    if most == 0:
        return
    y = Body(*rows_loaded(b.body, 0, _BODY))
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    record_stored(b.soil, 0, rates.soil(y, x, rx, Sums(*rows_loaded(b.carried, 0, _SUMS)), p))
    soil = Soil(*rows_loaded(b.soil, 0, _SOIL))
    for k in range(most):
        l = Lesion(*rows_loaded(b.lesion, k * _LESION, _LESION))
        t = LesionTraits(*rows_loaded(b.lesion_traits, k * _LESION_TRAITS, _LESION_TRAITS))
        site = Site(*rows_loaded(b.site, k * _SITE, _SITE))
        used = loaded(b.used, k)
        record_stored(b.part, 0, rates.contribution(l, y, soil, x, t, site, rx, p))
        for s in range(_SUMS):
            part = loaded(b.part, s) * used
            stored(b.fresh, s, larger_of(loaded(b.fresh, s), part) if _IS_WORST[s] else loaded(b.fresh, s) + part)
        record_stored(b.lesion_hazard, k * _LESION_EVENTS, rates.lesion_hazards(l, y, x, site, rx, every(1.0), p))


@register_jitable
def _carry(b):
    """The lesions' sums as they are likely to be today: yesterday's day mean, carried on."""
    for s in range(_SUMS):
        ahead = 2.0 * loaded(b.mean, s) - loaded(b.mean, _SUMS + s)
        stored(b.carried, s, larger_of(ahead, every(0.0)))


@register_jitable
def _note_means(b):
    """The day that has passed becomes yesterday."""
    for s in range(_SUMS):
        stored(b.mean, _SUMS + s, loaded(b.mean, s))
        stored(b.mean, s, 0.5 * (loaded(b.sums, s) + loaded(b.fresh, s)))
        stored(b.sums, s, loaded(b.fresh, s))


@register_jitable
def _notice(b, most, p):
    """What people notice at the end of the day."""
    y, sums = Body(*rows_loaded(b.body, 0, _BODY)), Sums(*rows_loaded(b.sums, 0, _SUMS))
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    unhealed = every(0.0)
    for k in range(most):
        unhealed = larger_of(unhealed, loaded(b.lesion, k * _LESION + _UNHEALED) * loaded(b.used, k))
    record_stored(b.noticed, 0, noticed(y, x, sums, rx, unhealed, p))


@register_jitable
def _use_up(b, most, years, p):
    """Take the day's hazards from what is left until the next event of each kind; `least` is the least of it all."""
    y = Body(*rows_loaded(b.body, 0, _BODY))
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    hazards = rates.hazards(y, x, Sums(*rows_loaded(b.sums, 0, _SUMS)), rx, loaded(b.traits, _AGE) + years, p)
    record_stored(b.hazard, 0, hazards)
    least = every(np.inf)
    for h in range(_HAZARDS):
        left = loaded(b.left, h) - loaded(b.hazard, h)
        stored(b.left, h, left)
        least = smaller_of(least, left)
    falls = loaded(b.hazard, _FALL)
    for k in range(most):
        used = loaded(b.used, k)
        for h in range(_LESION_EVENTS):
            row = k * _LESION_EVENTS + h
            hazard = loaded(b.lesion_hazard, row) * used
            left = loaded(b.lesion_left, row) - (hazard * falls if h == _IN_FALL else hazard)
            stored(b.lesion_left, row, left)
            least = smaller_of(least, left)
    stored(b.least, 0, least)


@register_jitable
def _drugs_day(b, people, drug_row, point):
    """The day's effects of the drugs on board, for the lanes that have any."""
    for w in range(WIDTH):
        i = b.people[w]
        if b.real[w] and people.taking[i] != 0:
            effects_of_day(people, i, drug_row, b.body[_OSTEOCLASTS, w], point)
            for s in range(_EFFECTS):
                b.effects[s, w] = people.last_effect[i, s]


@register_jitable
def _settle(b, most, people, p):
    """Where something changed at once, what the lesions add up to is taken anew."""
    settled = True
    for w in range(WIDTH):
        settled = settled and (not b.real[w] or people.settled[b.people[w]])
    if settled:
        return
    for s in range(_SUMS):
        stored(b.carried, s, loaded(b.sums, s))
    _add_up(b, most, p)
    for w in range(WIDTH):
        i = b.people[w]
        if b.real[w] and not people.settled[i]:
            people.settled[i] = True
            for s in range(_SUMS):
                b.sums[s, w] = b.mean[s, w] = b.mean[_SUMS + s, w] = b.fresh[s, w]


@register_jitable
def _most_lesions(b, people):
    most = 0
    for w in range(WIDTH):
        if b.real[w]:
            most = max(most, people.lesions[b.people[w]])
    return most


def advance(people, views, days, day, params, drugs, bones, sites, site_weights, healthy, events, log, b):
    """Carry every living person on by `days` days; see `kernel.advance`. `views` are traits [n, fields] and lesion traits
    [n, SLOTS, fields], `sites` the bones as [sites, fields], `healthy` the fields of healthy bone, `b` a bench."""
    written = 0
    point = np.zeros((3, _EFFECTS))
    order = _in_groups(people, params.shape[0])
    at = 0
    while at < order.shape[0]:
        number = people.set_of[order[at]]
        p, drug_row = params[number], drugs[number]
        many = 0
        while many < WIDTH and at + many < order.shape[0] and people.set_of[order[at + many]] == number:
            many += 1
        for w in range(WIDTH):
            b.people[w] = order[at + min(w, many - 1)]
            b.real[w] = w < many
        at += many
        most = _most_lesions(b, people)
        for w in range(WIDTH):
            _take(b, w, people, b.people[w], views, sites)
            _fill(b, w, most, healthy, sites)
        for step in range(days):
            _drugs_day(b, people, drug_row, point)
            _settle(b, most, people, p)
            _carry(b)
            _person_day(b, p)
            _lesions_day(b, most, p)
            _add_up(b, most, p)
            _note_means(b)
            if step == days - 1:
                _notice(b, most, p)
            if not events:
                continue
            _use_up(b, most, (day + step) / 365.25, p)
            struck = False
            for w in range(WIDTH):
                i = b.people[w]
                if b.real[w] and b.least[0, w] <= 0.0:
                    struck = True
                    _give_back(b, w, people, i)
                    written = strike(people, i, day + step, p, bones, site_weights, log, written)
                    b.real[w] = people.alive[i]
                    if b.real[w]:
                        _take(b, w, people, i, views, sites)
            if struck:
                most = _most_lesions(b, people)
                for w in range(WIDTH):
                    _fill(b, w, most, healthy, sites)
                if not b.real.any():
                    break
        for w in range(WIDTH):
            if b.real[w]:
                _give_back(b, w, people, b.people[w])
    return written
