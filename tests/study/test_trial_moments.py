"""People who enter on the day something is found in them, and what trials count of places, visits and earlier events."""

import math
from dataclasses import replace

import numpy as np
import pytest

from seedsoil.biology.body import Body
from seedsoil.care.chart import DAY_FIELDS, NEVER, Chart, place_number
from seedsoil.care.orders import Start, Stop, Treat
from seedsoil.care.plan import Plan, PlannedOrder
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.study import endpoints, moments, plans, screening, trial, trial_files
from seedsoil.study.arm_records import ArmRecord
from seedsoil.study.ledger import KINDS, PROGRESSIONS, STATES, Ledger
from seedsoil.study.newcomers import newly_found
from seedsoil.study.trial import Arm, ByProtocol, Criterion, EventSet, Figure, Trial
from seedsoil.world import parameters
from seedsoil.world.records import EVENTS

DAYS = (0, 28, 56, 84)


def made(states, events=(), death=None, left=400.0, no_diary=0.0, readings=None):
    """One arm with the values of one state at the visits, `{name: [[...] of each person]}`, and events by hand."""
    n = len(next(iter(states.values())))
    seen = np.full((n, len(DAYS), len(STATES)), np.nan, np.float32)
    for name, values in states.items():
        seen[:, :, STATES.index(name)] = values
    rows = np.array([(p, d, KINDS.index(k)) for p, d, k in events], np.int64).reshape(-1, 3)
    rows = rows[np.lexsort([rows[:, 2], rows[:, 1], rows[:, 0]])]
    died = np.full(n, math.nan) if death is None else np.array(death, float)
    arm = ArmRecord("all", readings or {}, rows, seen, died, np.full(n, 400.0), np.full(n, left))
    sets = {
        "jaw": EventSet("jaw", ("jaw_necrosis", "tooth_extraction"), apart_days=0.0),
        "here": EventSet("here", ("fracture_here", "silent_fracture_here")),
        "sre": EventSet("sre", ("fracture",)),
    }
    one = Trial("hand", "by hand", "", True, (), (), (Arm("all", Plan("all"), no_diary=no_diary),), sets, {}, (), visits=DAYS)
    return trial.TrialRun(one, {"all": arm}, n, n, 1)


def ask(run, endpoint, **figure):
    return endpoints.answer(run, Figure("x", endpoint, "all", **figure))


def at(day):
    return day / 30.4375


WALKS = {"walking": [[1, 1, 1, 1], [1, 1, 0, 1], [0, 1, 1, 1], [1, math.nan, math.nan, math.nan]]}


def test_the_dead_do_not_walk_where_everybody_counts():
    run = made(WALKS, death=[math.nan, math.nan, math.nan, 20.0])
    assert ask(run, "state_share", what="walking", least=1, month=at(56))[0] == pytest.approx(2 / 3)
    assert ask(run, "state_share_all", what="walking", least=1, month=at(56))[0] == pytest.approx(2 / 4)


def test_how_long_walking_lasts_ends_with_the_first_visit_without_it_or_with_death():
    run = made(WALKS, death=[math.nan, math.nan, math.nan, 20.0])
    # walks to the end (censored at 84), lost at 56, never from the beginning (0), dead at 20
    assert ask(run, "state_lasts_median", what="walking", least=1)[0] == 20.0
    only = made({"walking": [[1, 1, 0, 1], [1, 1, 0, 1]]})
    assert ask(only, "state_lasts_median", what="walking", least=1)[0] == 56.0
    assert ask(only, "state_lasts_median", what="walking", least=1, month=at(28))[0] == 28.0
    assert math.isnan(ask(made({"walking": [[1, 1, 1, 1]]}), "state_lasts_median", what="walking", least=1)[0])


