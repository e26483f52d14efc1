"""Lesions of many people laid side by side, in compiled code, as tests look at them."""

from __future__ import annotations

import sys

import numpy as np

from seedsoil.biology.body import Lesion
from seedsoil.world import records
from seedsoil.world.cache import compiled


def _side_by_side(lesion, rows, out):
    """Lesions of some people, field by field: from [n, slots, fields] to `out` [fields, m, slots]."""
    for j in range(rows.shape[0]):
        for k in range(out.shape[2]):
            for s in range(out.shape[0]):
                out[s, j, k] = lesion[rows[j], k, s]


_lay_out = compiled(_side_by_side, (records, sys.modules[__name__]), nogil=True)


def lesions_of(people: records.People, rows: np.ndarray, slots: int) -> Lesion:
    """The first `slots` lesions of some people, each field an array [m, slots]."""
    out = np.empty((people.lesion.shape[2], len(rows), slots))
    _lay_out(people.lesion, rows, out)
    return Lesion(*out)
