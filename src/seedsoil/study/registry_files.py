"""Registries in TOML (schema `seedsoil.registry/1`): whom a paper counted, from when and for how long, each fact with its
status and source. Like a trial file it has no place for a rate, a hazard or a threshold of referral."""

from __future__ import annotations

from pathlib import Path

from seedsoil.care import take_up
from seedsoil.errors import InputError
from seedsoil.grammar.tables import data_file
from seedsoil.study import registry_measures
from seedsoil.study.fields import Table, nearest
from seedsoil.study.natural_history import STAGES
from seedsoil.study.registry import YEARS, Count, Country, Members, Registry, moments, readings
from seedsoil.study.trial import Criterion
from seedsoil.study.trial_files import Facts, group, in_groups, read_from
from seedsoil.world import populations

REGISTRY_SCHEMA = "seedsoil.registry/1"
MOST_MONTHS = YEARS * 12.0
MOST_PEOPLE = 2e10


def names() -> tuple[str, ...]:
    """The registries that come with seedsoil."""
    return tuple(sorted(path.stem for path in data_file("trials", "registries").glob("*.toml")))


def named(name: str) -> Registry:
    """A shipped registry by its name."""
    if name in names():
        return read_registry(data_file("trials", "registries", f"{name}.toml"))
    raise InputError("registry", name, ", ".join(names()), nearest(name, names()))


def read_registry(path: str | Path) -> Registry:
    """A registry from a file. Raises InputError that names file, line and field."""
    return read_from(path, REGISTRY_SCHEMA, _registry)


def _registry(table: Table) -> Registry:
    facts = Facts()
    groups = dict(group(t, tuple(readings())) for t in table.tables("group"))
    countries = {c.name: c for c in (_country(t, facts) for t in table.tables("country"))}
    people = tuple(_members(t, facts) for t in table.tables("people"))
    if not people:
        raise InputError("people", "nothing", "one [[people]] or more")
    told = sum(some.share or 0.0 for some in people)
    if told > 1.0 + 1e-9:
        raise InputError("people[0].share", round(told, 4), "shares that are 1 or less together")
    time = Table(table.get("time") or {}, "time")
    follow = facts.number(time, "follow_months", 0.1, MOST_MONTHS)
    accrual = facts.number(time, "accrual_months", 0.0, MOST_MONTHS, 0.0) or 0.0
    if accrual > (follow or 0.0):
        raise InputError(time.field("accrual_months"), accrual, f"no more than follow_months ({follow or 0.0:g})")
    time.done()
    background = Table(table.get("background") or {}, "background")
    year = facts.number(background, "year", 1950.0, 2100.0, take_up.TODAY) or take_up.TODAY
    background.done()
    found = Registry(
        id=table.text("id", needed=True) or "", title=table.text("title", needed=True) or "",
        cite=table.text("cite", needed=True) or "", people=people, groups=groups, countries=countries,
        figures=tuple(_count(t, groups, countries) for t in table.tables("figure")),
        follow_months=follow, accrual_months=accrual, year=year, facts=facts.status,
    )  # fmt: skip
    table.done()
    return found


def _members(table: Table, facts: Facts) -> Members:
    cancer = table.one_of("cancer", ("all", *populations.cancers()), needed=True)
    subtypes = [] if cancer == "all" else [p.subtype for p in populations.populations(cancer or "") if p.subtype]
    stages = table.texts("stages") or STAGES
    for i, stage in enumerate(stages):
        if stage not in STAGES:
            raise InputError(f"{table.field('stages')}[{i}]", stage, ", ".join(STAGES), nearest(stage, STAGES))
    least, most = (table.number(f"primary_ml_{end}", 0.0, 1e4, value) for end, value in (("least", 0.0), ("most", 1e4)))
    found = Members(
        None if cancer == "all" else cancer, table.one_of("subtype", subtypes), stages, (least or 0.0, most or 0.0),
        table.number("share", 1e-6, 1.0),
    )  # fmt: skip
    facts.note(table)
    table.done()
    return found


def _country(table: Table, facts: Facts) -> Country:
    age = [table.number(f"age_{end}", 0.0, 130.0, value) or 0.0 for end, value in (("least", 0.0), ("most", 130.0))]
    found = Country(
        table.text("name", needed=True) or "", table.number("people", 1.0, MOST_PEOPLE, needed=True) or 0.0, *age,
        new_cancers=facts.number(table, "new_cancers", 1e-6, 1e3, 1.0) or 1.0,
        **{f"band_{name}": _bands(table, f"band_{name}") for name in ("from", "people", "standard")},
    )  # fmt: skip
    if not len(found.band_from) == len(found.band_people) == len(found.band_standard):
        raise InputError(table.field("band_from"), len(found.band_from), "as many bands as band_people and band_standard have")
    if found.band_from and (found.band_from[0] != 0.0 or list(found.band_from) != sorted(set(found.band_from))):
        raise InputError(table.field("band_from"), list(found.band_from), "ages that begin with 0 and rise")
    facts.note(table)
    table.done()
    return found


def _bands(table: Table, name: str) -> tuple[float, ...]:
    values = table.get(name) or []
    good = lambda x: isinstance(x, int | float) and not isinstance(x, bool) and 0.0 <= x <= MOST_PEOPLE
    if not isinstance(values, list) or not all(good(x) for x in values) or (name != "band_from" and 0 in values):
        raise InputError(table.field(name), str(values), "a list of numbers, one for each band of age")
    return tuple(float(x) for x in values)


def _adjusted_for(table: Table) -> tuple[str, ...]:
    names, known = tuple(table.texts("adjusted_for") or ()), (*readings(), *moments())
    for i, name in enumerate(names):
        if name not in known:
            raise InputError(f"{table.field('adjusted_for')}[{i}]", name, ", ".join(known), nearest(name, known))
    return names


def _count(table: Table, groups: dict[str, Criterion], countries: dict[str, Country]) -> Count:
    month, day = table.number("month", 0.0, MOST_MONTHS), table.number("day", 0.0, MOST_MONTHS * 31)
    moment = lambda name, default=None: table.one_of(name, tuple(moments()), default)
    figure = Count(
        id=table.text("id", needed=True) or "",
        endpoint=table.one_of("endpoint", tuple(registry_measures.MEASURES), needed=True) or "",
        of=moment("of", "bone"), since=moment("since", "diagnosis"), until=moment("until"),
        outcome=moment("outcome", "death"), having=moment("having"), lacking=moment("lacking"),
        versus_since=moment("versus_since", "diagnosis"), versus_until=moment("versus_until"),
        month=day / 30.4375 if day is not None else month,
        **{name: in_groups(table, name, groups) for name in ("among", "versus_among", "part")},
        country=table.one_of("country", tuple(countries)), extreme=table.one_of("extreme", registry_measures.EXTREMES),
        adjusted_for=_adjusted_for(table),
    )  # fmt: skip
    table.text("note")
    table.done()
    registry_measures.checked(figure, table.field, countries)
    return figure
