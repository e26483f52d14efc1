"""Standard care: red flags the same day, measure before giving, tissue before metal; pure, and each rule with a source."""

import numpy as np
import pytest

from seedsoil.care import scores
from seedsoil.care.chart import TESTS, Chart, place_number
from seedsoil.care.guidelines import RULES, standard
from seedsoil.care.guidelines.rules import CAREFUL, rule
from seedsoil.care.orders import Start, Test
from seedsoil.care.pathway import next_visit_days, waiting_days
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import data_file

ONE = np.array([0])
LABS = {
    "calcium_corrected": 2.35, "albumin": 40.0, "alp": 90.0, "creatinine": 80.0, "haemoglobin": 12.5, "platelets": 220.0,
    "neutrophils": 3.5, "phosphate": 1.0, "magnesium": 0.8, "vitamin_d": 80.0, "ecog": 1.0,
}  # fmt: skip


def person(cancer: str = "breast", labs: dict | None = None, **said) -> Chart:
    """Someone with a proven cancer, one lytic metastasis of L3, everything measured today, nothing wrong."""
    c = Chart.empty(1, cancer, **{"age_years": 60.0, "weight_kg": 70.0, "subtype": 0} | said)
    c.see(ONE, place_number("L3"), kind=0, longest_mm=20.0, collapse=0)
    for analyte, value in (LABS | (labs or {})).items():
        c.record(ONE, analyte, value)
    for test in TESTS:
        c.note_test(ONE, test)
    for symptom in ("pain_worst", "pain_rest", "leg_weakness", "radicular_pain", "bladder", "confusion", "thirst"):
        c.report(ONE, symptom, 0.0)
    c.report(ONE, "walking", 1.0)
    return c


def unproven(site: str = "femur_trochanter_right") -> Chart:
    """One lytic lesion, and nobody knows of which cancer."""
    c = Chart.empty(1, "unknown", age_years=55.0)
    c.cancer_certain[:] = False
    c.see(ONE, place_number(site), kind=0, longest_mm=45.0, share_of_diameter=0.8, cortex_mm=45.0, certain=0)
    c.report(ONE, "pain_worst", 8.0)
    c.report(ONE, "pain_site", place_number(site))
    c.report(ONE, "pain_on_use", 1.0)
    return c


