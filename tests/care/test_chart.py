"""The chart: what is written is what is read, unknown stays unknown, and it stays small."""

import numpy as np
import pytest

from seedsoil.care import criteria, scores
from seedsoil.care.chart import ANALYTES, KEPT, LAST, NEVER, SYMPTOMS, TESTS, Chart, place_number, places
from seedsoil.care.patient import Examined, Finding, Given, Happened, KnownLesion, Patient
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton

ALL = np.arange(3)


def chart(n: int = 3, **said) -> Chart:
    return Chart.empty(n, **{"cancer": "breast", "age_years": 60.0, "weight_kg": 70.0} | said)


def person(**facts) -> Patient:
    import datetime

    base = dict(id="p", as_of=datetime.date(2024, 1, 1), age_years=60.0, sex="female", cancer="breast")
    return Patient(**(base | facts))


def test_nothing_is_known_of_an_empty_chart():
    c = chart()
    for analyte in ANALYTES:
        assert np.isnan(c.latest(analyte)).all() and np.isnan(c.age_of(analyte)).all()
    assert not c.known_lesions().any() and c.none_known().all()
    assert not c.on("zoledronate").any() and np.isnan(c.tested("mri")).all()
    assert all(np.isnan(c.symptom(s)).all() for s in SYMPTOMS)


def test_the_newest_value_is_read_with_its_age_and_the_lowest_is_kept():
    c = chart()
    for day, value in ((0, 10.0), (30, 4.0), (60, 9.0)):
        c.day = day
        c.record(ALL[:2], "psa", value)
    c.day = 65
    assert c.latest("psa")[0] == 9.0 and c.age_of("psa")[0] == 5 and c.lowest("psa")[0] == 4.0 and c.highest("psa")[0] == 10
    assert list(c.rising("psa", 2.0)) == [True, True, False]
    assert not c.rising("psa", 2.5).any()
    assert np.isnan(c.latest("psa")[2])


def test_a_second_value_of_one_day_replaces_the_first_and_old_ones_fall_off():
    c = chart()
    c.record(ALL, "creatinine", 100.0)
    c.record(ALL, "creatinine", 120.0)
    kept = c.kept[0, KEPT.index("creatinine")]
    assert kept[0] == c.latest("creatinine")[0] == 120.0 and np.isnan(kept[1])
    for day in range(1, 12):
        c.day = day
        c.record(ALL, "creatinine", 100.0 + day)
    assert list(c.kept[0, KEPT.index("creatinine")]) == [111.0 - k for k in range(LAST)]


def test_an_unknown_value_is_not_written_over_a_known_one():
    c = chart()
    c.record(ALL, "calcium", 2.4)
    c.day = 5
    c.record(ALL, "calcium", np.array([np.nan, 2.5, np.nan]))
    assert list(c.age_of("calcium")) == [5, 0, 5]


def test_imaging_fills_a_line_and_what_it_does_not_say_stays():
    c, t10 = chart(), place_number("T10")
    c.see(ALL, t10, kind=0, longest_mm=20.0)
    c.day = 90
    c.see(ALL[:1], t10, longest_mm=30.0)
    assert c.known_lesions().tolist() == [1, 1, 1] and not c.none_known().any()
    line = (c.site[0] == t10).argmax()
    assert c.lesion("kind")[0, line] == 0 and c.lesion("longest_mm")[0, line] == 30 and c.lesion("smallest_mm")[0, line] == 20
    assert c.lesion("first_seen")[0, line] == 90 and c.lesion("last_seen")[0, line] == 0


def test_a_lesion_without_a_free_line_is_counted_and_not_lost_silently():
    c = chart(n=1, lines=2)
    for site in (1, 2, 3):
        c.see(np.array([0]), site)
    assert c.more[0] == 1 and c.known_lesions()[0] == 3


def test_a_treated_or_broken_place_is_no_lesion_by_itself():
    c = chart()
    c.note_procedure(ALL, "radiotherapy", 22, dose_gy=8.0)
    c.note_event(ALL, "fracture", site=60)
    assert not c.known_lesions().any()
    c.note_procedure(ALL, "radiotherapy", 22, dose_gy=8.0)
    line = (c.site[0] == 22).argmax()
    assert c.lesion("dose_gy")[0, line] == 16.0


def test_a_course_of_a_drug_lasts_until_it_is_stopped():
    c = chart()
    c.note_drug(ALL[:1], "zoledronate", 4.0)
    c.day = 28
    assert c.on("zoledronate").tolist() == [True, False, False] and c.weeks_since("bisphosphonate")[0] == 4.0
    c.note_stop(ALL, "zoledronate")
    assert not c.on("zoledronate").any() and c.ever("zoledronate")[0] and not c.ever("zoledronate")[1]
    assert c.drug_stop[1].max() == NEVER


def test_a_new_systemic_drug_begins_a_line_and_resets_the_lowest_marker():
    c = chart(cancer="prostate")
    c.record(ALL, "psa", 5.0)
    c.note_drug(ALL, "adt")
    c.day = 200
    c.record(ALL, "psa", 20.0)
    assert c.rising("psa").all()
    c.note_drug(ALL, "docetaxel", 140.0)
    assert c.line.tolist() == [2, 2, 2] and not c.rising("psa").any()
    c.note_drug(ALL, "prednisone", 10.0)
    assert c.line.tolist() == [2, 2, 2]


def test_people_selected_are_a_copy():
    c = chart()
    c.report(ALL, "pain_worst", 5)
    some = c.select(np.array([True, False, True]))
    some.report(np.array([0]), "pain_worst", 9)
    assert len(some) == 2 and c.symptom("pain_worst")[0] == 5


