"""Trials and cohorts in TOML (schema `seedsoil.trial/1`): the protocol of a paper, each fact with its status and source.

The file says who, what was given, when people were seen, what was counted. It has no place for a growth rate, a hazard or a
threshold of referral: those belong to the model and are the same for every trial.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar

from seedsoil.care import take_up
from seedsoil.care.columns import TESTS
from seedsoil.care.plan import CARE, TOPICS, Plan
from seedsoil.errors import InputError
from seedsoil.grammar.tables import data_file
from seedsoil.study import endpoints, moments, screening
from seedsoil.study.fields import Table, load, nearest, parsed
from seedsoil.study.files import read_order
from seedsoil.study.ledger import KINDS, STATES
from seedsoil.study.trial import PLACES, Arm, Criterion, EventSet, Figure, Radiation, Trial
from seedsoil.treatments import drug, procedures
from seedsoil.treatments.radiation import TECHNIQUES
from seedsoil.world import populations

T = TypeVar("T")
TRIAL_SCHEMA = "seedsoil.trial/1"
STATUSES = ("VERIFIED", "RECALLED", "ASSUMED")
MOST_MONTHS = 240.0
_READINGS = (*screening.known(), *moments.SINCE)


def names() -> tuple[str, ...]:
    """The trials and cohorts that come with seedsoil."""
    return tuple(sorted(path.stem for path in data_file("trials").glob("*.toml")))


def named(name: str) -> Trial:
    """A shipped trial by its name, or one from a file."""
    if name in names():
        return read_trial(data_file("trials", f"{name}.toml"))
    if name.endswith(".toml") or Path(name).is_file():
        return read_trial(name)
    raise InputError("trial", name, ", ".join(names()), nearest(name, names()) + " Or give the path of a trial file (.toml)")


def read_trial(path: str | Path) -> Trial:
    """A trial from a file. Raises InputError that names file, line and field."""
    return read_from(path, TRIAL_SCHEMA, _trial)


def read_from(path: str | Path, schema: str, made: Callable[[Table], T]) -> T:
    """What is `made` of a file of this schema. Raises InputError that names file, line and field."""
    try:
        return made(load(path, schema))
    except InputError as trouble:
        line = line_of(Path(path), trouble.field)
        where = f"{Path(path).name}, line {line}" if line else Path(path).name
        raise InputError(f"{where}: {trouble.field}", trouble.value, trouble.allowed, trouble.fix) from None


def read_trial_text(text: str) -> Trial:
    """The same from the text of such a file."""
    return _trial(parsed(text, TRIAL_SCHEMA))


def line_of(path: Path, field: str) -> int | None:
    """The line on which a field such as `arm[1].order[0].what` stands, or that of the table it is missing from."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    wanted = [(m[1], int(m[2]) if m[2] else None) for m in re.finditer(r"([A-Za-z_][\w]*)(?:\[(\d+)\])?", field)]
    at, name = 0, ""
    for key, number in wanted:
        name = f"{name}.{key}" if name else key
        header = re.compile(rf"\s*\[{{1,2}}\s*{re.escape(name)}\s*\]{{1,2}}")
        found = [k for k in range(at, len(lines)) if header.match(lines[k])]
        if found:
            at = found[min(number or 0, len(found) - 1)]
            continue
        own = re.compile(rf"\s*{re.escape(key)}\s*[.=]")
        end = next((k for k in range(at + 1, len(lines)) if lines[k].lstrip().startswith("[")), len(lines))
        at = next((k for k in range(at, end) if own.match(lines[k])), at)
    return at + 1


