"""Lesions as tests look at them, in compiled code: laid side by side; and what an examination asks of each, by the equations
themselves, for the lesions that there are and no empty slot."""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np

from seedsoil.biology import cord, person
from seedsoil.biology.body import Body, Effects, Lesion, LesionTraits
from seedsoil.world import equations, laid_out, records
from seedsoil.world.cache import compiled
from seedsoil.world.laid_out import taken

_body, _effects, _lesion, _lesion_traits = (taken(record) for record in (Body, Effects, Lesion, LesionTraits))
_TRAITS, _UNHEALED = len(LesionTraits._fields), Lesion._fields.index("unhealed")


class Lesions:
    """The first `slots` lesions of some people, each field an array [m, slots]; laid out when a field is asked for that is not
    known."""

    def __init__(self, people: records.People, rows: np.ndarray, slots: int, **known: np.ndarray) -> None:
        self.__dict__.update(known)
        self._people, self._rows, self._slots = people, rows, slots

    def __getattr__(self, name: str) -> np.ndarray:
        if name not in Lesion._fields:
            raise AttributeError(name)
        self.__dict__.update(lesions_of(self._people, self._rows, self._slots)._asdict())
        return self.__dict__[name]


class Examined(NamedTuple):
    """What an examination asks of each lesion [m, slots]; nought in empty slots."""

    irritation: np.ndarray  # squared, at rest and on movement together
    deficit: np.ndarray  # cord or root function missing
    occupied: np.ndarray  # canal, relative to where function begins to suffer
    unhealed: np.ndarray


def _side_by_side(lesion, rows, out):
    """Lesions of some people, field by field: from [n, slots, fields] to `out` [fields, m, slots]."""
    for j in range(rows.shape[0]):
        for k in range(out.shape[2]):
            for s in range(out.shape[0]):
                out[s, j, k] = lesion[rows[j], k, s]


def _each(people, lesion_traits, rows, params, sites, room, irritation, deficit, occupied, unhealed):
    """The fields of `Examined`. lesion_traits: as plain numbers [n, slots, fields]; room [fields]: for those of one lesion."""
    for j in range(rows.shape[0]):
        i = rows[j]
        y, rx, x, p = _body(people.body[i]), _effects(people.last_effect[i]), people.traits[i], params[people.set_of[i]]
        for k in range(people.lesions[i]):
            for s in range(room.shape[0]):
                room[s] = lesion_traits[i, k, s]
            l, t, site = _lesion(people.lesion[i, k]), _lesion_traits(room), sites[people.site[i, k]]
            rest, moving = person.irritation(l, y, x, t, site, rx, p)
            irritation[j, k] = rest + moving
            deficit[j, k] = cord.deficit(l, site, p) * site.spinal
            occupied[j, k] = (cord.pressing(l, site, p) + l.oedema) * site.spinal / site.compression_start
            unhealed[j, k] = l.unhealed


_lay_out = compiled(_side_by_side, (records, sys.modules[__name__]), nogil=True)
_ask_each = compiled(  # in the order of the equations, so that the digits are those of whole arrays
    _each, (*equations.EQUATIONS, equations, laid_out, records, sys.modules[__name__]), nogil=True, error_model="numpy"
)


def lesions_of(people: records.People, rows: np.ndarray, slots: int) -> Lesion:
    """The first `slots` lesions of some people, each field an array [m, slots]."""
    out = np.empty((people.lesion.shape[2], len(rows), slots))
    _lay_out(people.lesion, rows, out)
    return Lesion(*out)


def examined(people: records.People, rows: np.ndarray, slots: int, params: np.ndarray, sites: np.ndarray) -> Examined:
    """What an examination asks of each lesion of some people."""
    out, traits = np.zeros((len(Examined._fields), len(rows), slots)), people.lesion_traits
    plain = traits.view(traits.dtype[0]).reshape(*traits.shape, -1)
    _ask_each(people, plain, rows, params, sites, np.empty(_TRAITS), *out)
    return Examined(*out)
