"""Advance bodies, day by day, eight people at a time: the same day as `kernel_scalar`, each number a vector of lanes.

People share lanes who share the uncertain numbers of the model and have about as many lesions; what fills up a group is
thrown away. Lanes never meet, and a person's lesions are summed in slot order, so that nobody's digits hang on who else
is there. Drugs and events, rare and full of branches, are done one person at a time.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from seedsoil.biology import body, rates
from seedsoil.biology.body import Body, Effects, Lesion, LesionTraits, Quick, Site, Soil, Sums, Traits
from seedsoil.biology.person import Hazards
from seedsoil.world.bench import expect, give_back, take, take_alone
from seedsoil.world.equations import noticed
from seedsoil.world.events import strike
from seedsoil.world.kernel_scalar import WORST
from seedsoil.world.lanes import (
    WIDTH,
    every,
    kept,
    larger_of,
    loaded,
    record_stored,
    rows_loaded,
    smaller_of,
    stored,
)
from seedsoil.world.on_board import effects_of_day
from seedsoil.world.pace import DEFICIT, FRESH, FUNCTION, HIGH, LOW, RISE, halts, note_evening
from seedsoil.world.records import LESION_EVENTS, MOST_EVENTS, Noticed
from seedsoil.world.steady import steady
from seedsoil.world.stepping import halfway, mean_rates, stepped
from seedsoil.world.work_list import CLINIC_EVERY

_QUICK, _SLOW, _GROWING, _MARKED = (len(part._fields) for part in (Quick, body.Slow, body.Growing, body.Marked))
_BODY, _LESION, _SUMS, _EFFECTS = len(Body._fields), len(Lesion._fields), len(Sums._fields), len(Effects._fields)
_TRAITS, _LESION_TRAITS, _SITE, _SOIL = len(Traits._fields), len(LesionTraits._fields), len(Site._fields), len(Soil._fields)
_HAZARDS, _LESION_EVENTS = len(Hazards._fields), len(LESION_EVENTS)
_IS_WORST = np.array(WORST)
_OSTEOCLASTS, _UNHEALED = Body._fields.index("osteoclasts"), Lesion._fields.index("unhealed")
_NOTICED = len(Noticed._fields)
_WORST_PAIN, _CALCIUM, _FUNCTION, _DEFICIT, _FRESH = (
    Noticed._fields.index(name) for name in ("worst_pain", "calcium", "function", "cord_deficit", "unhealed")
)
_AGE, _FALL = Traits._fields.index("age_years"), Hazards._fields.index("fall")
_IN_FALL = LESION_EVENTS.index("fracture_fall")

# ---- one day of one group ----------------------------------------------------------------------------------------------


@register_jitable(forceinline=True)
def _person_day(b, p):
    """Quick and slow states through one day, the slow ones with the quick at the middle of it; `middle` ends as the mean of the
    body before and after."""
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    carried = Sums(*rows_loaded(b.carried, 0, _SUMS))
    quick, slow = rows_loaded(b.body, 0, _QUICK), rows_loaded(b.body, _QUICK, _SLOW)
    first = rates.quick(Body(*(quick + slow)), x, rx, carried, p)
    second = rates.quick(Body(*(stepped(quick, first, 1.0) + slow)), x, rx, carried, p)
    quick_after = stepped(quick, mean_rates(first, second), 1.0)
    noon = halfway(quick, quick_after)
    first_slow = rates.slow(Body(*(noon + slow)), x, rx, carried, p)
    second_slow = rates.slow(Body(*(noon + stepped(slow, first_slow, 1.0))), x, rx, carried, p)
    slow_after = stepped(slow, mean_rates(first_slow, second_slow), 1.0)
    record_stored(b.middle, 0, noon + halfway(slow, slow_after))
    record_stored(b.body, 0, quick_after + slow_after)


@register_jitable(forceinline=True)
def _lesion_step(b, k, soil, x, rx, dt, p):
    """The lesions of slot k through a time step, usually a day."""
    t = LesionTraits(*rows_loaded(b.lesion_traits, k * _LESION_TRAITS, _LESION_TRAITS))
    site = Site(*rows_loaded(b.site, k * _SITE, _SITE))
    growing, marked = rows_loaded(b.lesion, k * _LESION, _GROWING), rows_loaded(b.lesion, k * _LESION + _GROWING, _MARKED)
    first = rates.lesion(Lesion(*(growing + marked)), soil, x, t, site, rx, p)
    second = rates.lesion(Lesion(*(stepped(growing, first, dt) + marked)), soil, x, t, site, rx, p)
    record_stored(b.lesion, k * _LESION, stepped(growing, mean_rates(first, second), dt))


@register_jitable(forceinline=True)
def _lesions_day(b, most, p):
    """All lesions through one day, in the body of the middle of it."""
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    carried = Sums(*rows_loaded(b.carried, 0, _SUMS))
    record_stored(b.soil, 0, rates.soil(Body(*rows_loaded(b.middle, 0, _BODY)), x, rx, carried, p))
    soil = Soil(*rows_loaded(b.soil, 0, _SOIL))
    for k in range(most):
        _lesion_step(b, k, soil, x, rx, 1.0, p)


@register_jitable(forceinline=True)
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
            part = kept(used, loaded(b.part, s))
            stored(b.fresh, s, larger_of(loaded(b.fresh, s), part) if _IS_WORST[s] else loaded(b.fresh, s) + part)
        record_stored(b.lesion_hazard, k * _LESION_EVENTS, rates.lesion_hazards(l, y, x, t, site, rx, every(1.0), p))


@register_jitable(forceinline=True)
def _carry(b):
    """The lesions' sums as they are likely to be today: yesterday's day mean, carried on."""
    for s in range(_SUMS):
        ahead = 2.0 * loaded(b.mean, s) - loaded(b.mean, _SUMS + s)
        stored(b.carried, s, larger_of(ahead, every(0.0)))


@register_jitable(forceinline=True)
def _note_means(b):
    """The day that has passed becomes yesterday."""
    for s in range(_SUMS):
        stored(b.mean, _SUMS + s, loaded(b.mean, s))
        stored(b.mean, s, 0.5 * (loaded(b.sums, s) + loaded(b.fresh, s)))
        stored(b.sums, s, loaded(b.fresh, s))


@register_jitable(forceinline=True)
def _notice(b, most, p):
    """What people notice at the end of the day."""
    y, sums = Body(*rows_loaded(b.body, 0, _BODY)), Sums(*rows_loaded(b.sums, 0, _SUMS))
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    unhealed = every(0.0)
    for k in range(most):
        unhealed = larger_of(unhealed, kept(loaded(b.used, k), loaded(b.lesion, k * _LESION + _UNHEALED)))
    record_stored(b.noticed, 0, noticed(y, x, sums, rx, unhealed, p))


@register_jitable(forceinline=True)
def _use_up(b, most, p):
    """Take the day's hazards from what is left until the next event of each kind; `least` is the least of it all."""
    y = Body(*rows_loaded(b.body, 0, _BODY))
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    hazards = rates.hazards(y, x, Sums(*rows_loaded(b.sums, 0, _SUMS)), rx, loaded(b.traits, _AGE) + loaded(b.day, 0) / 365.25, p)
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
            hazard = kept(used, loaded(b.lesion_hazard, row))
            left = loaded(b.lesion_left, row) - (hazard * falls if h == _IN_FALL else hazard)
            stored(b.lesion_left, row, left)
            least = smaller_of(least, left)
    stored(b.least, 0, least)