class Facts:
    """Facts of the protocol, written down with their status as they are read."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}

    def note(self, table: Table, field: str | None = None) -> None:
        """The status and source that stand in a table."""
        self.status[field or table.path] = table.one_of("status", STATUSES, needed=True) or ""
        table.text("source", needed=self.status[field or table.path] != "ASSUMED")
        table.text("note", needed=self.status[field or table.path] == "ASSUMED")

    def number(self, table: Table, name: str, low: float, high: float, default: float | None = None) -> float | None:
        """`name = {value = 12, status = ..., source = ...}`."""
        fact = self._fact(table, name)
        if fact is None:
            return default
        value = fact.number("value", low, high, needed=True)
        fact.done()
        return value

    def between(self, table: Table, name: str, low: float, high: float) -> tuple[float, float]:
        """`name = {least = 0, most = 12, status = ..., source = ...}`."""
        fact = self._fact(table, name)
        if fact is None:
            return 0.0, 0.0
        least, most = (fact.number(key, low, high, needed=True) or 0.0 for key in ("least", "most"))
        if most < least:
            raise InputError(fact.field("most"), most, f"no less than least ({least:g})")
        fact.done()
        return least, most

    def _fact(self, table: Table, name: str) -> Table | None:
        value = table.get(name)
        if value is None:
            return None
        fact = Table(value, table.field(name))
        self.note(fact)
        return fact


def _trial(table: Table) -> Trial:
    facts = Facts()
    name = table.text("id", needed=True) or ""
    sets = {s.name: s for s in (_events(t, facts) for t in table.tables("events"))}
    groups = dict(group(t) for t in table.tables("group"))
    arms = tuple(_arm(t, facts) for t in table.tables("arm"))
    if not arms:
        raise InputError("arm", "nothing", "one [[arm]] or more", 'a cohort has one: [[arm]] name = "all"')
    background, time = (Table(table.get(part) or {}, part) for part in ("background", "time"))
    trial = Trial(
        id=name,
        title=table.text("title", needed=True) or "",
        cite=table.text("cite", needed=True) or "",
        cohort=bool(table.flag("cohort", False)),
        people=tuple(_people(t, facts) for t in _needed(table, "people")),
        entry=tuple(_criterion(t, facts) for t in table.tables("entry")),
        arms=arms, events=sets, groups=groups,
        figures=tuple(_figure(t, sets, groups, [a.name for a in arms]) for t in table.tables("figure")),
        same_people=bool(table.flag("same_people", True)), times=table.whole("times", 1, 50) or 1,
        place=table.one_of("place", tuple(PLACES), "pain") or "",
        tests=_known(table, "tests_at_entry", TESTS, "a test of the list"),
        tests_at_visits=_known(table, "tests_at_visits", TESTS, "a test of the list"),
        **_background(background, facts), **_time(time, facts),
        facts=facts.status,
    )  # fmt: skip
    table.done()
    return trial


def _needed(table: Table, name: str) -> list[Table]:
    found = table.tables(name)
    if not found:
        raise InputError(name, "nothing", f"one [[{name}]] or more")
    return found


def _people(table: Table, facts: Facts) -> tuple[str, str | None, float]:
    cancer = table.one_of("cancer", populations.cancers(), needed=True) or ""
    subtypes = [p.subtype for p in populations.populations(cancer) if p.subtype]
    subtype = table.one_of("subtype", subtypes)
    share = table.number("share", 1e-6, 1e6, 1.0) or 1.0
    facts.note(table)
    table.done()
    return cancer, subtype, share


def _criterion(table: Table, facts: Facts | None, words: Collection[str] | None = None) -> Criterion:
    own = facts is None and words is None  # a group of a trial may speak of a visit
    day, change = (table.whole("day", 0, 7305), bool(table.flag("change", False))) if own else (None, False)
    what = table.one_of("what", STATES if day is not None else _READINGS if words is None else words, needed=True) or ""
    found = Criterion(what, table.number("least", -1e6, 1e6), table.number("most", -1e6, 1e6), day, change)
    if found.least is None and found.most is None:
        raise InputError(table.field("least"), "nothing", "least, most or both", "say from where or up to where")
    if facts is not None:
        facts.note(table)
    table.done()
    return found


def group(table: Table, words: Collection[str] | None = None) -> tuple[str, Criterion]:
    """A [[group]] of people by one reading, in these words or in those of a chart at screening."""
    name = table.text("name", needed=True) or ""
    return name, _criterion(table, None, words)


def _events(table: Table, facts: Facts) -> EventSet:
    kinds = table.texts("kinds")
    for i, kind in enumerate(kinds):
        if kind not in KINDS:
            raise InputError(f"{table.field('kinds')}[{i}]", kind, ", ".join(KINDS), nearest(kind, KINDS))
    name = table.text("name", needed=True) or ""
    surveys, apart = bool(table.flag("surveys", False)), table.number("apart_days", 0.0, 365.0, 21.0)
    or_death, ends = (bool(table.flag(name, False)) for name in ("or_death", "ends"))
    facts.note(table)
    table.done()
    return EventSet(name, kinds, surveys, apart or 0.0, or_death, ends)


def _arm(table: Table, facts: Facts) -> Arm:
    name = table.text("name", needed=True) or ""
    orders = tuple(read_order(t) for t in table.tables("order"))
    withhold, care = _topics(table, "withhold"), table.one_of("care", CARE, CARE[0]) or CARE[0]
    operation = table.one_of("operation", tuple(procedures.catalogue()))
    not_given = _drugs(table, "not_given")
    missing = facts.number(table, "no_diary", 0.0, 1.0, 0.0) or 0.0
    later_lines = bool(table.flag("later_lines", False))
    radiation = table.get("radiation")
    course = None
    if radiation is not None:
        part = Table(radiation, table.field("radiation"))
        dose, parts = part.number("dose_gy", 1.0, 80.0, needed=True), part.whole("fractions", 1, 60)
        course = Radiation(dose or 0.0, parts or 1, part.one_of("technique", TECHNIQUES, TECHNIQUES[0]) or "")
        part.done()
    facts.note(table)
    table.done()
    return Arm(name, Plan(name, orders, care, withhold), course, operation, not_given, missing, later_lines)


def _topics(table: Table, name: str) -> tuple[str, ...]:
    return _known(table, name, TOPICS, ", ".join(TOPICS))


def _drugs(table: Table, name: str) -> tuple[str, ...]:
    return _known(table, name, drug.catalogue(), "a drug of the catalogue")


def _known(table: Table, name: str, known: Collection[str], words: str) -> tuple[str, ...]:
    """A list of names, each of them known."""
    chosen = table.texts(name)
    for i, one in enumerate(chosen):
        if one not in known:
            raise InputError(f"{table.field(name)}[{i}]", one, words, nearest(one, known))
    return chosen


def _background(table: Table, facts: Facts) -> dict:
    withhold, unavailable = _topics(table, "withhold"), _drugs(table, "unavailable")
    if withhold or unavailable:
        facts.note(table)
    male = facts.number(table, "male", 0.0, 1.0)
    year = facts.number(table, "year", 1950.0, 2100.0, take_up.TODAY) or take_up.TODAY
    seen = facts.number(table, "untreated_seen", 0.0, 1.0, 1.0)
    table.done()
    return {
        "withhold": withhold, "unavailable": frozenset(unavailable) | take_up.unavailable(year), "year": year,
        "untreated_seen": 1.0 if seen is None else seen, "traits": {} if male is None else {"male": male},
    }  # fmt: skip


def _time(table: Table, facts: Facts) -> dict:
    out = {
        "moment": table.one_of("enters_on", tuple(moments.MOMENTS)),
        "moment_within_months": facts.number(table, "enters_within_months", 1.0, 60.0, 24.0),
        "since_finding_months": facts.between(table, "since_finding_months", 0.0, MOST_MONTHS),
        "follow_months": facts.number(table, "follow_months", 0.1, MOST_MONTHS, 24.0),
        "accrual_months": facts.number(table, "accrual_months", 0.0, MOST_MONTHS, 0.0),
        "survey_weeks": facts.number(table, "survey_weeks", 1.0, 104.0),
        "times_in_months": facts.number(table, "times_in_months", 0.0, 3.0, 0.0),
        "drop_out_per_year": facts.number(table, "drop_out_per_year", 0.0, 20.0, 0.0),
        "visits": _visits(table),
    }
    if out["moment"] and table.get("since_finding_months") is not None:
        raise InputError(table.field("since_finding_months"), "a time", "nothing beside enters_on", "people enter on their own day")
    if out["accrual_months"] > out["follow_months"]:
        raise InputError(
            table.field("accrual_months"), out["accrual_months"], f"no more than follow_months ({out['follow_months']:g})"
        )
    table.done()
    return out


def _visits(table: Table) -> tuple[int, ...]:
    days = table.get("visit_days")
    if days is None:
        return (0,)
    if not isinstance(days, list) or not all(isinstance(d, int) and not isinstance(d, bool) and 0 <= d <= 7305 for d in days):
        raise InputError(table.field("visit_days"), str(days)[:60], "a list of whole days from 0", "write visit_days = [0, 28, 56]")
    return tuple(sorted({0, *days}))


def _figure(table: Table, sets: dict[str, EventSet], groups: dict[str, Criterion], arms: list[str]) -> Figure:
    endpoint = table.text("endpoint", needed=True) or ""
    if endpoint not in endpoints.OF_STATES:
        try:
            measure = endpoints.parts_of(endpoint, sets)[1]
        except InputError as trouble:
            raise InputError(table.field("endpoint"), endpoint, trouble.allowed, trouble.fix) from None
    else:
        measure = endpoint
    what = table.one_of("what", sorted({*_READINGS, *STATES}))
    known = STATES if endpoint.startswith("state_") or measure in endpoints.OF_CLASSES else _READINGS
    if (endpoint.startswith(("state_", "found_")) or measure in endpoints.OF_CLASSES | endpoints.OF_TESTS) and what not in known:
        raise InputError(table.field("what"), what, ", ".join(known))
    among, other = (in_groups(table, name, groups) for name in ("among", "versus_among"))
    month, day = table.number("month", 0.0, MOST_MONTHS), table.number("day", 0.0, 7305.0)
    figure = Figure(
        id=table.text("id", needed=True) or "", endpoint=endpoint,
        arm=table.one_of("arm", arms, arms[0]) or "", month=day / 30.4375 if day is not None else month,
        versus=table.one_of("versus", arms), among=among, versus_among=other,
        kind=table.one_of("kind", (*KINDS, *endpoints.SEVERAL)), what=what,
        least=table.number("least", -1e6, 1e6), most=table.number("most", -1e6, 1e6),
        at_entry_least=table.number("at_entry_least", -1e6, 1e6), nth=table.whole("nth", 1, 20) or 1,
        change=table.one_of("change", ("difference", "share")), from_month=table.number("from_month", 0.0, MOST_MONTHS, 0.0) or 0.0,
        versus_most=table.number("versus_most", -1e6, 1e6),
    )  # fmt: skip
    if measure in endpoints.OF_TWO and figure.versus is None and not other:
        raise InputError(
            table.field("versus"), "nothing", ", ".join(arms), "a comparison needs the arm, or the group, compared with"
        )
    if measure in ("first_is", "kind_share", "preceded") and figure.kind is None:
        raise InputError(table.field("kind"), "nothing", ", ".join(KINDS), "say which kind of event")
    table.text("note")
    table.done()
    return figure


def in_groups(table: Table, name: str, groups: dict[str, Criterion]) -> tuple[str, ...]:
    """The groups named in a field; `not NAME` for those outside."""
    chosen = table.texts(name)
    for i, group in enumerate(chosen):
        if group.removeprefix("not ") not in groups:
            raise InputError(
                f"{table.field(name)}[{i}]", group, ", ".join(groups) or "a [[group]] of this file", nearest(group, groups)
            )
    return chosen
