"""The HTTP interface: charts, forecasts as jobs, results that stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.doors.web.page import CASE, COMPLAINTS, finished, page

from seedsoil.doors.web import desk

PLANS = [{"name": "standard"}, {"name": "standard-without-bone-agent", "withhold": ["bone_agent"]}]
SMALL = {"plans": PLANS, "years": 0.25, "twins": 100, "seed": 3}


@pytest.fixture
def client(tmp_path: Path):
    with page(tmp_path) as one:
        yield one
    assert COMPLAINTS == []


def opened(client: TestClient) -> str:
    return client.post("/api/cases", json={"case": CASE}).json()["id"]


def test_a_shipped_case_opens_with_what_is_urgent_first(client: TestClient) -> None:
    chart = client.post("/api/cases", json={"case": CASE}).json()
    assert chart["urgent"] and all(row["limit"] and row["source"] for row in chart["urgent"])
    assert chart["past"]["values"]["psa"]["points"][0]["value"] == 940
    assert chart["notice"].startswith("Research use")


@pytest.mark.parametrize("name", sorted(desk.cases()))
def test_every_shipped_case_opens(client: TestClient, name: str) -> None:
    assert client.post("/api/cases", json={"case": name}).status_code == 201


def test_a_patient_written_by_hand_opens_and_its_past_is_a_line_of_time(client: TestClient) -> None:
    text = """schema = "seedsoil.patient/1"
