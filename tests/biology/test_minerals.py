"""Calcium in health, when it falls and when it runs away; kidneys, phosphate, magnesium, vitamin D."""

import numpy as np
import pytest
from tests.biology.bodies import (
    BODY,
    LESION,
    WATCHED,
    add_lesions,
    changed,
    cohort,
    give,
    healthy,
    numbers,
    run,
)

from seedsoil.biology import bone, minerals, person
from seedsoil.biology.body import Body, Sums
from seedsoil.grammar import luck
from seedsoil.grammar.tables import table
from seedsoil.world.records import joined, rows

PLAIN = numbers().params.view(np.recarray)


def pth(who):
    """PTH over normal."""
    return minerals.pth(Body(*who.body.T), PLAIN) / PLAIN.pth_normal


def filtration(who):
    """Filtration now, mL/min."""
    return minerals.filtration(Body(*who.body.T), PLAIN)


def copies(who, n):
    """The same person n times."""
    return joined([rows(who, np.array([0]))] * n)


def denosumab_q4w(who):
    return lambda day: give(who, "denosumab", 120.0) if day % 28 == 0 else None


# ---- health and kidneys ----------------------------------------------------------------------------------------------


def test_a_healthy_person_does_not_drift_in_ten_years():
    """Below one part in a million of every state."""
    who = healthy()
    start = who.body.copy()
    run(who, 3652)
    assert np.max(np.abs(who.body - start) / np.maximum(np.abs(start), 1e-9)) < 1e-6


def test_the_steady_state_of_a_weak_kidney_is_steady():
    """What people are started from moves by less than 1 % in a month, mineral of the skeleton apart."""
    who = healthy(3, gfr_healthy=np.array([25.0, 50.0, 80.0]), vitamin_d_usual=np.array([30.0, 50.0, 90.0]))
    start = who.body.copy()
    run(who, 30)
    moved = np.abs(who.body - start) / np.maximum(np.abs(start), 1e-9)
    moved[:, BODY["skeleton"]] = 0.0
    assert moved.max() < 1e-2


def test_failing_kidneys_raise_pth_and_lower_calcium_a_little():
    """GFR 30: calcium 2.20-2.35, PTH 1.5-3 times normal; GFR 60 lies between; bounds assumed."""
    who = healthy(4, gfr_healthy=np.array([100.0, 60.0, 30.0, 15.0]))
    calcium, hormone = who.body[:, BODY["calcium"]], pth(who)
    assert 2.20 <= calcium[2] < calcium[1] < calcium[0] == pytest.approx(2.35)
    assert 1.5 <= hormone[2] <= 3.0
    assert np.all(np.diff(hormone) > 0.0)
    assert np.all(np.diff(who.body[:, BODY["calcitriol"]]) < 0.0)
    assert np.all(np.diff(who.body[:, BODY["phosphate"]]) > 0.0)


# ---- low calcium -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def resistant():
    """Castration-resistant prostate cancer, castrated for two months, with calcium 500 mg and vitamin D 400 IU a day."""
    who = cohort("prostate", 800, subtype=1)
    give(who, "adt", 0.134)
    run(who, 60)
    give(who, "calcium_supplement", 500.0)
    give(who, "vitamin_d", 400.0)
    return who


@pytest.fixture(scope="module")
def on_denosumab(resistant):
    """Calcium of the first ten weeks, a day a row."""
    who = rows(resistant, np.arange(len(resistant.key)))
    return run(who, 70, each_day=denosumab_q4w(who))["calcium"]


def test_calcium_falls_on_denosumab_in_resistant_prostate_cancer(on_denosumab):
    """Median lowest value 2.08-2.25 in weeks 1-4, below 2.0 in 12-28 % and below 1.75 in 1-7 % of people; bounds assumed,
    around 12-13 % as an adverse event, 20.5 % of grade 2 or worse by the laboratory, whose error adds a few, 2-5 % of grade 3-4.
    Every day counts here, where a laboratory sees one in a month."""
    lowest = on_denosumab.min(axis=0)
    assert 2.08 <= np.median(lowest) <= 2.25
    assert 7 <= np.median(on_denosumab.argmin(axis=0)) <= 28
    assert 0.12 <= (lowest < 2.0).mean() <= 0.28
    assert 0.01 <= (lowest < 1.75).mean() <= 0.07


