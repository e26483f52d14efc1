"""What orders do: drugs come on board, radiation and operations change their own site, the chart notes what was given."""

from dataclasses import replace

import numpy as np
import pytest
from tests.world import worlds

from seedsoil.biology.body import Body, Lesion
from seedsoil.care.criteria import limit
from seedsoil.care.guidelines.radiotherapy import radiation_for_pain
from seedsoil.care.orders import Start, Tell, Test, Treat
from seedsoil.grammar import skeleton
from seedsoil.treatments import drug, procedures
from seedsoil.world import aboard, acting, observing, saved
from seedsoil.world.day import DOSE, START, STOP, TEST, TREAT, WORK, World
from seedsoil.world.records import PLACES


@pytest.fixture
def w() -> World:
    return worlds.world("breast", range(8))


def rows(verb: int, what: str, person, **more) -> np.ndarray:
    """Lines of the work list, as if their day had come."""
    person = np.atleast_1d(person)
    name = {START: "start", STOP: "stop", TREAT: "treat", TEST: "test"}[verb]
    out = np.zeros(len(person), WORK)
    out["person"], out["verb"], out["what"], out["site"] = person, verb, acting.number_of(name, what), -1
    out["dose"], out["every_days"], out["fractions"] = np.nan, np.nan, 1
    for field, value in more.items():
        out[field] = value
    return out


def several(w: World) -> np.ndarray:
    """People with at least two lesions."""
    return np.flatnonzero(w.people.lesions >= 2)


# ---- orders ----------------------------------------------------------------------------------------------------------


def test_every_drug_treatment_and_test_of_the_catalogues_has_a_number():
    for verb, names in (("start", drug.catalogue()), ("treat", procedures.catalogue()), ("test", observing.TESTS)):
        numbers = [acting.number_of(verb, name) for name in names]
        assert min(numbers) >= 0 and len(set(numbers)) == len(numbers)
    assert acting.number_of("treat", "radiotherapy") == 0
    assert acting.number_of("start", "moonlight") == -1


def test_an_order_becomes_one_line_a_person_that_it_is_for(w):
    where = np.array([True, False, True])
    order = Treat("radiotherapy", where, np.array([5, 5, 9]), dose_gy=np.array([8.0, 8.0, 20.0]), fractions=np.array([1, 1, 5]))
    work = acting.work_of(w, np.array([2, 4, 6]), [order])
    assert work["person"].tolist() == [2, 6] and work["site"].tolist() == [5, 9]
    assert work["dose"].tolist() == [8.0, 20.0] and work["fractions"].tolist() == [1, 5]
    assert (work["day"] >= w.day).all()


def test_in_practice_pain_is_sent_for_radiotherapy_at_some_visits_and_by_the_rules_at_every_one(w):
    everybody, place = np.ones(8, bool), np.full(8, 5)
    order = Treat("radiotherapy", everybody, place, dose_gy=8.0, fractions=1).but(rule=radiation_for_pain.name)

    def sent() -> float:
        days = range(100)
        return np.mean([len(acting.work_of(replace(w, day=day), np.arange(8), [order])) / 8 for day in days])

    assert sent() == 1.0
    w.practise_as_usual()
    assert abs(sent() - limit("practice.radiotherapy_visit")) < 0.05
    assert len(acting.work_of(w, np.arange(8), [order.but(rule="radiation after surgery")])) == 8


def test_a_place_that_has_just_been_found_is_sent_more_often_than_one_that_has_been_known_for_long(w):
    """Another place found at the same time changes nothing."""
    everybody, place = np.ones(8, bool), np.full(8, 5)
    order = Treat("radiotherapy", everybody, place, dose_gy=8.0, fractions=1).but(rule=radiation_for_pain.name)
    w.practise_as_usual()
    w.chart.site[:] = -1
    w.chart.see(np.arange(4), 5, day=w.day, kind=0)
    w.chart.see(np.arange(4, 8), 6, day=w.day, kind=0)
    lasts = round(limit("practice.radiotherapy_found_days"))

    def sent(begin: int, days: int) -> np.ndarray:
        """Share of days on which each person is sent."""
        each = [acting.work_of(replace(w, day=w.day + begin + d), np.arange(8), [order])["person"] for d in range(days)]
        return np.bincount(np.concatenate(each), minlength=8) / days

    early, late = sent(0, lasts + 1), sent(lasts + 1, 100)
    assert abs(early[:4].mean() - limit("practice.radiotherapy_found")) < 0.08
    assert abs(early[4:].mean() - limit("practice.radiotherapy_visit")) < 0.08
    assert abs(late.mean() - limit("practice.radiotherapy_visit")) < 0.05


