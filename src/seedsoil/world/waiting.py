"""What of a work list is due first, and what of a visit's orders is new to it, in compiled code: everybody is asked every time."""

from __future__ import annotations

import sys

import numpy as np

from seedsoil.world import work_list
from seedsoil.world.cache import compiled


def _first_days(person, day, first):
    """The first day that each person's work is due, into `first` [people], where it is before what stands there."""
    for j in range(person.shape[0]):
        first[person[j]] = min(first[person[j]], day[j])


def _new(person, thing, under_way, new, last, before):
    """Mark in `new` the rows that ask for a thing for the first time. person, thing: of all rows, those under way (so many) first;
    last [people], -1: room for the last row of each person; before: room for the row of the same person before each."""
    for j in range(person.shape[0]):
        i = person[j]
        k = last[i] if j >= under_way else -1
        while k >= 0 and thing[k] != thing[j]:
            k = before[k]
        if k < 0:
            before[j], last[i] = last[i], j
            new[j] = j >= under_way


_SOURCES = (work_list, sys.modules[__name__])
_first = compiled(_first_days, _SOURCES, nogil=True)
_mark_new = compiled(_new, _SOURCES, nogil=True)


def first_days(work: np.ndarray, people: int, unless: int) -> np.ndarray:
    """The first day that each person's work is due, `unless` where there is none."""
    first = np.full(people, unless)
    _first(work["person"], work["day"], first)
    return first


def new(rows: np.ndarray, work: np.ndarray, people: int) -> np.ndarray:
    """Mask of the rows that are neither under way, in `work`, nor ordered by a row before."""
    person = np.concatenate([work["person"], rows["person"]])
    thing = np.concatenate([work_list.same_thing(work), work_list.same_thing(rows)])
    found = np.zeros(len(person), bool)
    _mark_new(person, thing, len(work), found, np.full(people, -1), np.empty(len(person), np.int64))
    return found[len(work) :]
