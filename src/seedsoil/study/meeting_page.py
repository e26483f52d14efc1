"""One page for the meeting of all who treat a person: what each of oncology, radiation, orthopaedics or neurosurgery, palliative
care and nursing needs to see, what the rules ask of each, and what each would still have to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from seedsoil import __version__
from seedsoil.care import criteria, prognosis, scores
from seedsoil.care.analytes import analyte
from seedsoil.care.chart import LESION_KINDS, MARKERS, NEVER, Chart
from seedsoil.care.criteria import in_the
from seedsoil.care.guidelines import standard, surgery
from seedsoil.care.orders import Order
from seedsoil.care.patient import CANCERS, ORGANS, Patient
from seedsoil.care.plan import TOPICS
from seedsoil.study import trial_matching
from seedsoil.study.assess import NOTICE, assess, prognosis_band
from seedsoil.treatments import drug as drugs

SCHEMA = "seedsoil.meeting_page/1"
MOST_BONES, MOST_ASKS = 10, 4
BANDS = ("most live a year", "about half live a year", "few live a year")
ESCC = {0: "0", 1: "1a", 2: "1b", 3: "1c", 4: "2", 5: "3"}
COLLAPSE = {0: "none", 1: "half of the body involved", 2: "below half", 3: "half or more"}


@dataclass(frozen=True)
class Discipline:
    """Who sits at the table: the topics of the rules that are theirs, and the facts they look for."""

    id: str
    name: str
    topics: tuple[str, ...]
    facts: Callable[[Patient, Chart], Iterator[tuple[str, str]]]


def meeting_page(patient: Patient) -> dict:
    """The document `seedsoil.meeting_page/1` of one chart, as plain data."""
    chart = Chart.of(patient).held()
    judged = assess(patient)
    orders = [o for o in standard.all_said(chart) if o.where[0] and o.stance != "consider"]
    parts = []
    for who in DISCIPLINES:
        facts = list(who.facts(patient, chart))
        asks = _asks(who, orders)
        parts.append({
            "id": who.id, "name": who.name, "facts": [{"what": what, "value": value} for what, value in facts if value],
            "asks": asks[:MOST_ASKS], "more_asks": max(0, len(asks) - MOST_ASKS),
            "missing": [what for what, value in facts if not value],
        })  # fmt: skip
    bones = sorted(_bones(chart), key=lambda row: -row.pop("weight"))
    return {
        "schema": SCHEMA, "version": __version__, "as_of": patient.as_of.isoformat(), "title": "For the multidisciplinary meeting",
        "patient": {"id": patient.id, "age_years": patient.age_years, "sex": patient.sex, "cancer": patient.cancer},
        "urgent": [{k: row[k] for k in ("action", "within_hours", "because")} for row in judged["urgent"]],
        "bones": bones[:MOST_BONES], "more_bones": max(0, len(bones) - MOST_BONES),
        "disciplines": parts, "notice": NOTICE,
    }  # fmt: skip


def _asks(who: Discipline, orders: list[Order]) -> list[str]:
    """What the rules want of this discipline, each once, the pressing first."""
    mine = sorted((o for o in orders if o.topic in who.topics), key=lambda o: (o.within_hours is None, o.within_hours or 0.0))
    said: dict[str, str] = {}
    for order in mine:
        words = order.words()
        words = words[0].upper() + words[1:]
        if order.stance == "forbid" and not words.lower().startswith("no "):
            words = f"Not: {words}"
        said.setdefault(words, f"{words} ({order.because()})")
    return list(said.values())


# ---------------------------------------------------------------------------------------------- reading the chart


def _number(chart: Chart, name: str, digits: int = 3) -> str:
    """A laboratory value with unit and age, empty where there is none."""
    value, age = chart.latest(name)[0], chart.age_of(name)[0]
    if np.isnan(value):
        return ""
    unit = analyte(name).unit.replace("10*9/L", "x10⁹/L")
    return f"{value:.{digits}g}{'' if unit == '1' else f' {unit}'}{_ago(age)}"


def _ago(days: float) -> str:
    return "" if np.isnan(days) or days < 1 else f", {days:.0f} days ago"


def _span(found: scores.Score, line: int | None = None) -> str:
    low, high = (np.ravel(x)[0 if line is None else line] for x in found)
    return f"{low:.0f}" if low == high else f"{low:.0f}-{high:.0f}"


def _bones(chart: Chart) -> Iterator[dict]:
    """A line for every place of bone: what it looks like, its scores, what was done to it."""
    mirels, sins = surgery.mirels(chart), surgery.sins(chart)
    hurts = int(criteria.painful_place(chart)[0])
    for i in np.flatnonzero(chart.site[0] >= 0):
        place = int(chart.site[0, i])
        read = lambda what, i=i: chart.lesion(what)[0, i]
        seen = bool(chart.lesions()[0, i])
        limb, spine = bool(in_the("limb", place)) and seen, int(in_the("sins", place)) >= 0 and seen
        score = f"Mirels {_span(mirels, i)}" if limb else f"SINS {_span(sins, i)}" if spine else ""
        grade, kind, gray = int(read("epidural")), int(read("kind")), read("dose_gy")
        done = [f"{name}{_ago(read(field)) or ', today'}" for field, name in
                (("fractured", "broken"), ("irradiated", f"irradiated{'' if np.isnan(gray) or not gray else f' {gray:g} Gy'}"),
                 ("fixed", "operated on")) if read(field) >= 0]  # fmt: skip
        yield {
            "place": str(surgery.labels(np.array([place]))[0]), "kind": LESION_KINDS[kind] if kind >= 0 else "",
            "longest_mm": None if np.isnan(read("longest_mm")) else round(float(read("longest_mm"))), "scores": score,
            "cord": f"ESCC {ESCC[grade]}" if grade >= 0 else "", "certain": bool(read("certain") != 0), "painful": place == hurts,
            "done": "; ".join(done),
            "weight": 100 * (grade >= scores.Escc.G2) + 50 * (read("fractured") >= 0) + 20 * (place == hurts)
            + float(np.ravel(mirels.high)[i] if limb else np.ravel(sins.high)[i] if spine else 0),
        }  # fmt: skip


def _given(chart: Chart, topics: tuple[str, ...] = (), kinds: tuple[str, ...] = ()) -> list[str]:
    """Drugs given so far, with how long ago they began, ended or were last given."""
    said = []
    for number, (name, drug) in enumerate(drugs.catalogue().items()):
        if (drug.topic not in topics and drug.kind not in kinds) or not chart.ever(name)[0]:
            continue
        if chart.on(name)[0]:
            days = chart.day - int(chart.drug_start[0, number])
            said.append(f"{drug.label.split(' (')[0]} since {f'{days} days' if days else 'today'}")
        else:
            said.append(f"{drug.label.split(' (')[0]}, last {chart.weeks_since(name)[0] * 7:.0f} days ago")
    return said


def _happened(chart: Chart, event: str) -> str:
    return f"yes{_ago(chart.days_since(event)[0])}" if chart.happened(event)[0] else ""


def _tested(chart: Chart, test: str) -> str:
    days = chart.tested(test)[0]
    return "" if np.isnan(days) else "today" if days < 1 else f"{days:.0f} days ago"


def prognosis_words(chart: Chart) -> str:
    """Katagiri's score with its band, in words for a clinician."""
    band = prognosis_band(chart)
    if band is None:
        return ""
    low, high = (BANDS[k] for k in band)
    return f"Katagiri {_span(prognosis.katagiri(chart))}: {low if low == high else f'{low}, to {high}'}"