def test_what_the_world_cannot_do_makes_no_work(w):
    assert len(acting.work_of(w, np.arange(8), [Start("moonlight", np.ones(8, bool))])) == 0
    w.take(np.arange(8), (Tell("red_flags", np.ones(8, bool)), Test("ct", np.ones(8, bool), stance="forbid")))
    assert len(w.work) == 0


def test_waiting_is_the_person_s_own(w):
    """Nobody waits longer because others wait too."""
    order = Test("ct", np.ones(8, bool))
    together = acting.work_of(w, np.arange(8), [Test("mri", np.ones(8, bool)), order])["day"][8:]
    alone = [int(acting.work_of(w, np.array([i]), [Test("ct", np.ones(1, bool))])["day"][0]) for i in range(8)]
    assert together.tolist() == alone
    assert len(np.unique(together)) > 1


def test_an_urgent_order_is_not_later_than_an_ordinary_one(w):
    urgent, usual = (acting.work_of(w, np.arange(8), [Test("mri", np.ones(8, bool), within_hours=h)])["day"] for h in (24, None))
    assert (urgent <= usual).all() and urgent.max() <= 3


# ---- drugs -----------------------------------------------------------------------------------------------------------


def test_a_daily_drug_is_a_level_and_a_new_dose_replaces_the_old(w):
    d = drug.number_of()["morphine"]
    acting.start(w, rows(START, "morphine", [1, 2], dose=60.0))
    acting.start(w, rows(START, "morphine", [1], dose=90.0))
    three = np.arange(3)
    assert aboard.amount(w.people, three, d, "daily").tolist() == [0.0, 90.0, 60.0]
    assert w.chart.dose_of("morphine")[[0, 1, 2]].tolist() == [0.0, 90.0, 60.0]
    assert aboard.is_on(w.people, three, d).tolist() == [False, True, True]


def test_stopping_a_daily_drug_ends_the_intake_and_leaves_what_is_on_board(w):
    d = drug.number_of()["morphine"]
    acting.start(w, rows(START, "morphine", [1], dose=60.0))
    w.advance(5)
    level = lambda field: aboard.amount(w.people, np.array([1]), d, field)[0]
    before = level("first")
    acting.stop(w, rows(STOP, "morphine", [1]))
    assert level("first") == before > 0.0 and level("daily") == 0.0
    assert not w.chart.on("morphine")[1]
    w.advance(60)
    assert level("first") < 1e-6 and not aboard.is_on(w.people, np.array([1]), d)[0]


def test_a_dose_not_named_is_the_table_s(w):
    d = drug.number_of()["denosumab"]
    acting.start(w, rows(START, "denosumab", [3]))
    assert aboard.amount(w.people, np.array([3]), d, "first")[0] == drug.catalogue()["denosumab"].dose.value


def test_a_drug_keeps_its_place_and_a_new_one_takes_that_of_a_drug_that_has_left(w):
    """With more drugs in a life than places, the one that has left and acted least makes room."""
    who = np.array([2])
    for d in range(PLACES):
        aboard.put(w.people, who, d, "exposure", float(PLACES - d))
    assert w.people.drug[2].tolist() == list(range(PLACES)) and not w.people.taking[2]
    aboard.put(w.people, who, 30, "first", 5.0)
    assert aboard.place_of(w.people, who, 30) == PLACES - 1 and aboard.place_of(w.people, who, PLACES - 1) == -1
    assert aboard.amount(w.people, who, 30, "exposure") == 0.0 and aboard.amount(w.people, who, 30, "first") == 5.0


def test_more_drugs_at_once_than_places_is_an_error(w):
    who = np.array([2])
    for d in range(PLACES):
        aboard.put(w.people, who, d, "first", 1.0)
    with pytest.raises(ValueError, match=f"more than {PLACES}"):
        aboard.put(w.people, who, PLACES, "first", 1.0)


def test_a_course_begun_twice_is_one_course(w):
    for _ in range(2):
        acting.start(w, rows(START, "denosumab", [3], every_days=28))
    assert w.chart.doses_of("denosumab")[3] == 1
    assert len(w.work) == 1


def test_poor_kidneys_leave_more_bisphosphonate_for_the_bone(w):
    w.people.body[:2, Body._fields.index("gfr")] = [110.0, 40.0]
    acting.start(w, rows(START, "zoledronate", [0, 1], dose=4.0, every_days=0))
    good, poor = aboard.amount(w.people, np.arange(2), drug.number_of()["zoledronate"], "first")
    assert 0.0 < good < poor < 4.0


