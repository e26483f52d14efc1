"""The years before a cancer is found: a primary grows, sheds cells and founds colonies, and nobody knows.

Everybody's clock is set so that the primary reaches the size at which it is found on day 0. Pain or metastases may give
the cancer away before that. Who is counted as a new case has lived to the diagnosis: nobody dies before it.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from seedsoil.biology import person
from seedsoil.biology.body import Body, Effects, Lesion, Sums
from seedsoil.biology.person import Hazards
from seedsoil.grammar import luck, tables
from seedsoil.world import people, populations
from seedsoil.world.day import carried
from seedsoil.world.pace import straight
from seedsoil.world.parameters import Numbers
from seedsoil.world.records import Columns, People

EVERY = 28  # days between two looks at whether something gives the cancer away
FIRST_ML = 1e-3  # a primary of one cubic millimetre
ORGANS = ("liver", "lung", "brain")
_PRIMARY = Body._fields.index("primary")
_DEATHS = slice(Hazards._fields.index("death_tumour"), len(Hazards._fields))
_NEVER = 1e18


class Found(NamedTuple):
    """People on the day their cancer is found, in the order of their keys."""

    people: People
    given_away: np.ndarray  # [n] bool: metastases gave the cancer away before the primary did
    ml_days: np.ndarray  # [n] the primary's volume added up over the days it lived, mL day


@functools.cache
def of_primary(cancer: str) -> dict[str, tables.Entry]:
    """The numbers of one cancer at the diagnosis of its primary, by name."""
    start = f"{cancer}."
    return {k.removeprefix(start): e for k, e in tables.table("incidence.toml").items() if k.startswith(start)}


def new_cases(cancer: str, keys: np.ndarray, seed: int, numbers: Numbers) -> People:
    """People in whom this cancer will be found: age, sex and subtype as at the diagnosis of the primary, no body yet."""
    own = of_primary(cancer)
    score = functools.partial(populations.score, seed, keys)
    age = np.clip(own["age_years"].spread(score("age_at_diagnosis")), 20.0, 95.0)
    given = {"age_years": age}
    draw = lambda name: luck.uniform(seed, keys, "traits", luck.stream(name) & 0x7FFFFFFF)
    given["male"] = (draw("sex") >= own["female_share"].value).astype(float)
    subtypes = [part.subtype for part in populations.populations(cancer)]
    if any(subtypes):
        shares = np.array([[own[f"subtype.{name}"].value for name in subtypes]])
        given["subtype"] = luck.choose(draw("subtype"), shares)
    group = people.without_body(cancer, keys, seed, numbers, given)
    t = group.traits
    to_bone = _to_bone(cancer)[group.subtype] * tables.table("values", "spread.toml")["colonies_at_once"].value
    t["shedding"] *= own["seeding"].spread(seeding_score(keys, seed)) * to_bone
    t["visceral_tropism"] *= own["organs"].value / to_bone
    usual = tables.table("people.toml")
    quick = t["frailty"] ** usual["frailty_in_growth"].value
    doubling = own["doubling_days"].spread(score("primary_doubling"))
    t["primary_growth"] = quick * populations.LN2 / (doubling * usual["growth_at_one_ml"].value)
    return group


def seeding_score(keys: np.ndarray, seed: int) -> np.ndarray:
    """How much each primary seeds among those of its cancer, a standard normal score: tumours of high grade seed, grow and kill
    more, so that part of it is the person's frailty."""
    own = tables.table("incidence.toml")["seeding_with_frailty"].value
    score = functools.partial(populations.score, seed, keys)
    return own * score("frailty") + np.sqrt(1.0 - own**2) * score("seeding")


@functools.cache
def _to_bone(cancer: str) -> np.ndarray:
    """Colonies in bone of each subtype for one of the cancer as a whole, those in organs being as many [subtypes]."""
    own = of_primary(cancer)
    names = [part.subtype for part in populations.populations(cancer)]
    return np.array([own[f"to_bone.{name}"].value if f"to_bone.{name}" in own else 1.0 for name in names])


