"""Patients and plans that a person wrote by hand, in TOML. What is unknown or out of range is refused.

Every refusal names the field by its path (`finding[2].unit`), what was written, what is allowed and what to do.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

from seedsoil.care import codes
from seedsoil.care.analytes import analyte, analytes, converted, flags_of, plain_unit, refuse_impossible
from seedsoil.care.patient import (
    CANCERS,
    LESION_KINDS,
    OLDEST_YEARS,
    ORGANS,
    QUALIFIERS,
    SEXES,
    SIDES,
    YOUNGEST_YEARS,
    Examined,
    Finding,
    Given,
    Happened,
    KnownLesion,
    Patient,
    Visceral,
    Wishes,
)
from seedsoil.care.plan import CARE, TOPICS, VERBS, Plan, PlannedOrder
from seedsoil.errors import InputError
from seedsoil.study.fields import Table, listed, load, nearest, parsed, shown
from seedsoil.treatments.drug import catalogue
from seedsoil.treatments.radiation import MOST_FRACTIONS, TECHNIQUES

PATIENT_SCHEMA, PLAN_SCHEMA = "seedsoil.patient/1", "seedsoil.plan/1"
DOSE_UNITS = {
    "dose_mg": ("mg", 0.0, 20000.0), "dose_ug": ("ug", 0.0, 1e6), "dose_g": ("g", 0.0, 100.0),
    "dose_gy": ("Gy", 0.0, 80.0),
    "dose_mg_per_m2": ("mg/m2", 0.0, 10000.0), "dose_mg_per_kg": ("mg/kg", 0.0, 100.0), "dose_iu": ("IU", 0.0, 1e6),
    "dose_iu_per_kg": ("IU/kg", 0.0, 100.0), "dose_l": ("L", 0.0, 10.0), "dose_mg_per_day": ("mg/d", 0.0, 10000.0),
    "dose_l_per_day": ("L/d", 0.0, 10.0), "dose_kbq_per_kg": ("kBq/kg", 0.0, 1000.0), "dose_mbq": ("MBq", 0.0, 20000.0),
    "dose_mmol": ("mmol", 0.0, 200.0),
}  # fmt: skip
MOST_DAYS = 3653.0
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_DATES = ("date", "date_to", "days_ago")


# ---------------------------------------------------------------------------------------------- dates


def _span(table: Table, name: str, as_of: date) -> tuple[float, float] | None:
    """First and last day that a written date (day, month or year) may mean, counted from the chart's date."""
    value = table.get(name)
    if value is None:
        return None
    if isinstance(value, datetime):
        value = value.date()
    said = value.isoformat() if isinstance(value, date) else shown(value)
    match = _DATE.fullmatch(str(said))
    try:
        year, month, day = (int(g) if g else None for g in match.groups()) if match else (0, None, None)
        first = date(year, month or 1, day or 1)
        last = first if day else date(year, month or 12, calendar.monthrange(year, month or 12)[1])
    except ValueError:
        raise InputError(table.field(name), said, "2024, 2024-03 or 2024-03-15", "write a day, a month or a year") from None
    if first > as_of:
        raise InputError(table.field(name), said, f"no later than as_of ({as_of})", "a chart holds what is known by its date")
    return float((first - as_of).days), float(min((last - as_of).days, 0))


def _when(table: Table, as_of: date) -> tuple[float, float]:
    """(day, day_to) of an entry: `date`, `date` with `date_to`, `days_ago`, or none of them: today."""
    first, last = _span(table, "date", as_of), _span(table, "date_to", as_of)
    ago = table.number("days_ago", 0.0, 40000.0)
    if ago is not None:
        if first or last:
            raise InputError(table.field("days_ago"), ago, "either days_ago or date", "leave one of them out")
        return -ago, -ago
    if last and not first:
        raise InputError(table.field("date_to"), None, "a date as well", "give date, the first possible day")
    if first and last:
        if last[1] < first[0]:
            raise InputError(table.field("date_to"), None, "a date no earlier than date", "the interval ends before it begins")
        return first[0], last[1]
    return first or (0.0, 0.0)


# ---------------------------------------------------------------------------------------------- patients


