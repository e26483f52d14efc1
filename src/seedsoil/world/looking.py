"""A first look at many bodies, in compiled code: who may have something to tell, and lesions laid side by side.

The look leaves out only those who surely stay at home: a person's luck of the day is known, and a call comes when that
luck falls below the chance of a call, so whoever's luck lies above the most that chance can be need not be asked.
`diagnostics.symptoms` says the chance itself.
"""

from __future__ import annotations

import functools
import sys
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from seedsoil.biology import body
from seedsoil.biology.body import Body, Effects, Lesion, Sums
from seedsoil.diagnostics.truth import number
from seedsoil.grammar import luck
from seedsoil.grammar.algebra import hill4, hill16
from seedsoil.world import equations, events, records
from seedsoil.world.cache import compiled
from seedsoil.world.equations import noticed
from seedsoil.world.events import uniform
from seedsoil.world.records import Noticed

_BODY, _SUMS, _EFFECTS, _NOTICED = len(Body._fields), len(Sums._fields), len(Effects._fields), len(Noticed._fields)
_UNHEALED = Lesion._fields.index("unhealed")
_SYMPTOM = np.uint64(luck.stream("symptom"))
_SLACK = 1e-9  # compiled and plain arithmetic differ in the last digits


class Chances(NamedTuple):
    """The most each reason to call can weigh, and what it hangs on; all of them numbers of the diagnostic tables."""

    worse_pain: float
    severe_pain: float
    rise: float  # of pain over what was told
    worth_telling: float  # pain
    severe: float  # pain
    confusion: float
    confusion_half: float
    cramps: float
    cramps_half: float
    bladder: float
    bladder_half: float
    bladder_weight: float
    weakness: float
    weakness_half: float
    legs_weight: float
    bedridden: float
    walks_no_more: float


@functools.cache
def chances() -> Chances:
    """From the tables of `diagnostics`."""
    n, walking = functools.partial(number, "symptoms"), functools.partial(number, "examination")
    return Chances(
        worse_pain=n("call.worse_pain"),
        severe_pain=n("call.severe_pain"),
        rise=n("call.rise"),
        worth_telling=n("call.worth_telling"),
        severe=n("call.severe"),
        confusion=n("call.confusion"),
        confusion_half=n("confusion.half"),
        cramps=n("call.cramps"),
        cramps_half=n("cramps.half"),
        bladder=n("call.bladder"),
        bladder_half=n("bladder.half"),
        bladder_weight=max(1.0, n("bladder.cervical"), n("bladder.lumbar")),
        weakness=n("call.weakness"),
        weakness_half=n("weakness.half"),
        legs_weight=max(1.0, walking("walking.sacral_legs")),
        bedridden=walking("walking.bedridden"),
        walks_no_more=walking("walking.none_below"),
    )


@register_jitable
def _noticed_of(people, i, params):
    """What person i notices: as the kernel left it, or taken anew where something has changed at once since."""
    if people.settled[i]:
        return Noticed(*to_fixed_tuple(people.noticed[i], _NOTICED))
    unhealed = 0.0
    for k in range(people.lesions[i]):
        unhealed = max(unhealed, people.lesion[i, k, _UNHEALED])
    y, rx = Body(*to_fixed_tuple(people.body[i], _BODY)), Effects(*to_fixed_tuple(people.last_effect[i], _EFFECTS))
    sums = Sums(*to_fixed_tuple(people.sums[i], _SUMS))
    return noticed(y, people.traits[i], sums, rx, unhealed, params[people.set_of[i]])


def _may_tell(people, params, told, seen_today, seed, day, c, rows):
    """Rows of the people who may call, into `rows`; returns how many. See `may_tell`."""
    found = 0
    for i in range(people.alive.shape[0]):
        if not people.alive[i] or seen_today[i]:
            continue
        n = _noticed_of(people, i, params)
        rise = n.worst_pain - (0.0 if np.isnan(told[i]) else told[i])
        broken = n.unhealed > 0.9
        poorly = n.calcium > 2.9 or n.calcium < 2.0 or broken or n.cord_deficit > 0.02 or n.function < 0.4
        if not (rise >= 1.0 - _SLACK or poorly):
            continue
        legs = (1.0 - min(c.legs_weight * n.cord_deficit, 1.0)) * (1.0 - min(n.immobility, 1.0))
        lying = n.function <= c.bedridden + _SLACK or legs <= c.walks_no_more + _SLACK
        if not (broken or lying) and people.settled[i]:
            silent = 1.0
            if rise >= c.rise - _SLACK:
                silent *= 1.0 - c.worse_pain if n.worst_pain >= c.worth_telling - _SLACK else 1.0
                silent *= 1.0 - c.severe_pain if n.worst_pain >= c.severe - _SLACK else 1.0
            silent *= 1.0 - c.confusion * hill16(n.calcium, c.confusion_half)
            silent *= 1.0 - c.cramps * hill16(c.cramps_half, n.calcium)
            silent *= 1.0 - c.bladder * hill4(c.bladder_weight * n.cord_deficit, c.bladder_half)
            silent *= 1.0 - c.weakness * hill4(c.legs_weight * n.cord_deficit, c.weakness_half)
            if uniform(seed, people.key[i], _SYMPTOM, 0, day) > 1.0 - silent + _SLACK:
                continue
        rows[found] = i
        found += 1
    return found


def _side_by_side(lesion, rows, out):
    """Lesions of some people, field by field: from [n, slots, fields] to `out` [fields, m, slots]."""
    for j in range(rows.shape[0]):
        for k in range(out.shape[2]):
            for s in range(out.shape[0]):
                out[s, j, k] = lesion[rows[j], k, s]


_SOURCES = (*equations.EQUATIONS, equations, body, events, luck, records, sys.modules[__name__])
_look = compiled(_may_tell, _SOURCES, nogil=True)  # without fast arithmetic, in which nothing is ever unknown
_lay_out = compiled(_side_by_side, _SOURCES, nogil=True)


def may_tell(people: records.People, params: np.ndarray, told, seen_today: np.ndarray, seed: int, day: int) -> np.ndarray:
    """Rows of the people who may call today: something is new, and their luck does not rule it out.

    told [n]: worst pain as last told, NaN where nothing was; seen_today [n]: who comes anyway and need not call.
    """
    rows = np.empty(len(people.key), np.int64)
    return rows[: _look(people, params, told, seen_today, seed, day, chances(), rows)]


def lesions_of(people: records.People, rows: np.ndarray, slots: int) -> Lesion:
    """The first `slots` lesions of some people, each field an array [m, slots]."""
    out = np.empty((people.lesion.shape[2], len(rows), slots))
    _lay_out(people.lesion, rows, out)
    return Lesion(*out)
