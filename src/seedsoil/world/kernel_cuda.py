"""Advance bodies on a GPU: the day of `kernel_scalar`, compiled for it, with a thread for each person.

Neither equations nor scheme stand here a second time. People are sent over, live until each has halted, and come back.
There, numbers of one kind lie beside each other person by person, as the threads of neighbours read them at once.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Iterator

import numba
import numpy as np

from seedsoil.biology.body import LesionTraits
from seedsoil.errors import InputError
from seedsoil.world import kernel, records
from seedsoil.world.cache import compiled
from seedsoil.world.kernel_scalar import SHAPES, Room, carry_one
from seedsoil.world.pace import NEVER, Pace, bounds, chances
from seedsoil.world.records import MOST_EVENTS, People


def _compiler():
    """`numba.cuda`, where it and a GPU are there. Raises InputError where not."""
    missing = lambda what, fix: InputError("--device", "cuda", "cpu", f"{what}: {fix}")
    if not numba.config.ENABLE_CUDASIM and importlib.util.find_spec("numba_cuda") is None:
        raise missing("numba-cuda is not installed", "pip install 'seedsoil[cuda]'")
    from numba import cuda

    if not cuda.is_available():
        raise missing("no NVIDIA GPU with its driver was found on this machine", "take --device cpu")
    return cuda


cuda = _compiler()
numba.config.CUDA_LOW_OCCUPANCY_WARNINGS = 0  # few people are few threads, and no mistake
AT_ONCE = 1 << 17  # people sent over together: some two gigabytes
THREADS = 64  # of a block
EVENTS_KEPT, TURNS_KEPT = MOST_EVENTS + 44, 64  # rows of each person's own logs, which are emptied when one is full
_POINT, _MIDDLE, _BEFORE, _CARRIED, _FRESH, _PART, _EACH, _FIRST, _SECOND, _BODY, _LESION = SHAPES
_OFTEN = ("body", "lesion", "last_effect", "sums", "mean", "noticed", "left", "lesion_left")  # every day
_NEEDED = tuple(name for name in People._fields if name not in ("lesion_traits", "subtype", "origin"))
_STAYS = ("traits", "lesion_traits", "drug", "efficacy", "cancer", "subtype", "set_of", "key", "origin", "seed")
_COMES_BACK = ("today", "seen", "halted", "tells", "standing")  # of the pace


def _aligned(kind: np.dtype) -> np.dtype:
    """Records of numbers of eight bytes each."""
    return np.dtype((np.record, np.dtype(kind.descr, align=True)))


_WIDE = _aligned(records.numbers_of(LesionTraits, "f8", records.MARKS))

if not numba.config.ENABLE_CUDASIM:  # what compiled code for a GPU does not know of numpy
    from numba.cuda import types
    from numba.cuda.extending import overload

    @overload(np.exp)
    def _exp(x):
        return (lambda x: math.exp(x)) if isinstance(x, types.Float) else None

    @overload(np.sqrt)
    def _sqrt(x):
        return (lambda x: math.sqrt(x)) if isinstance(x, types.Float) else None


# ---- on the GPU --------------------------------------------------------------------------------------------------------


def _live(people, pace, chances, bounds, params, drugs, sites, site_weights, happens, log, turns, written):
    """One person's life until they halt, or until a log of theirs is full; `written` [n, 2] says how many rows each has."""
    i = cuda.grid(1)
    if i < written.shape[0]:
        written[i, 0] = written[i, 1] = 0
        if people.alive[i] and not pace.halted[i]:
            local, f8 = cuda.local.array, np.float64
            room = Room(
                local(_POINT, f8), local(_MIDDLE, f8), local(_BEFORE, f8), local(_CARRIED, f8), local(_FRESH, f8),
                local(_PART, f8), local(_EACH, f8), local(_FIRST, f8), local(_SECOND, f8), local(_BODY, f8), local(_LESION, f8),
            )  # fmt: skip
            written[i, 0], written[i, 1] = carry_one(
                i, people, pace, chances, bounds, params, drugs, sites, site_weights, happens, log[i], turns[i], 0, 0, room
            )


def _moved2(source, target):
    """A person's numbers from one array [n, a] to another, in which they may lie otherwise."""
    i = cuda.grid(1)
    if i < source.shape[0]:
        for j in range(source.shape[1]):
            target[i, j] = source[i, j]


def _moved3(source, target):
    """The same of arrays [n, a, b]."""
    i = cuda.grid(1)
    if i < source.shape[0]:
        for j in range(source.shape[1]):
            for k in range(source.shape[2]):
                target[i, j, k] = source[i, j, k]


def _gathered(log, written, first, out):
    """Each person's rows of a log [n, rows, fields] into `out`, from row `first` on."""
    i = cuda.grid(1)
    if i < log.shape[0]:
        for r in range(written[i]):
            for c in range(out.shape[1]):
                out[first[i] + r, c] = log[i, r, c]


_live, _moved2, _moved3, _gathered = (
    compiled(function, (*kernel.COMPILED, sys.modules[__name__]), cuda.jit) for function in (_live, _moved2, _moved3, _gathered)
)


