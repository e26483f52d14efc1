"""Support through treatment: blood, sickness, nerve pain, falls, less load; a few metastases treated precisely."""

import numpy as np
from tests.care.test_guidelines import ONE, person, said

from seedsoil.care.chart import place_number
from seedsoil.treatments import radiation


def test_blood_is_given_when_it_is_short_and_not_again_within_a_week():
    c = person(labs={"haemoglobin": 7.2, "platelets": 9.0})
    assert said(c, "start", "red_cells", "refer") and said(c, "start", "platelet_transfusion", "refer")
    c.note_drug(ONE, "red_cells", 2.0)
    assert not said(c, "start", "red_cells")
    assert not said(person(), "start", "red_cells")


def test_sickness_under_treatment_brings_an_antiemetic():
    c = person()
    assert not said(c, "start", "ondansetron")
    c.note_event(ONE, "nausea")
    assert said(c, "start", "ondansetron", "refer")


def test_root_pain_on_an_opioid_brings_an_adjuvant():
    c = person()
    c.report(ONE, "pain_worst", 6.0)
    c.report(ONE, "radicular_pain", 1.0)
    assert not said(c, "start", "pregabalin")
    c.note_drug(ONE, "morphine", 30.0)
    assert said(c, "start", "pregabalin", "refer")


def test_drowsy_drugs_or_a_fall_make_the_home_safe():
    c = person()
    assert not said(c, "start", "home_safety")
    c.note_event(ONE, "fall")
    assert said(c, "start", "home_safety", "do")


def test_a_limb_that_may_break_bears_less_until_it_is_held():
    c = person()
    site = place_number("femur_trochanter_right")
    c.see(ONE, site, kind=0, longest_mm=45.0, share_of_diameter=0.8, cortex_mm=45.0)
    assert said(c, "start", "activity_advice", "refer")
    c.note_drug(ONE, "activity_advice", 1.0)
    c.note_procedure(ONE, "fixation", site)
    assert said(c, "stop", "activity_advice", "refer") and not said(c, "start", "activity_advice")


def painful(lesions: int):
    c = person()
    for site in ("T8", "T4", "L1", "sacrum", "hemipelvis_left")[: lesions - 1]:
        c.see(ONE, place_number(site), kind=0, longest_mm=20.0)
    c.report(ONE, "pain_worst", 6.0)
    c.report(ONE, "pain_site", place_number("L3"))
    return c


def test_one_painful_spinal_metastasis_is_treated_precisely_and_one_of_many_simply():
    few, many = said(painful(1), "treat", "radiotherapy"), said(painful(6), "treat", "radiotherapy")
    precise = radiation.TECHNIQUES.index("stereotactic")
    assert few[0].amount("technique")[0] == precise and few[0].amount("dose_gy")[0] == 24
    assert many and np.all([o.amount("technique", 0.0)[0] != precise for o in many])
