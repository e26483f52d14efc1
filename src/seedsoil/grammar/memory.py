"""Readings that are made once: of a chart that is held for reading, of bodies that are being looked at."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np


def known(read: Callable, found: object) -> dict:
    """A memo of which this reading has been made already."""
    return {(read.__wrapped__, ()): found}


def remembered(read: Callable) -> Callable:
    """A reading made only once of what keeps a memo (`memo` is a dict; None keeps nothing). What it gives is not to be
    written to."""

    @functools.wraps(read)
    def reading(of, *args):
        memo = of.memo
        if memo is None:
            return read(of, *args)
        key = (read, args)
        found = memo.get(key)
        if found is not None:
            return found
        memo[key] = found = read(of, *args)
        for array in found if isinstance(found, tuple) else (found,):
            if isinstance(array, np.ndarray) and array.base is None:
                array.flags.writeable = False
        return found

    return reading