def found_ml(group: People, cancer: str, seed: int) -> np.ndarray:
    """Volume at which each primary is found, mL."""
    return of_primary(cancer)["found_ml"].spread(populations.score(seed, group.key, "found_ml"))


def days_unseen(group: People, found: np.ndarray, numbers: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """Days from the birth of the primary to the day it is found, and its volume then begun with, mL: growth in closed
    form. One that would have begun in childhood is followed from the youngest age on."""
    capacity = numbers.params["capacity_primary"][group.set_of]
    found = np.minimum(found, 0.9 * capacity)
    odds = lambda volume: (volume / capacity) ** 0.25 / (1.0 - (volume / capacity) ** 0.25)
    growth = group.traits["primary_growth"]
    days = np.log(np.maximum(odds(found) / odds(FIRST_ML), 1.0 + 1e-9)) / (0.25 * growth)
    youngest = tables.table("incidence.toml")["youngest"].value
    most = 365.25 * np.maximum(group.traits["age_years"] - youngest, 1.0)
    begun = np.where(days <= most, FIRST_ML, people.past_volume(found, capacity, growth, np.minimum(days, most)))
    return np.minimum(days, most).astype(int), np.maximum(begun, FIRST_ML)


def until_found(group: People, days: np.ndarray, begun: np.ndarray, seed: int, numbers: Numbers) -> Found:
    """Everybody on the day the cancer is found. `days` before that the primary has the volume `begun`, mL."""
    n = len(group.key)
    group.left[:, _DEATHS] = _NEVER
    group.alive[:] = False
    parameters, x = Columns(numbers.params, group.set_of), Columns(group.traits)
    waiting, ml_days, given_away = np.ones(n, bool), np.zeros(n), np.zeros(n, bool)
    for day in range(-EVERY * -(-int(days.max(initial=0)) // EVERY), 0, EVERY):
        starts = waiting & (days > -day - EVERY)
        group.alive[starts], waiting[starts] = True, False
        group.body[starts, _PRIMARY] = begun[starts]
        carried(group, straight(group, day, EVERY), numbers)
        ml_days[group.alive] += EVERY * group.body[group.alive, _PRIMARY]
        if day < -EVERY:  # whose clock stops here is on the day of the diagnosis already
            alive = np.flatnonzero(group.alive)
            told = alive[_told(group, alive, x.of(alive), parameters.of(alive))]
            given_away[told], group.alive[told] = True, False
    group.body[waiting, _PRIMARY] = begun[waiting]
    group.alive[:] = True
    kinds = np.arange(len(Hazards._fields))[None, _DEATHS]
    group.left[:, _DEATHS] = luck.exponential(seed, group.key[:, None], "threshold", kinds, 0)
    return Found(group, given_away, ml_days)


def _told(group: People, rows: np.ndarray, x: Columns, p: Columns) -> np.ndarray:
    """Mask over these people: pain, a broken bone, a weak leg or large metastases bring the person to a doctor who finds the
    cancer. x, p: traits and parameters of the same people."""
    limit = tables.table("incidence.toml")
    body = group.body[rows]
    y, sums, rx = Body(*body.T), Sums(*group.sums[rows].T), Effects(*group.last_effect[rows].T)
    told = person.worst_pain(y, x, sums, rx, p) >= limit["gives_away.pain"].value
    told |= (group.lesion[rows, :, Lesion._fields.index("unhealed")] > limit["gives_away.fracture"].value).any(axis=1)
    told |= sums.cord_deficit > limit["gives_away.cord_deficit"].value
    return told | felt_in_organs(body)


def felt_in_organs(body: np.ndarray) -> np.ndarray:
    """Mask over bodies [n, Body]: metastases in an organ that make themselves felt."""
    limit = tables.table("incidence.toml")
    y = Body(*body.T)
    felt = np.zeros(len(body), bool)
    for organ in ORGANS:
        volume = getattr(y, f"{organ}_sensitive") + getattr(y, f"{organ}_resistant")
        felt |= volume > limit[f"gives_away.{organ}_ml"].value
    return felt