def test_a_response_lasts_from_the_first_visit_within_the_bounds_to_the_last():
    falls = {"what": "calcium", "most": 2.7, "month": at(28)}
    one = lambda *values: made({"calcium": [list(values)] * 2})
    # a reading above the limit between two within it does not end the response; the value at entry is none
    assert ask(one(3.2, 2.6, 2.8, 2.6), "state_response_median", what="calcium", most=2.7, month=at(28))[3] == 2
    assert ask(one(3.2, 2.6, 2.6, 2.9), "state_response_median", **falls)[0] == 28.0
    assert ask(one(2.6, 2.6, 2.9, 2.9), "state_response_median", **falls)[0] == 0.0
    assert math.isnan(ask(one(3.2, 2.6, 2.8, 2.6), "state_response_median", **falls)[0])  # within at the last visit
    assert math.isnan(ask(one(3.2, 3.1, 2.6, 2.9), "state_response_median", **falls)[0])  # too late to be one
    several = made({"calcium": [[3.2, 2.6, 2.9, 2.9], [3.2, 3.0, 2.6, 2.9]]})
    assert ask(several, "state_response_median", **falls)[3] == 1


def test_a_change_since_entry_counts_as_a_difference_or_as_a_share():
    run = made({"pain_index": [[8, 6, 5, 7], [4, 3.5, 3.9, 4], [0, 1, 0, 0]]})
    fell = {"what": "pain_index", "change": "difference", "most": -2}
    assert ask(run, "state_share", month=at(28), **fell)[0] == pytest.approx(1 / 3)
    assert ask(run, "state_ever", **fell)[0] == pytest.approx(1 / 3)
    assert ask(run, "state_mean", what="pain_index", change="difference", month=at(56))[0] == pytest.approx((-3 - 0.1 + 0) / 3)
    share = ask(run, "state_share", what="pain_index", change="share", most=-0.1, month=at(28), at_entry_least=1)
    assert share[0] == pytest.approx(1.0)


def test_the_first_visit_with_a_state_and_who_never_has_it_is_censored():
    run = made({"haemoglobin": [[12, 11, 9.5, 9], [12, 12, 12, 9], [12, 12, 12, 12]]})
    assert ask(run, "state_first_median", what="haemoglobin", most=10)[0] == 84.0
    early = ask(made({"haemoglobin": [[12, 9, 9, 9], [12, 12, 12, 12]]}), "state_first_median", what="haemoglobin", most=10)
    assert early[0] == 28.0


def test_a_group_by_what_was_seen_at_a_later_visit_leaves_out_the_dead():
    run = made(WALKS, death=[math.nan, 100.0, math.nan, 20.0])
    run.trial.groups["walks_after"] = Criterion("walking", least=1.0, day=28)
    run.trial.groups["better"] = Criterion("walking", least=1.0, day=28, change=True)
    assert ask(run, "death_free", among=("walks_after",), month=6)[3] == 3
    assert ask(run, "death_free", among=("walks_after",), month=6)[0] == pytest.approx(2 / 3)
    assert ask(run, "death_free", among=("better",), month=6)[3] == 1


def test_what_came_before_an_event_is_counted_among_those_who_had_it():
    events = [(0, 10, "tooth_extraction"), (0, 50, "jaw_necrosis"), (1, 60, "jaw_necrosis"), (1, 70, "tooth_extraction"),
              (2, 5, "tooth_extraction")]  # fmt: skip
    value, _, _, n = ask(made({"calcium": np.full((3, 4), 2.4)}, events), "jaw_preceded", kind="tooth_extraction")
    assert (value, n) == (0.5, 2)


def test_a_rate_from_a_month_on_counts_neither_earlier_events_nor_earlier_time():
    run = made({"calcium": np.full((2, 4), 2.4)}, [(0, 100, "fracture"), (1, 390, "fracture")])
    value, *_ = ask(run, "sre_rate", from_month=12.0)
    assert value == pytest.approx(1.0 / (2 * (400 - 12 * 30.4375) / 365.25))


