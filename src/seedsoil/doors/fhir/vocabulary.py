"""How a concept is written in a record: its codes where somebody has checked them, and always its words.

Codes stand in data/codes.csv. A code is written only from a row that is marked for it, and only where it is verified.
"""

from __future__ import annotations

import functools
import re

from seedsoil.care import codes
from seedsoil.care.analytes import analyte, plain_unit
from seedsoil.grammar import skeleton
from seedsoil.treatments import drug, procedures

UCUM = "http://unitsofmeasure.org"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
BASE = "http://hl7.org/fhir/StructureDefinition/"
LATERALITY = f"{MCODE}laterality-qualifier"


@functools.cache
def meta(profile: str) -> dict:
    """The head of every resource: its profile, and that it is no real person's."""
    return {"profile": [profile], "tag": [dict(codings("fhir", "synthetic")[0])]}


@functools.cache
def fixed(name: str) -> dict:
    """A concept of FHIR's own: a status, a category."""
    return {"coding": list(codings("fhir", name))}


@functools.cache
def codings(kind: str, name: str) -> tuple[dict, ...]:
    """The codings that may be written for a concept, none where no code has been verified."""
    return tuple(
        {"system": e.system, "code": e.code, "display": e.display}
        for e in codes.entries()
        if e.kind == kind and e.concept == name and e.written == "yes" and e.verified == "yes"
    )


def concept(kind: str, name: str, words: str = "") -> dict:
    """A CodeableConcept: the checked codes of a concept, with words."""
    coded = list(codings(kind, name))
    return {**({"coding": coded} if coded else {}), **({"text": words} if words or not coded else {})}


@functools.cache
def said(kind: str, name: str) -> str:
    """What a concept is called: the first of the words by which it is known, with its abbreviations in capitals."""
    known = (e.aliases[0] for e in codes.entries() if e.kind == kind and e.concept == name and e.aliases)
    words = next(known, name.replace("_", " "))
    return re.sub(r"\b(?:her2|er|pr|ct|mri|pet|fdg|naf|psma|egfr|alk|iv)\b", lambda m: m[0].upper(), words)


@functools.cache
def measure(what: str) -> tuple[dict, str, float]:
    """The concept, UCUM unit and factor (value in that unit over value in the analyte's own) in which one is written.

    The unit is the analyte's own wherever a checked code allows it.
    """
    row = analyte(what)
    coded = [e for e in codes.entries() if e.kind == "analyte" and e.concept == what and e.written == "yes"]
    code = {"coding": [{"system": e.system, "code": e.code, "display": e.display} for e in coded if e.verified == "yes"][:1]}
    readable = code["coding"] or codes.concept_of_text("analyte", row.label) == what
    code = (code if code["coding"] else {}) | {"text": row.label if readable else said("analyte", what)}
    unit = coded[0].ucum if coded else next((e.ucum for e in codes.entries() if e.concept == what and e.ucum), row.unit)
    factor = row.factors.get(plain_unit(unit))
    if not factor or _same_kind(unit, row.unit):
        return code, unit if factor == 1.0 else row.unit, 1.0
    return code, unit, 1.0 / factor


def _same_kind(unit: str, own: str) -> bool:
    """Whether two units measure the same property, as LOINC tells properties apart: g/dL and g/L do, mg/dL and mmol/L do not."""
    moles = lambda u: "mol" in u
    return moles(unit) == moles(own) and "g" in unit and "g" in own and "/" in unit


@functools.cache
def bone_place(site: str) -> dict:
    """A bone as a body site: SNOMED, the side as mCODE has it, and words."""
    bone = next(b for b in skeleton.bones() if b.id == site)
    place: dict = {"coding": [{"system": codes.SNOMED, "code": bone.snomed}], "text": bone.label}
    if bone.side in ("left", "right"):
        place["extension"] = [{"url": LATERALITY, "valueCodeableConcept": {"coding": list(codings("side", bone.side))}}]
    return place


def region_place(region: str, side: str | None = None) -> dict:
    """A part of the skeleton where the bone is not known."""
    return {"text": " ".join(filter(None, [side, said("region", region)]))}


@functools.cache
def treatment(what: str) -> str:
    """What a drug or an operation of the catalogue is called in a record; it reads back as the same."""
    for kind in ("drug", "procedure"):
        if what in codes.concepts(kind):
            return said(kind, what)
    known = {**drug.catalogue(), **procedures.catalogue()}
    return known[what].label


def emitted() -> set[tuple[str, str]]:
    """Every (system, code) that a record may carry."""
    written = {(e.system, e.code) for e in codes.entries() if e.written == "yes" and e.verified == "yes"}
    return written | {(codes.SNOMED, bone.snomed) for bone in skeleton.bones()}