def test_zoledronate_lowers_calcium_less_often(resistant, on_denosumab):
    """Trials: about half as often as denosumab."""
    who = rows(resistant, np.arange(len(resistant.key)))
    give(who, "zoledronate", 4.0)
    lowest = run(who, 28)["calcium"].min(axis=0)
    assert (lowest < 2.0).mean() < (on_denosumab[:29].min(axis=0) < 2.0).mean()


def test_calcium_falls_little_in_normal_turnover():
    """One dose, no supplement: 0.05-0.16 mmol/L, an assumed bound around the 0.144 of OpenBoneMin."""
    who = healthy()
    fall = 2.35 - run(who, 60, each_day=denosumab_q4w(who))["calcium"].min()
    assert 0.05 <= fall <= 0.16


def deepest(who, known=None):
    """The lowest calcium of eight weeks on denosumab."""
    return run(who, 56, known, each_day=denosumab_q4w(who))["calcium"].min(axis=0)


def test_what_is_known_to_deepen_low_calcium_does():
    """Little vitamin D, weak kidneys, much blastic bone, each alone; and a supplement softens it."""
    plain = lambda **traits: add_lesions(healthy(**traits), 6, "blastic", volume_ml=3.0)
    usual = deepest(plain())[0]
    assert deepest(plain(vitamin_d_usual=15.0))[0] < usual - 0.02
    assert deepest(plain(gfr_healthy=30.0))[0] < usual - 0.02
    assert deepest(add_lesions(healthy(), 14, "blastic", volume_ml=6.0))[0] < usual - 0.05
    fed = plain()
    give(fed, "calcium_supplement", 1000.0)
    assert deepest(fed)[0] > usual + 0.02


def test_low_magnesium_deepens_low_calcium():
    """PTH cannot be released without magnesium; here a lasting loss keeps it at 0.4 mmol/L."""
    usual = deepest(add_lesions(healthy(), 6, "blastic", volume_ml=3.0))[0]
    lasting = changed(magnesium_time=1e5)
    who = add_lesions(healthy(known=lasting), 6, "blastic", volume_ml=3.0)
    who.body[:, BODY["magnesium"]] = 0.4
    assert deepest(who, lasting)[0] < usual - 0.03


def test_matrix_waits_for_mineral_when_calcium_or_phosphate_is_low():
    """Osteomalacia: matrix takes up mineral more slowly, and the pool that waits for it grows on denosumab."""
    who = add_lesions(healthy(), 14, "blastic", volume_ml=6.0)
    y, x, sums = Body(*who.body.T), who.traits.view(np.recarray), Sums(*np.zeros((len(Sums._fields), 1)))
    usual = bone.mineralising(y, x, sums, PLAIN)
    assert bone.mineralising(y._replace(phosphate=0.5 + 0.0 * y.phosphate), x, sums, PLAIN) < 0.9 * usual
    assert bone.mineralising(y._replace(calcium=2.0 + 0.0 * y.calcium), x, sums, PLAIN) < 0.7 * usual
    run(who, 30)
    osteoid, phosphate = who.body[0, BODY["osteoid"]], who.body[0, BODY["phosphate"]]
    run(who, 28, each_day=denosumab_q4w(who))
    assert who.body[0, BODY["osteoid"]] > 1.05 * osteoid
    assert who.body[0, BODY["phosphate"]] < 0.97 * phosphate


# ---- high calcium ----------------------------------------------------------------------------------------------------