@register_jitable(forceinline=True)
def _drugs_day(b, people, drug_row):
    """The day's effects of the drugs on board, for the lanes that have any."""
    for w in range(WIDTH):
        i = b.people[w]
        if b.real[w] and people.taking[i] != 0:
            effects_of_day(people, i, drug_row, b.body[_OSTEOCLASTS, w], b.point)
            for s in range(_EFFECTS):
                b.effects[s, w] = people.last_effect[i, s]


@register_jitable(forceinline=True)
def _settled(b, people):
    """Whether nothing has changed at once in anybody here."""
    settled = True
    for w in range(WIDTH):
        settled = settled and (not b.real[w] or people.settled[b.people[w]])
    return settled


@register_jitable
def _settle(b, most, people, p):
    """What the lesions add up to is taken anew, as something changed at once."""
    for s in range(_SUMS):
        stored(b.carried, s, loaded(b.sums, s))
    _add_up(b, most, p)
    for w in range(WIDTH):
        i = b.people[w]
        if b.real[w] and not people.settled[i]:
            people.settled[i] = True
            b.unsure[0, w] = 0.0
            for s in range(_SUMS):
                b.sums[s, w] = b.mean[s, w] = b.mean[_SUMS + s, w] = b.fresh[s, w]


@register_jitable(forceinline=True)
def _most_lesions(b, people):
    most = 0
    for w in range(WIDTH):
        if b.real[w]:
            most = max(most, people.lesions[b.people[w]])
    return most