def said(chart: Chart, verb: str = "", what: str = "", *stances: str) -> list:
    return [
        o for o in standard.all_said(chart)
        if verb in ("", o.verb) and what in ("", o.what) and (not stances or o.stance in stances)
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------- of all rules


def test_every_rule_names_a_source_of_the_list_and_says_what_it_is():
    known = data_file("sources.bib").read_text("utf-8")
    assert len({r.name for r in RULES}) == len(RULES)
    for r in RULES:
        assert r.__doc__ and all(f"{{{key.strip()}," in known for key in r.source.split(";")), r.name


def test_a_rule_not_confirmed_at_its_source_cannot_recommend():
    @rule("pain", "seedsoil", confirmed=False)
    def hearsay(chart):
        yield Start("morphine", np.array([True]))

    with pytest.raises(ValueError, match="not confirmed"):
        hearsay(person())


def busy(n: int = 400) -> Chart:
    """People with every kind of trouble, drawn with a fixed seed."""
    rng = np.random.default_rng(7)
    c = Chart.empty(n, rng.integers(0, 14, n), rng.random(n) < 0.5, rng.uniform(30, 90, n), rng.uniform(40, 120, n))
    c.subtype[:] = rng.integers(-1, 3, n)
    some = lambda p: np.flatnonzero(rng.random(n) < p)
    spans = {
        "calcium_corrected": (1.5, 4.2), "albumin": (18, 46), "alp": (40, 1500), "creatinine": (40, 600),
        "haemoglobin": (6, 15), "platelets": (5, 300), "neutrophils": (0.1, 6), "psa": (0.1, 900), "ca153": (5, 400),
        "cea": (1, 200), "phosphate": (0.3, 1.6), "magnesium": (0.3, 1.1), "vitamin_d": (10, 120), "ecog": (0, 4),
    }  # fmt: skip
    for day in (-90, -28, 0):
        c.day = day
        for analyte, span in spans.items():
            rows = some(0.7)
            c.record(rows, analyte, rng.uniform(*span, len(rows)))
        rows = some(0.8)
        m = len(rows)
        c.see(rows, rng.integers(0, 74, m), kind=rng.integers(-1, 3, m), longest_mm=rng.uniform(5, 60, m),
              share_of_diameter=rng.random(m), cortex_mm=rng.uniform(0, 60, m), collapse=rng.integers(-1, 4, m),
              epidural=rng.integers(-1, 6, m))  # fmt: skip
        for drug in ("zoledronate", "denosumab", "morphine", "nsaid", "dexamethasone", "docetaxel", "adt", "fluids"):
            c.note_drug(some(0.15), drug, 4.0)
        for event in ("fracture", "cord_compression", "kidney_injury", "jaw_necrosis", "hypercalcaemia"):
            c.note_event(some(0.1), event)
        c.note_procedure(some(0.2), "radiotherapy", 22, dose_gy=8.0)
        for symptom, top in (("pain_worst", 10), ("pain_site", 74), ("leg_weakness", 1), ("confusion", 1), ("fever", 1)):
            rows = some(0.6)
            c.report(rows, symptom, np.round(rng.uniform(0, top, len(rows))))
        for test in TESTS:
            c.note_test(some(0.3), test)
    c.wish(some(0.1), comfort=True)
    c.day = 7
    return c


def test_a_policy_changes_nothing_and_says_the_same_again():
    c = busy()
    before = {name: array.copy() for name, array in c.arrays().items()}
    once, again = standard(c), standard(c)
    assert len(once) == len(again) > 50
    assert all(np.array_equal(a.where, b.where) and a.what == b.what for a, b in zip(once, again, strict=True))
    for name, array in c.arrays().items():
        assert np.array_equal(array, before[name], equal_nan=array.dtype.kind == "f"), name


def test_each_person_is_judged_alone():
    """Whoever else is on the chart changes nobody's orders."""
    c = busy(60)

    def key(order, row: int) -> tuple:
        site = None if order.site is None else int(order.site[row])
        return order.verb, order.what, order.stance, site, float(np.nan_to_num(order.amount("dose")[row]))

    together = standard(c)
    for row in range(0, 60, 7):
        alone = {key(o, 0) for o in standard(c.select(np.array([row])))}
        assert alone == {key(o, row) for o in together if o.where[row]}


def test_no_unconfirmed_rule_recommends_anything_to_anyone():
    by_name = {r.name: r for r in RULES}
    for order in standard.all_said(busy()):
        assert by_name[order.rule].confirmed or order.stance in CAREFUL, order.rule


def test_a_topic_left_out_gives_no_order():
    c = busy()
    assert any(o.topic == "bone_agent" for o in standard(c))
    assert not any(o.topic == "bone_agent" for o in standard.without("bone_agent")(c))


def test_emergencies_cannot_be_left_out():
    with pytest.raises(InputError, match="emergenc"):
        standard.without("emergency")
    with pytest.raises(InputError):
        standard.without("homeopathy")


def test_nobody_without_disease_or_complaint_is_given_a_drug():
    c = Chart.empty(5, "breast", age_years=60.0)
    assert not any(o.verb in ("start", "treat") and o.acts for o in standard(c))


# ---------------------------------------------------------------------------------------------- the cord


@pytest.mark.parametrize("symptom", ["leg_weakness", "radicular_pain", "bladder"])
def test_neurology_means_a_whole_spine_mri_within_a_day(symptom):
    c = person()
    assert not said(c, "test", "mri")
    c.day = 90
    c.report(ONE, symptom, 1.0)
    mri = said(c, "test", "mri", "do")
    assert mri and min(o.within_hours for o in mri) <= 24
    steroid = said(c, "start", "dexamethasone", "do")
    assert [o.amount("dose")[0] for o in steroid] == ([] if symptom == "radicular_pain" else [16])


def test_before_there_were_guidelines_a_painful_root_was_not_sent_for_mri_and_weakness_had_no_day():
    for symptom, sent in (("radicular_pain", []), ("leg_weakness", [None])):
        c = person()
        c.day, c.year = 90, 1999
        c.report(ONE, symptom, 1.0)
        c.report(ONE, "pain_new_spine", 1.0)
        assert [o.within_hours for o in said(c, "test", "mri", "do")] == sent


def test_spinal_pain_alone_means_mri_within_a_week_and_no_steroid():
    c = person()
    c.day = 90
    c.report(ONE, "pain_worst", 6.0)
    c.report(ONE, "pain_site", place_number("T8"))
    c.report(ONE, "pain_new_spine", 1.0)
    assert [o.within_hours for o in said(c, "test", "mri", "do")] == [168]
    assert any(o.within_hours <= 24 for o in said(c, "tell", "coordinator"))
    assert not said(c, "start", "dexamethasone", "do")


def pressed(cancer: str = "breast", **labs) -> Chart:
    c = person(cancer, labs)
    c.see(ONE, place_number("T10"), epidural=int(scores.Escc.G3))
    c.report(ONE, "leg_weakness", 0.5)
    return c


def test_a_pressed_cord_is_irradiated_within_a_day_or_operated_on():
    radiation = said(pressed("breast"), "treat", "radiotherapy", "do")
    assert radiation and radiation[0].within_hours <= 24 and radiation[0].amount("dose_gy")[0] == 8
    assert radiation[0].site[0] == place_number("T10")
    fit, weak = pressed("kidney"), pressed("kidney", ecog=3.0)
    assert said(fit, "treat", "decompression", "refer") and not said(fit, "treat", "radiotherapy", "do")
    assert said(weak, "treat", "radiotherapy", "do") and not said(weak, "treat", "decompression", "refer")
    assert all(said(c, "test", "spine_opinion", "refer") for c in (fit, weak))


def test_a_cord_that_has_been_treated_is_no_new_alarm():
    c = pressed()
    c.note_event(ONE, "cord_compression")
    c.note_procedure(ONE, "radiotherapy", place_number("T10"), dose_gy=8.0)
    c.day = 40
    assert not said(c, "test", "mri") and not said(c, "treat", "radiotherapy", "do")


def test_no_steroid_before_advice_where_the_tumour_is_not_known():
    c = unproven("T10")
    c.see(ONE, place_number("T10"), epidural=int(scores.Escc.G2))
    c.report(ONE, "leg_weakness", 0.5)
    assert said(c, "start", "dexamethasone", "forbid") and not said(c, "start", "dexamethasone", "do", "refer")
    assert not said(c, "treat", "radiotherapy", "do")
    opinion = said(c, "test", "spine_opinion", "refer")
    assert opinion and opinion[0].within_hours <= 24


# ---------------------------------------------------------------------------------------------- calcium


def test_one_calcium_value_turns_an_ordinary_day_into_an_emergency():
    assert not said(person(), "start", "fluids")
    high = person(labs={"calcium_corrected": 3.3})
    assert said(high, "start", "fluids", "do")[0].within_hours <= 24
    assert said(high, "start", "zoledronate", "do")[0].amount("dose")[0] == 4 and not said(high, "start", "calcitonin")
    assert said(person(labs={"calcium_corrected": 3.6}), "start", "calcitonin", "do")


def test_weak_kidneys_turn_zoledronate_into_denosumab():
    c = person(labs={"calcium_corrected": 3.3, "creatinine": 380.0})
    assert said(c, "start", "denosumab", "do") and not said(c, "start", "zoledronate", "do")
    assert said(c, "start", "zoledronate", "forbid")


def test_high_calcium_with_unknown_kidneys_is_measured_and_not_guessed():
    c = person(labs={"calcium_corrected": 3.3, "creatinine": np.nan})
    assert said(c, "test", "bloods", "measure first")
    assert not [o for o in said(c, "start", "", "do") if o.what in ("zoledronate", "denosumab", "pamidronate")]


def test_no_second_bisphosphonate_before_day_seven_then_denosumab():
    c = person(labs={"calcium_corrected": 3.4})
    c.note_drug(ONE, "zoledronate", 4.0)
    c.day = 4
    c.record(ONE, "calcium_corrected", 3.2)
    assert not said(c, "start", "zoledronate", "do") and not said(c, "start", "denosumab", "do")
    assert said(c, "start", "zoledronate", "forbid")
    c.day = 8
    c.record(ONE, "calcium_corrected", 3.2)
    assert said(c, "start", "denosumab", "do") and not said(c, "start", "zoledronate", "do")


def test_calcium_is_measured_again_while_confusion_lasts():
    """Two people rose above 3.0 mmol/L while a normal calcium of the first day of their confusion still answered for it."""
    asked = {}
    for days in (7, 21):
        c = person()
        c.report(ONE, "confusion", 1.0)
        c.day += days
        asked[days] = bool([o for o in said(c, "test", "bloods") if o.rule == "signs of high calcium" and o.where[0]])
    assert asked == {7: False, 21: True}


def test_thirst_with_a_calcium_that_was_high_a_week_ago_asks_for_blood_today_and_not_this_week():
    c = person(labs={"calcium_corrected": 2.85})
    c.report(ONE, "thirst", 1.0)
    c.day += 9
    c.report(ONE, "thirst", 1.0)
    first = next(o for o in standard(c) if o.verb == "test" and o.what == "bloods" and o.where[0])
    assert first.within_hours == 24


def test_thirst_is_answered_by_blood_where_no_metastasis_is_known():
    c = Chart.empty(1, "breast", age_years=60.0)
    c.record(ONE, "calcium_corrected", 2.3)
    assert not c.lesions().any()
    c.day += 120
    c.report(ONE, "thirst", 1.0)
    assert any(o.rule == "signs of high calcium" and o.where[0] for o in said(c, "test", "bloods"))


def test_calcitonin_ends_after_three_days():
    c = person(labs={"calcium_corrected": 3.8})
    c.note_drug(ONE, "calcitonin", 900.0)
    c.day = 3
    c.record(ONE, "calcium_corrected", 3.4)
    assert said(c, "stop", "calcitonin", "do")


def test_low_calcium_on_denosumab_holds_the_next_dose_and_asks_for_help_today():
    c = person(labs={"calcium_corrected": 1.8})
    c.note_drug(ONE, "denosumab", 120.0)
    assert said(c, "start", "calcium_iv", "refer")[0].within_hours <= 24
    assert said(c, "start", "denosumab", "forbid") and not said(c, "start", "denosumab", "do")


def test_supplements_stop_while_calcium_is_high():
    c = person(labs={"calcium_corrected": 2.9})
    c.note_drug(ONE, "vitamin_d", 800.0)
    assert said(c, "stop", "vitamin_d", "do") and not said(c, "start", "calcium_supplement")


# ---------------------------------------------------------------------------------------------- bone agents


@pytest.mark.parametrize(("analyte", "test"), [
    ("creatinine", "bloods"), ("calcium_corrected", "bloods"), ("vitamin_d", "vitamin_d"), ("magnesium", "magnesium"),
])  # fmt: skip
def test_a_bone_agent_waits_for_each_value_it_depends_on(analyte, test):
    assert said(person(), "start", "zoledronate", "do")
    c = person(labs={analyte: np.nan})
    assert not said(c, "start", "zoledronate", "do", "refer", "consider")
    assert said(c, "test", test, "measure first")


def test_a_value_from_six_weeks_ago_is_measured_again():
    c = person()
    c.day = 42
    assert not said(c, "start", "zoledronate", "do") and said(c, "test", "bloods", "measure first")


def test_a_bone_agent_waits_for_the_dentist():
    c = person()
    c.test_day[:, TESTS.index("dental_check")] = np.iinfo(np.int16).min
    assert not said(c, "start", "zoledronate", "do") and said(c, "test", "dental_check", "measure first")


@pytest.mark.parametrize(("creatinine", "dose"), [(60.0, 4.0), (110.0, 3.5), (125.0, 3.3), (160.0, 3.0), (250.0, None)])
def test_zoledronate_goes_by_the_kidney_and_gives_way_to_denosumab(creatinine, dose):
    c = person(labs={"creatinine": creatinine})
    given = said(c, "start", "zoledronate", "do")
    assert [float(o.amount("dose")[0]) for o in given] == ([dose] if dose else [])
    assert bool(said(c, "start", "denosumab", "do")) == (dose is None)
    clearance = scores.cockcroft_gault(60.0, 70.0, creatinine, 1)
    assert dose is None or dose == pytest.approx(float(scores.zoledronate_dose(clearance)))


def test_the_next_dose_is_due_after_four_weeks_and_held_when_creatinine_has_risen():
    c = person()
    c.note_drug(ONE, "zoledronate", 4.0)
    c.day = 14
    assert not said(c, "start", "zoledronate", "do")
    c.day = 28
    assert said(c, "start", "zoledronate", "do")
    c.record(ONE, "creatinine", 126.0)
    assert not said(c, "start", "zoledronate", "do") and said(c, "start", "zoledronate", "forbid")


def test_prostate_cancer_gets_a_bone_agent_when_it_resists_hormones():
    assert not said(person("prostate", male=True), "start", "zoledronate", "do")
    assert said(person("prostate", male=True, subtype=1), "start", "zoledronate", "do")


def test_diffuse_blastic_disease_with_high_alp_has_its_calcium_watched_within_a_week():
    c = person("prostate", {"alp": 1200.0}, male=True, subtype=1)
    c.note_condition(ONE, "diffuse")
    words = [o.words() for o in said(c, "tell")]
    assert any("within a week" in w and "alcium" in w for w in words)


# ---------------------------------------------------------------------------------------------- bones and tissue


@pytest.mark.parametrize("site", [b.id for b in skeleton.bones()][::3])
def test_never_metal_cement_or_ablation_before_tissue_in_a_solitary_unproven_lesion(site):
    """Wherever the only lesion is, broken or not."""
    c = unproven(site)
    for broken in (False, True):
        if broken:
            c.note_event(ONE, "fracture", site=place_number(site))
            c.day = 40
        held = [o for o in standard(c) if o.verb == "treat" and o.acts and o.what != "radiotherapy"]
        assert not held, [o.words() for o in held]
        assert said(c, "test", "biopsy", "measure first")
        assert {o.what for o in said(c, "treat", "", "forbid")} >= {"fixation", "cement", "ablation"}


def test_the_same_lesion_of_a_proven_cancer_is_fixed():
    c = unproven()
    c.prove(ONE, cancer=4)
    fixed = said(c, "treat", "fixation", "refer")
    assert fixed and fixed[0].site[0] == place_number("femur_trochanter_right")
    assert said(c, "test", "orthopaedic_opinion", "refer") and not said(c, "treat", "fixation", "forbid")


def test_a_small_blastic_lesion_of_the_arm_that_does_not_hurt_is_left_alone():
    c = person()
    c.see(ONE, place_number("humerus_shaft_left"), kind=2, longest_mm=12.0, share_of_diameter=0.2, cortex_mm=5.0)
    c.report(ONE, "pain_site", place_number("L3"))
    c.test_day[:, TESTS.index("orthopaedic_opinion")] = np.iinfo(np.int16).min
    assert not said(c, "treat", "fixation") and not said(c, "test", "orthopaedic_opinion")


def test_a_broken_femur_is_held_also_in_comfort_care_and_irradiated_afterwards():
    c, femur = person(), place_number("femur_shaft_left")
    c.see(ONE, femur, kind=0, share_of_diameter=0.9, cortex_mm=50.0)
    c.note_event(ONE, "fracture", site=femur)
    c.wish(ONE, comfort=True)
    assert said(c, "treat", "fixation", "refer")
    c.note_procedure(ONE, "fixation", femur)
    assert not said(c, "treat", "fixation")
    c.day = 20
    c.wish(ONE, comfort=False)
    assert [int(o.site[0]) for o in said(c, "treat", "radiotherapy", "do")] == [femur]


# ---------------------------------------------------------------------------------------------- pain, radiation, lines


def test_pain_at_a_metastasis_is_irradiated_once_and_again_only_after_four_weeks():
    c, l3 = person(), place_number("L3")
    c.report(ONE, "pain_worst", 7.0)
    c.report(ONE, "pain_site", l3)
    first = said(c, "treat", "radiotherapy", "do")
    assert first and first[0].amount("dose_gy")[0] == 8 and first[0].site[0] == l3
    c.note_procedure(ONE, "radiotherapy", l3, dose_gy=8.0)
    c.day = 14
    assert not said(c, "treat", "radiotherapy", "do")
    c.day = 35
    assert said(c, "treat", "radiotherapy", "do")


def test_morphine_follows_the_pain_and_weak_kidneys_need_another_opioid():
    c = person()
    c.report(ONE, "pain_worst", 6.0)
    assert said(c, "start", "morphine", "do")[0].amount("dose")[0] == 30
    c.note_drug(ONE, "morphine", 30.0)
    c.day = 7
    assert said(c, "start", "morphine", "refer")[0].amount("dose")[0] > 30
    c.report(ONE, "pain_worst", 0.0)
    assert said(c, "start", "morphine", "refer")[0].amount("dose")[0] < 30
    weak = person(labs={"creatinine": 350.0})
    weak.report(ONE, "pain_worst", 6.0)
    assert not said(weak, "start", "morphine") and said(weak, "start", "fentanyl_patch", "refer")[0].amount("dose")[0] == 12
    weak.note_drug(ONE, "fentanyl_patch", 12.0)
    weak.day = 7
    assert not said(weak, "start", "morphine") and said(weak, "start", "fentanyl_patch", "refer")[0].amount("dose")[0] == 24
    assert said(weak, "start", "nsaid", "forbid") and not said(weak, "start", "nsaid", "refer")


def test_progression_seen_in_the_chart_changes_the_line():
    c = person("prostate", {"psa": 10.0}, male=True, subtype=1)
    assert {o.what for o in said(c, "start", "", "refer")} >= {"adt"}
    for drug in ("adt", "enzalutamide"):
        c.note_drug(ONE, drug)
    c.day = 150
    c.record(ONE, "psa", 15.0)
    assert not said(c, "stop", "enzalutamide")
    c.record(ONE, "psa", 30.0)
    for analyte in ("neutrophils", "platelets"):
        c.record(ONE, analyte, LABS[analyte])
    assert not said(c, "stop", "adt")


def test_anticancer_treatment_waits_for_tissue_and_ends_when_too_ill():
    assert not [o for o in said(unproven(), "start", "", "do", "refer") if o.topic == "systemic"]
    c = person("prostate", {"ecog": 4.0}, male=True)
    c.note_drug(ONE, "adt")
    assert said(c, "stop", "adt", "refer")


def test_comfort_care_still_treats_pain_and_calcium_but_not_the_cancer():
    c = person(labs={"calcium_corrected": 3.4})
    c.wish(ONE, comfort=True)
    c.report(ONE, "pain_worst", 8.0)
    topics = {o.topic for o in standard(c) if o.acts and o.verb in ("start", "treat")}
    assert {"emergency", "pain"} <= topics and not topics & {"systemic", "bone_agent"}


def test_a_wish_is_kept():
    c = person()
    c.report(ONE, "pain_worst", 8.0)
    c.report(ONE, "pain_site", place_number("L3"))
    c.wish(ONE, decline="radiotherapy")
    assert not said(c, "treat", "radiotherapy")


def test_a_topic_that_is_declined_is_not_spoken_of_by_rules_of_another():
    c = person()
    before = {o.topic for o in standard.all_said(c) if o.where[0]}
    c.wish(ONE, decline="bone_agent")
    assert "bone_agent" in before and "bone_agent" not in {o.topic for o in standard.all_said(c) if o.where[0]}


# ---------------------------------------------------------------------------------------------- when


def test_people_in_trouble_are_seen_sooner():
    calm, sore, ward = person(), person(), person(labs={"calcium_corrected": 3.4})
    for c in (calm, sore):
        c.line_day[:] = -400
    sore.report(ONE, "pain_worst", 6.0)
    visits = [int(next_visit_days(c)[0]) for c in (ward, sore, calm)]
    assert visits[0] < visits[1] < visits[2] <= 42


def test_waiting_rises_with_bad_luck_and_a_time_limit_shortens_it():
    score = np.array([-1.3, 0.0, 1.3])
    usual, urgent = waiting_days("test", "ct", score), waiting_days("test", "ct", score, within_hours=24)
    assert (np.diff(usual) > 0).all() and (urgent < usual).all() and urgent[1] <= 1.0
    assert waiting_days("start", "morphine", score).max() < waiting_days("start", "docetaxel", score).min()


def test_a_rule_that_concerns_nobody_gives_no_order():
    @rule("diagnosis", "seedsoil", confirmed=True)
    def idle(chart):
        yield Test("mri", np.zeros(len(chart), bool))

    assert idle(person()) == ()


# ---------------------------------------------------------------------------------------------- what blood asks for next


def without_metastasis(**values: float) -> Chart:
    """Known breast cancer, no bone metastasis known, no complaint."""
    c = Chart.empty(1, "breast", age_years=60.0, weight_kg=65.0, subtype=0)
    for name, value in ({"calcium_corrected": 2.35, "albumin": 41.0, "alp": 75.0, "bilirubin": 9.0} | values).items():
        c.record(ONE, name, value)
    c.report(ONE, "pain_worst", 0.0)
    return c


def test_high_calcium_asks_for_pth_and_what_it_shows_decides_what_comes_next():
    assert said(without_metastasis(calcium_corrected=2.8), "test", "pth")
    from_bone, from_gland = (without_metastasis(calcium_corrected=2.8, pth=level) for level in (0.8, 14.0))
    assert said(from_bone, "test", "bone_scan") and not said(from_bone, "tell", "endocrine_opinion")
    assert said(from_gland, "tell", "endocrine_opinion") and not said(from_gland, "test", "bone_scan")
    assert not said(without_metastasis(), "test", "pth")


def test_raised_alp_looks_at_the_liver_where_bilirubin_is_raised_and_at_bone_where_not():
    bone, liver = without_metastasis(alp=300.0), without_metastasis(alp=300.0, bilirubin=60.0)
    assert said(bone, "test", "bone_scan") and not said(bone, "test", "ct")
    assert said(liver, "test", "ct") and not said(liver, "test", "bone_scan")


def test_a_second_needle_follows_one_that_settled_nothing_and_an_origin_left_open_is_searched_for():
    c = unproven()
    c.tissue[:] = False
    c.note_test(ONE, "biopsy", day=c.day)
    assert not said(c, "test", "biopsy")
    c.day += 20
    assert said(c, "test", "biopsy") and not said(c, "test", "fdg_pet")
    c.tissue[:] = True
    assert said(c, "test", "fdg_pet") and not said(c, "test", "biopsy")
