"""A forecast as FHIR RiskAssessments, one a plan: what may happen is never written as an Observation."""

from __future__ import annotations

from datetime import date, timedelta

from seedsoil.doors.fhir.vocabulary import BASE, UCUM, meta

DAYS_A_MONTH = 30.4375
PER_HUNDRED = "per 100"


def risk_assessments(document: dict, patient: str | None = None) -> list[dict]:
    """The risks of a forecast document, a resource a plan; probabilities are ranges, in per cent.

    patient: the id of the Patient resource, where it is not that of the forecast.
    """
    name = patient or document["patient"]["id"]
    return [_assessment(document, plan, name, number) for number, plan in enumerate(document["plans"], 1)]


def risk_bundle(document: dict) -> dict:
    """The same as one collection bundle."""
    entries = [{"resource": resource} for resource in risk_assessments(document)]
    stamp = f"{document['as_of']}T00:00:00Z"
    return {"resourceType": "Bundle", "meta": meta(f"{BASE}Bundle"), "type": "collection", "timestamp": stamp, "entry": entries}


def _assessment(document: dict, plan: dict, name: str, number: int) -> dict:
    as_of = date.fromisoformat(document["as_of"])
    twins = document["twins"]
    basis = f"seedsoil {document['version']}, {twins['asked']} virtual twins, seed {document['seed']}, tables {document['tables']}"
    risks = [row for row in plan["outcomes"] if row["unit"] == PER_HUNDRED and row["value"] is not None]
    notes = [document["notice"], document["ranges"], *([twins["warning"]] if twins["warning"] else [])]
    notes += [f"Refused by the rules: {no['what']}: {no['why']}" for no in plan["refused"]]
    return {
        "resourceType": "RiskAssessment",
        "id": f"{name}-risk-{number}",
        "meta": meta(f"{BASE}RiskAssessment"),
        "status": "final",
        "method": {"text": basis},
        "code": {"text": f"What may come under the plan {plan['name']}"},
        "subject": {"reference": f"Patient/{name}"},
        "occurrenceDateTime": document["as_of"],
        **({"prediction": [_prediction(row, as_of) for row in risks]} if risks else {}),
        "mitigation": f"Plan {plan['name']}: {plan['description'] or 'as named'}",
        "note": [{"text": text} for text in notes],
    }


def _prediction(row: dict, as_of: date) -> dict:
    end = as_of + timedelta(days=round(row["months"] * DAYS_A_MONTH))
    per_cent = lambda value: {"value": value, "unit": "%", "system": UCUM, "code": "%"}
    return {
        "outcome": {"text": row["outcome"].replace("_", " ")},
        "probabilityRange": {"low": per_cent(row["low"]), "high": per_cent(row["high"])},
        "whenPeriod": {"start": as_of.isoformat(), "end": end.isoformat()},
        "rationale": f"by month {row['months']}, of 100 virtual twins; 90 % range {row['low']:g} to {row['high']:g}",
    }

