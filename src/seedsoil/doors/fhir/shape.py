"""Reading strangers' JSON: every step may find the wrong type, and then finds nothing instead."""

from __future__ import annotations

import math
from dataclasses import dataclass

from seedsoil.care import codes

LONGEST_TEXT = 2000  # enough for a conclusion; keeps a hostile record from flooding a message


def record(value: object) -> dict:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """The value if it is a string, on one line, without what a terminal might obey."""
    if not isinstance(value, str):
        return ""
    if value.isascii() and value[:LONGEST_TEXT].isprintable():
        return " ".join(value[:LONGEST_TEXT].split())
    printable = "".join(c if c.isprintable() else " " for c in value[:LONGEST_TEXT])
    return " ".join(printable.encode("utf-8", "replace").decode("utf-8").split())


def number(value: object) -> float | None:
    """The value if it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def at(value: object, *steps: str | int) -> object:
    """Walk into nested objects and arrays; None where a step is missing or of the wrong type."""
    for step in steps:
        if isinstance(step, int):
            items = listed(value)
            value = items[step] if step < len(items) else None
        else:
            value = record(value).get(step)
    return value


@dataclass(frozen=True)
class Concept:
    """A FHIR CodeableConcept: what was coded and what was written."""

    codings: tuple[tuple[str, str], ...]  # (system, code)
    written: str  # CodeableConcept.text
    displays: tuple[str, ...]
    side: str | None = None  # the mCODE laterality qualifier: left | right | both

    @property
    def words(self) -> str:
        """What was written, or else what the codes are called, without the "(disorder)" of SNOMED."""
        for words in (self.written, *self.displays):
            if words:
                return words.removesuffix(")").rpartition(" (")[0] if words.endswith(_TAGS) else words
        return ""

    @property
    def shown(self) -> str:
        """Its words, or its first code, short enough for a message."""
        return self.words[:80] or (f"code {self.codings[0][1][:40]}" if self.codings else "nothing written")

    def meaning(self, kind: str) -> list[str]:
        """What the codes mean among the concepts of one kind, each once, in the order given."""
        found = (codes.concept_of_code(kind, system, code) for system, code in self.codings)
        return list(dict.fromkeys(c for c in found if c))


_TAGS = (
    "(disorder)",
    "(body structure)",
    "(procedure)",
    "(situation)",
    "(finding)",
    "(substance)",
    "(product)",
    "(observable entity)",
)


def concept(value: object) -> Concept:
    """Read a CodeableConcept, or a bare string where a record has one in its place."""
    if isinstance(value, str):
        return Concept((), text(value), ())
    codings = [record(c) for c in listed(record(value).get("coding"))]
    pairs = tuple((text(c.get("system")), text(c.get("code"))) for c in codings if text(c.get("code")))
    displays = tuple(filter(None, (text(c.get("display")) for c in codings)))
    return Concept(pairs, text(record(value).get("text")), displays, _side(record(value)))


def _side(value: dict) -> str | None:
    for extension in map(record, listed(value.get("extension"))):
        if "laterality" in text(extension.get("url")):
            found = concept(extension.get("valueCodeableConcept")).meaning("side")
            return found[0] if found and found[0] != "midline" else None
    return None


def notes(resource: dict) -> list[str]:
    """The texts of a resource's notes."""
    return [words for note in listed(resource.get("note")) if (words := text(record(note).get("text")))]


def status_code(resource: dict, field: str) -> str:
    """The code of a status held as a concept, such as Condition.verificationStatus."""
    value = resource.get(field)
    coded = concept(value)
    return (coded.codings[0][1] if coded.codings else coded.written).lower()