def test_a_share_of_lesions_counts_those_with_many_for_more():
    one_of_four = {"skull_share": np.array([0.0, 0.5]), "bone_metastases": np.array([2.0, 2.0])}
    many = {"skull_share": np.array([0.0, 0.5]), "bone_metastases": np.array([6.0, 2.0])}
    for readings, share in ((one_of_four, 1 / 4), (many, 1 / 8)):
        value, *_ = ask(made({"calcium": np.full((2, 4), 2.4)}, readings=readings), "found_lesions", what="skull_share")
        assert value == pytest.approx(share)


def test_events_after_a_high_marker_are_set_against_those_after_a_low_one():
    ntx = {"ntx": [[120, 120, 30, 30], [30, 30, 30, 120]]}
    run = made(ntx, [(0, 10, "fracture"), (0, 40, "fracture"), (1, 50, "fracture")], left=84.0)
    value, *_ = ask(run, "sre_recent_ratio", what="ntx", least=100, versus_most=50)
    # two events in 56 days after a high value, one in 28 + 84 days after a low one
    assert value == pytest.approx((2 / 56) / (1 / 112))


def test_a_reduction_is_a_share_of_the_share_without():
    run = made({"calcium": np.full((4, 4), 2.4)}, [(0, 10, "fracture")])
    other = made({"calcium": np.full((4, 4), 2.4)}, [(0, 10, "fracture"), (1, 20, "fracture"), (2, 30, "fracture")])
    run.arms["none"] = other.arms["all"]
    assert ask(run, "sre_reduction", versus="none")[0] == pytest.approx(1 - (1 / 4) / (3 / 4))


def test_an_odds_ratio_of_two_groups():
    run = made({"calcium": np.full((4, 4), 2.4)}, [(0, 10, "fracture")])
    other = made({"calcium": np.full((4, 4), 2.4)}, [(0, 10, "fracture"), (1, 20, "fracture"), (2, 30, "fracture")])
    run.arms["none"] = other.arms["all"]
    value, low, high, n = ask(run, "sre_odds_ratio", versus="none")
    assert value == pytest.approx((1 / 3) / (3 / 1)) and low < value < high and n == 8
    run.arms["none"] = made({"calcium": np.full((4, 4), 2.4)}, []).arms["all"]
    assert np.isnan(ask(run, "sre_odds_ratio", versus="none")[0])


def test_a_score_at_entry_against_what_came():
    run = made({"calcium": np.full((4, 4), 2.4)}, [(0, 10, "fracture"), (1, 20, "fracture")],
               readings={"mirels_here": np.array([9.0, 7.0, 10.0, 6.0])})  # fmt: skip
    assert ask(run, "sre_sensitivity", what="mirels_here", least=9)[0] == pytest.approx(0.5)
    assert ask(run, "sre_specificity", what="mirels_here", least=9)[0] == pytest.approx(0.5)


def test_who_kept_no_diary_counts_as_a_flare_where_the_trial_says_so():
    pain = {"pain_index": [[4, 7, 3, 3], [4, 4, 4, 4]], "opioid": [[10, 10, 10, 10], [10, 10, 10, 10]]}
    run = made(pain, no_diary=0.2)
    assert ask(run, "pain_flare", month=at(28))[0] == pytest.approx(0.5)
    assert ask(run, "pain_flare_or_missing", month=at(28))[0] == pytest.approx(1 - 0.8 * 0.5)


def test_a_rise_of_a_point_is_a_flare_in_those_with_doses_at_hand():
    pain = {"pain_index": [[8, 9.2, 7, 7], [8, 9.2, 7, 7], [8, 9.2, 9, 9]], "opioid": [[60] * 4, [0] * 4, [60] * 4]}
    assert ask(made(pain), "pain_flare", month=at(28))[0] == pytest.approx(1 / 3)


