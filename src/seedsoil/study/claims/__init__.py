"""Statements about the disease and its treatment, each an experiment in virtual people that can fail.

A claim is one short function: population, arms, measure, criterion. It returns a `Finding`: parts, each an estimate with
its 95 % interval and the band it must lie in. The statements and their criteria stand in ``data/claims.csv``; a miss
carries its reason there.
"""

from __future__ import annotations

import csv
import functools
import importlib
import math
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from seedsoil.errors import InputError
from seedsoil.grammar.tables import data_file

Estimate = tuple[float, float, float]  # figure, low, high


@dataclass(frozen=True)
class Part:
    """One thing that a claim says, and whether it came true."""

    name: str
    figure: float
    low: float
    high: float
    band: str  # the criterion, in words
    holds: bool


@dataclass(frozen=True)
class Finding:
    """What an experiment found."""

    people: int
    parts: tuple[Part, ...]

    @property
    def holds(self) -> bool:
        return all(part.holds for part in self.parts)


@dataclass(frozen=True)
class Statement:
    """One row of the table."""

    id: str
    area: str
    claim: str
    shown_by: str
    criterion: str
    reason: str  # why it is missed, where it is
    chosen: str  # what of measure, band or model was settled on with results in sight, which weakens a pass


def within(name: str, estimate: Estimate, least: float, most: float) -> Part:
    """A figure whose whole interval must lie in a published band: a draw that happens to fall there is not enough."""
    figure, low, high = map(float, estimate)
    return Part(name, figure, low, high, f"{least:g} to {most:g}", least <= low and high <= most)


def above(name: str, estimate: Estimate, bound: float) -> Part:
    """A figure whose whole interval must lie above a bound: a difference that is no luck."""
    figure, low, high = map(float, estimate)
    return Part(name, figure, low, high, f"above {bound:g}", low > bound)


def below(name: str, estimate: Estimate, bound: float) -> Part:
    """A figure whose whole interval must lie below a bound."""
    figure, low, high = map(float, estimate)
    return Part(name, figure, low, high, f"below {bound:g}", high < bound)


def around_nothing(name: str, estimate: Estimate) -> Part:
    """A difference whose interval includes none."""
    figure, low, high = map(float, estimate)
    return Part(name, figure, low, high, "interval includes 0", low <= 0.0 <= high)


def shown(name: str, estimate: Estimate, remark: str) -> Part:
    """A figure that stands beside the others without a criterion of its own, and why it is shown."""
    return Part(name, *map(float, estimate), remark, True)


def true(name: str, holds: bool) -> Part:
    """Something that is or is not so, without an interval."""
    value = float(bool(holds))
    return Part(name, value, value, value, "so", bool(holds))


@functools.cache
def statements() -> dict[str, Statement]:
    """Every statement, by its id."""
    with data_file("claims.csv").open(encoding="utf-8", newline="") as lines:
        return {row["id"]: Statement(**row) for row in csv.DictReader(lines)}


@functools.cache
def experiments() -> dict[str, Callable[[], Finding]]:
    """The experiment behind each statement that has one: whatever a file of this folder lists as its `CLAIMS`."""
    return {k: v for module in _modules() for k, v in getattr(module, "CLAIMS", {}).items()}


@functools.cache
def quick() -> tuple[str, ...]:
    """The statements of the reduced set, which take seconds each: what the files of this folder list as their `QUICK`."""
    return tuple(sorted((k for module in _modules() for k in getattr(module, "QUICK", ())), key=order))


@functools.cache
def _modules() -> tuple:
    return tuple(importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))


def chosen(ids: Iterable[str]) -> tuple[str, ...]:
    """The ids asked for, or all that have an experiment. Raises InputError for one nobody knows."""
    known = experiments()
    ids = tuple(i.upper() for i in ids)
    for one in ids:
        if one not in statements():
            raise InputError("claim", one, "an id of the table", "`seedsoil claims --help` says which there are")
        if one not in known:
            raise InputError("claim", one, ", ".join(sorted(known, key=order)), "this statement has no experiment yet")
    return ids or tuple(sorted(known, key=order))


def order(claim: str) -> tuple[str, int]:
    """R2 before R10."""
    return claim[0], int(claim[1:])


def as_record(claim: str, finding: Finding) -> dict:
    """One claim's result for a machine; figure, low and high are those of its first part that misses, else of its first.
    A figure that nobody gave, as nobody was there to give it, is None."""
    telling = next((p for p in finding.parts if not p.holds), finding.parts[0])
    row = statements()[claim]
    return {
        "id": claim, "holds": finding.holds, "figure": _told(telling.figure), "low": _told(telling.low),
        "high": _told(telling.high), "criterion": row.criterion, "people": finding.people, "claim": row.claim,
        "reason": "" if finding.holds else row.reason, "chosen": row.chosen,
        "parts": [{k: _told(v) if isinstance(v, float) else v for k, v in vars(part).items()} for part in finding.parts],
    }  # fmt: skip


def _told(value: float) -> float | None:
    return value if math.isfinite(value) else None
