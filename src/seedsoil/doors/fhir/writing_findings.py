"""What was measured and seen, in a record: blood, scores, sizes of lesions, reports of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from seedsoil.care.patient import Examined, Finding
from seedsoil.doors.fhir import vocabulary
from seedsoil.doors.fhir.vocabulary import MCODE, US_CORE, fixed, meta
from seedsoil.doors.fhir.writing_visits import done_by, signed_by

if TYPE_CHECKING:
    from seedsoil.doors.fhir.writing import Paper, Record

TUMOUR_MARKERS = ("psa", "ca153", "ca2729", "cea")
_PROFILES = {
    "ecog": (f"{MCODE}ecog-performance-status", "survey"),
    "karnofsky": (f"{MCODE}karnofsky-performance-status", "survey"),
    "weight": (f"{US_CORE}body-weight", "vital-signs"),
    "height": (f"{US_CORE}body-height", "vital-signs"),
    "pain": (f"{US_CORE}observation-screening-assessment", "survey"),
    "pain_worst": (f"{US_CORE}observation-screening-assessment", "survey"),
    "pain_rest": (f"{US_CORE}observation-screening-assessment", "survey"),
    "opioid_omed": (f"{US_CORE}observation-screening-assessment", "survey"),
    **{marker: (f"{MCODE}tumor-marker-test", "laboratory") for marker in TUMOUR_MARKERS},
}  # fmt: skip
_LABORATORY = (f"{US_CORE}observation-lab", "laboratory")


@cache
def _form(what: str) -> tuple[dict, dict, str, float]:
    """What all observations of one analyte share, and its unit and factor."""
    profile, category = _PROFILES.get(what, _LABORATORY)
    code, unit, factor = vocabulary.measure(what)
    shared = {"meta": meta(profile), "status": "final", "category": [fixed(category)], "code": code}
    return shared, {"unit": unit, "system": vocabulary.UCUM, "code": unit}, unit, factor


def observations(record: Record, paper: Paper) -> Iterator[dict]:
    """Every measurement, in the order of the chart, and the sizes of lesions."""
    name, subject = f"{paper.name}-finding-", paper.subject
    for number, finding in enumerate(record.patient.findings, 1):
        shared, unit, _, factor = _form(finding.what)
        out = {"resourceType": "Observation", "id": f"{name}{number}", **shared, "subject": subject}
        if finding.day == finding.day_to:
            out["effectiveDateTime"] = paper.on(finding.day)
            seen = paper.encounters.get(int(finding.day))
            if seen:
                out["encounter"] = seen
        else:
            out |= paper.when("effective", finding.day, finding.day_to)
        out |= _value(finding, unit, factor)
        yield out
    yield from _sizes(record, paper)


def _value(finding: Finding, unit: dict, factor: float) -> dict:
    value = finding.value
    if value is None:
        return {"valueString": f"reported {finding.qualifier}"}
    if finding.what in ("ecog", "karnofsky"):
        return {"valueInteger": int(value)}
    if factor != 1.0:
        value = float(f"{value * factor:.10g}")
    quantity = {"value": value, **unit}
    if finding.qualifier in ("<", ">"):
        quantity["comparator"] = finding.qualifier
    return {"valueQuantity": quantity}


def _sizes(record: Record, paper: Paper) -> Iterator[dict]:
    """The longest diameter of each lesion, as often as it was measured."""
    sizes = record.sizes
    if sizes is None:
        sizes = tuple((k.site, k.day, k.longest_mm) for k in record.patient.lesions if k.site and k.longest_mm)
    longest, size = vocabulary.codings("analyte", "tumour_size")
    for site, day, mm in sizes:
        if site not in paper.structures:
            continue
        yield paper.head("Observation", "size", f"{MCODE}tumor-size") | {
            "status": "final",
            "category": [fixed("imaging")],
            "code": {"coding": [size]},
            "subject": paper.subject,
            "focus": [{"reference": paper.structures[site]}],
            **paper.when("effective", day),
            "component": [{
                "code": {"coding": [longest]},
                "valueQuantity": {"value": mm, "unit": "mm", "system": vocabulary.UCUM, "code": "mm"},
            }],
        }  # fmt: skip


def reports(record: Record, paper: Paper) -> Iterator[dict]:
    """Pictures with what was said of them, and biopsies."""
    for test in record.patient.examined:
        yield _biopsy(test, paper) if test.what == "biopsy" else _picture(test, paper)


def _picture(test: Examined, paper: Paper) -> dict:
    words = vocabulary.said("test", test.what)
    if test.region:
        words = f"{words}, {vocabulary.said('region', test.region)}"
    out = paper.head("DiagnosticReport", "report", f"{US_CORE}diagnosticreport-note") | {
        "status": "final",
        "category": [fixed("radiology")],
        "code": vocabulary.concept("test", test.what, words),
        "subject": paper.subject,
        **paper.when("effective", test.day, test.day_to),
        **signed_by(paper, "radiologist"),
    }
    return out | ({"conclusion": test.result} if test.result else {})


def _biopsy(test: Examined, paper: Paper) -> dict:
    out = paper.head("Procedure", "procedure", f"{US_CORE}procedure") | {
        "status": "completed",
        "code": vocabulary.concept("test", "biopsy", vocabulary.said("test", "biopsy")),
        "subject": paper.subject,
        **paper.when("performed", test.day, test.day_to),
        **done_by(paper, "pathologist"),
    }
    return out | ({"note": [{"text": test.result}]} if test.result else {})
