"""People in as many parts as there are cores.

The compiled kernel lets go of the interpreter, so plain threads serve within one process; people do not touch each other,
so no digit depends on the parts.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from seedsoil.world.records import People

WORKERS = os.cpu_count() or 1
LEAST = 64  # people worth a thread of their own


def each(people: People, call: Callable[[People, slice], object]) -> list:
    """`call(part, rows)` for every part of the people, views not copies; the results in the order of the rows."""
    n = len(people.key)
    edges = np.linspace(0, n, min(WORKERS, max(1, n // LEAST)) + 1).astype(int)
    rows = [slice(a, b) for a, b in itertools.pairwise(edges)]
    one = lambda r: call(People(*[field[r] for field in people]), r)
    if len(rows) == 1:
        return [one(rows[0])]
    return list(_threads().map(one, rows))


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """Threads that wait for work from day to day; a process that was forked makes its own."""
    return ThreadPoolExecutor(WORKERS)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_threads.cache_clear)