@register_jitable(forceinline=True)
def _glance(b, listens):
    """How much each lane's person asks for this morning: at least nought where a stop has come, or something may be worth
    telling."""
    alarm = loaded(b.day, 0) - loaded(b.stop, 0)
    if listens:
        seen = lambda row: loaded(b.noticed, row)
        alarm = larger_of(alarm, seen(_WORST_PAIN) - loaded(b.told, 0) - RISE)
        alarm = larger_of(alarm, larger_of(seen(_CALCIUM) - HIGH, LOW - seen(_CALCIUM)))
        alarm = larger_of(alarm, larger_of(seen(_FRESH) - FRESH, seen(_DEFICIT) - DEFICIT))
        alarm = larger_of(alarm, larger_of(FUNCTION - seen(_FUNCTION), loaded(b.unsure, 0) - 0.5))
    stored(b.alarm, 0, alarm)


@register_jitable
def _noticed_in(b, w):
    return Noticed(*to_fixed_tuple(b.noticed[:, w], _NOTICED))


@register_jitable(forceinline=True)
def _morning(b, people, pace, chances):
    """Lanes whose person stops this morning leave the bench; returns how many stay."""
    _glance(b, pace.listens)
    stay, draws = 0, pace.draws.shape[0] > 0
    for w in range(WIDTH):
        if not b.real[w]:
            continue
        if b.alarm[0, w] >= 0.0 or (draws and np.int64(b.day[0, w]) % CLINIC_EVERY == 0):
            i = b.people[w]
            _tell_day(b, w, pace)
            if halts(people.settled[i], people.key[i], i, _noticed_in(b, w), pace, chances):
                give_back(b, w, people, i)
                b.real[w] = False
                continue
        stay += 1
    return stay


@register_jitable(forceinline=True)
def _tell_day(b, w, pace):
    """Write down how far the person of lane w has come."""
    i, day = b.people[w], np.int64(b.day[0, w])
    if day > pace.today[i]:
        pace.today[i], pace.seen[i] = day, False


@register_jitable(forceinline=True)
def _seat(b, at, end, order, people, views, bones, pace):
    """People of one parameter set, order[at:end], onto the free lanes; returns how many people of the order have been seated."""
    for w in range(WIDTH):
        if b.real[w]:
            continue
        i = order[min(at, end - 1)]  # what fills up is somebody seen before, and is thrown away
        b.people[w], b.real[w] = i, at < end
        at = min(at + 1, end)
        b.day[0, w], b.stop[0, w], b.told[0, w] = pace.today[i], pace.stop[i], pace.told[i]
        b.unsure[0, w] = 0.0 if people.settled[i] else 1.0
        take(b, w, people, i, views, bones)
    for j in range(at, min(at + WIDTH, order.shape[0])):
        expect(people, order[j], views)
    return at


@register_jitable
def _struck(b, people, p, sites, site_weights, pace, views, bones, log, written):
    """What the day brings to those whose hazard is used up; returns the rows of `log`."""
    for w in range(WIDTH):
        if b.real[w] and b.least[0, w] <= 0.0:
            i = b.people[w]
            give_back(b, w, people, i)
            written = strike(people, i, np.int64(b.day[0, w]), p, sites, site_weights, log, written)
            if people.alive[i]:
                take(b, w, people, i, views, bones)
                b.unsure[0, w] = 0.0 if people.settled[i] else 1.0
            else:
                b.real[w] = False
                pace.today[i], pace.seen[i] = np.int64(b.day[0, w]) + 1, False
    return written


@register_jitable(forceinline=True)
def _anybody_struck(b):
    struck = False
    for w in range(WIDTH):
        struck = struck or (b.real[w] and b.least[0, w] <= 0.0)
    return struck