def read_patient_file(path: str | Path) -> Patient:
    """A patient from a TOML file with the schema `seedsoil.patient/1`."""
    return _patient(load(path, PATIENT_SCHEMA), Path(path).stem)


def read_patient_text(text: str, name: str = "patient") -> Patient:
    """The same from the text of such a file; `name` is the person's where the text gives none."""
    return _patient(parsed(text, PATIENT_SCHEMA), name)


def _patient(table: Table, name: str) -> Patient:
    written = table.get("as_of")
    if isinstance(written, datetime):
        written = written.date()
    if not isinstance(written, date):
        raise InputError("as_of", shown(written), "a date such as 2024-01-31", "write the date of the chart, without quotes")
    as_of = written
    cancer = table.one_of("cancer", CANCERS, needed=True)
    patient = Patient(
        id=table.text("id", name) or "patient",
        as_of=as_of,
        age_years=table.number("age_years", YOUNGEST_YEARS, OLDEST_YEARS, needed=True) or 0.0,
        sex=table.one_of("sex", SEXES, needed=True) or "",
        cancer=cancer,
        cancer_certain=bool(table.flag("cancer_certain", cancer != "unknown")),
        subtype=_subtype(table, cancer),
        primary_day=_span(table, "primary_date", as_of),
        findings=tuple(_finding(t, as_of) for t in table.tables("finding")),
        lesions=tuple(_lesion(t, as_of) for t in table.tables("lesion")),
        visceral=tuple(_visceral(t, as_of) for t in table.tables("visceral")),
        given=tuple(_given(t, as_of) for t in table.tables("given")),
        happened=tuple(_happened(t, as_of) for t in table.tables("happened")),
        examined=tuple(_examined(t, as_of) for t in table.tables("examined")),
        conditions=table.texts("conditions"),
        wishes=_wishes(table),
        complementary=table.texts("complementary"),
    )
    table.done()
    return patient


def _wishes(table: Table) -> Wishes:
    """The table `[wishes]`: comfort, declines (topics), prognosis (whether wanted), words."""
    written = table.get("wishes")
    if written is None:
        return Wishes()
    if not isinstance(written, dict):
        raise InputError("wishes", shown(written), "a table", "write [wishes] and below it comfort = true, or declines = [...]")
    part = Table(written, "wishes")
    declines = part.texts("declines")
    allowed = [topic for topic in TOPICS if topic != "emergency"]
    for i, topic in enumerate(declines):
        if topic not in allowed:
            raise InputError(f"wishes.declines[{i}]", topic, ", ".join(allowed), nearest(topic, allowed))
    wishes = Wishes(bool(part.flag("comfort", False)), declines, part.flag("prognosis"), part.text("words", "") or "")
    part.done()
    return wishes


def _subtype(table: Table, cancer: str | None) -> str | None:
    allowed = [s for s, where in codes.groups("subtype").items() if cancer in where.split("+")]
    value = table.text("subtype")
    if value is not None and value not in allowed:
        raise InputError("subtype", value, listed(allowed) or f"none for {cancer}", nearest(value, allowed))
    return value


def _finding(table: Table, as_of: date) -> Finding:
    what = table.one_of("what", analytes(), needed=True) or ""
    day, day_to = _when(table, as_of)
    qualifier = table.one_of("qualifier", QUALIFIERS, "=") or "="
    unit = table.text("unit")
    if qualifier in ("normal", "high", "low"):
        if table.get("value") is not None:
            raise InputError(table.field("value"), shown(table.get("value")), f"no value beside {qualifier!r}", "leave one out")
        table.done()
        return Finding(what, None, qualifier, day, day_to, table.path)
    value = table.number("value", -math.inf, math.inf, needed=True) or 0.0
    own = converted(what, value, unit)
    row = analyte(what)
    if own is None:
        known = [row.unit, *(u for u in row.factors if u != plain_unit(row.unit))]
        raise InputError(table.field("unit"), unit or "nothing", ", ".join(known), nearest(unit or "", known))
    refuse_impossible(what, own, table.field("value"), f"{value:g}", unit)
    table.done()
    return Finding(what, own, qualifier, day, day_to, table.path, flags_of(what, own))


