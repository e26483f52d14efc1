"""Who takes treatment of the cancer up, by primary and year, what could be had in that year, and what was not yet given beside
other drugs (data/care/take_up.toml)."""

from __future__ import annotations

import functools

import numpy as np

from seedsoil.care.patient import CANCERS
from seedsoil.grammar.tables import table

TODAY = float("inf")
_SINCE, _BESIDE = "since.", "beside_others_since."


@functools.cache
def unavailable(year: float) -> frozenset[str]:
    """Drugs that could not be had yet in a year."""
    return _later_than(year, _SINCE)


@functools.cache
def alone(year: float) -> frozenset[str]:
    """Drugs that were in a year still kept for a line of their own, where today they begin together with others."""
    return _later_than(year, _BESIDE)


def _later_than(year: float, part: str) -> frozenset[str]:
    entries = table("care", "take_up.toml").items()
    return frozenset(name.removeprefix(part) for name, e in entries if name.startswith(part) and e.value > year)


@functools.cache
def shares(year: float = TODAY, untreated_seen: float = 1.0) -> np.ndarray:
    """Of people with each of `CANCERS`, those who take up a first line beyond plain hormones [cancers + 1]; the last place is
    for a cancer that is not known, and the mean. An oncology department sees all who are treated and `untreated_seen` of the
    others whom a registry counts."""
    known: dict[str, list[tuple[float, float]]] = {}
    for name, e in table("care", "take_up.toml").items():
        cancer, when = name.split(".")
        if not name.startswith((_SINCE, _BESIDE)):
            known.setdefault(cancer, []).append((float(when), e.value))
    own = {cancer: float(np.interp(year, *zip(*sorted(points), strict=True))) for cancer, points in known.items()}
    mean = float(np.mean(list(own.values())))
    out = np.array([own.get(cancer, mean) for cancer in CANCERS] + [mean])
    out = out / (out + untreated_seen * (1.0 - out))
    out.flags.writeable = False
    return out
