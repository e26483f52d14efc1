"""Virtual people written as FHIR and read back: the chart is the same, and nothing claims to be real."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.doors.cohort import bundle_of, cohort, unequal, written

from seedsoil.care import codes
from seedsoil.care.chart import Chart
from seedsoil.care.patient import CANCERS, Finding, Given, Happened, KnownLesion, Patient
from seedsoil.doors import cli
from seedsoil.doors.fhir import read_bundle, vocabulary
from seedsoil.doors.fhir.profiles import check_bundle
from seedsoil.doors.fhir.writing import Record, resources
from seedsoil.doors.reading import read_patient
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.treatments import drug, procedures, radiation
from seedsoil.world import populations


def somebody(**facts) -> Patient:
    basic = {"id": "p", "as_of": date(2025, 1, 1), "age_years": 60.0, "sex": "female", "cancer": "breast"}
    return Patient(**(basic | facts))


def test_a_record_reads_back_as_the_same_chart_and_nothing_is_set_aside():
    assert len(written()) == 30
    for record in written():
        again = read_bundle(bundle_of(record), even_dead=True)
        assert not unequal(Chart.of(record.patient), Chart.of(again)), record.name
        assert again.set_aside == (), record.name
        assert len(again.findings) == len(record.patient.findings)


def test_the_cohort_has_all_that_a_record_can_hold():
    everything = [r for record in written() for r in resources(record)]
    kinds = {r["resourceType"] for r in everything}
    assert kinds >= {"Patient", "Condition", "Observation", "BodyStructure", "Procedure", "MedicationRequest",
                     "MedicationAdministration", "DiagnosticReport", "Encounter", "Practitioner", "Organization"}  # fmt: skip
    assert any(record.died_day is not None for record in written())
    assert {e.what for record in written() for e in record.patient.happened} >= {"fracture"}


@pytest.mark.parametrize("bone", [bone.id for bone in skeleton.bones()])
def test_every_bone_reads_back(bone):
    lesion = KnownLesion(bone, None, kind="lytic", longest_mm=21.0, soft_tissue=True, day=-30.0, day_to=-30.0)
    event = Happened("fracture", bone, None, day=-10.0, day_to=-10.0)
    again = read_bundle(bundle_of(Record(somebody(lesions=(lesion,), happened=(event,)))))
    (found,), (broken,) = again.lesions, again.happened
    assert (found.site, found.kind, found.longest_mm, found.soft_tissue, found.day) == (bone, "lytic", 21.0, True, -30.0)
    assert (broken.what, broken.site, broken.day) == ("fracture", bone, -10.0)


@pytest.mark.parametrize("what", [*drug.catalogue(), *procedures.catalogue(), "radiotherapy"])
def test_every_treatment_reads_back(what):
    site = None if what in drug.catalogue() else "L3"
    unit = drug.catalogue()[what].dose_unit if not site else "Gy" if what == "radiotherapy" else None
    measure = what in drug.catalogue() and drug.catalogue()[what].kind == "measure"
    dose = None if unit is None or measure else 8.0
    given = Given(what, -40.0, -40.0, dose=dose, dose_unit=unit if dose else None, fractions=1 if unit == "Gy" else None, site=site)
    daily = what in drug.catalogue() and drug.catalogue()[what].shape == "daily"
    courses = [given, replace(given, day=-20.0, day_to=-20.0, until=-10.0)] if daily else [given]
    again = read_bundle(bundle_of(Record(somebody(given=tuple(courses)))))
    assert {g.what for g in again.given} == {what} and again.set_aside == ()
    assert not unequal(Chart.of(somebody(given=tuple(courses))), Chart.of(again))
    assert {(g.dose, g.dose_unit) for g in again.given} == {(dose, unit if dose else None)}


@pytest.mark.parametrize("technique", radiation.TECHNIQUES)
def test_the_technique_of_radiotherapy_reads_back(technique):
    """mCODE's list has no code for stereotactic radiotherapy; that one goes out in words."""
    given = Given("radiotherapy", -40.0, -40.0, dose=24.0, dose_unit="Gy", fractions=2, site="L3", technique=technique)
    whole = bundle_of(Record(somebody(given=(given,))))
    assert check_bundle(whole) == []
    (again,) = read_bundle(whole).given
    assert (again.technique, again.dose, again.fractions, again.site) == (technique, 24.0, 2, "L3")


