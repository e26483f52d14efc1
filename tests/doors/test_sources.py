"""Charts from folders and servers, said twice or amended, and what is refused at the gate."""

from __future__ import annotations

import copy
import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import orjson
import pytest
from tests.doors.cohort import bundle_of, unequal, written
from tests.doors.test_fhir import LOINC, bundle, condition, lab

from seedsoil.care.chart import Chart
from seedsoil.care.patient import Finding, KnownLesion, Patient, Visceral
from seedsoil.doors import cli
from seedsoil.doors.fhir import gate, read_bundle
from seedsoil.doors.fhir.profiles import check_bundle
from seedsoil.doors.fhir.risk import risk_bundle
from seedsoil.doors.fhir.sources import from_folder, from_server
from seedsoil.doors.fhir.writing import Record, resources
from seedsoil.doors.reading import read_patient
from seedsoil.errors import InputError
from seedsoil.study.forecast import forecast
from seedsoil.study.plans import named
from seedsoil.study.twins import fit
from seedsoil.study.virtual_record import AS_OF


def living() -> list[Record]:
    return [record for record in written() if record.died_day is None]


# ---- folders --------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three people in the bulk layout."""
    lines: dict[str, list[bytes]] = {}
    for record in living()[:3]:
        for resource in resources(record):
            lines.setdefault(resource["resourceType"], []).append(orjson.dumps(resource))
    for kind, found in lines.items():
        (tmp_path / f"{kind}.ndjson").write_bytes(b"\n".join(found) + b"\n")
    return tmp_path


def test_one_person_is_read_from_a_folder_of_ndjson(folder):
    record = living()[1]
    again = read_patient(folder, strict=True, person=record.name, as_of=record.patient.as_of)
    assert not unequal(Chart.of(record.patient), Chart.of(again))


def test_a_folder_of_several_people_asks_whom(folder):
    with pytest.raises(InputError, match="3 patients"):
        from_folder(folder)
    with pytest.raises(InputError, match="nobody"):
        from_folder(folder, "nobody")


def test_a_folder_without_records_is_refused(tmp_path):
    with pytest.raises(InputError, match="ndjson"):
        read_patient(tmp_path)


# ---- said twice, amended --------------------------------------------------------------------------------------------


def calcium(value: float, **more: object) -> dict:
    return lab("calcium", value, "mmol/L", **more)


def values(record: dict) -> list[float]:
    return [f.value for f in read_bundle(record).findings]


def test_a_copy_under_another_id_counts_once():
    patient = read_bundle(bundle(calcium(2.5, id="a"), calcium(2.5, id="b"), condition("Bone metastasis in L3", id="m")))
    assert len(patient.findings) == 1
    assert [(s.source, s.why) for s in patient.set_aside] == [("Observation/b", "it says the same as Observation/a")]


def test_an_amended_result_stands_before_the_final_one():
    assert values(bundle(calcium(3.5, id="a"), calcium(2.5, id="b", status="amended"))) == [2.5]
    assert values(bundle(calcium(2.5, id="a", status="corrected"), calcium(3.5, id="b"))) == [2.5]
    assert values(bundle(calcium(3.5, id="a", status="preliminary"), calcium(2.5, id="b"))) == [2.5]


def test_the_newest_version_of_a_resource_stands():
    old, new = ({"meta": {"versionId": v}} for v in "12")
    assert values(bundle(calcium(2.5, **new), calcium(3.5, **old))) == [2.5]


def test_a_result_entered_in_error_is_not_used():
    patient = read_bundle(bundle(calcium(2.5, id="a"), calcium(4.5, id="b", status="entered-in-error")))
    assert [f.value for f in patient.findings] == [2.5]
    assert any("error" in s.why for s in patient.set_aside)


@pytest.mark.parametrize(
    "words, value, unit, what, own",
    [
        ("calcium", 10.0, "mg/dL", "calcium", 2.495), ("calcium", 2.5, "mmol/L", "calcium", 2.5),
        ("ionised calcium", 1.2, "mmol/L", "calcium_ionised", 1.2),
        ("corrected calcium", 11.0, "mg/dL", "calcium_corrected", 2.745),
    ],
)  # fmt: skip
def test_calcium_is_told_apart_and_converted(words, value, unit, what, own):
    (found,) = read_bundle(bundle(lab(words, value, unit))).findings
    assert found.what == what and found.value == pytest.approx(own, rel=1e-3)