def test_who_is_sent_for_radiotherapy_enters_on_the_day_of_the_slot():
    """By then the opioid that the same visit began has its effect: it was on before day 0."""
    mixture = tuple((cancer, None, 1.0) for cancer in ("breast", "lung_nsclc"))
    living = moments.Living(mixture, ("radiotherapy",), frozenset(), 2012.0, 1.0, (), "sent_for_radiotherapy", 6.0)
    world, _ = moments.arrivals(living, 1, 0)
    wait = round(moments.WAITS["sent_for_radiotherapy"]())
    on = world.chart.on("morphine")
    assert wait >= 3 and on.sum() >= 20
    assert np.mean(world.chart.days_on("morphine")[on] >= wait) > 0.7


def test_silent_fractures_of_the_treated_bone_need_surveys_too():
    run = made({"calcium": np.full((1, 4), 2.4)}, [(0, 30, "silent_fracture_here")])
    assert ask(run, "here_proportion")[0] == 0.0
    run.trial.events["here"] = replace(run.trial.events["here"], surveys=True)
    seen = replace(run, trial=replace(run.trial, survey_weeks=12.0))
    assert ask(seen, "here_median_among")[0] == 84.0


def test_where_a_paper_counts_in_months_an_event_after_six_weeks_comes_at_one():
    run = made({"calcium": np.full((3, 4), 2.4)}, [(0, 41, "fracture"), (1, 43, "fracture"), (2, 50, "fracture")])
    assert ask(run, "sre_median_among")[0] == 43.0
    monthly = replace(run, trial=replace(run.trial, times_in_months=1.0))
    assert ask(monthly, "sre_median_among")[0] == trial.DAYS_A_MONTH


def few(n=40, day=0):
    return newly_found((("kidney", None, 1.0),), np.arange(n), 1, parameters.typical(), day)


def test_the_ledger_knows_where_a_bone_broke():
    world = few(3)
    ledger = Ledger(3, (0,))
    femur = next(i for i, bone in enumerate(skeleton.bones()) if bone.region == "femur")
    spine = next(i for i, bone in enumerate(skeleton.bones()) if bone.region == "lumbar")
    ledger.open(world, np.array([femur, spine, -1]))
    kind = EVENTS.index
    world.happened = np.array([(0, 0, kind("fracture_load"), femur), (1, 0, kind("fracture_silent"), spine),
                               (1, 0, kind("fracture_load"), femur), (2, 0, kind("vertebra"), -1)])  # fmt: skip
    ledger.watch(world)
    told = {(int(p), KINDS[k]) for p, _, k in ledger.rows_of()}
    assert {(0, "fracture_here"), (1, "silent_fracture_here")} <= told
    assert {(0, "fracture_leg"), (1, "fracture_leg"), (2, "fracture_spine")} <= told
    assert not {(1, "fracture_here"), (2, "fracture_here"), (2, "silent_fracture_here")} & told


def test_another_day_0_moves_every_day_of_the_chart_and_the_work():
    world = few(20, day=-60)
    care = plans.as_policy(Plan("background"))
    for _ in range(30):
        world.step(care)
    world.chart.day = world.day
    anew = moments.begun_anew(world.of(np.arange(20)))
    assert (world.day, anew.day, anew.chart.day) == (-30, 0, 0)
    assert np.allclose(anew.chart.age(), world.chart.age())
    assert (anew.chart.test_day[anew.chart.test_day != NEVER] - world.chart.test_day[world.chart.test_day != NEVER] == 30).all()
    assert np.array_equal(anew.chart.weeks_since("systemic"), world.chart.weeks_since("systemic"), equal_nan=True)
    assert np.array_equal(anew.chart.lesion("first_seen"), world.chart.lesion("first_seen"), equal_nan=True)
    assert (anew.next_visit == world.next_visit + 30).all()
    assert np.array_equal(np.sort(anew.work["day"]), np.sort(world.work["day"]) + 30)


