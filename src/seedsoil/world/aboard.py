"""Which drugs are on board of each person, and how much of them: every person has a few places, a drug takes one when it
is first given and keeps it, as exposure breeds resistance."""

from __future__ import annotations

import sys

import numpy as np

from seedsoil.treatments.kinetics import Onboard
from seedsoil.world import records
from seedsoil.world.cache import compiled
from seedsoil.world.records import PLACES, People

_EXPOSURE = Onboard._fields.index("exposure")


def _place_of(drugs, who, drug, place):
    """The place that a drug has among the drugs of each of these people, into `place`; -1 where it has none."""
    for j in range(who.shape[0]):
        place[j] = -1
        for k in range(drugs.shape[1]):
            if drugs[who[j], k] == drug:
                place[j] = k
                break


_find = compiled(_place_of, (records, sys.modules[__name__]), nogil=True)


def place_of(people: People, who: np.ndarray, drug: int) -> np.ndarray:
    """The place a drug has in each of these people, -1 where it has none."""
    place = np.empty(len(who), np.int64)
    _find(people.drug, who, int(drug), place)
    return place


def amount(people: People, who: np.ndarray, drug: int, field: str) -> np.ndarray:
    """One field of `Onboard` of a drug, nought where it has never been on board."""
    place = place_of(people, who, drug)
    return np.where(place >= 0, people.onboard[who, np.maximum(place, 0), Onboard._fields.index(field)].astype(float), 0.0)


def is_on(people: People, who: np.ndarray, drug: int) -> np.ndarray:
    """Mask: the drug is on board."""
    place = place_of(people, who, drug)
    return (place >= 0) & (people.taking[who] >> np.maximum(place, 0) & 1 == 1)


def taken_daily(people: People, rows: np.ndarray, drugs: int) -> np.ndarray:
    """Mask [m, drugs]: what each of these people takes every day."""
    out = np.zeros((len(rows), drugs), bool)
    who, place = np.nonzero(people.onboard[rows, :, Onboard._fields.index("daily")] > 0.0)
    out[who, people.drug[rows[who], place]] = True
    return out


def put(people: People, who: np.ndarray, drug: int, field: str, value: np.ndarray | float, add: bool = False) -> None:
    """Set one field of a drug in these people, or add to it, and take the drug as being on board."""
    place = _room_for(people, who, drug)
    at = (who, place, Onboard._fields.index(field))
    people.onboard[at] = people.onboard[at] + value if add else value
    if field != "exposure":
        people.taking[who] |= np.int64(1) << place


def end(people: People, who: np.ndarray, drug: int) -> None:
    """No more daily doses; what is on board leaves by itself."""
    place = place_of(people, who, drug)
    here = place >= 0
    people.onboard[who[here], place[here], Onboard._fields.index("daily")] = 0.0


def _room_for(people: People, who: np.ndarray, drug: int) -> np.ndarray:
    """The place of a drug, made where it has none: a free one, else that of the drug that has left the body and had acted
    least."""
    place = place_of(people, who, drug)
    new = np.flatnonzero(place < 0)
    if len(new):
        rows = who[new]
        taken = people.taking[rows][:, None] >> np.arange(PLACES) & 1 == 1
        if taken.all(axis=1).any():
            raise ValueError(f"a person cannot have more than {PLACES} drugs on board at once")
        free = people.drug[rows] < 0
        worth = np.where(taken, np.inf, np.where(free, -1.0, people.onboard[rows, :, _EXPOSURE]))
        place[new] = worth.argmin(axis=1)
        people.drug[rows, place[new]] = drug
        people.onboard[rows, place[new]] = 0.0
    return place
