"""Counting the safety of standard care: the truth is the body's, alarms and delays are counted as they say."""

import json

import numpy as np
import pytest

from seedsoil.biology.body import Body
from seedsoil.care.chart import Chart, place_number
from seedsoil.care.guidelines import standard
from seedsoil.study import safety
from seedsoil.study.safety import NO_DAY, Counted, Emergencies
from seedsoil.study.safety_page import page
from seedsoil.world.day import World


@pytest.fixture(scope="module")
def counted() -> Counted:
    """Forty people, a third of a year."""
    return safety.count(np.arange(40), 0.33, seed=3)


def test_the_document_is_plain_data_and_counts_everybody(counted):
    document = safety.document(counted, 0.33, 3)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["people"] == 40 and 0 < document["person_years"] <= 40 * 0.34
    assert [row["kind"] for row in document["emergencies"]] == ["cord", "calcium"]
    assert document["doses"]["given"] > 50


def test_no_dose_of_standard_care_goes_against_the_chart_or_without_its_values(counted):
    doses = safety.document(counted, 0.33, 3)["doses"]
    assert (doses["against_a_contraindication"], doses["input_unknown"], doses["by_drug"]) == (0, 0, [])


def test_chunks_change_no_figure(counted, monkeypatch):
    monkeypatch.setattr(safety, "CHUNK", 25)
    parts = Counted()
    for keys in safety.chunks(40):
        parts.add(safety.count(keys, 0.33, seed=3))
    assert safety.document(parts, 0.33, 3) == safety.document(counted, 0.33, 3)


def test_the_truth_is_read_from_bodies_and_not_from_charts():
    plain = safety.newly_found([("breast", None, 1.0)], np.arange(6), 1, safety.parameters.typical(), day=0)
    assert isinstance(plain, World)
    plain.chart.record(np.arange(6), "calcium_corrected", 4.0)
    assert not safety._truth(plain)["calcium"][0].any()
    plain.people.body[2, Body._fields.index("calcium")] = 3.2
    assert np.flatnonzero(safety._truth(plain)["calcium"][0]).tolist() == [2]


def test_an_episode_is_counted_from_its_onset_to_its_alarm_and_action():
    e = Emergencies("calcium", 3)
    ill = np.array([True, True, False])
    e.begin(ill, ~ill, day=10)
    e.alarm(np.array([0]), np.array([True]), day=13)
    e.note(e.acted, np.array([0]), day=14)
    e.begin(np.zeros(3, bool), np.ones(3, bool), day=20)
    rows = np.concatenate(e.over)
    assert rows[:, 0].tolist() == [10, 10] and rows[:, 2].tolist() == [13, NO_DAY] and rows[:, 3].tolist() == [14, NO_DAY]
    figures = safety._kind("calcium", Counted(3, 365.25 * 3, {"calcium": e.over, "cord": []}), 3.0)
    assert figures["sensitivity"]["figure"] == 0.5 and figures["days_to_raise"]["median"] == 3 and figures["missed"] == 1
    assert figures["missed_that_lasted_a_week"] == 1


def test_an_alarm_is_false_by_the_body_and_counted_once_in_two_weeks():
    e = Emergencies("cord", 2)
    for day in (5, 8, 15, 40):
        e.alarm(np.array([0, 1]), np.array([False, True]), day)
    assert (e.alarms, e.false) == (4, 2)


def test_an_alarm_shortly_before_the_onset_is_the_alarm():
    e = Emergencies("cord", 1)
    e.alarm(np.array([0]), np.array([True]), day=5)
    e.begin(np.array([True]), np.array([False]), day=12)
    assert e.raised[0] == 12
    late = Emergencies("cord", 1)
    late.alarm(np.array([0]), np.array([True]), day=5)
    late.begin(np.array([True]), np.array([False]), day=60)
    assert late.raised[0] == NO_DAY


def test_a_miss_is_called_a_miss_on_the_page(counted):
    document = safety.document(counted, 0.33, 3)
    document["doses"] |= {"against_a_contraindication": 2, "by_drug": [{"drug": "nsaid", "given": 9, "against": 2, "unknown": 0}]}
    document["false_alarms_per_100_person_years"] = {"figure": 50.0, "low": 40.0, "high": 61.0, "events": 9}
    words = page(document)
    assert "0: **missed**" in words and "at most 30: **missed**" in words and "| nsaid | 9 | 2 | 0 |" in words
    document["false_alarms_per_100_person_years"] = {"figure": 20.0, "low": 15.0, "high": 29.0, "events": 9}
    assert "at most 30: met" in page(document)


def test_a_high_calcium_that_is_old_is_raised_by_the_blood_test_of_the_day():
    """Two people with thirst, their calcium near 3.0 two weeks ago, were called missed although blood was taken at once."""
    chart = Chart.empty(1, "breast", age_years=60.0, weight_kg=70.0)
    chart.see(np.array([0]), place_number("L3"), kind=0, longest_mm=15.0)
    for name, value in (("calcium_corrected", 2.99), ("albumin", 40.0), ("creatinine", 80.0)):
        chart.record(np.array([0]), name, value)
    chart.report(np.array([0]), "thirst", 1.0)
    chart.day += 14
    asked = [
        o for o in standard.all_said(chart) if o.verb == "test" and o.what == "bloods" and o.where[0] and o.topic == "emergency"
    ]
    assert asked and all(o.within_hours <= safety.ALARM_HOURS and o.rule in safety.CHECKS for o in asked)
