"""Hand-written patients and plans: the examples are read as meant, and every slip of the pen is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedsoil.care.plan import Plan, PlannedOrder
from seedsoil.errors import InputError
from seedsoil.study.files import read_patient_file, read_plan_file

PATIENT = Path("examples/patient.toml").read_text(encoding="utf-8")
PLAN = Path("examples/plan.toml").read_text(encoding="utf-8")


def refused(tmp_path: Path, text: str, read) -> InputError:
    path = tmp_path / "file.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        read(path)
    return refusal.value


def test_the_example_patient_is_read_as_meant() -> None:
    patient = read_patient_file("examples/patient.toml")
    assert (patient.age_years, patient.sex, patient.cancer) == (71.0, "male", "prostate")
    assert patient.subtype == "castration_resistant"
    calcium = next(f for f in patient.findings if f.what == "calcium")
    assert calcium.value == pytest.approx(9.3 / 4.008) and calcium.day == -11
    creatinine = next(f for f in patient.findings if f.what == "creatinine")
    assert (creatinine.qualifier, creatinine.day, creatinine.day_to) == ("normal", -30.0, 0.0)
    assert [(k.site, k.region, k.side) for k in patient.lesions] == [("L3", "lumbar", None), (None, "pelvis", "left")]
    radiotherapy = next(g for g in patient.given if g.what == "radiotherapy")
    assert (radiotherapy.dose, radiotherapy.dose_unit, radiotherapy.site) == (8.0, "Gy", "L3")
    assert patient.set_aside == ()


def test_the_example_plan_is_read_as_meant() -> None:
    plan = read_plan_file("examples/plan.toml")
    assert (plan.name, plan.care, plan.withhold) == ("abiraterone + zoledronate", "standard", ("surgery",))
    assert [(o.do, o.what, o.topic) for o in plan.orders] == [
        ("start", "abiraterone", "systemic"),
        ("start", "zoledronate", "bone_agent"),
        ("treat", "radiotherapy", "radiotherapy"),
    ]
    assert (plan.orders[1].dose, plan.orders[1].every_weeks) == (4.0, 12.0)
    assert plan.owned_topics == {"systemic", "bone_agent", "radiotherapy", "surgery"}


@pytest.mark.parametrize(
    ("old", "new", "field", "hint"),
    [
        ('cancer = "prostate"', 'cancer = "prostat"', "cancer", "'prostate'"),
        ('sex = "male"', 'sex = "M"', "sex", ""),
        ('sex = "male"', "", "sex", ""),
        ("age_years = 71", "age_years = 17", "age_years", ""),
        ("age_years = 71", 'age_years = "71"', "age_years", "quotes"),
        ("age_years = 71", "age_years = nan", "age_years", ""),
        ("as_of = 2024-01-31", 'as_of = "January"', "as_of", ""),
        ("age_years = 71", "age_years = 71\nagee = 3", "agee", "age_years"),
        ('what = "psa"', 'what = "pas"', "finding[0].what", "'psa'"),
        ('unit = "ng/mL"', 'unit = "furlong"', "finding[0].unit", ""),
        ('unit = "mg/dL"', "", "finding[2].unit", ""),
        ("value = 84", "value = -84", "finding[0].value", "number and its unit"),
        ("value = 9.3", "value = 93", "finding[2].value", ""),
        ("value = 5", "value = 11", "finding[4].value", ""),
        ('qualifier = "normal"', 'qualifier = "normal"\nvalue = 3', "finding[3].value", "leave one"),
        ("date = 2024-01-20", "date = 2024-02-20", "finding[0].date", "known by its date"),
        ("date = 2024-01-20", 'date = "2024-13"', "finding[0].date", ""),
        ("date = 2024-01-20", "date = 2024-01-20\ndays_ago = 3", "finding[0].days_ago", ""),
        ('site = "L3"\nkind', 'site = "L6"\nkind', "lesion[0].site", "L"),
        ('site = "L3"\nkind', 'site = "L3"\nregion = "pelvis"\nkind', "lesion[0].region", ""),
        ('kind = "blastic"', 'kind = "sclerotic"', "lesion[0].kind", ""),
        ("longest_mm = 28", "longest_mm = 0", "lesion[0].longest_mm", ""),
        ('what = "adt"', 'what = "abiraterona"', "given[0].what", "'abiraterone'"),
        ("ongoing = true", 'ongoing = "yes"', "given[0].ongoing", ""),
        ("dose_gy = 8", "dose_gy = 800", "given[1].dose_gy", ""),
        ("fractions = 1", "fractions = 1.5", "given[1].fractions", "whole"),
        ('conditions = ["hypertension"]', "conditions = [3]", "conditions[0]", ""),
        ("[[finding]]", "[finding]", "", ""),
        ("seedsoil.patient/1", "seedsoil.patient/9", "schema", ""),
    ],
)
def test_a_slip_in_a_patient_is_refused_by_name(tmp_path: Path, old: str, new: str, field: str, hint: str) -> None:
    assert old in PATIENT
    refusal = refused(tmp_path, PATIENT.replace(old, new, 1), read_patient_file)
    assert refusal.field == field or not field
    assert hint in str(refusal)


@pytest.mark.parametrize(
    ("old", "new", "field", "hint"),
    [
        ('withhold = ["surgery"]', 'withhold = ["emergency"]', "withhold[0]", "none"),
        ('withhold = ["surgery"]', 'withhold = ["bone_agents"]', "withhold[0]", "'bone_agent'"),
        ('care = "standard"', 'care = "usual"', "care", "standard"),
        ('do = "start"', 'do = "begin"', "order[0].do", "start"),
        ('what = "zoledronate"', 'what = "zoledronat"', "order[1].what", "'zoledronate'"),
        ("day = 7", "day = -7", "order[1].day", "0 to"),
        ("every_weeks = 12", "every_weeks = 0", "order[1].every_weeks", ""),
        ("dose_mg = 4", "dose_mg = 4\ndose_g = 1", "order[1].dose_g", "one dose"),
        ("dose_mg = 4", "dose_mgs = 4", "order[1].dose_mgs", "'dose_mg'"),
        ("dose_gy = 8", "dose_gy = 81", "order[2].dose_gy", "80"),
        ('site = "L3"', "", "order[2].site", "which bone"),
        ("fractions = 1", "fractions = 41", "order[2].fractions", "40"),
        ('technique = "conventional"', 'technique = "sbrt"', "order[2].technique", "stereotactic"),
        ("dose_mg = 4", 'dose_mg = 4\ntechnique = "stereotactic"', "order[1].technique", "radiotherapy only"),
        ('do = "treat"', 'do = "start"', "order[2].do", "treat"),
        ('name = "abiraterone + zoledronate"', "", "name", ""),
        ('what = "abiraterone"', 'what = "olaparib"', "order[0].what", ""),
        ('what = "abiraterone"', 'what = "radiotherapy"', "order[0].do", "treat"),
        ("dose_mg = 4", "dose_gy = 4", "order[1].dose", "mg"),
    ],
)
def test_a_slip_in_a_plan_is_refused_by_name(tmp_path: Path, old: str, new: str, field: str, hint: str) -> None:
    assert old in PLAN
    refusal = refused(tmp_path, PLAN.replace(old, new, 1), read_plan_file)
    assert refusal.field == field
    assert hint in str(refusal)


@pytest.mark.parametrize("content", [b"", b"= 3", b"\xff\xfe", b"schema = ["])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(content)
    for read in (read_patient_file, read_plan_file):
        with pytest.raises(InputError):
            read(path)
    with pytest.raises(InputError):
        read_patient_file(tmp_path / "absent.toml")


def test_a_drug_named_by_its_own_name_is_ordered_as_its_class(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.replace('"abiraterone"\nday = 0\ndose_mg_per_day = 1000', '"durvalumab"'), encoding="utf-8")
    order = read_plan_file(path).orders[0]
    assert (order.what, order.topic, order.dose) == ("immunotherapy", "systemic", None)


def test_emergencies_are_withheld_only_with_all_care() -> None:
    with pytest.raises(InputError):
        Plan("no help", withhold=("emergency",))
    assert Plan("nothing at all", care="none", withhold=("emergency",)).owned_topics == {"emergency"}


def test_a_plan_grows_without_changing() -> None:
    first = Plan("hormones", (PlannedOrder("start", "adt"),))
    second = first.plus(PlannedOrder("start", "zoledronate", topic="bone_agent"), name="with zoledronate")
    assert len(first.orders) == 1 and second.owned_topics == {"systemic", "bone_agent"}
    assert first.without("pain", name="no pain care").withhold == ("pain",)
