"""Measurements: blood, urine, scores, tumour sizes; with their units, comparators and "reported normal"."""

from __future__ import annotations

import re
from dataclasses import replace

from seedsoil.care import codes
from seedsoil.care.analytes import analyte, converted, flags_of, refuse_impossible
from seedsoil.care.patient import YOUNGEST_YEARS, Examined, Finding, Happened, Visceral
from seedsoil.doors.fhir.conditions import ALARMING, related_condition
from seedsoil.doors.fhir.dates import UNDATED_DAYS, When
from seedsoil.doors.fhir.gathering import Gathering, references
from seedsoil.doors.fhir.shape import Concept, at, concept, listed, number, record, text
from seedsoil.doors.fhir.sites import places, places_in_words
from seedsoil.doors.fhir.words import denied, not_given, uncertain

_NOT_USED = {
    "entered-in-error": "it was entered in error", "cancelled": "it was cancelled",
    "registered": "its result is not out yet", "unknown": "its status is unknown",
}  # fmt: skip
_OTHER_SPECIMEN = re.compile(
    r"\b(?:urine|urinary|24 ?h(?:our)?|cerebrospinal|csf|saliva|stool|faec\w+|fec\w+|fluid|effusion|tissue|dialysis)\b"
)
_DROPPED = re.compile(r"\([^)]*\)|\b(?:serum|plasma|blood level|level|levels|concentration|measurement|s-|p-)\b|,")
_IN_WORDS = re.compile(r"^\s*(<=|>=|<|>|≤|≥)?\s*([-+]?\d+(?:\.\d+)?)\s*([^\d\s,;].*)?$")
_NORMAL = re.compile(r"\b(?:normal|unremarkable|within (?:the )?(?:normal|reference) (?:limits|range)|wnl)\b")
_NOT_NORMAL = re.compile(r"\b(?:not|abnormal|abnormally|near|nearly|almost|except|apart from|but)\b")
_HIGH = re.compile(r"^(?:reported )?(?:high|raised|elevated|increased|above (?:the )?normal)\b")
_LOW = re.compile(r"^(?:reported )?(?:low|reduced|decreased|below (?:the )?normal|suppressed)\b")
_FLAG = {"N": "normal", "H": "high", "HH": "high", "HU": "high", "L": "low", "LL": "low", "LU": "low"}
_COMPARATORS = {"<": "<", "<=": "<", ">": ">", ">=": ">", "≤": "<", "≥": ">"}
_ABSENT = re.compile(r"^\s*(?:no|none|nil|absent|negative|false|normal|denies|denied|0)\b|\bnot (?:present|reported)\b")
_SIZE, _LONGEST = "21889-1", "33728-7"
DAYS_A_YEAR = 365.25


def read_observation(gathering: Gathering, resource: dict, source: str) -> None:
    """One FHIR Observation: a finding, a tumour size, a receptor, an examination in words, or several at once."""
    why = _NOT_USED.get(text(resource.get("status")))
    if why:
        gathering.aside(source, why)
        return
    code = concept(resource.get("code"))
    if (codes.LOINC, _SIZE) in code.codings or (codes.LOINC, _LONGEST) in code.codings:
        _tumour_size(gathering, resource, source)
        return
    moment = gathering.moment(resource, "effective", source, "issued")
    if moment is None:
        return
    if not moment.dated and moment.end is None:
        gathering.aside(source, "it has no date")
        return
    if moment.dated and moment.day_to < gathering.born_day + YOUNGEST_YEARS * DAYS_A_YEAR:
        gathering.aside(source, f"it was measured before the age of {YOUNGEST_YEARS:.0f}; seedsoil knows adults only")
        return
    has_value = any(key.startswith("value") for key in resource)
    components = [record(c) for c in listed(resource.get("component"))]
    if components and not has_value:
        for i, part in enumerate(components):
            _one(gathering, part, concept(part.get("code")), f"{source} component {i}", moment)
        return
    _one(gathering, resource, code, source, moment)


def _one(gathering: Gathering, resource: dict, code: Concept, source: str, moment: When) -> None:
    receptor = code.meaning("receptor") or [c for c in (codes.concept_of_text("receptor", code.words),) if c]
    if receptor:
        _receptor(gathering, resource, receptor[0], source)
        return
    spread = [o for o in code.meaning("metastasis") if o != "unspecified"]
    if spread:
        gathering.visceral.append(Visceral(spread[0], True, moment.day, moment.end or moment.day_to, source))
        return
    what = _analyte_of(code)
    if what is None:
        _in_words(gathering, resource, code, source, moment)
    elif what.startswith("!"):
        gathering.aside(source, what[1:])
    else:
        _measured(gathering, resource, what, source, moment)


