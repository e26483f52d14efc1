"""How care is given against how the rules ask for it: people bear pain, clinics are slow to send, lines lose people."""

import numpy as np

from seedsoil.care import criteria, take_up
from seedsoil.care.chart import Chart
from seedsoil.care.criteria import limit
from seedsoil.care.guidelines import pain, systemic
from seedsoil.care.patient import CANCERS
from seedsoil.treatments import drug


def charts(scores, worst=6.0):
    """People in pain with these standard scores of reluctance; NaN: as the rules ask."""
    chart = Chart.empty(len(scores), "colorectal")
    chart.reluctance[:] = np.asarray(scores, np.float16)[:, None]
    chart.report(np.arange(len(scores)), ("pain_worst",), np.full((len(scores), 1), worst))
    return chart.held()


def begun(chart):
    return next(order.where for order in pain.opioid_for_moderate_pain(chart) if order.verb == "start")


def test_a_chart_without_reluctance_is_treated_as_the_rules_ask():
    chart = charts([np.nan], limit("pain.moderate"))
    assert criteria.turned_to_radiotherapy(chart).all() and begun(chart).all()
    assert all(systemic.takes_up(chart, (("platinum_doublet",),) * 4, k).all() for k in range(4))


def test_the_more_reluctant_bear_more_pain_before_radiotherapy_and_opioids():
    chart = charts([-4.0, 0.0, 4.0])
    assert criteria.turned_to_radiotherapy(chart).tolist() == [True, False, False]
    assert begun(chart).tolist() == [True, True, False]


def test_half_are_sent_for_radiotherapy_at_the_tables_pain():
    scores = np.random.default_rng(1).normal(size=4000)
    sent = criteria.turned_to_radiotherapy(charts(scores, limit("practice.radiotherapy_pain")))
    assert abs(sent.mean() - 0.5) < 0.03


def test_each_further_line_loses_people_and_hormones_lose_none():
    scores = np.random.default_rng(2).normal(size=4000)
    lines = (("tamoxifen",), ("capecitabine",), ("fulvestrant",), ("paclitaxel",))
    taken = [systemic.takes_up(charts(scores), lines, k).mean() for k in range(4)]
    first, later = take_up.shares()[CANCERS.index("colorectal")], limit("practice.systemic_later")
    assert taken[0] == taken[2] == 1.0
    assert abs(taken[1] - first) < 0.03 and abs(taken[3] - first * later) < 0.03


def test_fewer_were_treated_in_earlier_years_and_drugs_came_one_after_another():
    before, now = take_up.shares(1995.0), take_up.shares()
    assert (before <= now).all() and before[CANCERS.index("lung_nsclc")] < now[CANCERS.index("lung_nsclc")]
    assert "immunotherapy" in take_up.unavailable(2010.0) and take_up.unavailable(take_up.TODAY) == frozenset()
    assert take_up.unavailable(2010.0) < take_up.unavailable(1995.0) <= set(drug.catalogue())


def test_a_drug_that_was_not_yet_given_with_others_waits_for_its_own_line():
    assert take_up.alone(take_up.TODAY) == frozenset()
    (now,) = systemic.usual_lines("lung_nsclc")[:1]
    (then,) = systemic.usual_lines("lung_nsclc", alone=take_up.alone(2016.0))[:1]
    assert now.lines[0] == ("platinum_doublet", "immunotherapy")
    assert then.lines[:2] == (("platinum_doublet",), ("immunotherapy",))
    resistant = systemic.usual_lines("prostate", alone=take_up.alone(2016.0))[1]
    assert resistant.lines[0] == ("adt", "enzalutamide")  # beside castration from its first year on


def test_an_older_drug_stands_in_for_a_newer_one_and_who_had_either_has_had_the_line():
    mutated = 2
    now, then = (systemic.usual_lines("lung_nsclc", take_up.unavailable(year))[mutated] for year in (take_up.TODAY, 2010.0))
    assert now.lines[0] == ("osimertinib",) and then.lines[0] == ("egfr_inhibitor",)
    assert [len(t.lines) for t in (now, then)] == [3, 3] and systemic.usual_lines("lung_nsclc", take_up.unavailable(2000.0))
    chart = Chart.empty(3, "lung_nsclc", subtype=mutated)
    chart.note_drug(np.array([0]), "egfr_inhibitor", day=-300)
    chart.note_drug(np.array([1]), "osimertinib", day=-300)
    assert systemic.line_reached(chart.held(), now).tolist() == [1, 1, 0] == systemic.line_reached(chart.held(), then).tolist()


def test_of_a_line_with_hormones_the_reluctant_take_the_hormones():
    chart = Chart.empty(2, "breast", subtype=0)
    chart.reluctance[:] = np.array([-4.0, 4.0], np.float16)[:, None]
    chart.organs[:] = 1
    orders = list(systemic.anticancer_treatment(chart.held()))
    begun = {o.what: o.where for o in orders if o.verb == "start"}
    assert begun["aromatase_inhibitor"].all() and begun["cdk46_inhibitor"].tolist() == [True, False]


def test_an_oncology_department_sees_more_of_the_treated():
    registry, department = take_up.shares(2010.0), take_up.shares(2010.0, 0.3)
    assert (department > registry).all() and (department < 1.0).all()
