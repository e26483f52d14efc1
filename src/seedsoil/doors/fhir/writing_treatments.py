"""What was given, in a record: doses, courses, radiotherapy, operations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from seedsoil.care.patient import Given
from seedsoil.doors.fhir import vocabulary
from seedsoil.doors.fhir.vocabulary import BASE, MCODE, US_CORE
from seedsoil.doors.fhir.writing_visits import done_by, ordered_by
from seedsoil.treatments import drug

if TYPE_CHECKING:
    from seedsoil.doors.fhir.writing import Paper, Record

AGAINST_CANCER = ("systemic", "bone_agent")  # topics of drugs that mCODE calls cancer-related
CGY_A_GY = 100.0


def treatments(record: Record, paper: Paper) -> Iterator[dict]:
    """Radiotherapy with its volume, operations, drugs."""
    for given in record.patient.given:
        if given.what == "radiotherapy":
            yield from _radiotherapy(given, paper)
        elif given.what in drug.catalogue() and drug.catalogue()[given.what].kind != "measure":
            yield _drug(given, paper)
        else:
            yield _procedure(given, paper)


@cache
def _intent() -> dict:
    coded = list(vocabulary.codings("fhir", "palliative"))
    return {"url": f"{MCODE}procedure-intent", "valueCodeableConcept": {"coding": coded}}


def _lasting(stem: str, given: Given, last: float | None, paper: Paper) -> dict:
    """When it was given; what still goes on has a beginning only."""
    if given.ongoing:
        return {f"{stem}Period": {"start": paper.on(given.day)}}
    return paper.when(stem, given.day, last)


def _reason(given: Given, paper: Paper) -> dict:
    reference = paper.lesions.get(given.site) if given.site else paper.primary
    return {"reasonReference": [{"reference": reference}]} if reference else {}


def _place(given: Given) -> dict | None:
    if given.site:
        return vocabulary.bone_place(given.site)
    return vocabulary.region_place(given.region) if given.region else None


def _radiotherapy(given: Given, paper: Paper) -> Iterator[dict]:
    place = _place(given)
    volume = paper.head("BodyStructure", "volume", f"{MCODE}radiotherapy-volume")
    volume |= {"identifier": [{"use": "usual", "value": volume["id"]}], **({"location": place} if place else {})}
    yield volume | {"patient": paper.subject}
    delivered = [{"url": "volume", "valueReference": {"reference": f"BodyStructure/{volume['id']}"}}]
    if given.dose is not None:
        dose = {"value": round(CGY_A_GY * given.dose, 6), "unit": "cGy", "system": vocabulary.UCUM, "code": "cGy"}
        delivered.append({"url": "totalDoseDelivered", "valueQuantity": dose})
    if given.fractions:
        delivered.append({"url": "fractionsDelivered", "valueUnsignedInt": given.fractions})
    course, photons = vocabulary.codings("procedure", "radiotherapy")
    how = [{"url": f"{MCODE}radiotherapy-modality", "valueCodeableConcept": {"coding": [photons]}}]
    technique = list(vocabulary.codings("technique", given.technique or ""))
    if technique:
        how.append({"url": f"{MCODE}radiotherapy-technique", "valueCodeableConcept": {"coding": technique}})
    sessions = [{"url": f"{MCODE}radiotherapy-sessions", "valueUnsignedInt": given.fractions}] if given.fractions else []
    out = paper.head("Procedure", "procedure", f"{MCODE}radiotherapy-course-summary") | {
        "extension": [
            _intent(), *sessions, {"url": f"{MCODE}radiotherapy-modality-and-technique", "extension": how},
            {"url": f"{MCODE}radiotherapy-dose-delivered-to-volume", "extension": delivered},
        ],
        "status": "in-progress" if given.ongoing else "completed",
        "code": {"coding": [course]},
        "subject": paper.subject,
        "performedPeriod": _course(given, paper),
        **done_by(paper, "radiation-oncologist"),
        **_reason(given, paper),
        **({"note": [{"text": f"Technique: {vocabulary.said('technique', given.technique)}."}]} if given.technique else {}),
    }  # fmt: skip
    yield out | ({"bodySite": [place]} if place else {})


def _course(given: Given, paper: Paper) -> dict:
    """mCODE has a course as a period; one that is over in a day begins and ends on it."""
    end = {} if given.ongoing else {"end": paper.on(given.day_to if given.until is None else given.until)}
    return {"start": paper.on(given.day)} | end


def _procedure(given: Given, paper: Paper) -> dict:
    """An operation on bone, or a measure such as safety at home."""
    surgical = given.what not in drug.catalogue()
    profile = f"{MCODE}cancer-related-surgical-procedure" if surgical else f"{US_CORE}procedure"
    place = _place(given)
    out = paper.head("Procedure", "procedure", profile) | {
        **({"extension": [_intent()]} if surgical else {}),
        "status": "in-progress" if given.ongoing else "completed",
        "code": vocabulary.concept("procedure", given.what, vocabulary.treatment(given.what)),
        "subject": paper.subject,
        **_lasting("performed", given, given.until, paper),
        **done_by(paper, "surgeon" if surgical else "oncologist"),
        **(_reason(given, paper) if surgical else {}),
    }
    return out | ({"bodySite": [place]} if place else {})


def _drug(given: Given, paper: Paper) -> dict:
    """A dose that was given at the clinic is an administration; what is taken day after day is a prescription."""
    known = drug.catalogue()[given.what]
    anticancer = known.topic in AGAINST_CANCER
    medication = {"medicationCodeableConcept": vocabulary.concept("drug", given.what, vocabulary.treatment(given.what))}
    if known.shape == "daily" or given.until is not None:
        return _prescription(given, paper, anticancer, medication)
    profile = f"{MCODE}cancer-related-medication-administration" if anticancer else f"{BASE}MedicationAdministration"
    out = paper.head("MedicationAdministration", "dose", profile) | {
        "status": "in-progress" if given.ongoing else "completed",
        **medication,
        "subject": paper.subject,
        **paper.at(given.day, "context"),
        **_lasting("effective", given, given.day_to, paper),
    }
    quantity = _quantity(given)
    return out | ({"dosage": {"dose": quantity}} if quantity else {})


def _prescription(given: Given, paper: Paper, anticancer: bool, medication: dict) -> dict:
    profile = f"{MCODE}cancer-related-medication-request" if anticancer else f"{US_CORE}medicationrequest"
    period = {"start": paper.on(given.day)} | ({"end": paper.on(given.until)} if given.until is not None else {})
    dosage: dict = {"timing": {"repeat": {"boundsPeriod": period}}}
    quantity = _quantity(given)
    if quantity:
        dosage["doseAndRate"] = [{"doseQuantity": quantity}]
    return paper.head("MedicationRequest", "prescription", profile) | {
        "status": "active" if given.ongoing else "completed",
        "intent": "order",
        **medication,
        "subject": paper.subject,
        **paper.at(given.day),
        "authoredOn": paper.on(given.day),
        **ordered_by(paper, "oncologist"),
        "dosageInstruction": [dosage],
    }


def _quantity(given: Given) -> dict | None:
    if given.dose is None:
        return None
    unit = drug.catalogue()[given.what].dose_unit
    ucum = {"IU": "[iU]", "ug/hour": "ug/h"}.get(unit, unit)
    return {"value": float(f"{given.dose:.10g}"), "unit": unit, "system": vocabulary.UCUM, "code": ucum}
