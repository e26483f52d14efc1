"""Pain in bones and joints that has nothing to do with the cancer: worn joints and discs, strains, thin bone.

Episodes come at a rate, last for weeks to months and go; who has one when is luck keyed by person and month, so that it is
the same under every plan and needs no state.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from seedsoil.diagnostics.truth import number
from seedsoil.grammar import luck

MONTH = 28  # days; an episode at most begins in each
REMEMBERED = 26  # months in which an episode of today may have begun


class OtherPain(NamedTuple):
    """Pain of other causes on one day [n]."""

    level: np.ndarray  # worst pain of the day it would cause alone, 0-10
    since: np.ndarray  # day it began; NaN where there is none


def of(seed: int, key: np.ndarray, day: int) -> OtherPain:
    """Pain of other causes of the people of these keys on a day."""
    key = np.asarray(key)
    begin, end, level = _episodes(seed, key.astype(np.int64).tobytes(), day // MONTH)
    now = np.where((begin <= day) & (day < end), level, 0.0)
    worst = now.argmax(axis=1)
    here = np.arange(len(key)), worst
    return OtherPain(now[here], np.where(now[here] > 0.0, begin[here], np.nan))


@functools.lru_cache(maxsize=4)
def _episodes(seed: int, keys: bytes, month: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Begin, end and worst pain of the episodes of this month and those before [n, months]; those that never came are over
    before they begin."""
    n = lambda name: number("symptoms", f"other_pain.{name}")
    months = np.arange(month - REMEMBERED, month + 1)[None, :]
    words = luck.words(seed, np.frombuffer(keys, np.int64)[:, None], "other_pain", 0, months)
    comes, when, long, bad = ((w + 0.5) * 2.0**-32 for w in words)
    begin = MONTH * (months + when)
    length = n("lasts") * np.exp(n("spread") * ndtri(long))
    level = np.clip(n("level") + n("level_spread") * ndtri(bad), 0.0, 10.0)
    has = comes < n("per_year") * MONTH / 365.25
    return begin, np.where(has, begin + length, -np.inf), level