def test_no_day_of_the_chart_is_forgotten_when_day_0_moves():
    whole = {name for name, values in few(1).chart.arrays().items() if values.dtype == np.int16}
    assert whole - set(DAY_FIELDS) == {"drug_doses"}  # a number of doses, not a day
    assert set(DAY_FIELDS) <= whole


def test_people_of_several_worlds_keep_their_own_work():
    world = few(20)
    world.step(plans.as_policy(Plan("background")))
    both = moments.side_by_side([world.of(np.arange(5)), world.of(np.arange(5, 20))])
    assert both.people.key.tolist() == list(range(20))
    pairs = lambda rows: sorted(zip(rows["person"].tolist(), rows["what"].tolist(), rows["day"].tolist(), strict=True))
    assert pairs(both.work) == pairs(world.work)
    assert np.array_equal(both.chart.site, world.chart.site)


def test_pain_is_sent_for_radiotherapy_only_when_somebody_has_just_been_seen():
    chart = few(1).chart
    rows = np.arange(1)
    chart.day = 100
    chart.prove(rows)
    chart.see(rows, 3, kind=0, longest_mm=20.0, day=50)
    chart.report(rows, ("pain_worst", "pain_site"), np.array([[8.0, 3.0]]))
    chart.reluctance[:] = np.nan
    sent = moments.MOMENTS["sent_for_radiotherapy"]
    assert not sent(chart).any()
    chart.note_test(rows, "examination")
    assert sent(chart).all()
    chart.day = 103
    assert not sent(chart).any()


def test_how_long_a_symptom_has_been_there_forgives_a_short_gap():
    course = moments.Course(2)
    for day in range(40):
        course.watch("pain_days", day, np.array([day >= 10 and not 20 <= day < 30, day < 5]))
    assert course.days("pain_days", 39, np.array([0, 1])).tolist() == [29.0, -1.0]


def test_people_enter_on_their_own_day(monkeypatch):
    monkeypatch.setattr(moments, "FEW", 600)
    monkeypatch.setitem(moments.MOMENTS, "cord_compression", lambda chart: chart.happened("fracture"))
    moments.arrivals.cache_clear()
    one = trial_files.read_trial_text(
        'schema = "seedsoil.trial/1"\nid = "m"\ntitle = "m"\ncite = "m"\ntests_at_entry = ["xray"]\n'
        '[[people]]\ncancer = "breast"\nstatus = "ASSUMED"\nnote = "a test"\n'
        '[time]\nenters_on = "cord_compression"\nenters_within_months = {value = 6, status = "ASSUMED", note = "a test"}\n'
        'follow_months = {value = 1, status = "ASSUMED", note = "a test"}\n'
        '[[arm]]\nname = "all"\nstatus = "ASSUMED"\nnote = "a test"\n'
    )
    asked, sample = [], screening.sample
    monkeypatch.setattr(screening, "sample", lambda world, *tests: (asked.append(tests), sample(world, *tests)))
    done = trial.run(one, 4, seed=2)
    assert (("xray",),) in asked  # everybody is pictured when they are screened
    world, since = moments.arrivals(one.living, 2, 0)
    assert (world.chart.happened("fracture")).all()
    last = world.chart.event_day[:, 0]
    assert world.day == 0 and (last <= 0).all() and (last > -4).all()
    assert set(since) == set(moments.SINCE) and len(since["pain_days"]) == len(world.people.key)
    assert len(done.arms["all"]) == 4
    assert len(world.people.key) > done.entered == trial.LEAST_TOGETHER  # not all of them are followed
    again = moments.arrivals(one.living, 2, 0)[0]
    assert again is world  # the run is made once, and nobody who took people of it has changed it
    assert (world.chart.days_since("fracture") >= 0).all()
    moments.arrivals.cache_clear()


