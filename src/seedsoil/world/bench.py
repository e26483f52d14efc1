"""The bench: where eight people are worked on at a time, and the way of people onto it and back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from seedsoil.biology.body import Body, Effects, Lesion, LesionTraits, Site, Soil, Sums, Traits
from seedsoil.biology.person import Hazards
from seedsoil.world.lanes import WIDTH
from seedsoil.world.pace import halts
from seedsoil.world.records import LESION_EVENTS, SLOTS, Noticed
from seedsoil.world.seats import LINE, fetched, lane_given, lane_taken

_BODY, _LESION, _SUMS, _EFFECTS = len(Body._fields), len(Lesion._fields), len(Sums._fields), len(Effects._fields)
_TRAITS, _LESION_TRAITS, _SITE, _SOIL = len(Traits._fields), len(LesionTraits._fields), len(Site._fields), len(Soil._fields)
_HAZARDS, _LESION_EVENTS = len(Hazards._fields), len(LESION_EVENTS)
_NOTICED, _MEANS = len(Noticed._fields), 2 * _SUMS
USUAL_PLACES = 8  # of those for drugs: who has more waits for the rest


class Bench(NamedTuple):
    """Where one group of people is worked on; every array is [rows, WIDTH], the fields of slot k begin at row k * fields."""

    people: np.ndarray  # [WIDTH] int64, row of each lane's person
    real: np.ndarray  # [WIDTH] bool, False for what only fills up and for the dead
    body: np.ndarray
    middle: np.ndarray
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


_ROWS = {
    "body": _BODY, "middle": _BODY, "traits": _TRAITS, "effects": _EFFECTS, "sums": _SUMS, "mean": _MEANS, "carried": _SUMS,
    "fresh": _SUMS, "part": _SUMS, "soil": _SOIL, "left": _HAZARDS, "hazard": _HAZARDS, "lesion": SLOTS * _LESION,
    "lesion_traits": SLOTS * _LESION_TRAITS, "site": SLOTS * _SITE, "used": SLOTS, "lesion_left": SLOTS * _LESION_EVENTS,
    "lesion_hazard": SLOTS * _LESION_EVENTS, "noticed": _NOTICED, "day": 1, "stop": 1, "told": 1, "unsure": 1, "alarm": 1,
    "least": 1,
}  # fmt: skip


def bench(sites: np.ndarray) -> Bench:
    """A bench with nobody on it, `sites` being the bones as [sites, fields]. There is healthy bone in its slots: those that a lane
    does not use are carried along, whatever was in them last, and never looked at."""
    size = LINE * sum(_ROWS.values())
    block = np.zeros(size + LINE, np.uint8)
    block = block[-block.ctypes.data % LINE :][:size].view(np.float64).reshape(-1, WIDTH)
    rooms = np.split(block, np.cumsum([*_ROWS.values()])[:-1])
    made = Bench(
        people=np.zeros(WIDTH, np.int64), real=np.zeros(WIDTH, np.bool_), point=np.zeros((3, _EFFECTS)),
        **dict(zip(_ROWS, rooms, strict=True)),
    )  # fmt: skip
    for name in ("osteoclasts", "osteoblasts", "lamellar"):
        made.lesion[Lesion._fields.index(name) :: _LESION] = 1.0
    made.site[:] = np.tile(sites[0], SLOTS)[:, None]
    return made


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


@register_jitable(forceinline=True)
def expect(people, i, views):
    """Person i sits down soon: have what they bring fetched from memory meanwhile."""
    many = people.lesions[i]
    fetched(people.body, i, 8 * _BODY)
    fetched(views[0], i, 8 * _TRAITS)
    fetched(people.last_effect, i, 8 * _EFFECTS)
    fetched(people.sums, i, 8 * _SUMS)
    fetched(people.mean, i, 8 * _MEANS)
    fetched(people.left, i, 8 * _HAZARDS)
    fetched(people.lesion, i, 8 * _LESION * many)
    fetched(views[1], i, views[1].strides[1] * many)
    fetched(people.lesion_left, i, 8 * _LESION_EVENTS * many)
    if people.taking[i] != 0:
        fetched(people.drug, i, people.drug.strides[0])
        fetched(people.onboard, i, people.onboard.strides[1] * USUAL_PLACES)
        fetched(people.efficacy, i, people.efficacy.strides[0])


@register_jitable(forceinline=True)
def take(b, w, people, i, views, sites):
    """Put person i into lane w."""
    traits, lesion_traits = views
    many = people.lesions[i]
    lane_taken(b.body, 0, w, people.body, (i,), _BODY)
    lane_taken(b.traits, 0, w, traits, (i,), _TRAITS)
    lane_taken(b.effects, 0, w, people.last_effect, (i,), _EFFECTS)
    lane_taken(b.sums, 0, w, people.sums, (i,), _SUMS)
    lane_taken(b.mean, 0, w, people.mean, (i,), _MEANS)
    lane_taken(b.noticed, 0, w, people.noticed, (i,), _NOTICED)
    lane_taken(b.left, 0, w, people.left, (i,), _HAZARDS)
    for k in range(many):
        lane_taken(b.lesion, k * _LESION, w, people.lesion, (i, k), _LESION)
        lane_taken(b.lesion_left, k * _LESION_EVENTS, w, people.lesion_left, (i, k), _LESION_EVENTS)
        lane_taken(b.lesion_traits, k * _LESION_TRAITS, w, lesion_traits, (i, k), _LESION_TRAITS)
        lane_taken(b.site, k * _SITE, w, sites, (people.site[i, k],), _SITE)
    for k in range(SLOTS):
        b.used[k, w] = 1.0 if k < many else 0.0
    for row in range(many * _LESION_EVENTS, SLOTS * _LESION_EVENTS):
        b.lesion_left[row, w] = np.inf


@register_jitable
def take_alone(b, w, people, i, k, views, sites):
    """Put lesion k of person i, with the body it lives in, into lane w: no other lesion, no drugs, no events."""
    traits, lesion_traits = views
    lane_taken(b.body, 0, w, people.body, (i,), _BODY)
    lane_taken(b.traits, 0, w, traits, (i,), _TRAITS)
    lane_taken(b.lesion, 0, w, people.lesion, (i, k), _LESION)
    lane_taken(b.lesion_traits, 0, w, lesion_traits, (i, k), _LESION_TRAITS)
    lane_taken(b.site, 0, w, sites, (people.site[i, k],), _SITE)


@register_jitable(forceinline=True)
def give_back(b, w, people, i):
    """Write lane w back to person i."""
    many = people.lesions[i]
    lane_given(b.body, 0, w, people.body, (i,), _BODY)
    lane_given(b.sums, 0, w, people.sums, (i,), _SUMS)
    lane_given(b.mean, 0, w, people.mean, (i,), _MEANS)
    lane_given(b.noticed, 0, w, people.noticed, (i,), _NOTICED)
    lane_given(b.left, 0, w, people.left, (i,), _HAZARDS)
    for k in range(many):
        lane_given(b.lesion, k * _LESION, w, people.lesion, (i, k), _LESION)
        lane_given(b.lesion_left, k * _LESION_EVENTS, w, people.lesion_left, (i, k), _LESION_EVENTS)
