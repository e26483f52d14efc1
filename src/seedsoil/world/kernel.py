"""Advance bodies, day by day. There are three kernels of one scheme: `kernel_lanes` works on eight people at a time and is
the one that runs; `kernel_scalar` says the same one person at a time and is what the others are tested against;
`kernel_cuda` is the scalar one on a GPU.

Which one runs does not depend on how many people there are. ``SEEDSOIL_KERNEL=scalar`` in the environment takes the
scalar one; ``SEEDSOIL_KERNEL=cuda`` or `use` the GPU. People are made on the processor in any case.
"""

from __future__ import annotations

import os
import sys

import numpy as np

from seedsoil.biology import body
from seedsoil.biology.body import LesionTraits, Site, Traits
from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.treatments import drug as drugs_of
from seedsoil.world import (
    bench,
    equations,
    events,
    kernel_lanes,
    kernel_scalar,
    laid_out,
    lanes,
    on_board,
    pace,
    records,
    seats,
    steady,
    stepping,
    work_list,
)
from seedsoil.world.cache import compiled, fingerprint
from seedsoil.world.equations import update
from seedsoil.world.pace import bounds, chances, straight

__all__ = ["DEVICES", "NAME", "SOURCES", "advance", "carried", "grow", "update", "use"]

COMPILED = (
    *equations.EQUATIONS, body, luck, drugs_of, records, equations, laid_out, on_board, events, work_list, lanes, steady, stepping,
    seats, pace, bench, kernel_scalar, kernel_lanes, sys.modules[__name__],
)  # fmt: skip
KERNELS = ("lanes", "scalar", "cuda")
DEVICES = {"cpu": "lanes", "cuda": "cuda"}  # the kernel that runs there
NAME = os.environ.get("SEEDSOIL_KERNEL") or KERNELS[0]
if NAME not in KERNELS:
    raise InputError("SEEDSOIL_KERNEL", NAME, ", ".join(KERNELS))
SOURCES = fingerprint(COMPILED)
ROOM = 1 << 13  # rows of a log; the kernel comes back to have it emptied

# Code that makes no arrays need not count who uses them, which costs as much as half the equations.
_UNCOUNTED = {**equations.OPTIONS, "_nrt": False}
_scalar = compiled(kernel_scalar.carry, COMPILED, **equations.OPTIONS)
_scalar_grow = compiled(kernel_scalar.grow, COMPILED, **equations.OPTIONS)
_lanes_grow = compiled(kernel_lanes.grow, COMPILED, **_UNCOUNTED)
_lanes = compiled(kernel_lanes.carry, COMPILED, **_UNCOUNTED)
_going = compiled(bench.going, COMPILED, **_UNCOUNTED)
luck.rounds = compiled(equations.rounds, (luck, equations), nogil=True)
luck.units = compiled(equations.units, (luck, equations), nogil=True)


def use(device: str) -> None:
    """Let bodies be advanced on a device from now on, by this process and by those it begins. Raises InputError where it is not
    there."""
    global NAME
    if device not in DEVICES:
        raise InputError("--device", device, ", ".join(DEVICES))
    if device == "cuda":
        from seedsoil.world import kernel_cuda  # noqa: F401
    NAME = os.environ["SEEDSOIL_KERNEL"] = DEVICES[device]


def carry(people, pace, params, drugs, sites, site_weights, happens, log, turns, kernel=None):
    """Carry every living person on, from `pace.today`, until something stops them; returns how many rows of `log` and of
    `turns` were written. Where a log is full, those who have not halted are carried on by the next call.

    people: `People`; pace: `Pace`, whose arrays are written to; params [sets] and drugs [sets, drugs] records; sites [sites]
    record; site_weights [cancers, sites] cumulative; happens: False to leave events alone; log [m, 4] int64: person, day,
    kind, detail (site, or -1); turns [m, 3] int64: person, day, the conditions that hold from that evening on.
    """
    shared = pace, chances(), bounds(), params, drugs, sites
    if (kernel or NAME) == "scalar":
        return _scalar(_wide(people), *shared, site_weights, happens, log, turns)
    order, views, bones = _in_groups(people, pace), _views(people), _plain(sites)[:, : len(Site._fields)]
    return _lanes(people, order, views, *shared, bones, site_weights, happens, log, turns, bench.bench(bones))


def grow(people, steps, dt, params, sites, kernel=None):
    """Carry every lesion on by `steps` steps of `dt` days in a body that stays as it is, untreated."""
    if (kernel or NAME) == "scalar":
        _scalar_grow(_wide(people), steps, dt, params, sites)
        return
    order = np.argwhere(np.arange(records.SLOTS) < people.lesions[:, None])
    order = order[np.argsort(people.set_of[order[:, 0]], kind="stable")]
    bones = _plain(sites)[:, : len(Site._fields)]
    _lanes_grow(people, order, _views(people), steps, dt, params, bones, bench.bench(bones))


def _wide(people):
    """The same people with lesion traits in double precision, as the lanes hold them; nobody writes to them."""
    return people._replace(lesion_traits=people.lesion_traits.astype(records.numbers_of(LesionTraits, "f8", records.MARKS)))


def _views(people):
    """Traits [n, fields] and lesion traits [n, SLOTS, fields] as plain numbers."""
    lesion_traits = _plain(people.lesion_traits.reshape(-1)).reshape(len(people.key), records.SLOTS, -1)
    return _plain(people.traits)[:, : len(Traits._fields)], lesion_traits[:, :, : len(LesionTraits._fields)]


def _in_groups(people, pace):
    """Rows of those who go on, in the order in which they sit down on the bench."""
    rows, key = np.empty((2, len(people.key)), np.int64)
    many = _going(people, pace, chances(), rows, key)
    return rows[:many][np.argsort(key[:many], kind="stable")]


def advance(people, days, day, params, drugs, sites, site_weights, happens, log, kernel=None):
    """Carry every living person on by `days` days from `day`, without a clinic; returns how many rows of `log` were written, in
    the order of the people and of their days."""
    found, _ = carried(people, straight(people, day, days), params, drugs, sites, site_weights, happens, kernel)
    if len(found) > len(log):
        raise ValueError(f"the log has {len(log)} rows, and {len(found)} things happened")
    log[: len(found)] = found
    return len(found)


def carried(people, pace, params, drugs, sites, site_weights, happens, kernel=None):
    """`carry` until everybody has halted: all rows of the log, and all turns, by person and day."""
    logs, turns = [np.zeros((0, 4), np.int64)], [np.zeros((0, 3), np.int64)]
    ordered = lambda rows: rows[np.lexsort([rows[:, 1], rows[:, 0]])]
    if (kernel or NAME) == "cuda":
        from seedsoil.world import kernel_cuda

        for found in kernel_cuda.carried(people, pace, params, drugs, sites, site_weights, happens):
            logs.append(found[0])
            turns.append(found[1])
        return ordered(np.concatenate(logs)), ordered(np.concatenate(turns))
    log, turn = np.empty((ROOM, 4), np.int64), np.empty((ROOM if pace.follows else 0, 3), np.int64)
    while (people.alive & ~pace.halted).any():
        written = carry(people, pace, params, drugs, sites, site_weights, happens, log, turn, kernel)
        logs.append(log[: written[0]].copy())
        turns.append(turn[: written[1]].copy())
    return ordered(np.concatenate(logs)), ordered(np.concatenate(turns))


def _plain(record: np.ndarray) -> np.ndarray:
    """A record array of numbers of one kind as [rows, fields], a view."""
    return record.view(record.dtype[0]).reshape(len(record), -1)
