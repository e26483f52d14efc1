"""One person's record as a chart of one row: the facts a human wrote, in the arrays the rules read.

An uncertain date is read the careful way: a measurement as old as it may be, a treatment or an event as recent as it
may be. A result without a figure ("normal") counts as a test that was done, not as a value.
"""

from __future__ import annotations

import numpy as np

from seedsoil.care import codes, scores
from seedsoil.care.chart import ANALYTES, EVENTS, LESION_KINDS, LINES, TESTS, Chart, place_number
from seedsoil.care.criteria import in_the, limit
from seedsoil.care.patient import CANCERS, Given, Happened, Patient
from seedsoil.grammar.tables import contents
from seedsoil.treatments import drug as drugs
from seedsoil.treatments import procedures

ALL = np.array([0])
COMPLAINTS = {  # what a record calls a complaint -> symptom, and how much of it is meant where no degree is given
    "leg_weakness": ("leg_weakness", 0.5),
    "cauda_equina": ("leg_weakness", 0.5),
    "gait_disturbance": ("walking", 0.5),
    "incontinence": ("bladder", 1.0),
    "confusion": ("confusion", 1.0),
    "sensory_loss": ("sensory_loss", 1.0),
    "arm_weakness": ("arm_weakness", 1.0),
    "radicular_pain": ("radicular_pain", 1.0),
    "thirst": ("thirst", 1.0),
    "cramps": ("cramps", 1.0),
    "fever": ("fever", 1.0),
}
COMORBIDITIES = {
    "heart_failure": "heart_failure",
    "peptic_ulcer": "peptic_ulcer",
    "thrombosis": "anticoagulant",
    "atrial_fibrillation": "anticoagulant",
}
PAINS = {"pain": "pain_worst", "pain_worst": "pain_worst", "pain_rest": "pain_rest"}  # a score of a record -> symptom
# a day's bloods: any of these means that blood was taken
BLOODS = frozenset(ANALYTES) - {"vitamin_d", "magnesium", "ntx", "ecog", "weight"}


def chart_of(patient: Patient) -> Chart:
    """The chart of one real person, on the day of their record."""
    seen = {place_number(lesion.site, lesion.region) for lesion in patient.lesions}
    places = len(seen | _treated_places(patient))
    cancer = patient.cancer if patient.cancer in CANCERS else "unknown"
    chart = Chart.empty(
        1, cancer, patient.sex == "male", patient.age_years, subtype=_subtype(cancer, patient.subtype),
        lines=max(LINES, places),
    )  # fmt: skip
    chart.cancer_certain[:] = patient.cancer_certain and cancer != "unknown"
    chart.tissue[:] = chart.cancer_certain & any(e.what == "biopsy" for e in patient.examined)
    if patient.subtype == "castration_resistant":
        chart.note_condition(ALL, "castration_resistant")
    _findings(chart, patient)
    _lesions(chart, patient)
    _treatments(chart, patient)
    for event in sorted(patient.happened, key=lambda e: e.day_to):
        _event(chart, event)
    for test in patient.examined:
        if test.what in TESTS:
            chart.note_test(ALL, test.what, test.day_to)
    _wishes(chart, patient)
    for text in patient.conditions:
        for name, *_ in codes.concepts_in_text("comorbidity", text):
            if name in COMORBIDITIES:
                chart.note_condition(ALL, COMORBIDITIES[name])
    return chart


def _wishes(chart: Chart, patient: Patient) -> None:
    """Comfort and refusals; who is in hospice has chosen comfort. Methods beside treatment, by what they may do."""
    in_hospice = any(test.what == "hospice" for test in patient.examined)
    chart.wish(ALL, comfort=patient.wishes.comfort or in_hospice)
    for topic in patient.wishes.declines:
        chart.wish(ALL, decline=topic)
    for text in patient.complementary:
        chart.note_test(ALL, "complementary")
        for name, *_ in codes.concepts_in_text("complementary", text):
            chart.note_condition(ALL, name)


def _treated_places(patient: Patient) -> set[int]:
    return {place_number(f.site, f.region) for f in (*patient.given, *patient.happened) if f.site or f.region}