def test_kidneys_of_equal_strength_lose_more_of_a_bisphosphonate_in_some_than_in_others():
    w = worlds.world("breast", range(400))
    w.people.body[:, Body._fields.index("gfr")] = 84.0
    acting.start(w, rows(START, "zoledronate", np.arange(400), dose=4.0, every_days=0))
    kept = aboard.amount(w.people, np.arange(400), drug.number_of()["zoledronate"], "first") / 4.0
    assert np.median(kept) == pytest.approx(0.62, abs=0.03) and 0.09 < kept.std() < 0.16  # Chen 2002: 62 +- 13 %


def test_some_do_not_take_the_supplements_that_a_clinic_tells_them_to_take():
    for check, share in ((acting.ALL_RULES, 0.6), (acting.WHAT_FORBIDS, 1.0), (acting.AS_ORDERED, 1.0)):
        w = worlds.world("breast", range(400))
        for name in ("calcium_supplement", "vitamin_d"):
            acting.start(w, rows(START, name, np.arange(400), check=check))
        on_board = lambda name, w=w: aboard.amount(w.people, np.arange(400), drug.number_of()[name], "daily")
        taken = on_board("vitamin_d") > 0.0
        assert (taken == (on_board("calcium_supplement") > 0.0)).all() and taken.mean() == pytest.approx(share, abs=0.07)
        assert w.chart.on("vitamin_d").all()  # the chart knows what was prescribed


# ---- a site ----------------------------------------------------------------------------------------------------------


def test_radiotherapy_changes_only_its_site(w):
    who = several(w)
    before = saved.branch(w)
    acting.treat(w, rows(TREAT, "radiotherapy", who, site=w.people.site[who, 0], dose=8.0))
    assert (w.people.lesion[who, 0] != before.people.lesion[who, 0]).any(axis=1).all()
    assert np.array_equal(w.people.lesion[who, 1:], before.people.lesion[who, 1:])
    changed = {name for name in Body._fields if not np.array_equal(getattr(w.body(), name), getattr(before.body(), name))}
    assert changed <= {"progenitors"}
    rest = np.setdiff1d(np.arange(8), who)
    assert np.array_equal(w.people.lesion[rest], before.people.lesion[rest])
    same = [n for n in w.people._fields if n not in ("lesion", "body", "settled")]
    assert all(np.array_equal(getattr(w.people, n), getattr(before.people, n)) for n in same)


def test_radiotherapy_leaves_less_living_tumour(w):
    who = several(w)
    cells = [Lesion._fields.index(name) for name in ("sensitive", "resistant")]
    before = w.people.lesion[who, 0][:, cells].sum(axis=1)
    acting.treat(w, rows(TREAT, "radiotherapy", who, site=w.people.site[who, 0], dose=30.0, fractions=10))
    assert (w.people.lesion[who, 0][:, cells].sum(axis=1) < before).all()


def test_radiotherapy_to_sound_bone_leaves_no_trace_but_the_note(w):
    """The clinic may irradiate a place where a false report saw a lesion."""
    before = saved.branch(w)
    free = [min(set(range(20)) - set(row.tolist())) for row in w.people.site]
    acting.treat(w, rows(TREAT, "radiotherapy", np.arange(8), site=free, dose=8.0))
    assert all(np.array_equal(a, b) for a, b in zip(w.people, before.people, strict=True))
    assert (w.chart.lesion("irradiated") == 0.0).any(axis=1).all()


@pytest.mark.parametrize("name", list(procedures.catalogue()))
def test_an_operation_changes_only_its_site(name, w):
    who = several(w)
    before = saved.branch(w)
    acting.treat(w, rows(TREAT, name, who, site=w.people.site[who, 0]))
    assert np.array_equal(w.people.lesion[who, 1:], before.people.lesion[who, 1:])
    assert np.array_equal(w.people.body, before.people.body)
    assert (w.chart.lesion("fixed")[who] == 0.0).any(axis=1).all()


def test_a_lesion_is_found_by_its_bone(w):
    who = several(w)
    assert (acting.slot_at(w, who, w.people.site[who, 1]) == 1).all()
    assert (acting.slot_at(w, who, np.full(len(who), -1)) == -1).all()
    assert (acting.slot_at(w, who, np.full(len(who), len(skeleton.bones()))) == -1).all()


# ---- tests -----------------------------------------------------------------------------------------------------------


def test_a_test_changes_the_chart_and_never_the_body(w):
    before = saved.branch(w)
    for name in observing.TESTS:
        observing.test(w, rows(TEST, name, np.arange(8)))
    assert all(np.array_equal(a, b) for a, b in zip(w.people, before.people, strict=True))
    assert np.isfinite(w.chart.latest("calcium")).all() and (w.chart.known_lesions() > 0).any()
    assert np.isnan(before.chart.latest("calcium")).all()


