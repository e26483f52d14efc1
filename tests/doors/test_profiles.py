"""The checker of profiles: official examples pass, and a resource broken in one way is caught for that."""

from __future__ import annotations

import copy
import functools
import gzip
import json
from pathlib import Path

import pytest
from tests.doors.cohort import bundle_of, written

from seedsoil.doors.fhir.profiles import RULES, check, check_bundle, known, unchecked
from seedsoil.doors.fhir.writing import resources

EXAMPLES = Path("tests/data/mcode-4.0.0-examples.ndjson.gz")
PATIENT_CLAIMS = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-cancer-patient"


@functools.cache
def examples() -> dict[str, dict]:
    with gzip.open(EXAMPLES, "rt", encoding="utf-8") as lines:
        return {f"{r['resourceType']}/{r['id']}": r for r in map(json.loads, lines)}


def judged() -> list[str]:
    return [name for name, r in examples().items() if any(map(known, r.get("meta", {}).get("profile", [])))]


@pytest.mark.parametrize("name", judged())
def test_an_official_example_passes(name):
    resource = examples()[name]
    wrong = [i for i in check(resource, examples().get) if not (i.rule == "profile" and "not a profile known" in i.why)]
    assert wrong == []


def test_the_examples_cover_most_of_the_profiles():
    seen = {url for name in judged() for url in examples()[name]["meta"]["profile"]}
    assert len(judged()) > 70
    for profile in ("secondary-cancer-condition", "ecog-performance-status", "radiotherapy-course-summary", "tumor"):
        assert f"http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-{profile}" in seen


def test_everything_that_is_written_passes_and_names_a_profile():
    count = 0
    for record in written()[::3]:
        whole = bundle_of(record)
        assert check_bundle(whole) == []
        count += len(whole["entry"])
    assert count > 2000


# ---- mutants: one broken rule each ----------------------------------------------------------------------------------

SNOMED = "http://snomed.info/sct"


def _one(profile: str) -> dict:
    """The first written resource of a profile."""
    found = (r for record in written() for r in resources(record) if r["meta"]["profile"][0].endswith(profile))
    return copy.deepcopy(next(found))


