"""The page for the person and the page for the meeting: what stands on them, and what never does."""

import json
import re
import tomllib

import numpy as np
import pytest
from tests.care.test_guidelines import busy
from tests.study.somebody import patient

from seedsoil.care.chart import Chart
from seedsoil.care.guidelines import RULES
from seedsoil.care.patient import Examined, Finding, Given, Happened, KnownLesion, Visceral, Wishes
from seedsoil.doors import care_pages
from seedsoil.doors.reading import read_patient
from seedsoil.errors import InputError
from seedsoil.grammar.tables import data_file
from seedsoil.study.assess import URGENT_HOURS, URGENT_STANCES, URGENT_TOPICS, assess
from seedsoil.study.contacts import Contacts, read_contacts
from seedsoil.study.meeting_page import meeting_page
from seedsoil.study.patient_page import patient_page, words

CASES = ("aace2022-471541", "archbronc-2013-49-37", "ea0064039", "ea0086p189", "esasrb2023-344")
A_DOSE = re.compile(r"\d[\d.,]*\s*(?:-\s*\d+\s*)?(?:mg|mcg|µg|ug|microgram|gram|ml|iu|gy)\b", re.IGNORECASE)
FULL = {
    "given": (
        Given("morphine", -20, -20, ongoing=True, dose=60.0, dose_unit="mg"), Given("zoledronate", -25, -25),
        Given("docetaxel", -30, -30, ongoing=True), Given("radiotherapy", -40, -40, dose=8.0, site="L3"),
    ),
    "happened": (Happened("fracture", "femur_shaft_left", "femur", day=-100, day_to=-100),),
    "visceral": (Visceral("liver", day=-5, day_to=-5),), "examined": (Examined("ct", day=-5, day_to=-5),),
    "lesions": (KnownLesion("femur_shaft_right", "femur", kind="lytic", longest_mm=40.0, day=-10, day_to=-10),),
    "findings": (Finding("pain", 6.0), Finding("ecog", 2.0, day=-3, day_to=-3)), "complementary": ("turmeric",),
}  # fmt: skip


def told(document: dict, question: str) -> str:
    answer = next(q for q in document["questions"] if q["id"] == question)
    return " ".join(line for block in answer["blocks"] for line in (block if isinstance(block, list) else [block]))


def syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(1, groups - (word.lower().endswith("e") and not word.lower().endswith(("le", "ee")) and groups > 1))


def grade(text: str) -> float:
    """School year of a text by Flesch and Kincaid: year 7 is read at twelve."""
    sentences = [s for s in re.split(r"[.?!:]\s|[.?!:]$", text) if re.search(r"[a-z]", s)]
    found = re.findall(r"[A-Za-z][A-Za-z'-]*", text)
    return 0.39 * len(found) / len(sentences) + 11.8 * sum(map(syllables, found)) / len(found) - 15.59


# ---------------------------------------------------------------------------------------------- for the person


@pytest.mark.parametrize("case", CASES)
def test_all_fourteen_questions_are_answered_or_sent_to_the_team(case):
    document = patient_page(read_patient(f"examples/charts/case-{case}.json"))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [q["number"] for q in document["questions"]] == list(range(1, 15))
    for question in document["questions"]:
        said = told(document, question["id"])
        assert said and (question["asks_team"] or not said.startswith("Your record does not")) and "{" not in said


NOTHING = {"lesions": (), "findings": (), "cancer": "unknown", "cancer_certain": False, "subtype": None}


@pytest.mark.parametrize("facts", [{}, FULL, NOTHING])
def test_a_reader_of_twelve_can_read_the_page(facts):
    document = patient_page(patient(**facts), Contacts(day="0300 111", night="0300 222"))
    lines = [*document["call_now"]["signs"], *(told(document, q["id"]) for q in document["questions"])]
    assert grade(" ".join(lines)) < 7.0
    assert max(grade(line) for line in lines if len(line.split()) > 25) < 8.0
    items = [i for q in document["questions"] for block in q["blocks"] for i in (block if isinstance(block, list) else [block])]
    assert max(len(s.split()) for line in items for s in re.split(r"[.?!:;]\s", line)) <= 36