def _place(table: Table) -> tuple[str | None, str | None, str | None]:
    """(site, region, side) of an entry, the region of a site filled in."""
    site = table.one_of("site", codes.bones())
    region = table.one_of("region", sorted(codes.regions()))
    side = table.one_of("side", SIDES)
    if site:
        bone = codes.bones()[site]
        if region and region != bone.region:
            raise InputError(table.field("region"), region, bone.region, f"{site} is in the {bone.region}; leave region out")
        if side and side != bone.side:
            raise InputError(table.field("side"), side, bone.side or "no side", f"the side is part of {site}; leave it out")
        return site, bone.region, bone.side
    return None, None if region == "any" else region, side


def _lesion(table: Table, as_of: date) -> KnownLesion:
    site, region, side = _place(table)
    diffuse = bool(table.flag("diffuse", False))
    if diffuse and (site or region):
        raise InputError(table.field("diffuse"), True, "false beside a site or region", "diffuse means the whole skeleton")
    low, high = analyte("tumour_size").possible
    day, day_to = _when(table, as_of)
    lesion = KnownLesion(
        site, region, side, table.one_of("kind", LESION_KINDS), table.number("longest_mm", low, high),
        table.flag("soft_tissue"), bool(table.flag("certain", True)), diffuse, table.whole("count", 2, 60), day, day_to,
        table.path, table.text("note", "") or "",
    )  # fmt: skip
    table.done()
    return lesion


def _visceral(table: Table, as_of: date) -> Visceral:
    organ = table.one_of("organ", ORGANS, needed=True) or ""
    found = Visceral(organ, bool(table.flag("certain", True)), *_when(table, as_of), table.path)
    table.done()
    return found


def _dose(table: Table) -> tuple[float | None, str | None]:
    written = [name for name in DOSE_UNITS if table.get(name) is not None]
    if len(written) > 1:
        raise InputError(table.field(written[1]), shown(table.get(written[1])), "one dose", f"leave out it or {written[0]}")
    if not written:
        return None, None
    unit, low, high = DOSE_UNITS[written[0]]
    dose = table.number(written[0], low, high)
    if dose == 0:
        raise InputError(table.field(written[0]), 0, f"more than 0, to {high:g}", "leave the dose out, or stop the drug")
    return dose, unit


def _given(table: Table, as_of: date) -> Given:
    what = table.one_of("what", sorted({*codes.treatments(), *catalogue()}), needed=True) or ""
    day, day_to = _when(table, as_of)
    dose, unit = _dose(table)
    if codes.in_catalogue(what) != what:
        dose, unit = None, None  # the dose of one drug is not that of the class it stands for
    site, region, _ = _place(table)
    until = _span(table, "until", as_of)
    ongoing = bool(table.flag("ongoing", False))
    if until and until[1] < day:
        raise InputError(table.field("until"), None, "a date no earlier than date", "the course ends before it begins")
    if until and ongoing:
        raise InputError(table.field("until"), None, "no last day beside ongoing = true", "leave one of them out")
    given = Given(
        codes.in_catalogue(what), day, day_to, ongoing, dose, unit, table.whole("fractions", 1, 60), site, region,
        until[1] if until else None, table.path, _technique(table, what),
    )  # fmt: skip
    table.done()
    return given


def _technique(table: Table, what: str) -> str | None:
    """How radiotherapy is given; nothing else has a technique."""
    technique = table.one_of("technique", TECHNIQUES)
    if technique and what != "radiotherapy":
        raise InputError(table.field("technique"), technique, "radiotherapy only", "leave it out")
    return technique


def _happened(table: Table, as_of: date) -> Happened:
    what = table.one_of("what", sorted(codes.concepts("event")), needed=True) or ""
    site, region, _ = _place(table)
    certain = bool(table.flag("certain", True))
    event = Happened(what, site, region, certain, *_when(table, as_of), table.path, table.text("note", "") or "")
    table.done()
    return event


def _examined(table: Table, as_of: date) -> Examined:
    what = table.one_of("what", sorted(codes.concepts("test")), needed=True) or ""
    _, region, _ = _place(table)
    test = Examined(what, region, table.text("result", "") or "", *_when(table, as_of), table.path)
    table.done()
    return test


