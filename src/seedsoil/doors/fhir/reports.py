"""Reports of imaging and biopsies: that a test was done, of what part of the body, and what was seen."""

from __future__ import annotations

from seedsoil.care import codes
from seedsoil.care.patient import Examined
from seedsoil.doors.fhir.gathering import Gathering
from seedsoil.doors.fhir.shape import concept, listed, text
from seedsoil.doors.fhir.sites import places_in_words

_NOT_USED = {
    "entered-in-error": "it was entered in error", "cancelled": "it was cancelled",
    "registered": "its result is not out yet", "unknown": "its status is unknown",
}  # fmt: skip
_WHOLE_BODY = ("bone_scan", "fdg_pet", "fdg_pet_alone", "naf_pet", "psma_pet", "choline_pet")


def read_report(gathering: Gathering, resource: dict, source: str) -> None:
    """One DiagnosticReport into the examinations; laboratory reports only repeat their observations."""
    why = _NOT_USED.get(text(resource.get("status")))
    if why:
        gathering.aside(source, why)
        return
    code = concept(resource.get("code"))
    tests = [name for name, _, _ in codes.concepts_in_text("test", code.words)] or code.meaning("test")
    if not tests:
        if not listed(resource.get("result")):
            gathering.aside(source, f"the report {code.words[:80] or 'without code or words'!r} is not understood")
        return
    moment = gathering.moment(resource, "effective", source, "issued")
    if moment is None:
        return
    result = text(resource.get("conclusion"))
    last = moment.end if moment.end is not None else moment.day_to
    for region in _seen(tests[0], code.words):
        gathering.examined.append(Examined(tests[0], region, result, moment.day, last, source))


def _seen(test: str, words: str) -> list[str | None]:
    """The parts of the skeleton a test looked at: [None] is all of it, or not said."""
    if test in _WHOLE_BODY:
        return [None]
    viewed = [region for region, view in _views() if view in words.lower().split()]
    named = [p.region for p in places_in_words(words) if p.region]
    return list(dict.fromkeys(viewed + named)) or [None]


def _views() -> list[tuple[str, str]]:
    return [(e.concept, alias) for e in codes.entries() if e.kind == "view" for alias in e.aliases]