def _subtype(cancer: str, name: str | None) -> int:
    """Number of a subtype in the cancer's table, -1 where it has none of that name."""
    document = contents("populations", f"{cancer}.toml")
    return next((i for i, part in enumerate(document.get("subtype", [])) if part["id"] == name), -1)


def _findings(chart: Chart, patient: Patient) -> None:
    for finding in sorted(patient.findings, key=lambda f: (f.day, f.what == "pain_worst")):
        what, value = finding.what, finding.value
        if what in BLOODS:
            chart.note_test(ALL, "bloods", finding.day)
        if what in ("vitamin_d", "magnesium", "ntx"):
            chart.note_test(ALL, what, finding.day)
        if value is None:
            continue
        if what == "karnofsky":
            what, value = "ecog", float(scores.ecog_of_karnofsky(value).high)
        if what in PAINS:
            chart.report(ALL, PAINS[what], value, finding.day_to)
        elif what == "opioid_omed":
            chart.note_drug(ALL, "morphine", value, finding.day)
        elif what in ANALYTES:
            chart.record(ALL, what, value, finding.day)


def _lesions(chart: Chart, patient: Patient) -> None:
    for lesion in sorted(patient.lesions, key=lambda x: x.day):
        chart.see(
            ALL, place_number(lesion.site, lesion.region), lesion.day,
            kind=LESION_KINDS.index(lesion.kind) if lesion.kind else -1,
            longest_mm=np.nan if lesion.longest_mm is None else lesion.longest_mm,
            soft_tissue=-1 if lesion.soft_tissue is None else int(lesion.soft_tissue),
            certain=int(lesion.certain), count=lesion.count or 1,
        )  # fmt: skip
        chart.lesion_days[0, :, 1] = np.where(
            chart.site[0] == place_number(lesion.site, lesion.region), lesion.day_to, chart.lesion_days[0, :, 1]
        )
        if lesion.diffuse:
            chart.note_condition(ALL, "diffuse")
    for spread in patient.visceral:
        if spread.certain:
            chart.note_organ(ALL, spread.organ, spread.day)


def _treatments(chart: Chart, patient: Patient) -> None:
    for given in sorted(patient.given, key=lambda g: g.day_to):
        what = codes.in_catalogue(given.what)
        if what in drugs.catalogue():
            _drug(chart, what, given)
        elif (what == "radiotherapy" or what in procedures.catalogue()) and (given.site or given.region):
            place = place_number(given.site, given.region)
            chart.note_procedure(ALL, what, place, given.day_to, given.dose or 0.0)


def _drug(chart: Chart, what: str, given: Given) -> None:
    """A drug that is not going on and has no last day was given once, if it is given at intervals; else it is over."""
    known = drugs.catalogue()[what]
    dose = known.dose.value if given.dose is None or given.dose_unit not in (known.dose_unit, None) else given.dose
    chart.note_drug(ALL, what, dose, given.day if given.ongoing and given.day < 0 else given.day_to)
    if given.ongoing:
        return
    if given.until is not None:
        chart.note_stop(ALL, what, given.until)
    elif (known.shape == "daily" and given.day_to < 0) or known.kind == "chemotherapy":
        chart.note_stop(ALL, what, given.day_to)


def _event(chart: Chart, event: Happened) -> None:
    place = place_number(event.site, event.region) if event.site or event.region else None
    if event.what in EVENTS and event.certain:
        chart.note_event(ALL, event.what, event.day_to, place)
    if event.what == "cord_compression" and event.certain:
        chart.see(ALL, place_number(None, "spine") if place is None else place, event.day_to, epidural=int(scores.Escc.G2))
    if event.day_to < -limit("fresh.symptom_days"):
        return
    if event.what in COMPLAINTS:
        symptom, value = COMPLAINTS[event.what]
        chart.report(ALL, symptom, value, event.day_to)
    if event.what == "gait_disturbance":  # named as a complaint it may come from the cord, whatever else hurts
        chart.report(ALL, "leg_weakness", np.fmax(chart.symptom("leg_weakness"), 0.1), event.day_to)
    if event.what == "cauda_equina":
        chart.report(ALL, "bladder", 1.0, event.day_to)
    if event.what == "pain" and place is not None:
        chart.report(ALL, "pain_site", place, event.day_to)
        chart.report(ALL, "pain_new_spine", float(in_the("spine", place)), event.day_to)
