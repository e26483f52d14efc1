"""One person's record as FHIR R4 resources: plain dictionaries after mCODE, else US Core, else the base definition.

Every resource names its profile and is tagged as test data. Ids follow from the name of the person, so the same seed gives the
same ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from seedsoil.care.patient import Patient
from seedsoil.doors.fhir.vocabulary import MCODE, meta
from seedsoil.doors.fhir.writing_disease import conditions
from seedsoil.doors.fhir.writing_findings import observations, reports
from seedsoil.doors.fhir.writing_treatments import treatments
from seedsoil.doors.fhir.writing_visits import encounters, team
from seedsoil.study.visits import Visit

NAMES = "https://seedsoil.example/people"  # the naming system of virtual people
SERVER = "https://seedsoil.example/fhir/"  # where an entry of a bundle would live; nobody answers there
XHTML = "http://www.w3.org/1999/xhtml"


@dataclass(frozen=True)
class Record:
    """One person to be written: the chart, and what a chart for a forecast leaves out."""

    patient: Patient
    sizes: tuple[tuple[str, float, float], ...] | None = None  # site, day, mm of every measurement; None: those of the chart
    died_day: float | None = None
    story: tuple[str, ...] = ()  # what happened, in sentences
    visits: tuple[Visit, ...] = ()

    @property
    def name(self) -> str:
        return self.patient.id


def resources(record: Record) -> Iterator[dict]:
    """Every resource of one person, the Patient first; what is referred to comes before what refers to it."""
    paper = Paper(record)
    yield _person(record, paper)
    if record.visits:
        yield from team()
        yield from encounters(record, paper)
        paper.staffed = True
    yield from conditions(record, paper)
    yield from observations(record, paper)
    yield from reports(record, paper)
    yield from treatments(record, paper)


class Paper:
    """What the resources of one person share: whom they are about, their ids, the calendar."""

    def __init__(self, record: Record) -> None:
        self.name = record.name
        self.subject = {"reference": f"Patient/{record.name}"}
        self._today = record.patient.as_of.toordinal()
        self._counts: dict[str, int] = {}
        self.primary: str | None = None  # reference to the primary cancer
        self.lesions: dict[str | None, str] = {}  # reference to the metastasis, by site
        self.structures: dict[str, str] = {}  # reference to the body structure of a lesion, by site
        self.encounters: dict[int, dict] = {}  # reference to the visit, by day
        self.staffed = False  # whether the record holds the clinic's practitioners

    def head(self, kind: str, short: str, profile: str) -> dict:
        """Type, id and meta of a new resource."""
        number = self._counts[short] = self._counts.get(short, 0) + 1
        return {"resourceType": kind, "id": f"{self.name}-{short}-{number}", "meta": meta(profile)}

    def at(self, day: float, field: str = "encounter") -> dict:
        """The visit on which something was found or ordered, where there was one on that day."""
        seen = self.encounters.get(int(day))
        return {field: seen} if seen else {}

    def on(self, day: float) -> str:
        """A day as a date."""
        return iso_date(self._today + int(day))

    def when(self, stem: str, day: float, day_to: float | None = None) -> dict:
        """A date, or the period in which it lies."""
        if day_to is None or day_to == day:
            return {f"{stem}DateTime": self.on(day)}
        return {f"{stem}Period": {"start": self.on(day), "end": self.on(day_to)}}


@cache
def iso_date(ordinal: int) -> str:
    """The date of a day number, as FHIR writes it."""
    return date.fromordinal(ordinal).isoformat()


def _person(record: Record, paper: Paper) -> dict:
    patient = record.patient
    born = round(patient.as_of.toordinal() - patient.age_years * 365.25)
    out = {
        "resourceType": "Patient",
        "id": record.name,
        "meta": meta(f"{MCODE}cancer-patient"),
        **({"text": narrative(record.story)} if record.story else {}),
        "identifier": [{"system": NAMES, "value": record.name}],
        "name": [{"use": "anonymous", "text": "a virtual person", "family": "Virtual", "given": [record.name]}],
        "gender": patient.sex,
        "birthDate": iso_date(born),
    }
    if record.died_day is not None:
        out["deceasedDateTime"] = paper.on(record.died_day)
    return out


def narrative(sentences: tuple[str, ...]) -> dict:
    """Sentences as the narrative of a resource."""
    safe = (s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for s in sentences)
    return {"status": "generated", "div": f'<div xmlns="{XHTML}">' + "".join(f"<p>{s}</p>" for s in safe) + "</div>"}


def bundle(record: Record, entries: list[dict]) -> dict:
    """A collection bundle of one person's resources, after mCODE's patient bundle."""
    return {
        "resourceType": "Bundle",
        "id": f"{record.name}-bundle",
        "meta": meta(f"{MCODE}patient-bundle"),
        "type": "collection",
        "timestamp": f"{record.patient.as_of.isoformat()}T00:00:00Z",
        "entry": [{"fullUrl": f"{SERVER}{r['resourceType']}/{r['id']}", "resource": r} for r in entries],
    }