MUTANTS = {
    "a metastasis without a subject": ("mcode-secondary-cancer-condition", "cardinality", lambda r: r.pop("subject")),
    "a metastasis without a category": ("mcode-secondary-cancer-condition", "cardinality", lambda r: r.pop("category")),
    "a metastasis of two subjects": (
        "mcode-secondary-cancer-condition", "form", lambda r: r.update(subject=[r["subject"], r["subject"]])),
    "a metastasis filed as a mere screening": (
        "mcode-secondary-cancer-condition", "slice", lambda r: r["category"][0]["coding"][0].update(code="sdoh")),
    "a metastasis related to two primaries": (
        "mcode-secondary-cancer-condition", "slice", lambda r: r["extension"].append(dict(r["extension"][0]))),
    "a metastasis of a primary that is a patient": (
        "mcode-secondary-cancer-condition", "reference",
        lambda r: r["extension"][0]["valueReference"].update(reference="Patient/x")),
    "a side that is no side": (
        "mcode-tumor", "value set", lambda r: r["location"].update(extension=[{
            "url": "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier",
            "valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "22253000"}]}}])),
    "an ECOG in words": (
        "mcode-ecog-performance-status", "choice", lambda r: r.update(valueString="good") or r.pop("valueInteger")),
    "an ECOG under another code": (
        "mcode-ecog-performance-status", "pattern", lambda r: r["code"]["coding"][0].update(code="89243-0")),
    "a status nobody has": ("mcode-ecog-performance-status", "value set", lambda r: r.update(status="finished")),
    "a laboratory result that is none": (
        "us-core-observation-lab", "slice", lambda r: r["category"][0]["coding"][0].update(code="survey")),
    "a result with a field of one's own": ("us-core-observation-lab", "unknown element", lambda r: r.update(colour="red")),
    "a result dated by hand": ("us-core-observation-lab", "form", lambda r: r.update(effectiveDateTime="3 May 2024")),
    "a value that is text": ("us-core-observation-lab", "form", lambda r: r["valueQuantity"].update(value="2.4")),
    "a weight in stones": ("us-core-body-weight", "value set", lambda r: r["valueQuantity"].update(code="[stone_av]")),
    "a weight of another system of units": (
        "us-core-body-weight", "fixed", lambda r: r["valueQuantity"].update(system="http://example.org")),
    "a tumour marker without a value": ("mcode-tumor-marker-test", "cardinality", lambda r: r.pop("valueQuantity")),
    "a size without the longest dimension": (
        "mcode-tumor-size", "slice", lambda r: r["component"][0]["code"]["coding"][0].update(code="33729-5")),
    "a size in inches": ("mcode-tumor-size", "value set", lambda r: r["component"][0]["valueQuantity"].update(code="[in_i]")),
    "a size of a patient": ("mcode-tumor-size", "reference", lambda r: r["focus"][0].update(reference="Patient/x")),
    "a tumour without its own identifier": ("mcode-tumor", "slice", lambda r: r["identifier"][0].pop("type")),
    "a dose in gray": (
        "mcode-radiotherapy-course-summary", "pattern",
        lambda r: _part(r, "dose-delivered-to-volume", "totalDoseDelivered")["valueQuantity"].update(code="Gy")),
    "a dose to nothing": (
        "mcode-radiotherapy-course-summary", "slice",
        lambda r: _part(r, "dose-delivered-to-volume", "volume").update(url="elsewhere")),
    "a course on one date": (
        "mcode-radiotherapy-course-summary", "choice",
        lambda r: r.update(performedDateTime="2024-01-01") or r.pop("performedPeriod")),
    "a modality of one's own": (
        "mcode-radiotherapy-course-summary", "value set",
        lambda r: _part(r, "modality-and-technique", "modality")["valueCodeableConcept"]["coding"][0].update(code="1")),
    "a person without a name": ("mcode-cancer-patient", "cardinality", lambda r: r.pop("name")),
    "a person of a gender unheard of": ("mcode-cancer-patient", "value set", lambda r: r.update(gender="f")),
    "a prescription without intent": ("us-core-medicationrequest", "cardinality", lambda r: r.pop("intent")),
    "a dose of no medicine": (
        "mcode-cancer-related-medication-administration", "cardinality", lambda r: r.pop("medicationCodeableConcept")),
    "a report without a category": ("us-core-diagnosticreport-note", "cardinality", lambda r: r.pop("category")),
    "a resource without a profile": ("us-core-procedure", "profile", lambda r: r["meta"].pop("profile")),
    "a procedure that calls itself a patient": (
        "us-core-procedure", "profile", lambda r: r["meta"].update(profile=[PATIENT_CLAIMS])),
}  # fmt: skip


def _part(resource: dict, extension: str, name: str) -> dict:
    whole = next(e for e in resource["extension"] if e["url"].endswith(extension))
    return next(e for e in whole["extension"] if e["url"].endswith(name))


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_rule_is_caught(mutant):
    profile, rule, breaks = MUTANTS[mutant]
    sound = _one(profile)
    assert check(sound) == []
    breaks(sound)
    assert rule in {issue.rule for issue in check(sound)}


def test_every_rule_has_a_mutant():
    assert {rule for _, rule, _ in MUTANTS.values()} == set(RULES)


def test_a_bundle_of_two_patients_is_no_patient_bundle():
    whole = bundle_of(written()[0])
    whole["entry"].append(copy.deepcopy(whole["entry"][0]))
    assert {"slice"} == {issue.rule for issue in check_bundle(whole)}


def test_a_reference_within_a_bundle_is_followed_to_its_profile():
    named = lambda whole, profile: [r for r in _all(whole) if r["meta"]["profile"][0].endswith(profile)]
    bundles = (bundle_of(record) for record in written())
    whole = next(b for b in bundles if named(b, "tumor-size") and named(b, "radiotherapy-volume"))
    size, volume = named(whole, "tumor-size")[0], named(whole, "radiotherapy-volume")[0]
    size["focus"][0]["reference"] = f"BodyStructure/{volume['id']}"
    assert {issue.rule for issue in check_bundle(whole)} == {"reference"}


def _all(whole: dict) -> list[dict]:
    return [entry["resource"] for entry in whole["entry"]]


def test_what_is_not_checked_is_named():
    assert any("LL529-9" in url for url in unchecked())