def test_what_to_call_for_stands_first_even_when_nothing_is_wrong():
    well = patient(findings=(), lesions=(KnownLesion("sternum", "sternum", day=-10, day_to=-10),))
    document = patient_page(well)
    assert document["call_now"]["today"] == [] and len(document["call_now"]["signs"]) >= 8
    html, text = care_pages.patient_html(document), care_pages.patient_text(document)
    assert html.index("Call now") < html.index("<h1>") and html.index(document["call_now"]["signs"][0]) < html.index("<h1>")
    assert text.startswith("CALL NOW")


def test_what_of_the_record_cannot_wait_is_said_in_plain_words_on_top():
    weak = patient(happened=(Happened("leg_weakness"), Happened("pain", "L3", "lumbar")))
    today = patient_page(weak)["call_now"]["today"]
    assert any("scan of your whole spine within a day" in line for line in today)


def test_every_rule_that_may_be_urgent_has_plain_words():
    from seedsoil.care.guidelines import standard

    urgent = {
        o.rule for o in standard.all_said(busy())
        if o.topic in URGENT_TOPICS and o.stance in URGENT_STANCES and o.within_hours is not None and o.within_hours <= URGENT_HOURS
    }  # fmt: skip
    assert len(urgent) > 12 and urgent <= set(words()["urgent"])
    assert set(words()["urgent"]) <= {rule.name for rule in RULES}


@pytest.mark.parametrize("facts", [{}, FULL])
def test_no_dose_stands_on_the_page(facts):
    document = patient_page(patient(**facts))
    assert not A_DOSE.search(care_pages.patient_html(document).partition("<body")[2])
    assert not A_DOSE.search(care_pages.patient_text(document, open_chances=True))
    if facts:
        assert "strong painkiller" in told(document, "treatments") and "morphine" not in json.dumps(document).lower()


def test_how_long_stays_closed_until_it_is_opened():
    document = patient_page(patient(**FULL))
    html = care_pages.patient_html(document)
    said = next(block for block in next(q for q in document["questions"] if q["id"] == "chances")["blocks"] if "score" in block)
    assert "<details>" in html and "<details open" not in html and html.index("<details>") < html.index("score made from")
    first, opened = care_pages.patient_text(document), care_pages.patient_text(document, open_chances=True)
    assert said[:30] not in first and said[:30] in opened


def test_who_does_not_want_to_know_is_not_told():
    document = patient_page(patient(**FULL, wishes=Wishes(prognosis=False)))
    assert "score" not in json.dumps(document) and "you do not want to hear" in told(document, "chances")


def test_no_telephone_number_is_invented(tmp_path):
    silent = patient_page(patient(**FULL))
    assert "Ask your team" in silent["call_now"]["numbers_missing"] and "Ask your team" in told(silent, "night")
    assert not re.search(r"\d{3}", json.dumps([silent["call_now"], told(silent, "night")]))
    file = tmp_path / "contacts.toml"
    file.write_text('schema = "seedsoil.contacts/1"\nday = "0300 111"\nnight = "+44 300 222 ext 5"\n')
    given = patient_page(patient(), read_contacts(file))
    assert told(given, "night").endswith("+44 300 222 ext 5") and given["call_now"]["numbers_missing"] == ""
    file.write_text('schema = "seedsoil.contacts/1"\nday = "the ward"\n')
    with pytest.raises(InputError, match=r"day.*telephone number"):
        read_contacts(file)


def test_bones_are_named_as_people_name_them():
    document = patient_page(patient(**FULL))
    assert "your right thigh bone" in told(document, "bones") and "your liver" in told(document, "bones")
    assert "your left thigh bone" in told(document, "breaks")
    assert "Do not put your full weight on it" in told(document, "daily") and "turmeric" in told(document, "daily")


def test_comfort_and_wishes_change_the_goal():
    document = patient_page(patient(wishes=Wishes(comfort=True, words="wants to be at home")))
    assert "comfort comes first" in told(document, "goal") and "wants to be at home" in told(document, "goal")


# ---------------------------------------------------------------------------------------------- for the meeting


