"""When an order really happens, and when a person is seen next."""

from __future__ import annotations

import functools

import numpy as np

from seedsoil.care import contraindications, criteria
from seedsoil.care.chart import Chart
from seedsoil.care.criteria import limit
from seedsoil.grammar.tables import Entry, table
from seedsoil.treatments import drug as drugs

Array = np.ndarray
LIMITED_HOURS = 168  # a time limit up to a week is kept as well as people can; a longer one is an ordinary order


def _entries() -> dict[str, Entry]:
    return table("care", "waiting.toml")


@functools.cache
def _waiting(verb: str, what: str) -> Entry:
    """The line of the table for an order: its own, its topic's, or its verb's."""
    entries = _entries()
    drug = drugs.catalogue().get(what)
    names = (f"{verb}_{what}", f"{verb}_{drug.topic}" if drug else "", verb)
    return next(entries[name] for name in names if name in entries)


def waiting_days(verb: str, what: str, score: Array, within_hours: float | None = None, again: Array | bool = False) -> Array:
    """Days from an order until it happens; score: a person's luck, standard normal; again: who only gets a further dose of
    what they have had. A rule's time limit goes first."""
    usual = np.where(again, _entries()["again"].value, _waiting(verb, what).spread(score))
    if within_hours is None or within_hours > LIMITED_HOURS:
        return usual
    return np.minimum(usual, within_hours / 24.0 * _entries()["limit_share"].spread(score))


def at_the_dose(chart: Chart, drug: str, topic: str) -> tuple[Array, Array]:
    """(mask of those to whom the drug's own rules forbid it today or hold it back, mask of those who lack a value for it), as
    whoever gives the dose for this topic reads the chart."""
    judged = contraindications.judge(chart, drug, topic)
    return judged.refused | judged.waits, judged.lacks


def answered(u: Array) -> Array:
    """Whether a call about something grave reaches somebody who acts on the same day where no nurse line answers out of hours;
    who is not answered calls again the next day. u: a person's uniform luck of the day."""
    return np.asarray(u) < _entries()["call.answered"].value


def next_visit_days(chart: Chart) -> Array:
    """Days until each person is seen again, as the chart stands today; whoever gets worse calls before that."""
    chart = chart.held()
    days = lambda name: _entries()[f"visit.{name}"].value
    since_line = np.nan_to_num(chart.since(chart.line_day))
    ill = chart.lesions().any(axis=1)
    new = ill & (~criteria.proven(chart) | (since_line <= days("new_days")))
    agent = criteria.days_since_agent(chart)
    doses = np.maximum(chart.doses_of("denosumab"), chart.doses_of("zoledronate"))
    first_dose = (agent <= days("first_dose_days")) & (doses <= 1)
    worst = chart.symptom("pain_worst")
    sore = (worst > limit("pain.controlled")) & (worst >= criteria.seen_weekly(chart))
    soon = sore | first_dose | criteria.very_short(chart)
    calcium, age = criteria.calcium(chart)
    bad = (calcium >= limit("hypercalcaemia.treat")) | (calcium < limit("hypocalcaemia.urgent"))
    ward = bad & (age <= limit("fresh.emergency_days"))
    ward |= (criteria.cord_place(chart) >= 0) | chart.on("fluids") | chart.on("calcitonin") | chart.on("calcium_iv")
    new |= worst > limit("pain.controlled")
    free = ~ill & (chart.organs == 0) & ~chart.on("chemotherapy")
    usual = np.select([soon, new, free], [days("soon"), days("new"), days("free")], days("stable"))
    # clinics are once a week, on the weekday of day 0; wards see people on any day
    clinic = np.maximum(np.round((chart.day + usual) / 7.0) * 7.0 - chart.day, 1.0)
    return np.where(ward, days("ward"), clinic).astype(int)
