"""Who takes treatment of the cancer up, by primary and year, and what could be had in that year (data/care/take_up.toml)."""

from __future__ import annotations

import functools

import numpy as np

from seedsoil.care.patient import CANCERS
from seedsoil.grammar.tables import table

TODAY = float("inf")
_SINCE = "since."


@functools.cache
def unavailable(year: float) -> frozenset[str]:
    """Drugs that could not be had yet in a year."""
    entries = table("care", "take_up.toml").items()
    return frozenset(name.removeprefix(_SINCE) for name, e in entries if name.startswith(_SINCE) and e.value > year)


@functools.cache
def shares(year: float = TODAY, untreated_seen: float = 1.0) -> np.ndarray:
    """Of people with each of `CANCERS`, those who take up a first line beyond plain hormones [cancers + 1]; the last place is
    for a cancer that is not known, and the mean. An oncology department sees all who are treated and `untreated_seen` of the
    others whom a registry counts."""
    known: dict[str, list[tuple[float, float]]] = {}
    for name, e in table("care", "take_up.toml").items():
        cancer, when = name.split(".")
        if cancer != _SINCE[:-1]:
            known.setdefault(cancer, []).append((float(when), e.value))
    own = {cancer: float(np.interp(year, *zip(*sorted(points), strict=True))) for cancer, points in known.items()}
    mean = float(np.mean(list(own.values())))
    out = np.array([own.get(cancer, mean) for cancer in CANCERS] + [mean])
    out = out / (out + untreated_seen * (1.0 - out))
    out.flags.writeable = False
    return out