def test_a_held_chart_makes_each_reading_once_and_its_answers_cannot_be_changed():
    held = chart().held()
    assert held.on("zoledronate") is held.on("zoledronate")
    with pytest.raises(ValueError):
        held.on("zoledronate")[0] = True


@pytest.mark.parametrize("call", [
    lambda c: c.latest("cortisol"), lambda c: c.tested("palm_reading"), lambda c: c.on("aspirin_forte"),
    lambda c: c.symptom("itch"), lambda c: c.happened("wedding"),
])  # fmt: skip
def test_a_name_nobody_knows_is_refused(call):
    with pytest.raises(InputError):
        call(chart())


def test_a_person_takes_no_more_than_two_and_a_half_kilobytes():
    size = sum(array.nbytes for array in chart(n=100).arrays().values()) / 100
    assert size <= 2560


def test_every_bone_is_a_place_in_its_own_order():
    bones = [bone.id for bone in skeleton.bones()]
    assert list(places()[: len(bones)]) == bones and len(places()) < 128
    assert place_number(None, "spine") >= len(bones) and place_number(None, None) == place_number(None, "any")


# ---------------------------------------------------------------------------------------------- one real person


def test_an_uncertain_date_is_read_the_careful_way():
    """A value as old as it may be, a dose as recent as it may be."""
    c = Chart.of(person(
        findings=(Finding("creatinine", 90.0, day=-60, day_to=-31),),
        given=(Given("zoledronate", day=-40, day_to=-3),),
    ))  # fmt: skip
    assert c.age_of("creatinine")[0] == 60 and c.weeks_since("zoledronate")[0] * 7 == pytest.approx(3)


def test_a_result_without_a_figure_is_a_test_done_and_no_value():
    c = Chart.of(person(findings=(Finding("creatinine", None, "normal", -5, -5),)))
    assert np.isnan(c.latest("creatinine")[0]) and c.tested("bloods")[0] == 5


def test_a_record_fills_the_chart():
    c = Chart.of(person(
        lesions=(KnownLesion("T10", "thoracic", kind="lytic", soft_tissue=True), KnownLesion(None, "rib", count=3)),
        happened=(Happened("cord_compression", "T10", "thoracic"), Happened("leg_weakness")),
        examined=(Examined("mri", "thoracic"),),
        findings=(Finding("karnofsky", 50.0), Finding("pain", 6.0), Finding("opioid_omed", 40.0)),
        conditions=("Congestive heart failure",),
    ))  # fmt: skip
    assert c.known_lesions()[0] == 4 and criteria.cord_place(c)[0] == place_number("T10")
    assert c.symptom("leg_weakness")[0] > 0 and c.tested("mri")[0] == 0 and c.latest("ecog")[0] == 3
    assert c.symptom("pain_worst")[0] == 6 and c.dose_of("morphine")[0] == 40 and c.has("heart_failure")[0]


def test_calcium_is_corrected_for_albumin_taken_at_about_the_same_time():
    c = chart()
    c.record(ALL, "albumin", 30.0)
    c.record(ALL, "calcium", 2.5)
    assert criteria.calcium(c)[0] == pytest.approx(2.7)
    assert criteria.calcium(c)[0][0] == pytest.approx(float(scores.corrected_calcium(2.5, 30.0).value))
    c.day = 40
    c.record(ALL, "calcium", 2.5)
    assert np.isnan(criteria.calcium(c)[0]).all()  # albumin is too old for the new value: measure, do not guess
    assert not criteria.hypercalcaemic(c).any()
    c.record(ALL, "calcium", 2.9)
    assert criteria.hypercalcaemic(c).all()  # but a total this high is high whatever albumin is


def test_clearance_without_a_weight_is_a_range():
    c = chart(weight_kg=np.nan)
    c.record(ALL, "creatinine", 90.0)
    found = criteria.clearance(c)
    assert (found.low < found.high).all()
    c.record(ALL, "weight", 70.0)
    assert criteria.clearance(c).known.all()


def test_every_test_and_symptom_has_a_name_of_its_own():
    assert len(set(TESTS)) == len(TESTS) and len(set(SYMPTOMS)) == len(SYMPTOMS)


def test_written_at_once_is_as_written_one_by_one():
    """Values, reports and places of several kinds in one go leave the same chart as each by itself."""
    once, apart = Chart.empty(2, "breast"), Chart.empty(2, "breast")
    places = np.array([[3, 7, 11], [7, 3, -1]])
    for day, values in ((5, [[2.4, 60.0], [np.nan, 70.0]]), (9, [[2.2, 65.0], [2.6, np.nan]])):
        once.day = apart.day = day
        values = np.array(values)
        once.record(np.arange(2), ("calcium", "weight"), values)
        once.report(np.arange(2), ("pain_worst", "walking"), values / 70.0)
        who, nth = np.nonzero(places >= 0)
        once.see(who, places[who, nth], longest_mm=10.0 * nth + day)
        for k, (analyte, symptom) in enumerate((("calcium", "pain_worst"), ("weight", "walking"))):
            apart.record(np.arange(2), analyte, values[:, k])
            apart.report(np.arange(2), symptom, values[:, k] / 70.0)
        for k in range(3):
            seen = np.flatnonzero(places[:, k] >= 0)
            apart.see(seen, places[seen, k], longest_mm=10.0 * k + day)
    for name, array in once.arrays().items():
        np.testing.assert_array_equal(array, getattr(apart, name), err_msg=name)


def test_new_places_beyond_the_last_line_are_counted():
    """Three new places of one person in a chart of two lines: two are written, one is counted."""
    c = Chart.empty(1, "breast", lines=2)
    c.see(np.zeros(3, int), np.array([3, 7, 11]))
    assert c.site[0].tolist() == [3, 7]
    assert c.more[0] == 1
