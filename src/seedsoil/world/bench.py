"""The bench: where eight people are worked on at a time, and the way of people onto it and back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from seedsoil.biology.body import Body, Effects, Lesion, LesionTraits, Site, Soil, Sums, Traits
from seedsoil.biology.person import Hazards
from seedsoil.world.lanes import WIDTH, fetched
from seedsoil.world.pace import halts
from seedsoil.world.records import LESION_EVENTS, SLOTS, Noticed

_BODY, _LESION, _SUMS, _EFFECTS = len(Body._fields), len(Lesion._fields), len(Sums._fields), len(Effects._fields)
_TRAITS, _LESION_TRAITS, _SITE, _SOIL = len(Traits._fields), len(LesionTraits._fields), len(Site._fields), len(Soil._fields)
_HAZARDS, _LESION_EVENTS = len(Hazards._fields), len(LESION_EVENTS)
_NOTICED = len(Noticed._fields)
USUAL_PLACES = 8  # of those for drugs: who has more waits for the rest


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
    day: np.ndarray  # of each lane, as a number
    stop: np.ndarray  # day on which something is due
    told: np.ndarray  # worst pain as last told
    unsure: np.ndarray  # 1 where something has changed at once and `noticed` is void, else 0
    alarm: np.ndarray  # how much the morning asks for
    least: np.ndarray  # least of what is left until any event
    point: np.ndarray  # [3, Effects] effects of one person's drugs in the morning, at noon and in the evening


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
        day=room(1),
        stop=room(1),
        told=room(1),
        unsure=room(1),
        alarm=room(1),
        least=room(1),
        point=np.zeros((3, _EFFECTS)),
    )


def going(people, pace, chances, rows, key):
    """Who of the living does not stop this morning; who does is noted. Writes their `rows`, and for each a `key` that orders them
    so that those with the same parameter set stand together, of those the ones with as many lesions, of those the ones with
    as many days to go. Returns how many they are."""
    many = 0
    for i in range(people.key.shape[0]):
        if not people.alive[i] or pace.halted[i]:
            continue
        n = Noticed(*to_fixed_tuple(people.noticed[i], _NOTICED))
        if halts(people.settled[i], people.key[i], i, n, pace, chances):
            continue
        to_go = min(pace.stop[i] - pace.today[i], (1 << 24) - 1)
        rows[many], key[many] = i, ((people.set_of[i] * (SLOTS + 1) + people.lesions[i]) << 24) + to_go
        many += 1
    return many


@register_jitable
def expect(people, i, views):
    """Person i sits down soon: have what they bring fetched from memory meanwhile."""
    many = people.lesions[i]
    fetched(people.body, i, 8 * _BODY)
    fetched(views[0], i, 8 * _TRAITS)
    fetched(people.last_effect, i, 8 * _EFFECTS)
    fetched(people.sums, i, 8 * _SUMS)
    fetched(people.mean, i, 16 * _SUMS)
    fetched(people.left, i, 8 * _HAZARDS)
    fetched(people.lesion, i, 8 * _LESION * many)
    fetched(views[1], i, views[1].strides[1] * many)
    fetched(people.lesion_left, i, 8 * _LESION_EVENTS * many)
    if people.taking[i] != 0:
        fetched(people.drug, i, people.drug.strides[0])
        fetched(people.onboard, i, people.onboard.strides[1] * USUAL_PLACES)
        fetched(people.efficacy, i, people.efficacy.strides[0])


@register_jitable
def take(b, w, people, i, views, sites):
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
        _take_lesion(b, w, k, people, i, k, lesion_traits, sites)
        for h in range(_LESION_EVENTS):
            b.lesion_left[k * _LESION_EVENTS + h, w] = people.lesion_left[i, k, h]


@register_jitable
def _take_lesion(b, w, slot, people, i, k, lesion_traits, sites):
    """Lesion k of person i into a slot of lane w."""
    for s in range(_LESION):
        b.lesion[slot * _LESION + s, w] = people.lesion[i, k, s]
    for s in range(_LESION_TRAITS):
        b.lesion_traits[slot * _LESION_TRAITS + s, w] = lesion_traits[i, k, s]
    for s in range(_SITE):
        b.site[slot * _SITE + s, w] = sites[people.site[i, k], s]


@register_jitable
def take_alone(b, w, people, i, k, views, sites):
    """Put lesion k of person i, with the body it lives in, into lane w: no other lesion, no drugs, no events."""
    traits, lesion_traits = views
    for s in range(_BODY):
        b.body[s, w] = people.body[i, s]
    for s in range(_TRAITS):
        b.traits[s, w] = traits[i, s]
    _take_lesion(b, w, 0, people, i, k, lesion_traits, sites)


@register_jitable
def fill(b, w, most, healthy, sites):
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
def give_back(b, w, people, i):
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
