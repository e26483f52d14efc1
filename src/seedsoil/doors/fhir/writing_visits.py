"""Who cared for a person and when they were seen, in a record: the clinic, its people, the visits.

The clinic is as virtual as the person: one organisation with one practitioner a discipline, the same in every record.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from seedsoil.doors.fhir import vocabulary
from seedsoil.doors.fhir.vocabulary import US_CORE, meta

if TYPE_CHECKING:
    from seedsoil.doors.fhir.writing import Paper, Record
    from seedsoil.study.visits import Visit

TEAM_NAMES = "https://seedsoil.example/team"  # the naming system of virtual practitioners
CLINIC = "Organization/seedsoil-clinic"
DISCIPLINES = {
    "oncologist": "Medical oncology", "radiation-oncologist": "Radiation oncology", "surgeon": "Orthopaedic and spinal surgery",
    "radiologist": "Radiology", "pathologist": "Pathology",
}  # fmt: skip


@cache
def team() -> tuple[dict, ...]:
    """The clinic and its practitioners; the same resources in every record."""
    clinic = {
        "resourceType": "Organization",
        "id": CLINIC.rpartition("/")[2],
        "meta": meta(f"{US_CORE}organization"),
        "active": True,
        "name": "A virtual clinic",
    }
    return (clinic, *(_practitioner(role, words) for role, words in DISCIPLINES.items()))


def _practitioner(role: str, words: str) -> dict:
    return {
        "resourceType": "Practitioner",
        "id": f"seedsoil-{role}",
        "meta": meta(f"{US_CORE}practitioner"),
        "identifier": [{"system": TEAM_NAMES, "value": role}],
        "name": [{"use": "anonymous", "text": f"a virtual {role.replace('-', ' ')}", "family": "Virtual"}],
        "qualification": [{"code": {"text": words}}],
    }


@cache
def by(role: str) -> dict:
    """A reference to the practitioner of a discipline."""
    return {"reference": f"Practitioner/seedsoil-{role}"}


def done_by(paper: Paper, role: str) -> dict:
    """Who carried something out, where the record holds the clinic's people."""
    return {"performer": [{"actor": by(role)}]} if paper.staffed else {}


def signed_by(paper: Paper, role: str) -> dict:
    """Who answers for a report."""
    return {"performer": [by(role)]} if paper.staffed else {}


def ordered_by(paper: Paper, role: str) -> dict:
    """Who prescribed."""
    return {"requester": by(role)} if paper.staffed else {}


def encounters(record: Record, paper: Paper) -> Iterator[dict]:
    """Every visit; the days of each lead to it from what was found and ordered on them."""
    for visit in record.visits:
        out = _encounter(visit, paper)
        for day in range(int(visit.day), int(visit.day_to) + 1):
            paper.encounters[day] = {"reference": f"Encounter/{out['id']}"}
        yield out


def _encounter(visit: Visit, paper: Paper) -> dict:
    return paper.head("Encounter", "visit", f"{US_CORE}encounter") | {
        "status": "finished",
        "class": dict(vocabulary.codings("visit_class", visit.kind)[0]),
        "type": [vocabulary.concept("visit", visit.kind, vocabulary.said("visit", visit.kind))],
        "subject": paper.subject,
        "participant": [{"individual": by("oncologist")}],
        "period": {"start": paper.on(visit.day), "end": paper.on(visit.day_to)},
        "serviceProvider": {"reference": CLINIC},
    }