def test_what_one_person_s_test_shows_does_not_depend_on_who_else_is_tested(w):
    other = saved.branch(w)
    observing.test(w, rows(TEST, "ct", np.arange(8)))
    observing.test(other, rows(TEST, "ct", [5]))
    for name, field in w.chart.arrays().items():
        assert np.array_equal(field[5], other.chart.arrays()[name][5], equal_nan=field.dtype.kind == "f"), name


def test_the_same_test_on_another_day_has_noise_of_its_own(w):
    observing.test(w, rows(TEST, "bloods", np.arange(8)))
    first = w.chart.latest("calcium").copy()
    w.day = w.chart.day = 1
    observing.test(w, rows(TEST, "bloods", np.arange(8)))
    assert not (w.chart.latest("calcium") == first).any()


# ---- a second look on the day of a dose ------------------------------------------------------------------------------


def ruled(w: World, what: str, who) -> None:
    """An order of a rule of standard care for these people, due now."""
    where = np.isin(np.arange(len(w.people.key)), who)
    w.take(np.arange(len(where)), (Start(what, where, topic="systemic", rule="a rule", within_hours=0),))
    w.work["day"] = w.day


def test_blood_that_a_drug_asks_for_is_taken_before_the_dose(w):
    ruled(w, "docetaxel", [1, 3])
    assert np.isnan(w.chart.latest("neutrophils")).all()
    w.act()
    assert np.flatnonzero(w.chart.doses_of("docetaxel")).tolist() == [1, 3]
    assert np.flatnonzero(w.chart.age_of("neutrophils") == 0).tolist() == [1, 3]


def test_a_dose_waits_a_week_while_the_counts_are_too_low_and_a_new_drug_lapses(w):
    w.chart.record(np.arange(8), "neutrophils", np.where(np.arange(8) < 4, 0.4, 4.0))
    w.chart.record(np.arange(8), "platelets", 200.0)
    d = drug.number_of()["docetaxel"]
    w.course[:, d] = 7
    due = rows(START, "docetaxel", [0, 5], check=1, every_days=21)
    again = rows(START, "docetaxel", [2, 6], check=1, every_days=21, course=7)
    again["verb"] = DOSE
    w.work = np.concatenate([due, again])
    w.act()
    assert w.chart.doses_of("docetaxel")[6] == 1
    waiting = w.work[(w.work["person"] == 2) & (w.work["what"] == d)]
    assert waiting["day"].tolist() == [w.day + 7] and not np.isin(0, w.work["person"])
    assert w.chart.doses_of("docetaxel")[[0, 2]].tolist() == [0, 0]


def test_what_a_plan_orders_is_given_as_ordered(w):
    w.chart.record(np.arange(8), "neutrophils", 0.4)
    where = np.arange(8) == 3
    w.take(np.arange(8), (Start("docetaxel", where, topic="systemic", rule="a plan", by="plan", within_hours=0),))
    w.work["day"] = w.day
    w.act()
    assert w.chart.doses_of("docetaxel")[3] == 1


def test_a_dose_of_an_emergency_lapses_where_the_chart_has_come_to_forbid_it_and_waits_for_no_value(w):
    everybody, calcitonin = np.ones(8, bool), drug.number_of()["calcitonin"]
    w.take(np.arange(8), (Start("calcitonin", everybody, topic="emergency", rule="a rule", within_hours=24),))
    w.chart.record(np.arange(4), "calcium_corrected", np.array([3.8, 3.8, 2.6, 2.6]))
    w.work["day"] = w.day
    w.act()
    assert (w.course[:, calcitonin] > 0).tolist() == [True, True, False, False] + [True] * 4
    assert np.isnan(w.chart.latest("calcium_corrected")[4:]).all()


def test_an_operation_lapses_where_the_lesion_has_become_the_only_one_of_an_unproven_cancer(w):
    everybody, femur = np.ones(8, bool), np.full(8, skeleton.number_of()["femur_trochanter_left"])
    w.chart.tissue[:], w.chart.cancer_certain[:] = False, np.arange(8) < 4
    w.chart.see(np.arange(8), femur, kind=0, longest_mm=40.0)
    w.take(np.arange(8), (Treat("fixation", everybody, femur, topic="surgery", rule="a rule", within_hours=0),))
    w.work["day"] = w.day
    w.act()
    assert sorted(w.done["person"][w.done["verb"] == TREAT]) == [0, 1, 2, 3]