# ---------------------------------------------------------------------------------------------- what each looks for


def _oncology(patient: Patient, chart: Chart) -> Iterator[tuple[str, str]]:
    known = chart.cancer[0] >= 0 and CANCERS[chart.cancer[0]] != "unknown"
    name = " ".join(filter(None, (patient.cancer, patient.subtype))).replace("_", " ") if known else ""
    yield "Primary", f"{name}, {'proven' if criteria.proven(chart)[0] else 'not proven'}" if name else ""
    yield "Tissue", _tested(chart, "biopsy")
    organs = [organ.replace("_", " ") for k, organ in enumerate(ORGANS) if chart.organs[0] >> k & 1]
    yield "Outside bone", ", ".join(organs) or ("none seen" if trial_matching.looked_at_body(chart) else "")
    yield "Anticancer drugs", "; ".join(_given(chart, topics=("systemic",)))
    markers = [f"{m.upper()} {_number(chart, m)}" for m in MARKERS if not np.isnan(chart.latest(m)[0])]
    yield "Marker", "; ".join(markers)
    worse = "yes" if criteria.progressing(chart)[0] else "not shown"
    yield "Getting worse on treatment", worse if chart.line_day[0] > NEVER else ""
    yield "ECOG", _number(chart, "ecog")
    counts = {analyte: _number(chart, analyte) for analyte in ("haemoglobin", "neutrophils", "platelets")}
    yield "Counts", ", ".join(f"{analyte} {value}" for analyte, value in counts.items() if value)
    matched = trial_matching.match(patient, trial_matching.shipped())["counts"]
    yield "Published trials", f"{matched[trial_matching.FITS]} would have taken this person, {matched[trial_matching.OPEN]} open"