def test_a_time_since_the_finding_has_no_place_beside_a_moment():
    text = (
        'schema = "seedsoil.trial/1"\nid = "m"\ntitle = "m"\ncite = "m"\n'
        '[[people]]\ncancer = "breast"\nstatus = "ASSUMED"\nnote = "a test"\n'
        '[time]\nenters_on = "cord_compression"\n'
        'since_finding_months = {least = 0, most = 3, status = "ASSUMED", note = "a test"}\n'
        '[[arm]]\nname = "all"\nstatus = "ASSUMED"\nnote = "a test"\n'
    )
    with pytest.raises(InputError, match="since_finding_months"):
        trial_files.read_trial_text(text)


def test_the_protocol_bars_drugs_of_care_and_treats_its_place_in_its_own_way():
    world = few(2)
    chart, yes = world.chart, np.ones(2, bool)
    chart.day = 0
    chart.report(np.arange(2), "pain_site", np.array([3.0, 5.0]))

    def care(chart):
        return (Start("zoledronate", yes), Start("morphine", yes), Start("denosumab", yes, by="plan"),
                Treat("radiotherapy", yes, np.array([3, 7])))  # fmt: skip

    arm = Arm("a", Plan("a"), trial.Radiation(8.0, 1), "cryoablation", ("zoledronate", "denosumab"))
    orders = ByProtocol(care, arm, "pain")(chart)
    named = [(order.what, order.by) for order in orders]
    assert ("zoledronate", "standard") not in named
    assert ("morphine", "standard") in named and ("denosumab", "plan") in named
    rays = [order for order in orders if order.what == "radiotherapy"]
    assert [(order.by, order.where.tolist()) for order in rays] == [("plan", [True, True]), ("standard", [False, True])]
    assert any(order.what == "cryoablation" and order.where.all() for order in orders)
    assert next(order for order in orders if order.what == "denosumab").within_hours == 1.0
    chart.day = 7
    assert [o.what for o in ByProtocol(care, arm, "pain")(chart)] == ["morphine", "denosumab", "radiotherapy"]


def test_who_fails_the_treatment_of_an_arm_goes_on_to_the_next_line_where_the_file_says_so():
    chart = Chart.empty(3, cancer="lung_nsclc")
    everybody = np.arange(3)
    for name in ("platinum_doublet", "immunotherapy"):
        chart.note_drug(everybody, name, day=0)
    chart.see(everybody, place_number("L3"), longest_mm=20.0, day=0)
    chart.day = 200
    chart.see(everybody[1:], place_number("L3"), longest_mm=40.0)

    def care(chart):
        yes = np.ones(3, bool)
        said = {"topic": "systemic"}
        return (Stop("immunotherapy", yes, **said), Start("immunotherapy", yes, **said), Start("docetaxel", yes, **said),
                Start("platinum_doublet", yes, by="plan", **said))  # fmt: skip

    orders = (PlannedOrder("start", "platinum_doublet"), PlannedOrder("start", "immunotherapy"))
    arm = Arm("a", Plan("a", orders), later_lines=True)
    given = {(o.verb, o.what): o.where.tolist() for o in ByProtocol(care, arm, "pain")(chart.held())}
    assert given == {("stop", "immunotherapy"): [False, True, True], ("start", "immunotherapy"): [False] * 3,
                     ("start", "docetaxel"): [False, True, True], ("start", "platinum_doublet"): [True] * 3}  # fmt: skip
    shared = plans.as_policy(Plan("a", orders), {"systemic"})
    assert "systemic" in plans.as_policy(Plan("a", orders)).rest.left_out and "systemic" not in shared.rest.left_out