@pytest.mark.parametrize("case", CASES)
def test_the_meeting_page_serves_all_five_disciplines(case):
    document = meeting_page(read_patient(f"examples/charts/case-{case}.json"))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [part["id"] for part in document["disciplines"]] == ["oncology", "radiation", "surgery", "palliative", "nursing"]
    for part in document["disciplines"]:
        assert part["facts"] and len(part["facts"]) + len(part["missing"]) >= 7
    assert "Research use, not for care" in care_pages.meeting_html(document)


def test_the_meeting_page_holds_what_each_needs():
    blood = (Finding("creatinine", 85.0), Finding("calcium", 2.4), Finding("albumin", 38.0))
    document = meeting_page(patient(**FULL | {"findings": (*FULL["findings"], *blood)}))
    facts = {part["id"]: {f["what"]: f["value"] for f in part["facts"]} for part in document["disciplines"]}
    assert "castration resistant" in facts["oncology"]["Primary"] and "docetaxel" in facts["oncology"]["Anticancer drugs"]
    assert "8 Gy" in facts["radiation"]["Earlier radiation to bone"]
    assert "Mirels" in facts["surgery"]["Stability (Mirels 4-12, SINS 0-18)"] and "femur" in facts["surgery"]["Broken"]
    assert "60 mg a day" in facts["palliative"]["Opioids"] and "Katagiri" in facts["palliative"]["Time ahead"]
    assert facts["nursing"]["Corrected calcium"].startswith("2.44 mmol/L") and "zoledronate" in facts["nursing"]["Bone agent"]
    missing = {part["id"]: part["missing"] for part in document["disciplines"]}
    assert "Goals of care asked" in missing["palliative"] and "Dental check" in missing["nursing"]


def test_the_meeting_page_repeats_what_is_urgent():
    who = patient(happened=(Happened("leg_weakness"),))
    assert [row["action"] for row in meeting_page(who)["urgent"]] == [row["action"] for row in assess(who)["urgent"]] != []


# ---------------------------------------------------------------------------------------------- wishes


def test_wishes_are_read_and_gate_the_orders(tmp_path):
    text = data_file("..", "..", "..", "examples", "patient.toml").read_text("utf-8")
    file = tmp_path / "p.toml"
    file.write_text(text.replace("\n[[finding]]", '\n[wishes]\ndeclines = ["systemic"]\nwords = "no more drips"\n\n[[finding]]', 1))
    read = read_patient(file)
    assert read.wishes == Wishes(declines=("systemic",), words="no more drips")
    topics = lambda who: {row["topic"] for row in assess(who)["advice"]}
    assert "systemic" not in topics(read) and "systemic" in topics(read_patient("examples/patient.toml"))
    file.write_text(text.replace("\n[[finding]]", '\n[wishes]\ndeclines = ["emergency"]\n\n[[finding]]', 1))
    with pytest.raises(InputError, match=r"wishes.declines\[0\]"):
        read_patient(file)


def test_a_record_of_comfort_care_or_hospice_is_read_and_a_refused_hospice_is_not():
    from seedsoil.doors.fhir import read_bundle

    def bundle(code: str, value: str) -> dict:
        who = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1950-01-01"}
        about = {"subject": {"reference": "Patient/p"}}
        ill = {"resourceType": "Condition", "code": {"text": "breast cancer with bone metastases in L3"}, "onsetDateTime": "2023"}
        said = {"resourceType": "Observation", "status": "final", "code": {"text": code}, "valueString": value,
                "effectiveDateTime": "2024-01-01"}  # fmt: skip
        ill, said = ill | about, said | about
        return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in (who, ill, said)]}

    comfort = lambda *said: bool(Chart.of(read_bundle(bundle(*said))).comfort[0])
    assert comfort("Goals of care", "declines more chemotherapy, wants comfort care only")
    assert comfort("Hospice care", "enrolled")
    assert not comfort("Goals of care", "wants full treatment, not comfort care only")
    assert not comfort("Hospice care", "offered and declined")
    assert not np.isnan(Chart.of(read_bundle(bundle("Goals of care", "wants full treatment"))).tested("goals_of_care")[0])


def test_the_words_of_the_page_are_sound():
    document = tomllib.loads(data_file("pages", "patient.toml").read_text("utf-8"))
    assert len(document["question"]) == 14
    assert set(document["treat"]) >= {"radiotherapy", "fixation", "cement", "systemic", "bone_agent", "pain"}
