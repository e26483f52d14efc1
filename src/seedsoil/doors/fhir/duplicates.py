"""What a record says twice: older versions of a resource, results that were amended, copies under another id."""

from __future__ import annotations

import json

from seedsoil.doors.fhir.shape import at, concept, text

Named = tuple[str, dict]
_COPIES = ("Observation", "Condition", "DiagnosticReport")  # two doses of a day may well look the same
_NOT_CONTENT = ("id", "meta", "text", "identifier", "implicitRules", "language")
_FINALITY = {"registered": 0, "preliminary": 1, "final": 2, "amended": 3, "corrected": 3, "appended": 3}


def without_repeats(named: list[Named]) -> tuple[list[Named], list[tuple[str, str]]]:
    """The resources that stand, in their order, and the names of the others with the reason."""
    aside: list[tuple[str, str]] = []
    kept = _newest_versions(named, aside)
    kept = _without_copies(kept, aside)
    return _most_final(kept, aside), aside


def _newest_versions(named: list[Named], aside: list[tuple[str, str]]) -> list[Named]:
    """Of one type and id only the newest version; an id that a careless sender gave to two matters counts for both."""
    newest: dict[tuple, int] = {}
    for i, (_, resource) in enumerate(named):
        key = _identity(resource)
        if key and (key not in newest or _version(resource) >= _version(named[newest[key]][1])):
            newest[key] = i
    out = []
    for i, (name, resource) in enumerate(named):
        key = _identity(resource)
        if key and newest[key] != i:
            aside.append((name, "an older version of a resource that is in the record again"))
        else:
            out.append((name, resource))
    return out


def _identity(resource: dict) -> tuple | None:
    kind, identity = text(resource.get("resourceType")), text(resource.get("id"))
    if not identity or kind == "Patient":
        return None
    if any(_version(resource)):
        return kind, identity
    what = concept(resource.get("code") or resource.get("medicationCodeableConcept"))
    return kind, identity, what.codings, what.words


def _version(resource: dict) -> tuple[str, int]:
    number = text(at(resource, "meta", "versionId"))
    return text(at(resource, "meta", "lastUpdated")), int(number) if number.isdecimal() and len(number) < 10 else 0


def _without_copies(named: list[Named], aside: list[tuple[str, str]]) -> list[Named]:
    """Of several resources that say the same under different ids, the first."""
    first: dict[str, str] = {}
    out = []
    for name, resource in named:
        if text(resource.get("resourceType")) in _COPIES:
            content = {k: v for k, v in resource.items() if k not in _NOT_CONTENT}
            mark = json.dumps(content, sort_keys=True, default=str)
            if mark in first:
                aside.append((name, f"it says the same as {first[mark]}"))
                continue
            first[mark] = name
        out.append((name, resource))
    return out


def _most_final(named: list[Named], aside: list[tuple[str, str]]) -> list[Named]:
    """Of several results of one test at one time, an amended one stands before a final and that before a preliminary."""
    best: dict[tuple, int] = {}
    for _, resource in named:
        key = _result(resource)
        if key:
            best[key] = max(best.get(key, 0), _FINALITY.get(text(resource.get("status")), 2))
    out = []
    for name, resource in named:
        key = _result(resource)
        status = text(resource.get("status"))
        if key and status in _FINALITY and _FINALITY[status] < best[key]:
            aside.append((name, "it was amended: another result of the same test and time stands in its place"))
        else:
            out.append((name, resource))
    return out


def _result(resource: dict) -> tuple | None:
    """The test and time of a result; None for what is no dated result."""
    when = text(resource.get("effectiveDateTime")) or text(resource.get("effectiveInstant"))
    if resource.get("resourceType") != "Observation" or not when or resource.get("component"):
        return None
    code = concept(resource.get("code"))
    about = text(at(resource, "focus", 0, "reference"))
    return (code.codings, code.written, when, about) if code.codings or code.written else None