def test_the_worst_pain_of_a_day_and_the_pain_at_the_moment_are_two_things():
    told = (Finding("pain", 3.0, day=-7.0, day_to=-7.0), Finding("pain_worst", 8.0, day=-7.0, day_to=-7.0))
    again = read_bundle(bundle_of(Record(somebody(findings=told))))
    assert {(f.what, f.value) for f in again.findings} == {("pain", 3.0), ("pain_worst", 8.0)}
    assert Chart.of(again).symptom("pain_worst")[0] == 8.0


def test_visits_go_out_with_whom_they_were_to_and_what_was_found_on_them():
    record = next(r for r in written() if {v.kind for v in r.visits} >= {"planned", "hurried"})
    everything = list(resources(record))
    found = {f"{r['resourceType']}/{r['id']}": r for r in everything}
    visits = [r for r in everything if r["resourceType"] == "Encounter"]
    assert len(visits) == len(record.visits) > 5
    for visit in visits:
        assert visit["period"]["start"] <= visit["period"]["end"]
        assert found[visit["participant"][0]["individual"]["reference"]]["resourceType"] == "Practitioner"
        assert found[visit["serviceProvider"]["reference"]]["resourceType"] == "Organization"
    scores = [r for r in everything if r["resourceType"] == "Observation" and "pain" in r["code"].get("text", "")]
    assert scores
    for score in scores:  # pain is asked for at visits only
        period = found[score["encounter"]["reference"]]["period"]
        assert period["start"] <= score["effectiveDateTime"] <= period["end"]


def test_who_calls_in_between_is_seen_without_having_been_planned():
    kinds = {visit.kind for record in written() for visit in record.visits}
    assert kinds == {"planned", "hurried", "ward"}
    for record in written():
        days = [visit.day for visit in record.visits]
        assert days == sorted(days) and all(visit.day_to <= 0 for visit in record.visits)
        assert record.died_day is None or all(visit.day <= record.died_day for visit in record.visits)


@pytest.mark.parametrize("cancer", CANCERS)
def test_every_cancer_and_subtype_reads_back(cancer):
    parts = populations.populations(cancer) if cancer != "unknown" else ()
    for subtype in [None, *(part.subtype for part in parts if part.subtype)]:
        again = read_bundle(bundle_of(Record(somebody(cancer=cancer, subtype=subtype, lesions=(KnownLesion("L3", None),)))))
        assert (again.cancer, again.subtype) == (cancer, subtype)


def test_every_resource_names_its_profile_and_says_that_it_is_no_real_persons():
    for record in written():
        whole = bundle_of(record)
        for resource in [whole, *(entry["resource"] for entry in whole["entry"])]:
            (profile,) = resource["meta"]["profile"]
            assert profile.startswith("http://hl7.org/fhir/")
            assert [tag["code"] for tag in resource["meta"]["tag"]] == ["HTEST"]


def _codings(value):
    if isinstance(value, dict):
        if "system" in value and "code" in value and "value" not in value:
            yield value["system"], value["code"]
        for child in value.values():
            yield from _codings(child)
    elif isinstance(value, list):
        for child in value:
            yield from _codings(child)