def _analyte_of(code: Concept) -> str | None:
    """The analyte of an observation; None if there is none, "!why" where code and words disagree."""
    coded = code.meaning("analyte")
    written = None
    for words in (code.written, *code.displays):
        lower = words.lower()
        written = written or codes.concept_of_text("analyte", lower)
        written = written or codes.concept_of_text("analyte", _DROPPED.sub(" ", lower))
    shown = " ".join((code.written, *code.displays)).lower()
    if not coded and written and written != "ntx" and _OTHER_SPECIMEN.search(shown):
        return f"!{code.words[:80]!r} was not measured in blood"
    if len(coded) > 1 or (coded and written and written != coded[0]):
        meant = " and ".join(dict.fromkeys([*coded, *([written] if written else [])]))
        return f"!its code and its words mean different things ({meant})"
    return coded[0] if coded else written


def _measured(gathering: Gathering, resource: dict, what: str, source: str, moment: When) -> None:
    value, unit, comparator, why = _value(resource, what)
    if why in ("normal", "high", "low"):
        _add(gathering, Finding(what, None, why, source=source), moment)
        return
    if value is None:
        gathering.aside(source, why or "it has no value")
        return
    own = converted(what, value, unit)
    row = analyte(what)
    if own is None:
        named = (
            f"unit {unit[:40]!r} is not one known for {row.label}" if unit else f"{row.label} is given without a unit"
        )
        gathering.aside(source, named)
        return
    refuse_impossible(what, own, source, f"{comparator}{value:g}", unit)
    if what == "ecog" and own != int(own):
        gathering.aside(source, f"an ECOG of {own:g} does not exist")
        return
    _add(
        gathering,
        Finding(what, own, _COMPARATORS.get(comparator, "="), source=source, flags=flags_of(what, own)),
        moment,
    )


def _add(gathering: Gathering, finding: Finding, moment: When) -> None:
    last = moment.end if moment.end is not None else moment.day_to
    gathering.findings.append(replace(finding, day=moment.day, day_to=last))


def _value(resource: dict, what: str) -> tuple[float | None, str | None, str, str | None]:
    """(value, unit, comparator, a qualifier or the reason why there is no value)."""
    quantity = record(resource.get("valueQuantity"))
    if "valueQuantity" in resource:
        value = number(quantity.get("value"))
        comparator = text(quantity.get("comparator"))
        if value is None:
            return None, None, "", _flagged(resource) or "its value is not a number"
        if comparator and comparator not in _COMPARATORS:
            return None, None, "", f"the comparator {comparator[:20]!r} is not understood"
        unit = text(quantity.get("code")) or text(quantity.get("unit"))
        if unit and what and converted(what, value, unit) is None and text(quantity.get("unit")):
            unit = text(quantity.get("unit"))  # a code that is no UCUM, beside a unit that is
        return value, unit or None, comparator, None
    if "valueInteger" in resource:
        value = number(resource["valueInteger"])
        unit = None if analyte(what).unit == "1" else ""
        return value, unit, "", None if value is not None else "its value is not a number"
    if "valueString" in resource:
        return _written(text(resource["valueString"]))
    if "valueCodeableConcept" in resource:
        return _coded(concept(resource["valueCodeableConcept"]), what)
    return None, None, "", _flagged(resource) or "it has no value"


def _coded(answer: Concept, what: str) -> tuple[float | None, str | None, str, str | None]:
    if what == "ecog":
        grades = answer.meaning("ecog_answer")
        match = re.search(r"\b([0-4])\b", answer.words)
        if grades or match:
            return float(grades[0] if grades else match[1]), None, "", None  # type: ignore[index]
    return _written(answer.words)


def _written(words: str) -> tuple[float | None, str | None, str, str | None]:
    match = _IN_WORDS.match(words)
    if match:
        return float(match[2]), (match[3] or "").strip() or None, match[1] or "", None
    lower = words.lower()
    qualifier = "normal" if _NORMAL.search(lower) and not _NOT_NORMAL.search(lower) else None
    qualifier = qualifier or ("high" if _HIGH.search(lower) else "low" if _LOW.search(lower) else None)
    return None, None, "", qualifier or f"{words[:80]!r} is no value"


def _flagged(resource: dict) -> str | None:
    for interpretation in listed(resource.get("interpretation")):
        for _, code in concept(interpretation).codings:
            if code in _FLAG:
                return _FLAG[code]
    return None


def _receptor(gathering: Gathering, resource: dict, receptor: str, source: str) -> None:
    answer = concept(resource.get("valueCodeableConcept"))
    words = (answer.words or text(resource.get("valueString"))).lower()
    said = (answer.meaning("answer") or [None])[0]
    if said is None and re.search(r"\b(positive|negative)\b", words):
        said = "negative" if "negative" in words else "positive"
    if said is None:
        gathering.aside(source, f"whether {receptor.upper()} is positive is not understood")
        return
    gathering.receptors[receptor] = said == "positive"