# ---- there and back ----------------------------------------------------------------------------------------------------


def carried(people: People, pace: Pace, params, drugs, sites, site_weights, happens) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """See `kernel.carried`; the rows of both logs come in pieces, a person's in the order of their days."""
    numbers = _numbers_there((params, drugs, sites, site_weights))
    going = np.flatnonzero(people.alive & ~pace.halted)
    for begin in range(0, len(going), AT_ONCE):
        yield from _carried(people, pace, going[begin : begin + AT_ONCE], numbers, happens)


def _carried(people, pace, rows, numbers, happens):
    together = rows[-1] - rows[0] + 1 == len(rows) > 1
    here = slice(rows[0], rows[-1] + 1) if together else rows  # a slice is no copy
    some, own = People(*[field[here] for field in people]), pace.part(here)
    if len(rows) == 1:  # to the compiler an array of one row is of another kind: a second who does not live keeps it one kind
        some, own = records.rows(some, [0, 0]), own.part([0, 0])
        some.alive[1] = False
    there, pace_there = _there(some, own)
    n = len(some.key)
    log = cuda.device_array((n, EVENTS_KEPT, 4), np.int32)
    turns = cuda.device_array((n, TURNS_KEPT if pace.follows else 2, 3), np.int32)
    written = cuda.device_array((n, 2), np.int64)
    while True:
        _each(_live, n, there, pace_there, chances(), bounds(), *numbers, happens, log, turns, written)
        many = written.copy_to_host()
        yield tuple(_rows_of(kept, many[:, k], rows) for k, kept in enumerate((log, turns)))
        if not (there.alive.copy_to_host() & ~pace_there.halted.copy_to_host()).any():
            break
    for name in People._fields:
        if name not in _STAYS:
            getattr(people, name)[here] = _back(getattr(there, name))[: len(rows)]
    for name in _COMES_BACK:
        getattr(pace, name)[here] = getattr(pace_there, name).copy_to_host()[: len(rows)]


_sent_last = [(), ()]


def _numbers_there(numbers: tuple[np.ndarray, ...]) -> tuple:
    """The numbers of the model on the GPU, which holds those of the last call."""
    if len(_sent_last[0]) != len(numbers) or any(a is not b for a, b in zip(numbers, _sent_last[0], strict=True)):
        _sent_last[:] = numbers, tuple(cuda.to_device(_records(x)) for x in numbers)
    return _sent_last[1]


def _there(people: People, pace: Pace) -> tuple[People, Pace]:
    """People, and how far they are, on the GPU."""
    sent = {name: cuda.to_device(np.ascontiguousarray(_records(getattr(people, name)))) for name in _NEEDED}
    for name in _OFTEN:
        beside = cuda.device_array(sent[name].shape, np.float64, order="F")
        sent[name] = _moved(sent[name], beside)
    n, fields = len(people.key), len(people.lesion_traits.dtype)
    narrow = cuda.to_device(np.ascontiguousarray(people.lesion_traits).view(np.float32).reshape(n, records.SLOTS, fields))
    wide = _moved(narrow, cuda.device_array(narrow.shape, np.float64))
    sent["lesion_traits"] = wide.view(_WIDE).reshape(n, records.SLOTS)
    until = np.concatenate([pace.until, np.full((n, 2), NEVER)], axis=1)  # never none, nor one
    full = pace._replace(draws=np.append(pace.draws, [0, 0]), most=np.append(pace.most, [0.0, 0.0]), until=until)
    whole = People(**{name: sent.get(name, sent["key"]) for name in People._fields})  # the rest is not looked at
    return whole, Pace(*(cuda.to_device(np.ascontiguousarray(x)) if isinstance(x, np.ndarray) else x for x in full))


def _back(there) -> np.ndarray:
    """An array of people on this side again."""
    if there.ndim > 1 and not there.is_c_contiguous():
        there = _moved(there, cuda.device_array(there.shape, there.dtype))
    return there.copy_to_host()


def _moved(source, target):
    """`target`, with the numbers of `source` in it."""
    _each(_moved2 if source.ndim == 2 else _moved3, len(source), source, target)
    return target


def _rows_of(log, many: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """What stands in everybody's own log [n, rows, fields], as one."""
    total = int(many.sum())
    if total == 0:
        return np.zeros((0, log.shape[2]), np.int64)
    out = cuda.device_array((total, log.shape[2]), np.int32)
    _each(_gathered, len(many), log, cuda.to_device(many.copy()), cuda.to_device(np.cumsum(many) - many), out)
    found = out.copy_to_host().astype(np.int64)
    found[:, 0] = rows[found[:, 0]]
    return found


def _records(array: np.ndarray) -> np.ndarray:
    """The same array; where it holds records, compiled code knows that their numbers lie where a processor reads them at once,
    and plain Python, with which a GPU is simulated, can name their fields."""
    return array.view(_aligned(array.dtype)) if array.dtype.names else array


def _each(function, many: int, *arguments) -> None:
    """`function` of each of so many people."""
    function[-(-many // THREADS), THREADS](*arguments)
