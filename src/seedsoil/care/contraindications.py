"""The rules in a drug's or an operation's own table, judged on a chart: may it be given, at what dose, after what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from seedsoil.care.analytes import analyte
from seedsoil.care.chart import ANALYTES, CONDITIONS, KEPT, NEVER, Chart, remembered
from seedsoil.care.criteria import (
    calcium,
    clearance,
    cord_place,
    diffuse_blastic,
    filtration,
    fresh,
    limit,
    proven,
    solitary,
)
from seedsoil.treatments import drug as drugs

Array = np.ndarray
_OF_THE_DRUG = ("days_since_last", "doses_given", "days_on")  # hang on the drug itself


@dataclass
class Judged:
    """What a drug's own rules say for each row: may it be given, at what dose, with what, after what."""

    refused: Array
    waits: Array
    lacks: Array  # a value it depends on is missing or old
    dose: Array
    asks: Array  # a specialist is asked first
    reasons: list[tuple[str, Array, dict]] = field(default_factory=list)  # (then, mask, rule)

    @property
    def ready(self) -> Array:
        return ~(self.refused | self.waits | self.lacks | self.asks)

    def said(self, *then: str) -> list[tuple[Array, dict]]:
        """The rules that ended in one of these, with whom they concern."""
        return [(mask, rule) for kind, mask, rule in self.reasons if kind in then]


@remembered
def judge(chart: Chart, drug: str, topic: str) -> Judged:
    """Every rule of the drug's table that bears on this topic, judged on the chart."""
    known = drugs.catalogue()[drug]
    return judge_rows(chart, known.rules, topic, drug, known.dose.value)


def judge_rows(chart: Chart, rows: Iterable[dict], topic: str, drug: str = "", dose: float = np.nan) -> Judged:
    """Rules of a table (a drug's, an operation's) judged on the chart; a rule for another topic does not count."""
    no = np.zeros(len(chart), bool)
    out = Judged(no.copy(), no.copy(), no.copy(), np.full(len(chart), dose), no.copy())
    for row in rows:
        if row.get("topic", topic) != topic:
            continue
        met = _met(chart, drug, row, topic)
        if not np.count_nonzero(met):
            continue
        out.reasons.append((row["then"], met, row))
        if row["then"] in ("refuse", "stop"):
            out.refused |= met
        elif row["then"] == "wait":
            out.waits |= met
        elif row["then"] == "measure_first":
            out.lacks |= met
        elif row["then"] == "ask_first":
            out.asks |= met
        elif row["then"] == "dose":
            out.dose[met] = row["dose"]
    return out


def _met(chart: Chart, drug: str, row: dict, topic: str) -> Array:
    """Mask: the condition of one rule holds. A comparison with an unknown value never does."""
    what, _, test = row["when"].rpartition("_")
    if row["when"] == "always":
        return np.ones(len(chart), bool)
    if test == "unknown":
        first, later = _days(what, row, topic)
        old = _older(chart, what, first)
        return old if first == later or not drug else np.where(chart.ever(drug), _older(chart, what, later), old)
    if row["when"] == "solitary_without_tissue":
        return solitary(chart) & ~proven(chart)
    if test == "missing":
        return ~fresh(chart.tested(what), row["within_days"])
    if test == "on":
        return _on(chart, what)
    if test in ("present", "suspected"):
        return _present(chart, what)
    bounds = row.get("low", -np.inf), row.get("high", np.inf)
    if what == "creatinine_rise":
        return _within(creatinine_rise(chart, drug, row), test, *bounds)
    return _compared(chart, drug if what in _OF_THE_DRUG else "", what, test, *bounds)


def _on(chart: Chart, what: str) -> Array:
    """On a drug, also where the catalogue has it only within a regimen, or where the chart only names the habit."""
    if what == "cisplatin":
        return chart.on("platinum_doublet") | chart.on("platinum_etoposide")
    if what in drugs.catalogue():
        return chart.on(what)
    return chart.has(what) if what in CONDITIONS else np.zeros(len(chart), bool)