@register_jitable
def _note_evenings(b, pace, bounds, turns, written):
    """Changes of what people stand in, by the evening of the day; returns the rows of `turns`."""
    for w in range(WIDTH):
        if b.real[w]:
            written = note_evening(b.people[w], np.int64(b.day[0, w]), _noticed_in(b, w), pace, bounds, turns, written)
    return written


@register_jitable(forceinline=True)
def _last_day(b):
    """Whether somebody's day is the last before their stop."""
    last = False
    for w in range(WIDTH):
        last = last or (b.real[w] and b.day[0, w] + 1.0 >= b.stop[0, w])
    return last


def carry(people, order, views, pace, chances, bounds, params, drugs, sites, bones, site_weights, events, log, turns, b):
    """Carry the people of `order` on until something stops them, or until a log is full; see `kernel.carry`. `views` are traits
    [n, fields] and lesion traits [n, SLOTS, fields], `bones` the sites as [sites, fields], `b` a bench."""
    written, turned = 0, 0
    heeds = pace.listens or pace.follows or pace.draws.shape[0] > 0
    at, end = 0, 0  # of `order`: who sits down next, and the end of their parameter set
    b.real[:] = False
    while at < order.shape[0]:
        number, most = people.set_of[order[at]], 0
        p, drug_row = steady(params[number]), drugs[number]
        while end < order.shape[0] and people.set_of[order[end]] == number:
            end += 1
        while True:
            stay = _morning(b, people, pace, chances)
            if stay < WIDTH:
                if at < end:
                    at = _seat(b, at, end, order, people, views, bones, pace)
                    most = _most_lesions(b, people)
                elif stay == 0:
                    break
            if (events and written + WIDTH * MOST_EVENTS > log.shape[0]) or (pace.follows and turned + WIDTH > turns.shape[0]):
                for w in range(WIDTH):
                    if b.real[w]:
                        _tell_day(b, w, pace)
                        give_back(b, w, people, b.people[w])
                return written, turned
            _drugs_day(b, people, drug_row)
            if not _settled(b, people):
                _settle(b, most, people, p)
            _carry(b)
            _person_day(b, p)
            _lesions_day(b, most, p)
            _add_up(b, most, p)
            _note_means(b)
            if heeds or _last_day(b):
                _notice(b, most, p)
            if events:
                _use_up(b, most, p)
                if _anybody_struck(b):
                    written = _struck(b, people, p, sites, site_weights, pace, views, bones, log, written)
                    most = _most_lesions(b, people)
            if pace.follows:
                turned = _note_evenings(b, pace, bounds, turns, turned)
            stored(b.day, 0, loaded(b.day, 0) + 1.0)
    return written, turned


def grow(people, order, views, steps, dt, params, bones, b):
    """Carry lesions on by `steps` steps of `dt` days, each in a body that stays as it is, untreated. `order` [m, 2] says person
    and slot of each, those of one parameter set together; `views`, `bones` and `b` as for `carry`."""
    for s in range(_EFFECTS):
        stored(b.effects, s, 0.0)
    for s in range(_SUMS):
        stored(b.carried, s, 0.0)
    at = 0
    while at < order.shape[0]:
        number, end = people.set_of[order[at, 0]], at
        while end < min(at + WIDTH, order.shape[0]) and people.set_of[order[end, 0]] == number:
            end += 1
        for w in range(WIDTH):  # what fills up is the last one again, and is thrown away
            i, k = order[min(at + w, end - 1)]
            take_alone(b, w, people, i, k, views, bones)
        _grow_group(b, steps, dt, steady(params[number]))
        for w in range(end - at):
            i, k = order[at + w]
            for s in range(_GROWING):
                people.lesion[i, k, s] = b.lesion[s, w]
        at = end


@register_jitable
def _grow_group(b, steps, dt, p):
    x, rx = Traits(*rows_loaded(b.traits, 0, _TRAITS)), Effects(*rows_loaded(b.effects, 0, _EFFECTS))
    carried = Sums(*rows_loaded(b.carried, 0, _SUMS))
    record_stored(b.soil, 0, rates.soil(Body(*rows_loaded(b.body, 0, _BODY)), x, rx, carried, p))
    soil = Soil(*rows_loaded(b.soil, 0, _SOIL))
    for _ in range(steps):
        _lesion_step(b, 0, soil, x, rx, dt, p)