def _radiation(patient: Patient, chart: Chart) -> Iterator[tuple[str, str]]:
    place, worst = int(criteria.painful_place(chart)[0]), chart.symptom("pain_worst")[0]
    yield "Worst pain", "" if np.isnan(worst) else f"{worst:.0f} of 10"
    yield "Where it hurts", str(surgery.labels(np.array([place]))[0]) if place >= 0 else ""
    courses = [row for row in _bones(chart) if "irradiated" in row["done"]]
    yield "Earlier radiation to bone", "; ".join(f"{row['place']}: {row['done']}" for row in courses) or "none in the chart"
    names = np.array([*CANCERS, ""], dtype=object)[chart.cancer]
    resistant = scores.radioresistant(np.where(names == "unknown", "", names))
    open_ = resistant.possibly()[0] and not resistant.surely()[0]
    yield "Tumour", "" if open_ else "resists radiation" if resistant.surely()[0] else "not one that resists radiation"
    grades = [f"{row['place']}: {row['cord']}" for row in _bones(chart) if row["cord"]]
    yield "Cord (ESCC)", "; ".join(grades) or ("no grade in the chart" if not np.isnan(chart.tested("mri")[0]) else "")
    yield "MRI of the spine", _tested(chart, "mri")
    yield "Platelets", _number(chart, "platelets")


def _surgery(patient: Patient, chart: Chart) -> Iterator[tuple[str, str]]:
    rows = list(_bones(chart))
    broken = "; ".join(row["place"] for row in rows if "broken" in row["done"])
    yield "Broken", broken or _happened(chart, "fracture") or "none in the chart"
    scored = [f"{row['place']}: {row['scores']}" for row in rows if row["scores"]]
    yield "Stability (Mirels 4-12, SINS 0-18)", "; ".join(scored[:4])
    walking = chart.symptom("walking")[0]
    yield "Walking", "" if np.isnan(walking) else "alone" if walking >= 1 else "with help" if walking > 0 else "not"
    weak = chart.symptom("leg_weakness")[0]
    yield "Leg weakness", "" if np.isnan(weak) else "yes" if weak > 0 else "no"
    yield "ECOG", _number(chart, "ecog")
    yield "Time ahead", prognosis_words(chart)
    platelets, thinned = _number(chart, "platelets"), "on an anticoagulant" if chart.has("anticoagulant")[0] else ""
    yield "Bleeding", ", ".join(filter(None, (f"platelets {platelets}" if platelets else "", thinned)))
    yield "Cancer proven before metal or cement", "yes" if criteria.proven(chart)[0] else "NO: tissue first"


def _palliative(patient: Patient, chart: Chart) -> Iterator[tuple[str, str]]:
    worst, rest = chart.symptom("pain_worst")[0], chart.symptom("pain_rest")[0]
    said = "" if np.isnan(worst) else f"worst {worst:.0f} of 10{'' if np.isnan(rest) else f', at rest {rest:.0f}'}"
    yield "Pain", said
    unit = {"ug/hour": "micrograms an hour", "mg": "mg a day"}
    opioids = [
        f"{d.label}, {chart.dose_of(name)[0]:g} {unit.get(d.dose_unit, d.dose_unit)}"
        for name, d in drugs.catalogue().items() if d.kind == "opioid" and chart.on(name)[0]
    ]  # fmt: skip
    yield "Opioids", "; ".join(opioids) or "none in the chart"
    yield "Other painkillers", "; ".join(_given(chart, kinds=("nsaid", "adjuvant", "steroid"))) or "none in the chart"
    yield "Time ahead", prognosis_words(chart)
    wishes = patient.wishes
    declined = [f"declines {topic.replace('_', ' ')}" for topic in TOPICS if chart.declines(topic)[0]]
    yield "Wishes", "; ".join(filter(None, ("comfort first" if chart.comfort[0] else "", *declined, wishes.words)))
    yield "Goals of care asked", _tested(chart, "goals_of_care")
    yield "Palliative team", _tested(chart, "palliative_care")


def _nursing(patient: Patient, chart: Chart) -> Iterator[tuple[str, str]]:
    value, age = (float(x[0]) for x in criteria.calcium(chart))
    yield "Corrected calcium", "" if np.isnan(value) else f"{value:.2f} mmol/L{_ago(age)}"
    clearance = criteria.clearance(chart)
    said = f"{_span(clearance)} mL/min{_ago(chart.age_of('creatinine')[0])}"
    yield "Creatinine clearance", "" if np.isnan(chart.latest("creatinine")[0]) else said
    yield "Vitamin D", _number(chart, "vitamin_d")
    yield "Bone agent", "; ".join(_given(chart, kinds=("bisphosphonate", "rankl_antibody"))) or "none in the chart"
    yield "Dental check", _tested(chart, "dental_check")
    yield "Weight", "" if np.isnan(chart.weight_kg[0]) else f"{chart.weight_kg[0]:.0f} kg"
    yield "Falls", _happened(chart, "fall") or "none in the chart"
    asked = _tested(chart, "complementary")
    yield "Complementary methods", "; ".join(patient.complementary) or (f"asked {asked}, none" if asked else "")


DISCIPLINES = (
    Discipline("oncology", "Oncology", ("systemic", "diagnosis"), _oncology),
    Discipline("radiation", "Radiation oncology", ("radiotherapy",), _radiation),
    Discipline("surgery", "Orthopaedics and neurosurgery", ("surgery",), _surgery),
    Discipline("palliative", "Palliative care", ("pain",), _palliative),
    Discipline("nursing", "Nursing", ("bone_agent", "follow_up"), _nursing),
)
