"""Advance bodies, day by day. There are two kernels of one scheme: `kernel_lanes` works on eight people at a time and
is the one that runs; `kernel_scalar` says the same one person at a time and is what the other is tested against.

Which one runs does not depend on how many people there are. ``SEEDSOIL_KERNEL=scalar`` in the environment takes the
scalar one.
"""

from __future__ import annotations

import os
import sys

import numpy as np

from seedsoil.biology import body
from seedsoil.biology.body import Lesion, LesionTraits, Site, Traits
from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.treatments import drug as drugs_of
from seedsoil.world import equations, events, kernel_lanes, kernel_scalar, lanes, on_board, records
from seedsoil.world.cache import compiled, fingerprint
from seedsoil.world.equations import update

__all__ = ["NAME", "SOURCES", "advance", "grow", "update"]

_SOURCES = (
    *equations.EQUATIONS, body, luck, drugs_of, records, equations, on_board, events, lanes, kernel_scalar, kernel_lanes,
    sys.modules[__name__],
)  # fmt: skip
KERNELS = ("lanes", "scalar")
NAME = os.environ.get("SEEDSOIL_KERNEL") or KERNELS[0]
if NAME not in KERNELS:
    raise InputError("SEEDSOIL_KERNEL", NAME, ", ".join(KERNELS))
SOURCES = fingerprint(_SOURCES)
_HEALTHY = np.array([float(name in ("osteoclasts", "osteoblasts", "lamellar")) for name in Lesion._fields])

grow = compiled(kernel_scalar.grow, _SOURCES, **equations.OPTIONS)
_scalar = compiled(kernel_scalar.advance, _SOURCES, **equations.OPTIONS)
_lanes = compiled(kernel_lanes.advance, _SOURCES, **equations.OPTIONS)
luck.rounds = compiled(equations.rounds, (luck, equations), nogil=True)


def advance(people, days, day, params, drugs, sites, site_weights, happens, log, kernel=NAME):
    """Carry every living person on by `days` days from `day`; returns how many rows of `log` were written.

    people: `People`; params [sets] and drugs [sets, drugs] records; sites [sites] record; site_weights [cancers, sites]
    cumulative; happens: False to leave events alone; log [m, 4] int64: person, day, kind, detail (site, or -1).
    """
    if kernel == "scalar":
        return _scalar(people, days, day, params, drugs, sites, site_weights, happens, log)
    n = len(people.key)
    views = (
        _plain(people.traits)[:, : len(Traits._fields)],
        _plain(people.lesion_traits.reshape(-1)).reshape(n, records.SLOTS, -1)[:, :, : len(LesionTraits._fields)],
    )
    bones = _plain(sites)[:, : len(Site._fields)]
    written = _lanes(
        people, views, days, day, params, drugs, sites, bones, site_weights, _HEALTHY, happens, log, kernel_lanes.bench()
    )
    log[:written] = log[:written][np.argsort(log[:written, 0], kind="stable")]  # in the order of the people, not of their groups
    return written


def _plain(record: np.ndarray) -> np.ndarray:
    """A record array of doubles as [rows, fields], a view."""
    return record.view(np.float64).reshape(len(record), -1)