def test_pthrp_raises_calcium_and_above_a_threshold_it_runs_away():
    """PTHrP 5, 10, 20 and 40 pmol/L for 60 days, as in the prototype: about 2.5, 2.7, 3.3 and 4.0 mmol/L; assumed."""
    known = changed(pthrp_feedback=0.0)
    who = add_lesions(healthy(4, known), 1, "lytic", volume_ml=1e-7)
    who.lesion[:, 0, LESION["awake"]] = 0.0  # a source that does not grow
    who.lesion_traits["pthrp_secretion"][:, 0] = np.array([5.0, 10.0, 20.0, 40.0]) / 1e-7
    seen = run(who, 60, known)
    assert seen["calcium"][60] == pytest.approx([2.5, 2.7, 3.3, 4.0], rel=0.09)
    assert np.all(np.diff(seen["volume"][60]) < 0.0)
    assert np.all(np.diff(filtration(who)) < 0.0)
    assert filtration(who)[3] < 60.0


def test_tumour_outside_bone_raises_calcium_without_any_in_bone():
    """A secreting tumour of 500 mL in an organ or the primary, and one that does not secrete."""
    who = healthy(3, pthrp_secretion=np.array([0.04, 0.04, 0.0]))
    who.body[[0, 2], BODY["lung_sensitive"]] = 500.0
    who.body[1, BODY["primary"]] = 500.0
    calcium = run(who, 60)["calcium"][60]
    assert calcium[:2].min() > 3.0
    assert abs(calcium[2] - 2.35) < 0.02


def test_lytic_lesions_that_secrete_pthrp_bring_hypercalcaemia():
    """Sixteen lesions: none without PTHrP, calcium above 3.0 with it, sooner the more of it."""
    who = add_lesions(healthy(3), 16, "lytic", volume_ml=0.5)
    who.lesion_traits["pthrp_secretion"][:, :16] = np.array([0.0, 0.012, 0.03])[:, None]
    calcium = run(who, 900)["calcium"]
    above = (calcium > 3.0).argmax(axis=0)
    assert calcium[:, 0].max() < 2.65
    assert calcium[:, 1:].max(axis=0).min() > 3.0
    assert 0 < above[2] < above[1]


@pytest.fixture(scope="module")
def severe():
    """One person on the day their calcium reaches 3.2."""
    who = add_lesions(healthy(), 16, "lytic", volume_ml=1.0, pthrp=0.02)
    for _ in range(900):
        run(who, 1)
        if who.body[0, BODY["calcium"]] >= 3.2:
            return who
    raise AssertionError("calcium never reached 3.2")


@pytest.fixture(scope="module")
def treated(severe):
    """Calcium under: nothing, saline, saline and zoledronate, the same and calcitonin, saline and denosumab."""
    arms = copies(severe, 5)

    def treat(day):
        if day == 0:
            give(arms, "fluids", 4.0, np.arange(1, 5))
            give(arms, "zoledronate", 4.0, np.array([2, 3]))
            give(arms, "calcitonin", 900.0, np.array([3]))
            give(arms, "denosumab", 120.0, np.array([4]))
        if day == 3:
            give(arms, "fluids", 0.0)
            give(arms, "calcitonin", 0.0)

    return run(arms, 60, each_day=treat)["calcium"]


def test_saline_helps_for_days_only(treated):
    """Down by 0.2 mmol/L or more in two days, back within 0.3 of the start in a week; assumed."""
    saline = treated[:, 1]
    assert saline[2] < 3.0
    assert saline[10] > saline[3] + 0.15
    assert saline[10] > 2.9
    assert treated[10, 0] > 3.2


def test_zoledronate_brings_calcium_down_for_weeks(treated):
    """Below 2.7 between day 4 and day 10."""
    assert treated[4:11, 2].min() < 2.7
    assert treated[10, 2] < 2.7
    assert treated[30, 2] < treated[30, 1] - 0.3


def test_calcitonin_is_faster_and_its_effect_is_lost(treated):
    """Lower at day 2, no difference left after two weeks."""
    assert treated[2, 3] < treated[2, 2] - 0.05
    assert abs(treated[14, 3] - treated[14, 2]) < 0.03


def test_denosumab_works_in_hypercalcaemia(treated):
    """At least as well as zoledronate by day 10."""
    assert treated[10, 4] < min(2.65, treated[10, 2] + 0.02)


