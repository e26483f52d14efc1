"""A FHIR R4 bundle of one person, after the mCODE profiles, into a Patient.

Nothing here trusts the record: what cannot be understood is set aside with a reason and the reading goes on.
Refused are only a document that is not FHIR, none or several patients, no sign of cancer, and a value that no
living adult can have.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from seedsoil.care.patient import OLDEST_YEARS, YOUNGEST_YEARS, Patient, Wishes
from seedsoil.doors.fhir import gate
from seedsoil.doors.fhir.conditions import read_condition
from seedsoil.doors.fhir.dates import date_span, latest_date
from seedsoil.doors.fhir.duplicates import without_repeats
from seedsoil.doors.fhir.gathering import Gathering, Primary, name_of
from seedsoil.doors.fhir.observations import read_observation
from seedsoil.doors.fhir.reports import read_report
from seedsoil.doors.fhir.shape import listed, record, text
from seedsoil.doors.fhir.treatments import read_medication, read_procedure
from seedsoil.doors.fhir.words import denied, not_given
from seedsoil.errors import InputError

DAYS_A_YEAR = 365.25
_ADMINISTRATIVE = frozenset(
    ("Account", "AuditEvent", "BodyStructure", "CareTeam", "Claim", "Coverage", "Device", "DocumentReference",
     "Encounter", "EpisodeOfCare", "ExplanationOfBenefit", "Group", "Location", "Medication", "Organization",
     "OperationOutcome", "Patient", "Practitioner", "PractitionerRole", "Provenance", "RelatedPerson", "Specimen",
     "Composition")
)  # fmt: skip
_READERS = {
    "Condition": read_condition, "Observation": read_observation, "MedicationRequest": read_medication,
    "MedicationAdministration": read_medication, "MedicationStatement": read_medication, "Procedure": read_procedure,
    "DiagnosticReport": read_report,
}  # fmt: skip
# Diagnoses first, as the dates of the illness and the lesions are needed for what refers to them.
_ORDER = ("Condition", "Observation", "DiagnosticReport", "Procedure", "MedicationRequest", "MedicationAdministration",
          "MedicationStatement")  # fmt: skip
READ = frozenset(_READERS)  # types of resource that facts are taken from
_SEX_OF_CANCER = {"prostate": "male", "uterus": "female", "breast": "female"}


def read_bundle(document: dict | str | Path, strict: bool = False, even_dead: bool = False, as_of: date | None = None) -> Patient:
    """One person's chart from a FHIR R4 Bundle: a dictionary, or the path of a JSON file.

    With `strict`, whatever would be set aside is refused. The record of somebody who has died is refused, as there is
    nothing to forecast, unless `even_dead`. `as_of`: the date of the chart, where the bundle's own is not meant.
    """
    if isinstance(document, str | Path):
        document = gate.load_json(Path(document))
    else:
        gate.refuse_monsters(document)
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        found = document.get("resourceType") if isinstance(document, dict) else type(document).__name__
        raise InputError(
            "chart", text(found)[:40] or None, "a FHIR R4 Bundle", "export the whole patient as one bundle"
        )
    named = _resources(document)
    person, person_name = _person(named, even_dead)
    gate.refuse_odd_name(text(person.get("id")), f"{person_name[:60]}.id")
    as_of = as_of or _as_of(document, named)
    born = _birth(person, person_name, as_of)
    gathering = Gathering(as_of, float((born - as_of).days), strict)
    _index(gathering, document, named)
    standing, repeats = without_repeats(named)
    for name, why in repeats:
        gathering.aside(name, why)
    _read_all(gathering, standing, person, person_name)
    return _patient(gathering, document, person, person_name, born)


def _resources(document: dict) -> list[tuple[str, dict]]:
    """The resources of the bundle, each with the name by which the reader will know it."""
    found = []
    for i, entry in enumerate(listed(document.get("entry"))):
        resource = record(entry).get("resource")
        if isinstance(resource, dict) and resource:
            found.append((name_of(resource, i), resource))
        else:
            found.append((f"entry {i}", {}))
    return found


def _person(named: list[tuple[str, dict]], even_dead: bool) -> tuple[dict, str]:
    people = [(name, r) for name, r in named if r.get("resourceType") == "Patient"]
    if len(people) != 1:
        raise InputError(
            "Patient", f"{len(people)} patients", "exactly one Patient in the bundle",
            "export one person at a time" if people else "include the Patient resource",
        )  # fmt: skip
    name, person = people[0]
    if not even_dead and (person.get("deceasedBoolean") is True or date_span(person.get("deceasedDateTime"))):
        raise InputError(f"{name}.deceased", None, fix="the person is recorded as dead; there is nothing to forecast")
    return person, name


def _as_of(document: dict, named: list[tuple[str, dict]]) -> date:
    span = date_span(document.get("timestamp"))
    found = span[1] if span else latest_date([resource for _, resource in named])
    if found is None:
        raise InputError(
            "Bundle.timestamp", text(document.get("timestamp"))[:40] or None, "a date such as 2024-01-31",
            "the chart needs the date up to which it is known",
        )  # fmt: skip
    return found


def _birth(person: dict, name: str, as_of: date) -> date:
    """The middle of what the date of birth allows: a birth year alone is right to half a year."""
    span = date_span(person.get("birthDate"))
    if span is None:
        raise InputError(
            f"{name}.birthDate", text(person.get("birthDate"))[:40] or None, "a date or a year such as 1950",
            "the forecast needs the age",
        )  # fmt: skip
    born = span[0] + (span[1] - span[0]) / 2
    age = (as_of - born).days / DAYS_A_YEAR
    if not YOUNGEST_YEARS <= age <= OLDEST_YEARS:
        raise InputError(
            f"{name}.birthDate", f"{text(person.get('birthDate'))}, which is {age:.1f} years on {as_of}",
            f"{YOUNGEST_YEARS:.0f} to {OLDEST_YEARS:.0f} years", "seedsoil knows adults only",
        )  # fmt: skip
    return born


def _index(gathering: Gathering, document: dict, named: list[tuple[str, dict]]) -> None:
    """Every reference by which a resource may be meant."""
    for (name, resource), entry in zip(named, listed(document.get("entry")), strict=True):
        keys = [text(record(entry).get("fullUrl"))]
        if text(resource.get("id")):
            keys.append(f"{text(resource.get('resourceType'))}/{text(resource.get('id'))}")
        for key in filter(None, keys):
            gathering.resources[key] = resource
            gathering.names[key] = name


def _read_all(gathering: Gathering, named: list[tuple[str, dict]], person: dict, person_name: str) -> None:
    for i, (name, resource) in enumerate(named):
        kind = text(resource.get("resourceType"))
        if not kind:
            gathering.aside(name if name.startswith("entry") else f"entry {i}", "it holds no FHIR resource")
        elif kind not in _READERS and kind not in _ADMINISTRATIVE:
            gathering.aside(name, f"resources of type {kind[:40]} are not used")
    primaries_first = sorted(
        ((name, r) for name, r in named if text(r.get("resourceType")) in _READERS),
        key=lambda pair: (
            _ORDER.index(text(pair[1]["resourceType"])),
            "primary-cancer" not in str(pair[1].get("meta")),
        ),
    )
    for name, resource in primaries_first:
        why = _about_another(gathering, resource, person, person_name)
        if why:
            gathering.aside(name, why)
        else:
            _READERS[text(resource["resourceType"])](gathering, resource, name)


def _about_another(gathering: Gathering, resource: dict, person: dict, person_name: str) -> str | None:
    reference, target = gathering.follow(resource.get("subject"))
    if not reference:
        return "it does not say whom it is about"
    if target is person or reference.rpartition("/Patient/")[2] == text(person.get("id")) != "":
        return None
    return None if reference == person_name else f"it is about {reference[:80]}, not about {person_name}"


def _patient(gathering: Gathering, document: dict, person: dict, person_name: str, born: date) -> Patient:
    primary = _one_primary(gathering)
    if primary is None and not gathering.lesions and not gathering.visceral:
        raise InputError(
            "chart", None, "a person with cancer",
            "no diagnosis in the record was understood as a cancer or a metastasis; add a Condition that names it",
        )  # fmt: skip
    if not gathering.lesions and not gathering.visceral:
        for source in gathering.spread_unplaced:
            gathering.aside(source, "it says metastatic, and nothing says where; no metastasis is placed")
    sex = text(person.get("gender"))
    if sex not in ("female", "male"):
        guess = _SEX_OF_CANCER.get(primary.cancer) if primary else None
        if guess is None:
            raise InputError(f"{person_name}.gender", sex[:40] or None, "female or male", "the forecast needs the sex")
        gathering.aside(f"{person_name}.gender", f"{sex or 'nothing'} is stated; taken as {guess} from the cancer")
        sex = guess
    known = primary is not None and primary.cancer not in ("unknown", "other_cancer")
    return Patient(
        id=text(person.get("id"))[:80] or text(document.get("id"))[:80] or "patient",
        as_of=gathering.as_of,
        age_years=(gathering.as_of - born).days / DAYS_A_YEAR,
        sex=sex,
        cancer=primary.cancer if primary and known else "unknown",
        cancer_certain=bool(primary and known and primary.certain),
        subtype=_subtype(gathering, primary),
        primary_day=primary.span if primary else None,
        findings=tuple(gathering.findings),
        lesions=tuple(gathering.lesions),
        visceral=tuple(gathering.visceral),
        given=tuple(gathering.given),
        happened=tuple(gathering.happened),
        examined=tuple(gathering.examined),
        conditions=tuple(dict.fromkeys(gathering.conditions)),
        wishes=_wishes(gathering),
        complementary=tuple(e.result for e in gathering.examined if e.what == "complementary" and not not_given(e.result)),
        set_aside=tuple(gathering.set_aside),
    )


_COMFORT = re.compile(
    r"\b(?:comfort(?:[- ](?:care|measures|only|focused))|symptom control only|best supportive care only|hospice)\b"
)


def _wishes(gathering: Gathering) -> Wishes:
    """What the latest talk about goals of care left in the record."""
    talks = sorted((e for e in gathering.examined if e.what == "goals_of_care" and e.result), key=lambda e: e.day_to)
    if not talks:
        return Wishes()
    words = talks[-1].result
    found = _COMFORT.search(words.lower())
    comfort = bool(found and not denied(words, found.start(), found.end()))
    return Wishes(comfort=comfort, words=words[:200])


def _one_primary(gathering: Gathering) -> Primary | None:
    """The primary to forecast: a known one before an unknown, a proven before a suspected, the earliest."""

    def rank(p: Primary) -> tuple[bool, bool, float]:
        return (p.cancer in ("unknown", "other_cancer"), not p.certain, p.span[0] if p.span else 0.0)

    ranked = sorted(gathering.primaries or gathering.mentioned, key=rank)
    for other in ranked[1:]:
        if other.cancer not in (ranked[0].cancer, "unknown"):
            gathering.aside(other.source, f"another primary; the forecast is for {ranked[0].cancer} cancer")
    return ranked[0] if ranked else None


def _subtype(gathering: Gathering, primary: Primary | None) -> str | None:
    if primary is None:
        return None
    if primary.subtype or primary.cancer != "breast" or not gathering.receptors:
        return primary.subtype
    her2 = gathering.receptors.get("her2")
    hormone = [gathering.receptors[r] for r in ("er", "pr") if r in gathering.receptors]
    if her2:
        return "her2_positive"
    if any(hormone):
        return "er_positive_her2_negative"  # most that are ER positive are HER2 negative where it is not said
    return "triple_negative" if her2 is False and len(hormone) == 2 else None