def _days(what: str, row: dict, topic: str) -> tuple[float, float]:
    """How old a value may be before a first dose, no older than the house allows, and later, as the drug's table says.

    Counts before chemotherapy are taken at the visit, and so may be as old as the last one.
    """
    house = limit("fresh.vitamin_d_days") if what == "vitamin_d" else limit("fresh.days")
    table_says = row.get("within_days", house)
    return (house, house) if topic == "systemic" else (min(table_says, house), table_says)


@remembered
def _older(chart: Chart, what: str, days: float) -> Array:
    """Mask: the value is not known, or older than so many days."""
    return ~fresh(age_of(chart, what), days)


def age_of(chart: Chart, what: str) -> Array:
    if what == "calcium_corrected":
        return calcium(chart)[1]
    if what == "crcl":
        c = clearance(chart)
        blurred = np.isnan(chart.weight_kg) & ~((c.high < 30) | (c.low > 60))
        return np.where(blurred, np.nan, chart.age_of("creatinine"))
    if what == "egfr":
        return np.fmin(chart.age_of("creatinine"), chart.age_of("egfr"))
    return chart.age_of(what)


def _present(chart: Chart, what: str) -> Array:
    if what == "diffuse_blastic":
        return diffuse_blastic(chart)
    if what == "unknown_primary":
        return ~proven(chart)
    if what == "cord_compression":
        return cord_place(chart) >= 0
    if what in ("cord_near", "unstable", "very_radiosensitive"):
        return np.zeros(len(chart), bool)  # asked of the place, by the rules of surgery
    if what == "bleeding":
        return chart.has("peptic_ulcer") | (chart.symptom("bleeding") > 0)
    return chart.has(what)


@remembered
def _compared(chart: Chart, drug: str, what: str, test: str, low: float, high: float) -> Array:
    """Mask: a value is below `high`, above `low` or between them. Many drugs ask the same of one value."""
    if what == "crcl":
        c = clearance(chart)
        known = ~np.isnan(chart.latest("creatinine"))
        if test == "below":
            return known & (c.high < high)
        # the label's full dose needs a clearance above 60: at 60 itself the smaller dose still holds
        return known & (c.low >= low) & ((c.high < high) | ((c.high == 60) & (high == 60)))
    return _within(_value(chart, drug, what), test, low, high)


def _within(value: Array, test: str, low: float, high: float) -> Array:
    """Mask: the value is below `high`, above `low`, or between them; an unknown one never is."""
    if test == "below":
        return value < high
    return value > low if test == "above" else (value >= low) & (value < high)


def _value(chart: Chart, drug: str, what: str) -> Array:
    if what == "calcium_corrected":
        return calcium(chart)[0]
    if what == "egfr":
        return filtration(chart)
    if what == "alp":
        return chart.latest("alp") / analyte("alp").reference[1]
    if what == "days_since_last":
        return chart.weeks_since(drug) * 7.0
    if what == "doses_given":
        return chart.doses_of(drug).astype(float)
    if what == "days_on":
        return chart.days_on(drug)
    if what not in ANALYTES:  # an operation's rule about survival or legs: nobody measures it
        return np.full(len(chart), np.nan)
    return chart.latest(what)


def creatinine_rise(chart: Chart, drug: str, row: dict) -> Array:
    """Rise of creatinine since the value before the present course; NaN where the baseline is of the other kind, or
    where it is back within a tenth of it."""
    column, k = ANALYTES.index("creatinine"), KEPT.index("creatinine")
    a, days = chart.kept[:, k], chart.kept_days[:, k]
    start = chart.drug_start[:, drugs.number_of()[drug]]
    before = (days <= start[:, None]) & (days > NEVER) & (start[:, None] > NEVER)
    newest = before.argmax(axis=1)
    base = np.where(before.any(axis=1), a[np.arange(len(chart)), newest], chart.first[:, column, 0])
    base = np.where(start > NEVER, base, np.nan)
    fits = (base <= row.get("baseline_high", np.inf)) & (base > row.get("baseline_low", -np.inf))
    return np.where(fits & (a[:, 0] > 1.1 * base), a[:, 0] - base, np.nan)