def test_every_code_that_is_written_stands_in_the_table_and_is_verified():
    emitted = {pair for record in written() for pair in _codings(bundle_of(record))}
    with (Path("src/seedsoil/data") / "codes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = {(r["system"], r["code"]) for r in rows if r["verified"] == "yes" and r["written"] == "yes"}
    bones = {(codes.SNOMED, bone.snomed) for bone in skeleton.bones()}
    assert emitted <= table | bones and emitted <= vocabulary.emitted()
    assert len(emitted) > 60


def test_a_code_that_nobody_has_verified_goes_out_as_words_only():
    unverified = [e for e in codes.entries() if e.code and e.verified != "yes"]
    assert unverified and not any(e.written == "yes" for e in unverified)
    assert vocabulary.concept("drug", "enzalutamide", "enzalutamide") == {"text": "enzalutamide"}


def test_ids_follow_from_the_seed():
    from seedsoil.study.cohort import lived

    again = lived(np.arange(2), seed=3, years=1.0)
    assert [p.patient.id for p in again.people] == ["mixed-3-0", "mixed-3-1"]
    record, person = next(r for r in written() if r.name == "mixed-3-1"), again.people[1]
    once_more = Record(person.patient, person.sizes, person.died_day, visits=person.visits)
    assert list(resources(once_more)) == list(resources(replace(record, story=())))


def test_the_command_writes_records_and_the_truth_beside_them(tmp_path, capsys):
    folder = tmp_path / "cohort"
    assert cli.run(["export", "--n", "4", "--seed", "3", "--years", "0.5", "--cancer", "breast", "--out", str(folder)]) == 0
    said = capsys.readouterr().out
    assert said.index("will be written") < said.index("Written: 4 people")
    account = json.loads((folder / "export.json").read_text("utf-8"))
    for kind, count in account["resources"].items():
        lines = (folder / "ndjson" / f"{kind}.ndjson").read_text("utf-8").splitlines()
        assert len(lines) == count and all(json.loads(line)["resourceType"] == kind for line in lines)
    names = sorted(path.stem for path in (folder / "bundles").iterdir())
    assert names == [f"breast-3-{i}" for i in range(4)]
    lesions = pq.read_table(folder / "truth" / "lesions.parquet")
    assert set(lesions.column("person").to_pylist()) == set(names)
    assert lesions.schema.field("volume_ml").metadata[b"unit"] == b"mL"
    risk = lesions.column("fracture_risk").to_numpy()
    assert ((risk >= 0) & (risk < 1)).all() and risk.max() > 0
    assert pq.read_table(folder / "truth" / "people.parquet").num_rows == 4 * 7
    living = [p for p in (folder / "bundles").iterdir() if '"deceasedDateTime"' not in p.read_text("utf-8")]
    assert read_patient(living[0]).cancer == "breast"
    capsys.readouterr()
    assert cli.run(["assess", str(living[0]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["patient"]["id"] == living[0].stem


def test_what_is_true_and_what_was_told_are_of_the_same_people():
    truth = cohort().truth
    lesions, people = truth.table("lesions"), truth.table("people")
    known = {(p, s) for p, s, k in zip(lesions["person"], lesions["site"], lesions["known"], strict=True) if k}
    told = {(p.patient.id, lesion.site) for p in cohort().people for lesion in p.patient.lesions}
    assert told <= known | {(p, s) for p, s in told if p in {q.patient.id for q in cohort().people if q.died_day is not None}}
    last = people["day"] == 0
    alive = dict(zip(people["person"][last], people["alive"][last], strict=True))
    assert {name for name, lives in alive.items() if not lives} == {p.patient.id for p in cohort().people if p.died_day is not None}


def test_the_record_of_somebody_who_has_died_is_refused_for_a_forecast():
    dead = next(record for record in written() if record.died_day is not None)
    with pytest.raises(InputError, match="dead"):
        read_bundle(bundle_of(dead))


def test_what_the_export_needs_is_said(tmp_path, capsys):
    assert cli.run(["export", "--n", "1", "--out", ""]) == 2
    assert "--out" in capsys.readouterr().err
    assert cli.run(["export", "--n", "1", "--cancer", "toenail", "--out", str(tmp_path)]) == 2
    assert "toenail" in capsys.readouterr().err