def test_a_bone_that_broke_and_a_spine_that_was_operated_on_are_moments_on_their_day_alone():
    chart = Chart.empty(3, cancer="breast", male=False, age_years=60.0)
    everybody, spine, thigh = np.arange(3), place_number("L3"), place_number("femur_neck_left")
    chart.note_event(everybody[:1], "fracture", site=np.array([spine]))
    assert not moments.MOMENTS["fracture"](chart).any()  # no metastasis is known there: it broke for another reason
    chart.see(everybody, np.array([spine, thigh, thigh]), certain=1)
    chart.note_event(everybody[1:2], "fracture", day=-9, site=np.array([thigh]))
    chart.note_procedure(everybody[1:], "fixation", np.array([spine, thigh]))
    assert moments.MOMENTS["fracture"](chart).tolist() == [True, False, False]
    assert moments.MOMENTS["spine_operation"](chart).tolist() == [False, True, False]
    known = screening.known()
    assert known["spine_broken"](chart).tolist() == [True, False, False]
    assert not known["femur_broken"](chart).any() and not known["leg_broken"](chart).any()  # nine days ago is not just now
    chart.note_event(everybody[2:], "fracture", site=np.array([thigh]))
    assert known["femur_broken"](chart).tolist() == [False, False, True] == known["leg_broken"](chart).tolist()


def test_survival_after_an_event_is_counted_from_the_event():
    events = [(0, 100, "fracture"), (1, 100, "fracture"), (2, 300, "fracture"), (3, 50, "fracture"), (4, 10, "fracture")]
    run = made({"walking": [[1] * 4] * 6}, events, death=[150.0, 350.0, 390.0, 60.0, math.nan, 20.0])
    assert ask(run, "sre_after_free", month=at(60))[0] == pytest.approx(3 / 5)  # 50, 250, 90 and 10 days; one lives
    assert ask(run, "sre_after_free", month=at(60))[3] == 5
    few = made({"walking": [[1] * 4] * 6}, events[1:], death=[150.0, 350.0, 390.0, 60.0, math.nan, 20.0])
    assert math.isnan(ask(few, "sre_after_free", month=at(60))[0])  # four people tell nothing


def test_death_counts_with_the_events_where_the_paper_counts_it():
    run = made({"calcium": np.full((3, 4), 2.4)}, [(0, 50, "progression"), (2, 30, "progression")], death=[60.0, 80.0, 200.0])
    run.trial.events["pfs"] = EventSet("pfs", ("progression",), or_death=True)
    run.trial.events["ttp"] = EventSet("ttp", ("progression",))
    assert ask(run, "pfs_median")[0] == 50.0  # 30, 50, and the death on day 80
    assert ask(run, "pfs_proportion")[0] == 1.0
    assert ask(run, "ttp_proportion")[0] == pytest.approx(2 / 3)
    run.arms["all"].left[1] = 70.0
    assert ask(run, "pfs_proportion")[0] == pytest.approx(2 / 3)  # a death after leaving is not seen


def test_nobody_is_at_risk_after_an_event_that_comes_once():
    ntx = [[200.0] * 4, [200.0] * 4, [40.0] * 4, [40.0] * 4]
    run = made({"ntx": ntx}, [(0, 28, "progression"), (1, 84, "progression"), (2, 84, "progression")])
    high = {"what": "ntx", "least": 100, "versus_most": 100}
    for ends in (False, True):
        run.trial.events["worse"] = EventSet("worse", ("progression",), ends=ends)
        days = run.arms["all"].until
        at_risk = (28 + 84, 84 + days[3]) if ends else (days[0] + days[1], days[2] + days[3])
        assert ask(run, "worse_recent_ratio", **high)[0] == pytest.approx((2 / at_risk[0]) / (1 / at_risk[1]), rel=0.02)


def test_a_complaint_of_high_calcium_goes_when_calcium_falls():
    world = few(200)
    at = {}
    for calcium in (2.3, 3.3):
        world.people.body[:, Body._fields.index("calcium")] = calcium
        ledger = Ledger(200, (0,))
        ledger.open(world, np.full(200, -1))
        at[calcium] = {name: ledger.states[:, 0, STATES.index(name)] for name in ("thirst", "complaints")}
    assert at[3.3]["thirst"].mean() > 0.7 > 0.15 > at[2.3]["thirst"].mean()
    assert (at[3.3]["thirst"] >= at[2.3]["thirst"]).all() and (at[3.3]["complaints"] >= at[2.3]["complaints"]).all()
    assert (at[3.3]["complaints"] >= at[3.3]["thirst"]).all() and at[3.3]["complaints"].max() > 1


