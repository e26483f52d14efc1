"""The vocabulary: what codes and words in a record mean, and the names that seedsoil itself goes by.

Codes and words stand in data/codes.csv, bones in data/sites.csv.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"

VAGUE_REGIONS = {"spine": ("cervical", "thoracic", "lumbar"), "femur_proximal": ("femur",), "any": ()}


@dataclass(frozen=True)
class Entry:
    """One row of data/codes.csv."""

    concept: str
    kind: str
    group: str
    catalogue: str  # the drug of the catalogue that stands for it, where that has another name
    system: str
    code: str
    display: str
    aliases: tuple[str, ...]
    ucum: str
    source: str
    verified: str
    written: str  # "yes" where a record that seedsoil writes may carry the code


def _rows(name: str) -> list[dict[str, str]]:
    text = files("seedsoil").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def entries() -> tuple[Entry, ...]:
    """Every row of data/codes.csv."""
    return tuple(
        Entry(
            row["concept"],
            row["kind"],
            row["group"],
            row["catalogue"],
            row["system"],
            row["code"],
            row["display"],
            tuple(filter(None, row["aliases"].split(";"))),
            row["ucum"],
            row["source"],
            row["verified"],
            row.get("written") or "",
        )
        for row in _rows("codes.csv")
    )


@cache
def _by_code(kind: str) -> dict[tuple[str, str], str]:
    return {(e.system, e.code): e.concept for e in entries() if e.kind == kind and e.code}


@cache
def _by_alias(kind: str) -> dict[str, str]:
    return {alias: e.concept for e in entries() if e.kind == kind for alias in e.aliases}


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    longest_first = sorted(_by_alias(kind), key=len, reverse=True)
    return re.compile(r"(?<![\w+-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w+])")


@cache
def groups(kind: str) -> dict[str, str]:
    """The group of each concept of a kind: the class of a drug, the parts of a regimen or panel."""
    return {e.concept: e.group for e in entries() if e.kind == kind and e.group}


@cache
def concepts(kind: str) -> frozenset[str]:
    """The names that seedsoil knows of one kind."""
    return frozenset(e.concept for e in entries() if e.kind == kind)


def concept_of_code(kind: str, system: str, code: str) -> str | None:
    """What a code means; an ICD-10 code may stand for the longer codes below it (C79.3 for C79.31)."""
    table = _by_code(kind)
    if "icd-10" in system or "icd10" in system:
        system = ICD10  # national editions share the first characters that are used here
    if system != ICD10:
        return table.get((system, code))
    for length in range(len(code), 2, -1):
        found = table.get((system, code[:length]))
        if found:
            return found
    return None


def concept_of_text(kind: str, text: str) -> str | None:
    """What a whole text means, word for word."""
    return _by_alias(kind).get(" ".join(text.lower().split()))


def concepts_in_text(kind: str, text: str) -> list[tuple[str, int, int]]:
    """The concepts named in a text, with where each begins and ends, in order."""
    table = _by_alias(kind)
    return [(table[m.group()], m.start(), m.end()) for m in _pattern(kind).finditer(text.lower())]


@dataclass(frozen=True)
class Bone:
    """One row of data/sites.csv, as far as a record needs it."""

    id: str
    region: str
    side: str | None
    snomed: str


@cache
def bones() -> dict[str, Bone]:
    """The bones a lesion can sit in, by id."""
    sides = {"left": "left", "right": "right"}
    return {row["id"]: Bone(row["id"], row["region"], sides.get(row["side"]), row["snomed"]) for row in _rows("sites.csv")}


@cache
def regions() -> frozenset[str]:
    """The regions a record may name: those of the bones, and the vaguer ones."""
    return frozenset(bone.region for bone in bones().values()) | frozenset(VAGUE_REGIONS)


@cache
def treatments() -> dict[str, str]:
    """Everything that can be given, with its group."""
    regimens = {name: "chemotherapy" for name in concepts("regimen")}
    return {**groups("drug"), **groups("procedure"), **regimens}


@cache
def in_catalogue(what: str) -> str:
    """The id under which a treatment is modelled: a class or regimen for some drugs, its own name for the others."""
    return next((e.catalogue for e in entries() if e.concept == what and e.catalogue), what)
