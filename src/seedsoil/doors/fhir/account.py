"""What a reading made of a record: by type of resource what was used, what was set aside and why, what only holds others."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

from seedsoil.care.patient import Patient, describe_known
from seedsoil.doors.fhir.bundle import READ
from seedsoil.doors.fhir.gathering import name_of
from seedsoil.doors.fhir.shape import listed, record, text


def account(document: dict, patient: Patient) -> dict:
    """The report of one reading (schema ``seedsoil.reading/1``)."""
    told = {_resource(source) for source in _sources(patient)}
    aside = {_resource(s.source) for s in patient.set_aside}
    kinds: dict[str, Counter] = {}
    for i, entry in enumerate(listed(document.get("entry"))):
        resource = record(record(entry).get("resource"))
        name = name_of(resource, i)
        kind = (text(resource.get("resourceType")) or "nothing")[:40]
        kinds.setdefault(kind, Counter())[_fate(kind, name, told, aside)] += 1
    counted = [
        {"resources": kind, **{fate: found[fate] for fate in ("understood", "set_aside", "not_needed")}}
        for kind, found in sorted(kinds.items())
    ]
    who = {"id": patient.id, "age_years": round(patient.age_years, 1), "sex": patient.sex, "cancer": patient.cancer}
    return {"schema": "seedsoil.reading/1", "as_of": patient.as_of.isoformat(), "patient": who, "counted": counted,
            **describe_known(patient)}  # fmt: skip


def _fate(kind: str, name: str, told: set[str], aside: set[str]) -> str:
    """A resource that gave a fact is understood even where a part of it was set aside."""
    if name in told or kind == "Patient" or (kind in READ and name not in aside):
        return "understood"
    return "set_aside" if name in aside else "not_needed"


def _sources(patient: Patient) -> list[str]:
    out = []
    for field in fields(patient):
        value = getattr(patient, field.name)
        if isinstance(value, tuple) and field.name != "set_aside":
            out += [fact.source for fact in value if getattr(fact, "source", "")]
    return out


def _resource(source: str) -> str:
    """The resource that a source names, without the component or the words added to it."""
    for mark in (" component ", " (drug not named", " ("):
        if mark in source and not source.partition(" (")[2].startswith("entry "):
            source = source.partition(mark)[0]
    return source
