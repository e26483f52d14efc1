"""What the rules say about one chart today: the urgent first, then the rest, and the scores with their ranges."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedsoil import __version__
from seedsoil.care import criteria, prognosis, scores
from seedsoil.care.analytes import analyte
from seedsoil.care.chart import Chart
from seedsoil.care.criteria import in_the
from seedsoil.care.guidelines import standard, surgery
from seedsoil.care.orders import Order
from seedsoil.care.patient import Patient, describe_known
from seedsoil.study.values import cite

NOTICE = "research use, not for care"
URGENT_HOURS = 168
URGENT_TOPICS = ("emergency", "surgery", "diagnosis")
URGENT_STANCES = ("do", "refer", "measure first")


def assess(patient: Patient) -> dict:
    """The document `seedsoil.assess/1`: urgent, advice and scores of one real chart, as plain data."""
    chart = Chart.of(patient)
    orders = [order for order in standard.all_said(chart) if order.where[0]]
    urgent = sorted(filter(_is_urgent, orders), key=lambda order: order.within_hours or 0.0)
    rows = {
        "urgent": [_row(o) for o in _once(urgent)],
        "advice": [_row(o) | {"topic": o.topic, "stance": o.stance} for o in _once(o for o in orders if o not in urgent)],
        "scores": list(_scores(chart)),
    }
    keys = {key.strip() for part in rows.values() for row in part for key in row["source"].split(";")}
    return {
        "schema": "seedsoil.assess/1",
        "version": __version__,
        "as_of": patient.as_of.isoformat(),
        "patient": {"id": patient.id, "age_years": patient.age_years, "sex": patient.sex, "cancer": patient.cancer},
        **describe_known(patient),
        **rows,
        "sources": [cite(key) for key in sorted(keys - {"", "seedsoil"})],
        "notice": NOTICE,
    }


def _is_urgent(order: Order) -> bool:
    """Has a time limit of a week or less, and is something to be done rather than left."""
    limited = order.within_hours is not None and order.within_hours <= URGENT_HOURS
    return limited and order.topic in URGENT_TOPICS and order.stance in URGENT_STANCES


def _once(orders) -> list[Order]:
    """Each thing once: the same words for the same thing are one row, however many rules say so."""
    kept: dict[tuple, Order] = {}
    for order in orders:
        kept.setdefault((order.stance, order.words()), order)
    return list(kept.values())


def _row(order: Order) -> dict:
    words = order.words()
    return {
        "rule": order.rule,
        "within_hours": order.within_hours,
        "action": words[0].upper() + words[1:],
        "because": order.because(),
        "source": order.source,
    }


# ---------------------------------------------------------------------------------------------- scores


def _score(name: str, found: scores.Score, meaning: str, source: str) -> dict:
    low, high = (round(float(np.ravel(x)[0]), 2) for x in found)
    return {"name": name, "low": low, "high": high, "meaning": meaning, "source": source}


def _scores(chart: Chart) -> Iterator[dict]:
    """The published scores that the chart says something about; what it leaves open makes the range."""
    calcium, _ = criteria.calcium(chart)
    if not np.isnan(calcium[0]):
        known = scores.Score(calcium, calcium)
        low, high = analyte("calcium_corrected").reference
        above, below = scores.hypercalcaemia_grade(calcium, high), scores.hypocalcaemia_grade(calcium, low)
        meaning = f"mmol/L; too high by grade {int(above.low[0])}, too low by grade {int(below.low[0])}"
        yield _score("corrected calcium", known, meaning, "ctcae5")
    if not np.isnan(chart.latest("creatinine")[0]):
        weight = "" if not np.isnan(chart.weight_kg[0]) else "; no weight in the chart, so a range"
        yield _score("creatinine clearance", criteria.clearance(chart), f"mL/min{weight}", "cockcroft1976")
        rate = criteria.filtration(chart)
        yield _score("eGFR", scores.Score(rate, rate), "mL/min/1.73 m2", "inker2021")
    yield from _bone_scores(chart)
    band = prognosis_band(chart)
    if band is not None:
        bands = {0: "0-3: most live a year", 1: "4-6: about half live a year", 2: "7-10: few live a year"}
        first, last = band
        meaning = bands[first] if first == last else f"open: {bands[first]}, to {bands[last]}"
        yield _score("Katagiri 2014", prognosis.katagiri(chart), meaning, "katagiri2014")


def _bone_scores(chart: Chart) -> Iterator[dict]:
    """Mirels of every limb lesion, SINS and ESCC of every spinal one."""
    limb, spine = surgery.mirels(chart), surgery.sins(chart)
    for i in np.flatnonzero(chart.lesions()[0]):
        place = chart.site[0, i]
        name = str(surgery.labels(np.array([place]))[0])
        at = lambda found, i=i: scores.Score(found.low[0, i], found.high[0, i])
        if in_the("limb", place):
            meaning = {0: "observe", 1: "judge", 2: "fixation"}
            rule = scores.mirels_rule(at(limb))
            said = " to ".join(dict.fromkeys(meaning[int(x)] for x in (rule.low, rule.high)))
            yield _score(f"Mirels, {name}", at(limb), said, "mirels1989")
        if in_the("sins", place) >= 0:
            band = scores.sins_band(at(spine))
            words = {0: "stable", 1: "may be unstable", 2: "unstable"}
            said = " to ".join(dict.fromkeys(words[int(x)] for x in (band.low, band.high)))
            yield _score(f"SINS, {name}", at(spine), said, "fisher2010")
        grade = int(chart.lesion("epidural")[0, i])
        if grade >= 0:
            words = "cord pressed" if grade >= scores.Escc.G2 else "cord not pressed"
            yield _score(f"ESCC code, {name}", scores.Score(np.array(grade), np.array(5 if grade == 4 else grade)),
                         f"{words} (4 = grade 2, 5 = grade 3)", "bilsky2010")  # fmt: skip


def prognosis_band(chart: Chart) -> tuple[int, int] | None:
    """The lowest and highest band of survival by Katagiri's score (0 long, 1, 2 short) of one chart; None without bone disease."""
    if not (criteria.bone_metastases(chart)[0] or chart.lesions().any()):
        return None
    total = prognosis.katagiri(chart)
    first, last = (0 if x <= 3 else 1 if x <= 6 else 2 for x in (total.low[0], total.high[0]))
    return first, last