def _sign(gathering: Gathering, resource: dict, code: Concept, source: str, moment: When) -> bool:
    """A complaint or a sign as an answer, yes or no ("Leg weakness": true). Whether the observation was one."""
    events = code.meaning("event") or [hit[0] for hit in codes.concepts_in_text("event", code.words)]
    if not events:
        return False
    answer = concept(resource.get("valueCodeableConcept"))
    words = answer.words or text(resource.get("valueString"))
    present = resource.get("valueBoolean")
    if not isinstance(present, bool):
        said = (answer.meaning("answer") or [None])[0]
        present = {"positive": True, "negative": False}.get(said)
    if present is None and words:
        present = not (_ABSENT.search(words.lower()) or denied(words + " present", len(words)))
    if present is None:
        return False
    if not present or denied(code.words):
        gathering.aside(source, f"{code.shown!r} is denied")
        return True
    _happened(gathering, events[0], source, moment, ": ".join(part for part in (code.words, words) if part))
    return True


def _happened(gathering: Gathering, event: str, source: str, moment: When, words: str) -> None:
    place = next(iter(places_in_words(words)), None)
    last = moment.end if moment.end is not None else moment.day_to
    gathering.happened.append(
        Happened(event, place.site if place else None, place.region if place else None, not uncertain(words), moment.day, last,
                 source, words)
    )  # fmt: skip


def _signs_in(gathering: Gathering, words: str, source: str, moment: When) -> None:
    """Signs that call for somebody today, told in the words of an examination."""
    for event, start, end in codes.concepts_in_text("event", words):
        if event in ALARMING and not denied(words, start, end):
            _happened(gathering, event, source, moment, words)


def _in_words(gathering: Gathering, resource: dict, code: Concept, source: str, moment: When) -> None:
    """What is no analyte: a sign, a panel reported normal, an examination, or something not understood."""
    if _sign(gathering, resource, code, source, moment):
        return
    words = text(resource.get("valueString"))
    last = moment.end if moment.end is not None else moment.day_to
    tests = codes.concepts_in_text("test", code.words)
    if words and tests and tests[0][0] == "hospice" and not_given(words):
        gathering.aside(source, f"hospice: {words[:60]!r} says that it was not begun")
        return
    if words and tests:
        region = next((p.region for p in places_in_words(words)), None) if tests[0][0] != "examination" else None
        gathering.examined.append(Examined(tests[0][0], region, words, moment.day, last, source))
        if tests[0][0] in ("examination", "function"):
            _signs_in(gathering, words, source, moment)
        return
    panels = codes.concepts_in_text("panel", code.words) if words else []
    if panels and _written(words)[3] == "normal":
        parts = [what for name, _, _ in panels for what in codes.groups("panel").get(name, "").split("+") if what]
        for what in dict.fromkeys(parts):
            _add(gathering, Finding(what, None, "normal", source=source), moment)
        return
    gathering.aside(source, f"{code.shown!r} is not understood")


def _tumour_size(gathering: Gathering, resource: dict, source: str) -> None:
    """The longest diameter of a known lesion, found by what the observation is about."""
    value, unit = None, None
    for component in listed(resource.get("component")) or [resource]:
        code = concept(record(component).get("code"))
        if (codes.LOINC, _LONGEST) in code.codings or component is resource:
            value, unit = number(at(component, "valueQuantity", "value")), _unit(component)
    if value is None:
        gathering.aside(source, "it gives no longest diameter")
        return
    longest = converted("tumour_size", value, unit)
    if longest is None:
        gathering.aside(source, f"unit {(unit or 'missing')[:40]!r} is not one of length")
        return
    refuse_impossible("tumour_size", longest, source, f"{value:g}", unit)
    about = _lesions_meant(gathering, resource)
    if len(about) != 1:
        why = "several bone metastases" if about else "no bone metastasis in the record"
        gathering.aside(source, f"the size of a tumour that leads to {why}")
        return
    _first_size(gathering, resource, about[0], longest, source)


def _first_size(gathering: Gathering, resource: dict, lesion: int, longest: float, source: str) -> None:
    """The size of a lesion belongs to the day it was found: of several the earliest counts, undated ones first."""
    moment = gathering.moment(resource, "effective", source, "issued")
    if moment is None:
        return
    day, before = moment.day if moment.dated else UNDATED_DAYS, gathering.sized.get(lesion)
    if before is not None and before <= day:
        return
    gathering.sized[lesion] = day
    gathering.lesions[lesion] = replace(gathering.lesions[lesion], longest_mm=longest)


def _unit(component: object) -> str:
    return text(at(component, "valueQuantity", "code")) or text(at(component, "valueQuantity", "unit"))


def _lesions_meant(gathering: Gathering, resource: dict) -> list[int]:
    for focus in references(resource.get("focus")):
        reference, structure = gathering.follow(focus)
        if structure.get("resourceType") == "BodyStructure":
            reference, _ = gathering.follow(related_condition(structure))
        found = [i for i, lesion in enumerate(gathering.lesions) if lesion.source == gathering.names.get(reference)]
        if found:
            return found
    sites = {p.site for p in places(concept(resource.get("bodySite"))) if p.site}
    return [i for i, lesion in enumerate(gathering.lesions) if lesion.site in sites]