def test_a_ledger_writes_down_the_first_visit_whose_pictures_are_worse():
    """All laid side by side: what was known and has grown, and what is new and larger than it was, unseen, on day 0."""
    world = few(4)
    chart, tumour, everybody = world.chart, world.people.lesion[:, 0, :2], np.arange(4)
    tumour[:] = [2.0, 0.0]
    for who in (0, 1):
        chart.see(np.array([who]), world.people.site[who, 0], longest_mm=16.0, day=0)
    ledger = Ledger(4, (0, 56, 112, 168))
    ledger.open(world, np.full(4, -1))
    chart.begin_line(everybody, 0)
    for day in (56, 112, 168):
        world.day = chart.day = day
        if day == 112:
            for who in (0, 3):  # one that was known and one that was not
                tumour[who] *= 8.0
            for who in (2, 3):
                chart.see(np.array([who]), world.people.site[who, 0], longest_mm=20.0, day=day)
        ledger.watch(world)
    told = [(int(p), int(d)) for p, d, k in ledger.rows_of() if KINDS[k] == "progression"]
    assert sorted(told) == [(0, 112), (3, 112)]
    assert not [k for _, _, k in ledger.rows_of() if KINDS[k] == "progression_on_bone_scan"]  # one new spot is not two


def test_organs_are_read_as_bones_are():
    """One that was known counts by its share of the sum, one seen for the first time only if it has grown since day 0."""
    world = few(4)
    chart, body, everybody = world.chart, world.people.body, np.arange(4)
    liver, lung = (Body._fields.index(f"{organ}_sensitive") for organ in ("liver", "lung"))
    world.people.lesion[:, 0, :2] = [8.0, 0.0]
    body[:, [liver, liver + 1, lung, lung + 1]] = 0.0
    body[:, liver] = [1.0, 1.0, 0.4, 0.4]
    for who in everybody:
        chart.see(np.array([who]), world.people.site[who, 0], longest_mm=25.0, day=0)
    chart.note_organ(everybody[:2], "liver", 0)
    ledger = Ledger(4, (0, 56))
    ledger.open(world, np.full(4, -1))
    chart.begin_line(everybody, 0)
    world.day = chart.day = 56
    body[:, liver] = [2.0, 20.0, 0.5, 2.0]  # a quarter longer, of a third of the sum; much longer; hardly; much
    chart.note_organ(everybody, "liver", 56)
    ledger.watch(world)
    told = {kind: [int(p) for p, _, k in ledger.rows_of() if KINDS[k] == kind] for kind in PROGRESSIONS}
    assert told == {"progression": [1, 3], "progression_on_bone_scan": [1, 3]}


def test_a_response_is_a_sum_three_tenths_shorter_before_any_progression():
    world = few(3)
    chart, tumour = world.chart, world.people.lesion[:, 0, :2]
    world.people.lesion[:, 1:, :2], chart.organs[:], chart.site[:] = 0.0, 0, -1
    tumour[:] = [8.0, 0.0]
    for who in (0, 1):
        chart.see(np.array([who]), world.people.site[who, 0], longest_mm=25.0, day=0)
    ledger = Ledger(3, (0, 56, 112))
    ledger.open(world, np.full(3, -1))
    for day, volumes in ((56, (2.0, 5.0, 2.0)), (112, (2.0, 64.0, 2.0))):
        world.day = chart.day = day
        tumour[:, 0] = volumes
        ledger.watch(world)
    told = [(int(p), int(d)) for p, d, k in ledger.rows_of() if KINDS[k] == "response"]
    assert told == [(0, 56), (0, 112)]  # the second shrank too little, of the third nothing was known
