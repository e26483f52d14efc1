"""What there is to be tested: the true state of the people in front of the clinic, as arrays.

A diagnostic reads a `Seen` and nothing else. It has two uses: to draw a finding from a body, and to weigh a body by a
finding.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from seedsoil.biology.body import Body, Effects, Lesion, Sums
from seedsoil.grammar.memory import remembered
from seedsoil.grammar.own_tests import own_tests
from seedsoil.grammar.tables import contents, data_file, table


class Seen(NamedTuple):
    """The people tested: m people, K lesion slots each."""

    y: Body  # of arrays [m]
    x: np.ndarray  # [m] record of Traits
    lesion: Lesion  # of arrays [m, K]
    lesion_traits: np.ndarray  # [m, K] record of LesionTraits
    site: np.ndarray  # [m, K] int, number of the bone; -1 none
    used: np.ndarray  # [m, K] bool
    sums: Sums  # of arrays [m]
    rx: Effects  # of arrays [m]
    p: np.ndarray  # [m] parameter record, or one record for all
    sites: np.ndarray  # [bones] record of Site
    cancer: np.ndarray  # [m] int, as `cancers` numbers them
    day: float | np.ndarray = 0.0  # days [m], or one for all, since the age of the traits was true
    set_points: np.ndarray | None = None  # [m, analytes] standard normal scores of `blood.set_points`; None = typical
    memo: dict | None = None  # readings made so far; None: none is kept

    @property
    def age_years(self) -> np.ndarray:
        """Age on the day of the test."""
        return self.x["age_years"] + self.day / 365.25


class Reading:
    """A record read through an index, field by field, so that only what an equation asks for is copied, and once."""

    def __init__(self, record, index) -> None:
        self._record, self._index = record, index

    def __getattr__(self, name: str):
        if name.startswith("_"):  # a copy that is being made asks for these before there is a record to look in
            raise AttributeError(name)
        record = self._record
        values = record[name] if isinstance(record, np.ndarray | np.void) else getattr(record, name)
        self.__dict__[name] = found = values[self._index] if isinstance(values, np.ndarray) and values.ndim else values
        return found


class Bedside(NamedTuple):
    """One set of arguments for the equations of biology, every field of a shape that fits the others."""

    y: Reading
    x: Reading
    rx: Reading
    p: Reading
    l: Lesion
    t: Reading
    site: Reading


WHOLE, ACROSS = (Ellipsis,), (slice(None), None)


@remembered
def person(seen: Seen) -> Bedside:
    """Arguments for the equations of a person: arrays [m]."""
    plain = [Reading(r, WHOLE) for r in (seen.y, seen.x, seen.rx, seen.p)]
    return Bedside(*plain, seen.lesion, Reading(seen.lesion_traits, WHOLE), Reading(seen.sites, WHOLE))


@remembered
def lesions(seen: Seen) -> Bedside:
    """Arguments for the equations of a lesion: arrays [m, K], those of the person as [m, 1]."""
    wide = [Reading(r, ACROSS) for r in (seen.y, seen.x, seen.rx, seen.p)]
    bone = Reading(seen.sites, np.maximum(seen.site, 0))
    return Bedside(*wide, seen.lesion, Reading(seen.lesion_traits, WHOLE), bone)


def number(file: str, name: str) -> float:
    """One number of the diagnostic tables."""
    return numbers(file)[name]


@functools.cache
def numbers(file: str) -> dict[str, float]:
    """The typical values of one diagnostic table, by name."""
    entries = {name: e.value for name, e in table("diagnostics", f"{file}.toml").items()}
    if file == "blood":
        entries |= {f"{own.id}.{name}": e.value for own in own_tests().values() for name, e in own.entries.items()}
    return entries


@functools.cache
def cancers() -> tuple[str, ...]:
    """Every cancer with a population table, but the mixture; the place in this list is the cancer's number."""
    return tuple(sorted(p.stem for p in data_file("populations").glob("*.toml") if p.stem != "unknown"))


@functools.cache
def marker_of() -> tuple[str, ...]:
    """The serum marker each cancer is followed by, `none` where there is none."""
    return tuple(contents("populations", f"{c}.toml").get("marker", "none") for c in cancers())


@functools.cache
def by_cancer(name: str) -> np.ndarray:
    """A number of the population tables, for every cancer."""
    return np.array([table("populations", f"{c}.toml")[name].value for c in cancers()])
