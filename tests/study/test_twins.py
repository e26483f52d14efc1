"""Twins fit the person they are twins of, by weights that are honest about how well."""

import numpy as np
import pytest
from tests.study import somebody

from seedsoil.care.patient import Finding, KnownLesion
from seedsoil.diagnostics import blood
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.study import twins
from seedsoil.study.weighing import Candidates, number
from seedsoil.world import observing, people, records, runs
from seedsoil.world.records import People


def same(a: People, b: People) -> bool:
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


def true(fitted, analyte: str) -> np.ndarray:
    """The true values of one analyte in the twins."""
    return blood.true_value(analyte, observing.seen(fitted.world, np.arange(fitted.asked)))


# ---- the fit ---------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_twins():
    again = twins.fit(somebody.patient(), 60, 1)
    first = somebody.twins()
    assert same(again.world.people, first.world.people)
    assert (again.effective, again.ancestors, again.temper) == (first.effective, first.ancestors, first.temper)


def test_no_digit_hangs_on_how_many_processes_fit_them():
    with runs.beside(1) as hands:
        shared = twins.fit(somebody.patient(), 60, 1, workers=2, hands=hands)
    first = somebody.twins()
    assert same(shared.world.people, first.world.people) and np.array_equal(shared.world.work, first.world.work)
    assert np.array_equal(shared.world.course, first.world.course) and shared.assumed == first.assumed
    assert (shared.effective, shared.ancestors, shared.warning) == (first.effective, first.ancestors, first.warning)


def test_another_seed_gives_others():
    assert not same(somebody.twins(60, 2).world.people, somebody.twins().world.people)


@pytest.mark.parametrize(("analyte", "within"), [("psa", 0.25), ("alp", 0.25), ("calcium", 0.03), ("creatinine", 0.1)])
def test_the_middle_twin_is_close_to_what_was_found(analyte, within):
    assert np.median(true(somebody.twins(), analyte)) == pytest.approx(somebody.FOUND[analyte], rel=within)


def test_a_finding_moves_the_twins_towards_it():
    """The same man with a hundred times the PSA has twins with far more of it, and calcium where it was."""
    findings = tuple(Finding(what, 8000.0 if what == "psa" else value) for what, value in somebody.FOUND.items())
    other = twins.fit(somebody.patient(findings=findings), 60, 1)
    assert np.median(true(other, "psa")) > 30.0 * np.median(true(somebody.twins(), "psa"))
    assert np.median(true(other, "calcium")) == pytest.approx(np.median(true(somebody.twins(), "calcium")), rel=0.03)


def test_twins_have_the_facts_of_the_person():
    group = somebody.twins().world.people
    assert set(group.traits["age_years"]) == {70.0} and group.traits["male"].all()
    lumbar, pelvis = skeleton.number_of()["L3"], list(skeleton.sites_in("pelvis"))
    assert (group.site == lumbar).any(axis=1).all()
    assert np.isin(group.site, pelvis).any(axis=1).all()


def test_a_vague_place_is_not_the_same_bone_in_all_twins():
    group = somebody.twins().world.people
    pelvis = list(skeleton.sites_in("pelvis"))
    bones = {tuple(sorted(set(row.tolist()) & set(pelvis))) for row in group.site}
    assert len(bones) > 1 or len(pelvis) == 1


def test_twins_start_alive_on_day_zero_with_keys_and_luck_of_their_own():
    fitted = somebody.twins()
    group = fitted.world.people
    assert fitted.world.day == 0 and fitted.world.chart.day == 0
    assert group.key.tolist() == list(range(60)) and group.alive.all() and not group.times.any()
    fresh = records.rows(group, np.arange(60))
    people.renew_luck(fresh, fitted.seed)
    assert np.array_equal(fresh.left, group.left) and np.array_equal(fresh.lesion_left, group.lesion_left)


def test_every_twin_has_the_chart_of_the_person():
    chart = somebody.twins().world.chart
    for name, field in chart.arrays().items():
        if name == "reluctance":  # what each twin's care is like in practice is no part of the record
            continue
        assert all(row.tobytes() == field[0].tobytes() for row in field), name
    assert chart.latest("psa")[0] == pytest.approx(80.0) and chart.known_lesions()[0] == 2


def test_the_report_of_the_fit_adds_up():
    fitted = somebody.twins()
    assert fitted.asked == 60 and 1 <= fitted.ancestors <= 60
    assert 50.0 <= fitted.effective <= number("candidates_least") and fitted.warning is None
    assert fitted.temper == 1.0
    assert {"what", "how", "low", "high", "unit"} <= fitted.assumed[0].keys()


def test_parameter_sets_are_spread_over_the_twins():
    each = np.bincount(somebody.twins().world.people.set_of, minlength=twins.versions())
    assert each.min() >= 1 and each.max() <= 4


@pytest.mark.parametrize("asked", [0, -5, 19])
def test_too_few_twins_are_refused(asked):
    with pytest.raises(InputError, match="20 or more"):
        twins.fit(somebody.patient(), asked)


def test_progress_is_told_from_start_to_end():
    told = []
    twins.fit(somebody.patient(lesions=(KnownLesion("L3", None, day=-3, day_to=-3),)), 20, 1, lambda *a: told.append(a))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1][1] == told[-1][2] > 0


# ---- resampling ------------------------------------------------------------------------------------------------------


def test_resampling_gives_each_candidate_its_share_to_within_one():
    weight = np.random.default_rng(1).dirichlet(np.full(50, 0.3))
    chosen = twins.resampled(weight, 400, 1)
    copies = np.bincount(chosen, minlength=50)
    assert (np.abs(copies - 400 * weight) < 1.0 + 1e-9).all() and copies.sum() == 400


def test_resampling_never_takes_the_impossible_and_mixes_the_order():
    weight = np.zeros(30)
    weight[[4, 9, 29]] = [0.2, 0.5, 0.3]
    chosen = twins.resampled(weight, 100, 3)
    assert set(chosen) == {4, 9, 29}
    assert (np.diff(chosen) < 0).any()
    assert np.array_equal(chosen, twins.resampled(weight, 100, 3))


# ---- people unlike those the model knows -----------------------------------------------------------------------------


def found_with(**shares) -> Candidates:
    of = {what: (share, Finding(what, 12345.0)) for what, share in shares.items()}
    return Candidates(somebody.twins().world, np.zeros(60), -24, of)


def test_a_finding_no_candidate_comes_near_is_named():
    for share in (0.0, 1.0):
        warning = twins.unlike(found_with(calcium=0.4, alp=share), 300.0)
        assert "unlike those the model knows" in warning and "alp" in warning and "12345" in warning


def test_too_few_that_fit_is_said_with_their_number():
    assert twins.unlike(found_with(alp=0.4), 300.0) is None
    assert "only 12 effective" in twins.unlike(found_with(alp=0.4), 12.4)


def test_findings_that_could_not_be_let_in_are_said():
    assert twins.unlike(found_with(alp=0.4), 300.0, number("temper_least")) is None
    assert "0.04 of what they tell" in twins.unlike(found_with(alp=0.4), 300.0, 0.04)


def test_a_person_with_an_unbelievable_value_is_unlike():
    """Platelets of three million go with no virtual person; the fit says so and names them."""
    findings = (Finding("psa", 80.0), Finding("platelets", 3000.0))
    assert "platelets" in twins.fit(somebody.patient(findings=findings), 20, 1).warning
