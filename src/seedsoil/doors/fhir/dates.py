"""Dates of a record as intervals of days: a month is thirty possible days, not one."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from seedsoil.doors.fhir.shape import record, text

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T.*)?)?)?")

# How far back something undated may lie: five years, unless the record bounds it.
UNDATED_DAYS = -1825.0

DATED_FIELDS = (
    "effectiveDateTime", "effectiveInstant", "performedDateTime", "onsetDateTime", "authoredOn", "issued",
    "recordedDate", "occurrenceDateTime", "started",
)  # fmt: skip
PERIOD_FIELDS = ("effectivePeriod", "performedPeriod", "onsetPeriod")


def date_span(value: object) -> tuple[date, date] | None:
    """First and last day that a FHIR date (year, month, day or instant) may mean."""
    match = _DATE.fullmatch(text(value))
    if not match:
        return None
    year, month, day = (int(g) if g else None for g in match.groups())
    try:
        first = date(year, month or 1, day or 1)
        if day:
            return first, first
        last_month = month or 12
        return first, date(year, last_month, calendar.monthrange(year, last_month)[1])
    except ValueError:
        return None


@dataclass(frozen=True)
class When:
    """When something was: first and last possible day, and its own last day where it went on for a while."""

    day: float
    day_to: float
    end: float | None = None
    dated: bool = True


class Undatable(Exception):
    """A date that cannot be used; the message says why."""


def when(resource: dict, stem: str, as_of: date, *others: str) -> When | None:
    """When a resource's `stem` (onset, effective, performed) was, or its other date fields; None if undated.

    A period comes back as its first day, with its last day in `end`.
    """
    for field in (f"{stem}DateTime", f"{stem}Instant"):
        if field in resource:
            return _moment(resource[field], as_of)
    if f"{stem}Period" in resource:
        return _period(record(resource[f"{stem}Period"]), as_of)
    for field in others:
        if field in resource:
            return _moment(resource[field], as_of)
    return None


def _moment(value: object, as_of: date) -> When:
    span = date_span(value)
    if span is None:
        raise Undatable(f"its date {text(value)[:40] or 'of the wrong type'!r} cannot be read")
    day, day_to = ((d - as_of).days for d in span)
    if day > 0:
        raise Undatable(f"it is dated {text(value)[:10]}, after the date of the chart ({as_of})")
    return When(float(day), float(min(day_to, 0)))


def _period(period: dict, as_of: date) -> When | None:
    start = _moment(period["start"], as_of) if "start" in period else None
    end = date_span(period["end"]) if "end" in period else None
    if "end" in period and end is None:
        raise Undatable("the end of its period cannot be read")
    if start is None:
        if end is None:
            return None
        last = min(float((end[1] - as_of).days), 0.0)
        return When(min(UNDATED_DAYS, last), last, last, dated=False)
    if end is None:
        return start
    last = float((end[1] - as_of).days)
    if last < start.day:
        raise Undatable("its period ends before it begins")
    return When(start.day, start.day_to, min(last, 0.0))


def latest_date(resources: list[dict]) -> date | None:
    """The last date on which a record says anything: the chart's date where the bundle has none."""
    last: date | None = None
    for resource in resources:
        found = [resource.get(field) for field in DATED_FIELDS]
        for field in PERIOD_FIELDS:
            found += [record(resource.get(field)).get("start"), record(resource.get(field)).get("end")]
        for value in found:
            span = date_span(value)
            if span and (last is None or span[1] > last):
                last = span[1]
    return last