def test_references_by_urn_lead_to_the_person_and_the_lesion():
    record = bundle_of(next(r for r in living() if r.patient.lesions and r.sizes))
    urns = {}
    for number, entry in enumerate(record["entry"]):
        name = f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        entry["fullUrl"] = urns[name] = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
    text = json.dumps(record)
    for name, urn in urns.items():
        text = text.replace(f'"reference": "{name}"', f'"reference": "{urn}"')
    again, before = read_bundle(json.loads(text)), read_bundle(record)
    assert again.set_aside == () and again.lesions == before.lesions and any(lesion.longest_mm for lesion in again.lesions)


def test_the_report_of_a_reading_says_what_was_not_used(tmp_path, capsys):
    path = tmp_path / "chart.json"
    visit, mystery = {"resourceType": "Encounter", "id": "e"}, lab("mystery", 1, "furlong", id="x")
    path.write_text(json.dumps(bundle(calcium(2.5), visit, mystery)))
    assert cli.run(["read", str(path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    fates = {row["resources"]: (row["understood"], row["set_aside"], row["not_needed"]) for row in report["counted"]}
    assert fates == {"Condition": (1, 0, 0), "Encounter": (0, 0, 1), "Observation": (1, 1, 0), "Patient": (1, 0, 0)}
    assert report["set_aside"] == [{"from": "Observation/x", "why": "'mystery' is not understood"}]
    assert cli.run(["read", str(path)]) == 0
    assert "mystery" in capsys.readouterr().out


# ---- the gate -------------------------------------------------------------------------------------------------------


def nested(depth: int) -> dict:
    value: object = "x"
    for _ in range(depth):
        value = {"a": value}
    return {"resourceType": "Observation", "id": "deep", "subject": {"reference": "Patient/p"}, "extension": value}


HOSTILE = {
    "a text of ten million letters": lambda r: r["entry"][1]["resource"].update(note=[{"text": "x" * 10_000_000}]),
    "nesting without end": lambda r: r["entry"].append({"resource": nested(300)}),
    "an id that is a path": lambda r: r["entry"][0]["resource"].update(id="../../etc/passwd"),
    "an id that is a formula": lambda r: r["entry"][0]["resource"].update(id="=cmd|' /C calc'!A0"),
    "an id that is a command": lambda r: r["entry"][0]["resource"].update(id="$(reboot)"),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_record_is_refused_with_one_message(attack, tmp_path, capsys):
    record = bundle(calcium(2.5))
    HOSTILE[attack](record)
    path = tmp_path / "chart.json"
    path.write_text(json.dumps(record), "utf-8")
    assert cli.run(["assess", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and len(said) < 500 and "Traceback" not in said


def test_a_type_of_resource_without_end_makes_no_message_without_end():
    record = bundle(calcium(2.5), {"resourceType": "x" * 5000, "id": "odd"})
    with pytest.raises(InputError) as refusal:
        read_bundle(record, strict=True)
    assert len(str(refusal.value)) < 400


def test_a_bomb_of_lists_is_refused(tmp_path):
    text = "0"
    for _ in range(6):
        text = f"[{','.join([text] * 10)}]"
    path = tmp_path / "chart.json"
    path.write_text('{"resourceType": "Bundle", "entry": [' + ",".join([text] * 5) + "]}")
    with pytest.raises(InputError, match="values"):
        gate.load_json(path)


def test_a_file_too_large_is_refused_without_being_read(tmp_path):
    path = tmp_path / "chart.json"
    with path.open("wb") as file:
        file.truncate(gate.MOST_BYTES + 1)
    with pytest.raises(InputError, match="MB"):
        read_patient(path)


# ---- servers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["http://example.org/fhir", "https://127.0.0.1/fhir", "http://user@127.0.0.1/", "http://127.0.0.1.evil/"])
def test_only_this_machine_is_asked(address):
    with pytest.raises(InputError, match="this machine"):
        from_server(address, "p")


def test_a_server_that_is_not_there_is_said(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/fhir/Patient/p"
        assert cli.run(["assess", address]) == 2
    assert "server" in capsys.readouterr().err


def made_up() -> list[Record]:
    """Bone metastases and a high calcium; the one without the other; and another result that is above the limit."""
    at = {"day": -9.0, "day_to": -9.0}
    bone, liver = {"lesions": (KnownLesion("L3", None, **at),)}, {"visceral": (Visceral("liver", **at),)}
    calcium = lambda value: Finding("calcium_corrected", value, **at)
    facts = {
        "both": bone | {"findings": (calcium(2.9),)},
        "bone-only": bone | {"findings": (calcium(2.4), Finding("haemoglobin", 11.0, **at))},
        "calcium-only": liver | {"findings": (calcium(3.1),)},
    }
    return [Record(Patient(f"searched-{name}", AS_OF, 60.0, "female", "breast", **more)) for name, more in facts.items()]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A real FHIR R4 server on this machine, with six people in it."""
    pytest.importorskip("sekmet")
    place = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("sekmet")
    process = subprocess.Popen(
        [program, "serve", "--host", "127.0.0.1", "--port", str(port)], cwd=place,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}/fhir"
    try:
        _wait(f"{base}/metadata", process)
        for record in [*living()[:6], *made_up()]:
            _post(base, record)
        yield base
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: str, process: subprocess.Popen) -> None:
    for _ in range(240):
        assert process.poll() is None, "the server stopped"
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the server did not come up")


def _post(base: str, record: Record) -> None:
    """All of a person as one transaction that keeps the ids."""
    entries = [
        {"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}} for r in resources(record)
    ]
    body = orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    request = urllib.request.Request(base, body, {"Content-Type": "application/fhir+json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        done = json.load(answer)
    assert all(e["response"]["status"].startswith(("200", "201")) for e in done["entry"])


def _search(base: str, query: str) -> set[str]:
    with urllib.request.urlopen(f"{base}/{query}&_count=1000", timeout=60) as answer:
        found = json.load(answer)
    return {e["resource"]["subject"]["reference"].rpartition("/")[2] for e in found.get("entry", [])}


ICD = "http://hl7.org/fhir/sid/icd-10-cm"
LIMIT = 2.6  # mmol/L, corrected calcium


def _with_high_calcium(records: list[Record]) -> set[str]:
    return {r.name for r in records for f in r.patient.findings if f.what == "calcium_corrected" and f.value > LIMIT}


def test_a_cohort_is_posted_to_a_server_and_found_again(server):
    records = [*living()[:6], *made_up()]
    assert _search(server, f"Condition?code={ICD}%7CC79.51") == {r.name for r in records if r.patient.lesions}
    assert _search(server, f"Observation?code={LOINC}%7C29265-6&value-quantity=gt{LIMIT}") == _with_high_calcium(records)


def test_one_query_finds_the_people_with_bone_metastases_and_a_high_calcium(server):
    """Results by code and value, of patients who have a Condition of that code: one search, chained through the patient."""
    records = [*living()[:6], *made_up()]
    result = f"code={LOINC}%7C29265-6&value-quantity=gt{LIMIT}%7Chttp://unitsofmeasure.org%7Cmmol/L"
    found = _search(server, f"Observation?{result}&patient._has:Condition:patient:code={ICD}%7CC79.51")
    assert found == _with_high_calcium(records) & {r.name for r in records if r.patient.lesions}
    assert "searched-both" in found and not found & {"searched-bone-only", "searched-calcium-only"}


def test_a_forecast_from_the_server_equals_the_one_from_the_file(server):
    record = next(r for r in living()[:6] if r.patient.lesions)
    from_file = read_bundle(bundle_of(record))
    served = read_patient(f"{server}/Patient/{record.name}", as_of=record.patient.as_of)
    assert not unequal(Chart.of(from_file), Chart.of(served))
    one, other = (forecast(fit(p, twins=20, seed=1), [named("standard")], years=0.5).document() for p in (from_file, served))
    assert one == other


# ---- forecasts ------------------------------------------------------------------------------------------------------


def test_a_forecast_is_a_risk_assessment_and_never_an_observation():
    patient = next(r for r in living() if r.patient.lesions).patient
    document = forecast(fit(patient, twins=20, seed=1), [named("standard"), named("palliative")], years=0.5).document()
    whole = risk_bundle(document)
    assert check_bundle(whole) == []
    kinds = {entry["resource"]["resourceType"] for entry in whole["entry"]}
    assert kinds == {"RiskAssessment"} and len(whole["entry"]) == 2
    for entry in whole["entry"]:
        assert entry["resource"]["meta"]["tag"][0]["code"] == "HTEST"
        for prediction in entry["resource"].get("prediction", []):
            low, high = (prediction["probabilityRange"][end]["value"] for end in ("low", "high"))
            assert 0 <= low <= high <= 100
    with_risk = bundle_of(Record(patient))
    with_risk["entry"] += copy.deepcopy(whole["entry"])
    assert [s.why for s in read_bundle(with_risk).set_aside] == ["resources of type RiskAssessment are not used"] * 2
