"""Short charts written from the guidelines, read through the real reader: no emergency is missed, and quiet charts stay quiet.

The table ``vignettes/cases.csv`` holds one chart a line: what was said (as diagnoses), found on examination (in words), answered
yes or no, measured (coded, or in words after ``~``), given; and which emergency it is, if any.
"""

import csv
import datetime
import functools
import re
from pathlib import Path

import pytest

from seedsoil.doors.fhir import read_bundle
from seedsoil.study.assess import assess

TODAY = datetime.date(2024, 3, 1)
LOINC = {
    "calcium": "17861-6", "calcium_corrected": "29265-6", "calcium_ionised": "1995-0", "albumin": "1751-7", "creatinine": "2160-0",
    "neutrophils": "26499-4", "platelets": "777-3", "haemoglobin": "718-7",
}  # fmt: skip
# Which rules raise which emergency, and within how many hours at most.
RAISED_BY = {
    "cord": (("suspected cord compression", "surgery for the cord", "radiotherapy for the cord", "cord signs in comfort care"), 24),
    "calcium": (("fluids for high calcium", "signs of high calcium", "calcium watched"), 24),
    "low_calcium": (("low calcium",), 24),
    "counts": (("low counts",), 24),
    "limb": (("broken limb", "impending fracture"), 168),
    "spine": (("cord compression coordinator", "suspected spinal metastases"), 168),
}  # fmt: skip


@functools.cache
def cases() -> list[dict]:
    with (Path(__file__).parent / "vignettes" / "cases.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def bundle(case: dict) -> dict:
    """The chart of one line as a FHIR bundle."""
    day = lambda ago: (TODAY - datetime.timedelta(days=int(ago))).isoformat()
    about = {"subject": {"reference": "Patient/p"}}
    entries = [{"resourceType": "Patient", "id": "p", "gender": case["sex"], "birthDate": case["born"]}]

    def condition(text: str, ago: int) -> None:
        entries.append({"resourceType": "Condition", "code": {"text": text}, "onsetDateTime": day(ago), **about})

    def observation(code: dict, ago: int, **value) -> None:
        final = {"resourceType": "Observation", "status": "final"}
        entries.append({**final, "code": code, "effectiveDateTime": day(ago), **value, **about})

    condition(case["cancer"], 400)
    for text in filter(None, [case["spread"]]):
        condition(text, 90)
    for text in filter(None, case["said"].split("|")):
        condition(text, case["days_ago"])
    if case["exam"]:
        observation({"text": "Neurological examination"}, case["days_ago"], valueString=case["exam"])
    for sign in filter(None, case["signs"].split("|")):
        what, _, answer = sign.partition("=")
        observation({"text": what}, case["days_ago"], valueString=answer)
    for lab in filter(None, case["labs"].split("; ")):
        name, value, unit = lab.lstrip("~").split(" ", 2)
        code = {"text": name.replace("_", " ")}
        if not lab.startswith("~"):
            code = {"coding": [{"system": "http://loinc.org", "code": LOINC[name]}]}
        observation(code, 1, valueQuantity={"value": float(value), "unit": unit})
    for drug in filter(None, case["given"].split("|")):
        entries.append({
            "resourceType": "MedicationStatement", "status": "active", "medicationCodeableConcept": {"text": drug},
            "effectivePeriod": {"start": day(10)}, **about,
        })  # fmt: skip
    return {
        "resourceType": "Bundle", "type": "collection", "timestamp": f"{TODAY.isoformat()}T08:00:00Z",
        "entry": [{"resource": entry} for entry in entries],
    }  # fmt: skip


@functools.cache
def raised() -> dict[str, dict[str, float]]:
    """Case -> the rules that are urgent in it, with their time limits."""
    out = {}
    for case in cases():
        rows = assess(read_bundle(bundle(case)))["urgent"]
        out[case["id"]] = {}
        for row in rows:
            out[case["id"]].setdefault(row["rule"], row["within_hours"])
    return out


def test_there_are_two_hundred_charts_with_and_forty_without_an_emergency():
    kinds = [case["kind"] for case in cases()]
    assert len(kinds) >= 200 and kinds.count("none") >= 40
    assert len({case["id"] for case in cases()}) == len(kinds) and set(kinds) == {*RAISED_BY, "none"}
    denial = re.compile(r"\b(?:no|not|denies|without|free of|excluded)\b", re.IGNORECASE)
    assert sum(bool(denial.search(f"{case['exam']} {case['said']}")) for case in cases()) >= 30


@pytest.mark.parametrize("kind", RAISED_BY)
def test_no_emergency_is_missed(kind):
    rules, hours = RAISED_BY[kind]
    mine = [case for case in cases() if case["kind"] == kind]
    missed = [case["id"] for case in mine if not any(raised()[case["id"]].get(rule, 1e9) <= hours for rule in rules)]
    assert mine and missed == []


def test_nine_of_ten_quiet_charts_stay_quiet():
    quiet = [case["id"] for case in cases() if case["kind"] == "none"]
    loud = {case: rules for case in quiet if (rules := {r: h for r, h in raised()[case].items() if h <= 24})}
    assert len(loud) <= 0.1 * len(quiet), loud
