"""What the course of a record tells beyond single findings: treatment taken and changed, organs seen clean or late."""

import numpy as np
import pytest
from tests.study import somebody

from seedsoil.care import criteria
from seedsoil.care.guidelines import systemic
from seedsoil.care.patient import Examined, Finding, Given, KnownLesion, Visceral
from seedsoil.study import history, placing, recorded_course, twins
from seedsoil.study.recorded_course import changed_line, changes_of_line, organs_told
from seedsoil.study.willing import settle_willingness
from seedsoil.world.populations import Scores

SMOKER = {
    "cancer": "lung_nsclc", "subtype": "adenocarcinoma", "findings": (Finding("haemoglobin", 12.5), Finding("ecog", 1.0)),
    "lesions": (KnownLesion("L3", None, kind="lytic", day=-200, day_to=-200),),
}  # fmt: skip
A_LINE = Given("platinum_doublet", -190, -190, ongoing=True)


@pytest.fixture(scope="module")
def fits():
    """A man with lung cancer known for 200 days, by what of it is on record."""
    fit = lambda **more: twins.fit(somebody.patient(**(SMOKER | more)), 60, 1)
    return {"none": fit(), "line": fit(given=(A_LINE,))}


def willing(fitted: twins.Twins) -> np.ndarray:
    """Twins that would go on to a first line."""
    chart = fitted.world.chart
    (_, table), *_ = systemic.line_tables(chart)
    return systemic.takes_up(chart, table.lines, 0)


def test_who_has_taken_a_line_would_take_one(fits):
    assert systemic.line_reached(fits["line"].world.chart, next(systemic.line_tables(fits["line"].world.chart))[1]).min() > 0
    assert willing(fits["line"]).all()


def test_who_has_none_on_record_after_months_mostly_would_not(fits):
    assert 0.0 < willing(fits["none"]).mean() < 0.45


def test_a_new_finding_tells_nothing_of_willingness():
    lesions = (KnownLesion("L3", None, kind="lytic", day=-10, day_to=-10),)
    fresh = twins.fit(somebody.patient(**(SMOKER | {"lesions": lesions})), 60, 1)
    before = fresh.world.chart.reluctance.copy()
    settle_willingness(fresh.world, fresh.patient)
    assert before.tobytes() == fresh.world.chart.reluctance.tobytes()
    assert willing(fresh).mean() > 0.45


def test_reluctance_to_the_rest_is_left_alone(fits):
    others = [i for i in range(fits["none"].world.chart.reluctance.shape[1]) if i != criteria.SYSTEMIC]
    a, b = (fits[name].world.chart.reluctance[:, others] for name in ("none", "line"))
    assert a.tobytes() == b.tobytes()


def placed(**more):
    """Volumes of liver metastases of candidates at the start, mL [n], before anything is weighed."""
    patient = somebody.patient(**(SMOKER | more))
    numbers = twins.Version(twins.versions(), 1).numbers()
    middle = dict.fromkeys(history.LED, np.zeros(400))
    scores = Scores(1, np.arange(400), middle | {"liver.size": np.random.default_rng(1).normal(size=400)})
    keys = np.repeat(np.arange(400)[:, None], placing.PARTS, axis=1)
    group = placing.drawn(patient, keys[:, 0], keys[:, 0] % twins.versions(), numbers, scores)
    history.people.settle(group, numbers)
    placing.place_disease(group, patient, keys, numbers, scores, 14)
    body = history.World(group, history.Chart.empty(400), numbers, 1).body()
    return body.liver_sensitive + body.liver_resistant


CT = (Examined("ct", day=-200, day_to=-200),)
LIVER = lambda day: (Visceral("liver", day=day, day_to=day),)


def measured(*looks):
    """Liver metastases that were seen, and measured, on these days."""
    return (Visceral("liver", day=looks[0][0], day_to=looks[0][0], measured=looks),)


def test_a_measured_liver_is_as_large_as_it_was_read():
    large, small = placed(visceral=measured((-200.0, 60.0))), placed(visceral=measured((-200.0, 15.0)))
    assert np.median(large) / np.median(small) == pytest.approx(4.0**3, rel=0.5)
    assert np.median(large) < recorded_course.volume_of(60.0) == pytest.approx(113.1, abs=0.1)  # two weeks before


def test_a_later_diameter_weighs_candidates_by_their_volume(fits):
    """The likelihood is highest where the volume is that of the diameter, and falls as steeply on both sides."""
    world = fits["none"].world
    volume = world.body().liver_sensitive + world.body().liver_resistant
    assert volume.max() > 1.0
    across = 10.0 * (6.0 / np.pi * volume[volume.argmax()]) ** (1.0 / 3.0)
    told = recorded_course.organ_size(world, "liver", across)
    assert told.argmax() == volume.argmax() and told.max() == pytest.approx(0.0, abs=1e-9)
    assert recorded_course.measured_later(fits["none"].patient) == []
    known = somebody.patient(**(SMOKER | {"visceral": measured((-200.0, 20.0), (-30.0, 28.0))}))
    assert recorded_course.measured_later(known) == [("liver", -30.0, 28.0)]
    assert recorded_course.measured_first(known, "liver") == 20.0 and recorded_course.measured_first(known, "lung") is None


def test_a_liver_seen_clean_holds_only_what_a_picture_misses():
    clean, unseen = placed(examined=CT), placed()
    assert clean.max() <= 0.5 < unseen.max()
    assert (clean > 0.0).any()


def test_a_liver_on_record_from_the_start_is_visibly_ill_and_one_seen_later_was_smaller():
    early, late = placed(visceral=LIVER(-200.0)), placed(visceral=LIVER(-20.0))
    assert (early > 0.5).mean() > 0.9
    assert late.max() <= 0.5 and late.min() > 0.0


def test_the_last_clean_look_and_the_first_sight_count():
    looks = (*CT, Examined("ct", day=-30, day_to=-30))
    told = organs_told(somebody.patient(**(SMOKER | {"examined": looks, "visceral": (*LIVER(-100.0), *LIVER(-50.0))})))
    assert told == {"liver": (-100.0, True), "lung": (-30, False)}


def test_a_change_of_treatment_leans_to_tumour_that_has_grown():
    grown, shrunk = changed_line(np.array([10.0, 10.0]), np.array([12.0, 8.0]))
    assert grown == 0.0 and -3.5 < shrunk < -0.5


def test_a_drug_begun_well_after_another_is_a_change_and_one_given_with_it_is_not():
    given = (Given("platinum_doublet", -190, -190), Given("immunotherapy", -189, -189), Given("docetaxel", -60, -60, ongoing=True))
    assert changes_of_line(somebody.patient(**(SMOKER | {"given": given}))) == [-60]


def test_care_around_chemotherapy_is_no_change():
    given = (A_LINE, Given("filgrastim", -60, -60))
    assert changes_of_line(somebody.patient(**(SMOKER | {"given": given}))) == []


def test_the_first_treatment_is_no_change():
    assert changes_of_line(somebody.patient(**(SMOKER | {"given": (A_LINE,)}))) == []