# ---------------------------------------------------------------------------------------------- plans


def read_plan_file(path: str | Path) -> Plan:
    """A plan from a TOML file with the schema `seedsoil.plan/1`."""
    return read_plan(load(path, PLAN_SCHEMA))


def read_plan(table: Table) -> Plan:
    """A plan from its fields, wherever they were written."""
    name = table.text("name", needed=True) or ""
    care = table.one_of("care", CARE, "standard") or "standard"
    withhold = table.texts("withhold")
    for i, topic in enumerate(withhold):
        if topic not in TOPICS:
            raise InputError(f"withhold[{i}]", topic, ", ".join(TOPICS), nearest(topic, TOPICS))
    orders = tuple(read_order(t) for t in table.tables("order"))
    plan = Plan(name, orders, care, withhold, table.text("description", "") or "")
    table.done()
    return plan


def read_order(table: Table) -> PlannedOrder:
    do = table.one_of("do", VERBS, needed=True) or ""
    if do == "test":
        what, topic = (
            table.one_of("what", sorted(codes.concepts("test") | set(analytes())), needed=True) or "",
            "diagnosis",
        )
        return _ordered(table, do, what, topic, None, None)
    if do == "treat":
        places = {name: group for name, group in codes.groups("procedure").items() if group != "primary_surgery"}
        what = _of_kind(table, places, catalogue(), f'do = "{do}" is for radiotherapy and operations on bone')
        dose, unit = _dose(table)
        if dose is not None and (unit != "Gy" or what != "radiotherapy"):
            raise InputError(table.field("dose"), f"{dose:g} {unit}", "dose_gy, for radiotherapy only")
        if table.get("site") is None:
            raise InputError(table.field("site"), "nothing", listed(codes.bones()), "say which bone is treated")
        return _ordered(table, do, what, places[what], dose, unit)
    return _drug_order(table, do)


def _drug_order(table: Table, do: str) -> PlannedOrder:
    drugs = catalogue()
    known = set(drugs) | {name for name in codes.treatments() if codes.in_catalogue(name) in drugs}
    written = _of_kind(table, known, codes.groups("procedure"), f'do = "{do}" is for drugs')
    what = codes.in_catalogue(written)
    dose, unit = _dose(table)
    if dose is not None:
        wanted = drugs[what].dose_unit
        if do == "stop":
            raise InputError(table.field("do"), do, "no dose beside it", "leave the dose out")
        if what != written:
            fix = f"{written} is modelled as {what} at its usual dose; leave the dose out"
            raise InputError(table.field("what"), written, "no dose beside it", fix)
        daily = unit == f"{wanted}/d" and drugs[what].shape == "daily"
        if unit != wanted and not daily:
            raise InputError(table.field("dose"), f"{dose:g} {unit}", f"a dose in {wanted}", "convert it")
        unit = wanted
    return _ordered(table, do, what, drugs[what].topic, dose, unit)


def _of_kind(table: Table, known: Collection[str], others: Collection[str], why: str) -> str:
    """What is ordered, if it is of the kind that the verb is for."""
    written = table.text("what", needed=True) or ""
    if written not in known and written in others:
        verb = "treat" if written in codes.groups("procedure") else "start or stop"
        raise InputError(table.field("do"), table.get("do"), verb, f"{why}, and {written} is not")
    return table.one_of("what", sorted(known), needed=True) or ""


def _ordered(table: Table, do: str, what: str, topic: str, dose: float | None, unit: str | None) -> PlannedOrder:
    fractions = table.whole("fractions", 1, MOST_FRACTIONS)
    if fractions and what != "radiotherapy":
        raise InputError(table.field("fractions"), fractions, "radiotherapy only", "leave it out")
    order = PlannedOrder(
        do, what, table.number("day", 0.0, MOST_DAYS, 0.0) or 0.0, topic, table.one_of("site", codes.bones()),
        dose, unit, table.number("every_weeks", 0.1, 104.0), fractions, _technique(table, what),
    )  # fmt: skip
    table.done()
    return order