def test_a_weak_kidney_makes_hypercalcaemia_worse():
    """The same lesions give a higher calcium with GFR 30 than with 100, though it starts lower."""
    who = add_lesions(healthy(2, gfr_healthy=np.array([100.0, 30.0])), 12, "lytic", volume_ml=1.0, pthrp=0.02)
    calcium = run(who, 400)["calcium"]
    assert calcium[0, 1] < calcium[0, 0]
    assert calcium[400, 1] > calcium[400, 0] + 0.05


@pytest.fixture(scope="module")
def hypercalcaemic():
    """People of three cancers when they come to hospital: calcium 3.0 and an exponential more, mean 0.4. Who is there within
    a month was high before the bones were found, and passes that level in a leap from the rest everybody is started at."""
    found = []
    for cancer in ("breast", "lung_nsclc", "kidney"):
        who = cohort(cancer, 250)
        comes = 3.0 - 0.4 * np.log(luck.uniform(1, who.key, "presents"))
        for step in range(120):
            run(who, 4)
            there = np.flatnonzero(who.alive & (who.body[:, BODY["calcium"]] >= comes))
            if step >= 7:
                found.append(rows(who, there))
            who.alive[there] = False
            who.alive[person.burden(Body(*who.body.T), Sums(*who.sums.T), PLAIN) > 1.0] = False  # hardly anybody lives to see it
    out = joined(found)
    out.alive[:] = True
    return out


@pytest.fixture(scope="module")
def answer(hypercalcaemic):
    """Calcium of 90 days after zoledronate 4 mg and three days of saline."""
    who = rows(hypercalcaemic, np.arange(len(hypercalcaemic.key)))

    def treat(day):
        if day == 0:
            give(who, "fluids", 3.0)
            give(who, "zoledronate", 4.0)
        if day == 3:
            give(who, "fluids", 0.0)

    return run(who, 90, each_day=treat)["calcium"]


NORMAL_AGAIN = 2.70  # mmol/L, complete response of Major 2001


@pytest.mark.xfail(strict=True, reason="34 and 55 %: who comes with calcium far above 3.0 answers too weakly")
def test_zoledronate_makes_calcium_normal_in_most_by_day_10(answer):
    """Major 2001: 88 % by day 10, about half by day 4; the ranges are assumed."""
    assert answer.shape[1] >= 20
    by = lambda day: (answer[: day + 1].min(axis=0) <= NORMAL_AGAIN).mean()
    assert 0.4 <= by(4) <= 0.65
    assert 0.80 <= by(10) <= 0.95


@pytest.mark.parametrize("often", ["low", "high"])
@pytest.mark.parametrize("level", ["low", "high"])
def test_nobody_lives_on_far_above_the_calcium_at_which_heart_and_brain_fail(often, level):
    """At the ends of the ranges of both numbers: a day kills under 1 % at 3.0 mmol/L, at least half at 5, all at 6; assumed."""
    drawn = table("values", "person.toml")
    p = changed(
        death_calcium=getattr(drawn["death_calcium"], often), death_calcium_level=getattr(drawn["death_calcium_level"], level)
    )
    who = copies(healthy(), 3)
    who.body[:, BODY["calcium"]] = 3.0, 5.0, 6.0
    y, x, sums = Body(*who.body.T), who.traits.view(np.recarray), Sums(*who.sums.T)
    died = 1.0 - np.exp(-person.deaths(y, x, sums, 65.0, p.params.view(np.recarray))[1])
    assert died[0] < 0.01
    assert died[1] >= 0.5
    assert died[2] > 0.999


def test_what_is_watched_stays_finite_and_positive_through_the_spiral():
    """Far beyond what anyone survives."""
    who = add_lesions(healthy(), 16, "lytic", volume_ml=5.0, pthrp=0.1)
    seen = run(who, 700)
    for name in WATCHED:
        assert np.all(np.isfinite(seen[name]))
        assert np.all(seen[name] > 0.0)
