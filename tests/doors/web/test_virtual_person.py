"""A virtual person on the page: the same life from the same seed, another plan from a day on, and the four verbs."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.doors.web.page import COMPLAINTS, finished, page

from seedsoil.errors import InputError
from seedsoil.study import life, story
from seedsoil.study.plans import named

SEED, DAY = 12, 200


@pytest.fixture(scope="module")
def lives() -> tuple[dict, dict]:
    return life.live("breast", SEED, 3), life.live("breast", SEED, 3, plan=named("none"), from_day=DAY)


def test_a_life_tells_the_same_story_as_the_story_does(lives: tuple[dict, dict]) -> None:
    assert lives[0]["events"] == story.tell("breast", SEED, 3)["events"]


def test_until_the_switch_both_lives_are_the_same_and_afterwards_they_differ(lives: tuple[dict, dict]) -> None:
    before = [[p for p in one["pictures"] if p["day"] <= DAY] for one in lives]
    after = [[p for p in one["pictures"] if p["day"] > DAY] for one in lives]
    assert before[0] == before[1] and len(before[0]) > 20
    assert after[0] != after[1]


def test_the_clinic_never_knows_a_size_that_no_picture_showed(lives: tuple[dict, dict]) -> None:
    unseen = [p for p in lives[0]["pictures"] if p["day"] < 0]
    assert unseen and all(p["known"] == [] for p in unseen) and any(p["truth"] for p in unseen)


@pytest.mark.parametrize("traits", [{"height": 1.0}, {"age_years": 12.0}, {"strength": 40.0}])
def test_a_trait_that_cannot_be_is_refused(traits: dict) -> None:
    with pytest.raises(InputError):
        life.live("breast", SEED, 1, traits)


def test_a_set_age_is_the_person_s_age() -> None:
    assert life.live("breast", SEED, 0.1, {"age_years": 44.0})["person"]["age_years"] == 44


def test_the_four_verbs_move_one_person_and_a_restart_lives_the_steps_again(tmp_path: Path) -> None:
    with page(tmp_path) as client:
        key = client.post("/api/people", json={"cancer": "breast", "seed": SEED}).json()["id"]
        assert client.get(f"/api/people/{key}/observe").json()["day"] == 0
        assert isinstance(client.get(f"/api/people/{key}/decide").json()["orders"], list)
        orders = [{"do": "start", "what": "denosumab", "every_weeks": 4, "dose_mg": 120}]
        assert client.post(f"/api/people/{key}/act", json={"orders": orders}).status_code == 200
        moved = client.post(f"/api/people/{key}/advance", json={"days": 120}).json()
        assert moved["day"] == 120 and all(set(e) == {"day", "when", "known", "text"} for e in moved["events"])
        now, seen = (client.get(f"/api/people/{key}/{what}").json() for what in ("truth", "observe"))
        cookies = dict(client.cookies)
    with page(tmp_path) as client:
        client.cookies.update(cookies)
        assert client.get(f"/api/people/{key}/truth").json() == now
        assert client.get(f"/api/people/{key}/observe").json() == seen
    assert COMPLAINTS == []


def test_a_life_is_a_job(tmp_path: Path) -> None:
    with page(tmp_path) as client:
        asked = {"cancer": "breast", "seed": SEED, "years": 1, "plan": {"name": "none", "care": "none"}, "from_day": 30}
        job = client.post("/api/lives", json=asked).json()["job"]
        assert finished(client, job)["state"] == "done"
        assert client.get(f"/api/jobs/{job}/result").json()["plan"] == "none"
    assert COMPLAINTS == []
