"""Side effects that people report: which treatment brings which, how often, when, and what makes them rarer or commoner.

One table (``data/treatments/side_effects.toml``), one mechanism: the loop draws them and writes them into the chart as
events. What a treatment does to counts, kidneys or bone by its mechanism is not here but among its effects on the body.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from seedsoil.grammar.tables import Entry, contents, read_entries

EACH = ("course", "dose", "week")  # drawn when a course begins; at every dose; every week while the treatment lasts
# What may change a chance. The loop looks each up in the person, the chart or the order.
CONDITIONS = {
    "field": "radiation field over a region of the body",
    "technique": "technique of radiotherapy",
    "on": "taking a drug",
    "tested": "a test or check done before",
    "event": "something that befell the person within `within_days`",
    "person": "a trait of the person that the chart knows",
    "group": "one of the groups of the table that some people belong to",
    "scarce": "a count of the blood is low: nothing above, all of the factor far below `half`",
    "much": "dose of the radiation, dose of the drug a day, or doses so far: nothing at none, half the chance at `half`",
}
FIELDS = {
    "head": ("skull", "mandible"),
    "neck": ("cervical",),
    "chest": ("thoracic", "rib", "sternum", "clavicle", "scapula"),
    "abdomen": ("lumbar",),
    "pelvis": ("pelvis", "sacrum"),
    "limb": ("humerus", "femur", "limb"),
}


@dataclass(frozen=True)
class Condition:
    """One thing that multiplies a chance by `factor`."""

    kind: str  # key of CONDITIONS
    name: str
    factor: Entry
    half: float = 0.0
    within_days: float = 0.0
    steepness: float = 1.0


@dataclass(frozen=True)
class SideEffect:
    """One row: what befalls whom."""

    what: str  # event of the chart
    by: tuple[str, ...]  # ids of drugs, kind.X for all of a kind, radiotherapy, operations
    each: str
    chance: Entry  # share of courses or doses; 1/day while the treatment lasts
    grade: int
    onset_days: float
    lasts_days: float  # how long after the last dose it may still come, for those that come by the week
    conditions: tuple[Condition, ...]
    changes: tuple[tuple[str, str, Entry], ...]  # (lesion | body, field, how much): added to lesions, times in the body


@dataclass(frozen=True)
class Group:
    """Some people have it and some do not, whatever is done."""

    id: str
    share: Entry


@functools.cache
def table() -> tuple[SideEffect, ...]:
    """Every side effect, in the order of the table; that order is its number in the work list."""
    return tuple(_row(i, row) for i, row in enumerate(_document()["effect"]))


@functools.cache
def groups() -> dict[str, Group]:
    """The groups that the rows speak of."""
    entries = read_entries(_document()["group"], _FILE)
    return {name.removesuffix(".share"): Group(name.removesuffix(".share"), e) for name, e in entries.items()}


_FILE = "treatments/side_effects.toml"
_NUMBERS = (("half", 0.0), ("within_days", 0.0), ("steepness", 1.0))  # of a condition, with what they are where not said


def _document() -> dict:
    return contents("treatments", "side_effects.toml")


def _row(i: int, row: dict) -> SideEffect:
    where = f"{_FILE} effect {i + 1} ({row['what']})"
    conditions = []
    for part in row.get("times", ()):
        kind, _, name = part["when"].partition(".")
        if kind not in CONDITIONS:
            raise ValueError(f"{where}: no condition {kind!r}; known: {', '.join(CONDITIONS)}")
        factor = read_entries(part, where)["factor"]
        conditions.append(Condition(kind, name, factor, *(part.get(*key) for key in _NUMBERS)))
    if row["each"] not in EACH:
        raise ValueError(f"{where}: each must be one of {EACH}")
    changes = tuple((c["record"], c["field"], read_entries(c, where)["by"]) for c in row.get("change", ()))
    return SideEffect(
        what=row["what"],
        by=tuple(row["by"]),
        each=row["each"],
        chance=read_entries(row, where)["chance"],
        grade=int(row["grade"]),
        onset_days=float(row.get("onset_days", 0.0)),
        lasts_days=float(row.get("lasts_days", 0.0)),
        conditions=tuple(conditions),
        changes=changes,
    )


def caused_by(row: SideEffect, treatment: str, kind: str = "") -> bool:
    """Whether a treatment brings this side effect; `kind` is the kind of a drug."""
    return treatment in row.by or f"kind.{kind}" in row.by