as_of = 2024-03-01
age_years = 70
sex = "male"
cancer = "prostate"
[[lesion]]
site = "L3"
kind = "blastic"
longest_mm = 30
date = "2023-09"
[[given]]
what = "zoledronate"
date = 2024-01-10
"""
    chart = client.post("/api/charts", content=text, headers={"content-type": "application/toml"}).json()
    lesion = chart["past"]["lesions"][0]
    assert (lesion["sites"], lesion["kind"], lesion["size_mm"]) == (["L3"], "blastic", 30.0)
    assert lesion["day"] < lesion["day_to"] < 0 and chart["past"]["given"][0]["said"] == "Zoledronate"
    refused = client.post("/api/charts", content=text.replace("L3", "L9"), headers={"content-type": "application/toml"})
    assert refused.status_code == 400 and refused.json()["trouble"]["field"] == "lesion[0].site"


def test_a_forecast_is_a_job_with_progress_and_a_result(client: TestClient) -> None:
    chart = opened(client)
    job = client.post(f"/api/charts/{chart}/forecasts", json=SMALL).json()["job"]
    events = client.get(f"/api/jobs/{job}/events").text
    assert "event: progress" in events and events.rstrip().rsplit("event: ", 1)[1].startswith("end")
    assert finished(client, job)["state"] == "done"
    found = client.get(f"/api/jobs/{job}/result").json()
    assert [plan["name"] for plan in found["plans"]] == [plan["name"] for plan in PLANS]
    alive = next(outcome for outcome in found["outcomes"] if outcome["id"] == "alive")["months"][0]
    assert alive["plans"][0]["low"] <= alive["plans"][0]["value"] <= alive["plans"][0]["high"]
    assert found["plans"][0]["curves"]["alive"]["at_risk"][0] == SMALL["twins"]


def test_a_changed_plan_runs_alone_and_gives_the_same_figures_as_both_together(tmp_path: Path) -> None:
    def result(client: TestClient, chart: str, asked: dict) -> dict:
        job = client.post(f"/api/charts/{chart}/forecasts", json=asked).json()["job"]
        assert finished(client, job)["state"] == "done"
        return client.get(f"/api/jobs/{job}/result").json()

    with page(tmp_path / "a") as client:
        together = result(client, opened(client), SMALL)
    with page(tmp_path / "b") as client:
        chart = opened(client)
        result(client, chart, SMALL | {"plans": PLANS[:1]})
        one_by_one = result(client, chart, SMALL)
    assert together["outcomes"] == one_by_one["outcomes"]
    assert [p["course"] for p in together["plans"]] == [p["course"] for p in one_by_one["plans"]]


def test_results_and_charts_survive_a_restart(tmp_path: Path) -> None:
    with page(tmp_path) as client:
        chart = opened(client)
        job = client.post(f"/api/charts/{chart}/forecasts", json=SMALL | {"plans": PLANS[:1]}).json()["job"]
        finished(client, job)
        result, cookies = client.get(f"/api/jobs/{job}/result").json(), dict(client.cookies)
    with page(tmp_path) as client:
        client.cookies.update(cookies)
        assert client.get(f"/api/jobs/{job}/result").json() == result
        assert client.get(f"/api/charts/{chart}").json()["id"] == chart


def test_a_job_that_was_cut_off_is_done_after_the_restart(tmp_path: Path) -> None:
    with page(tmp_path) as client:
        chart = opened(client)
        job = client.post(f"/api/charts/{chart}/forecasts", json=SMALL | {"twins": 400, "years": 3}).json()["job"]
        cookies = dict(client.cookies)
    with page(tmp_path) as client:
        client.cookies.update(cookies)
        assert client.get(f"/api/jobs/{job}").json()["state"] in ("waiting", "running")
        client.delete(f"/api/jobs/{job}")
        assert client.get(f"/api/jobs/{job}").json()["state"] == "cancelled"


def test_a_cancelled_job_stops_and_the_next_one_runs(client: TestClient) -> None:
    chart = opened(client)
    long = client.post(f"/api/charts/{chart}/forecasts", json=SMALL | {"twins": 1000, "years": 10}).json()["job"]
    assert client.delete(f"/api/jobs/{long}").status_code == 204
    assert finished(client, long)["state"] == "cancelled"
    assert client.get(f"/api/jobs/{long}/result").status_code == 409
    short = client.post(f"/api/charts/{chart}/forecasts", json=SMALL | {"plans": PLANS[:1]}).json()["job"]
    assert finished(client, short)["state"] == "done"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"twins": 10}, "twins"),
        ({"years": 50}, "years"),
        ({"plans": []}, "plans"),
        ({"plans": [{"name": "a"}, {"name": "a"}]}, "plans[1].name"),
        ({"plans": [{"name": "a", "orders": [{"do": "start", "what": "snake_oil"}]}]}, "plans[0].order[0].what"),
        ({"plans": [{"name": "a", "orders": [{"do": "treat", "what": "radiotherapy", "dose_gy": 8}]}]}, "plans[0].order[0].site"),
        ({"plans": [{"name": "a", "withhold": ["emergency"]}]}, "withhold[0]"),
        ({"speed": "fast"}, "speed"),
    ],
)
def test_a_wrong_question_is_answered_with_the_field_that_is_wrong(client: TestClient, change: dict, field: str) -> None:
    answer = client.post(f"/api/charts/{opened(client)}/forecasts", json=SMALL | change)
    assert answer.status_code == 400
    assert answer.json()["trouble"]["field"] == field
    assert answer.json()["trouble"]["ours"] is False


def test_the_plans_that_come_with_seedsoil_can_be_asked_for_as_they_are_listed(client: TestClient) -> None:
    catalogue = client.get("/api/plans").json()
    plans = [{k: v for k, v in plan.items() if k != "words"} for plan in catalogue["plans"]]
    answer = client.post(f"/api/charts/{opened(client)}/forecasts", json=SMALL | {"plans": plans[:6]})
    assert answer.status_code == 202
    client.delete(f"/api/jobs/{answer.json()['job']}")


def test_the_interface_is_described_and_the_description_names_every_question(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            for reference in json.dumps(operation).split('"#/components/schemas/')[1:]:
                assert reference.split('"')[0] in described["components"]["schemas"]
    names = [operation["operationId"] for operations in described["paths"].values() for operation in operations.values()]
    assert len(names) == len(set(names))


def test_the_page_for_the_person_and_for_the_meeting_come_with_what_cannot_wait(client: TestClient) -> None:
    chart = opened(client)
    person, meeting = (client.get(f"/api/charts/{chart}/pages/{who}").json() for who in ("patient", "meeting"))
    assert len(person["questions"]) == 14 and person["call_now"]["today"] and person["call_now"]["signs"]
    assert meeting["urgent"][0]["limit"].startswith("within") and meeting["disciplines"]


def test_a_trial_runs_with_its_curves_beside_the_published_points(client: TestClient) -> None:
    job = client.post("/api/trials/saad2002/runs", json={"patients": 20, "seed": 2}).json()["job"]
    assert finished(client, job)["state"] == "done"
    found = client.get(f"/api/jobs/{job}/result").json()
    events = next(c for c in found["curves"] if c["events"] == "sre")
    assert [arm["arm"] for arm in events["arms"]] == ["placebo", "zoledronate", "zoledronate 8 mg"]
    assert all(arm["at_risk"][0] == 20 and arm["months"][0][0] == 0.0 for arm in events["arms"])
    shares = {p["id"]: (p["month"], p["value"]) for p in events["points"] if not p["median"]}
    assert shares["SRE-002"] == (15.0, 44.2)


def test_every_published_figure_is_in_the_book_once_and_says_who_answers_it_or_why_nobody_does(client: TestClient) -> None:
    from seedsoil.study import published

    figures = client.get("/api/book").json()["figures"]
    assert sorted(f["id"] for f in figures) == sorted(published.read())
    assert all(f["trial"] or f["why_not"] for f in figures)


def test_a_trial_of_ones_own_is_read_and_a_wrong_one_refused(client: TestClient) -> None:
    from seedsoil.grammar.tables import data_file

    text = data_file("trials", "saad2002.toml").read_bytes()
    kind = {"content-type": "application/toml"}
    own = client.post("/api/trials", content=text, headers=kind).json()
    assert own["title"] and own["id"] in [t["id"] for t in client.get("/api/trials").json()["trials"]]
    wrong = client.post("/api/trials", content=text.replace(b"[[arm]]", b"[[leg]]", 1), headers=kind)
    assert wrong.status_code == 400 and wrong.json()["trouble"]["said"]


def test_a_records_system_gets_cards_from_the_same_server(client: TestClient) -> None:
    """CDS Hooks: the services are named, and a question without a patient is refused in one sentence."""
    (service,) = client.get("/cds-services").json()["services"]
    assert service["hook"] == "patient-view"
    refused = client.post(f"/cds-services/{service['id']}", json={"hook": "patient-view", "prefetch": {}})
    assert refused.status_code == 400 and refused.json()["error"]
