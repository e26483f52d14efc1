"""Blood tests: they show the body, they are as noisy as the table says, and they weigh a body as they draw from it."""

import numpy as np
import pytest
from tests.diagnostics.people_to_test import people

from seedsoil.care.scores.kidney import ckd_epi as published_ckd_epi
from seedsoil.care.scores.kidney import cockcroft_gault
from seedsoil.diagnostics import blood
from seedsoil.diagnostics.truth import cancers
from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.grammar.tables import table
from seedsoil.world import populations


@pytest.mark.parametrize("analyte", blood.ANALYTES)
def test_a_healthy_person_has_normal_results(analyte):
    """Each sex on its own; castration and pregnancy ranges do not exist here."""
    for male in (0.0, 1.0):
        if analyte == "testosterone" and not male:
            continue
        low, high = blood.reference(analyte)
        value = blood.true_value(analyte, people(traits={"male": male}, cancer="kidney"))[0]
        assert low <= value <= high, (analyte, male, value)


@pytest.mark.parametrize("analyte", blood.ANALYTES)
def test_a_draw_is_as_noisy_as_the_table_says(analyte):
    n = 20_000
    seen = people(n)
    drawn = blood.draw(analyte, seen, luck.normal(3, np.arange(n), "blood"))
    entry = table("diagnostics", "blood.toml")
    wanted = np.hypot(entry[f"{analyte}.lab"].value, entry[f"{analyte}.within"].value)
    assert np.std(drawn) / np.mean(drawn) == pytest.approx(wanted, rel=0.04)
    assert np.median(drawn) == pytest.approx(blood.true_value(analyte, seen)[0], rel=0.02)


@pytest.mark.parametrize("analyte", ["calcium", "psa", "ntx", "crp", "creatinine"])
def test_the_likelihood_of_all_results_adds_up_to_one(analyte):
    seen = people(traits={"male": 1.0}, cancer="prostate")
    truth = blood.true_value(analyte, seen)[0]
    grid = truth * np.exp(np.linspace(-6, 6, 4001))
    density = np.exp([blood.log_likelihood(analyte, seen, v)[0] for v in grid])
    assert np.trapezoid(density, grid) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("qualifier", ["<", ">", "normal", "high", "low"])
def test_a_censored_result_weighs_by_its_probability(qualifier):
    """Drawn results fall in the class as often as its likelihood says, without the model's own error."""
    n = 40_000
    seen = people(n, body={"calcium": 2.58}, cancer="kidney")
    drawn = blood.draw("calcium_corrected", seen, luck.normal(5, np.arange(n), "blood"))
    low, high = blood.reference("calcium_corrected")
    inside = {
        "<": drawn < 2.55, ">": drawn > 2.7, "high": drawn > high, "low": drawn < low,
        "normal": (drawn >= low) & (drawn <= high),
    }[qualifier]  # fmt: skip
    limit = {"<": 2.55, ">": 2.7}.get(qualifier)
    told = np.exp(blood.log_likelihood("calcium_corrected", seen, limit, qualifier, model=False))[0]
    assert 0.0 <= told <= 1.0
    assert inside.mean() == pytest.approx(told, abs=0.01)


def test_the_likelihood_is_highest_for_the_body_the_result_came_from():
    levels = np.linspace(1.8, 4.0, 221)
    seen = people(len(levels), body={"calcium": levels})
    weight = blood.log_likelihood("calcium_corrected", seen, 3.1)
    assert levels[np.argmax(weight)] == pytest.approx(3.1, abs=0.011)


def test_a_normal_result_speaks_against_a_deranged_body_but_never_breaks_the_sum():
    seen = people(3, body={"calcium": np.array([2.4, 3.0, 4.5])})
    weight = blood.log_likelihood("calcium", seen, None, "normal")
    assert np.all(np.isfinite(weight))
    assert np.all(np.diff(weight) < 0.0)


def test_low_says_nothing_where_the_normal_range_starts_at_nought():
    assert np.all(blood.log_likelihood("psa", people(2), None, "low") == 0.0)


@pytest.mark.parametrize("male", [0.0, 1.0])
@pytest.mark.parametrize("gfr", [12.0, 35.0, 60.0, 95.0, 120.0])
def test_creatinine_is_what_the_published_formula_reads_as_this_filtration(male, gfr):
    serum = blood.creatinine_for(gfr, 71.0, male)
    assert published_ckd_epi(71.0, serum, int(1 - male)).value == pytest.approx(gfr, rel=1e-9)
    assert blood.ckd_epi(serum, 71.0, male) == pytest.approx(gfr, rel=1e-9)


def test_clearance_agrees_with_the_published_score():
    seen = people(traits={"male": 1.0, "weight": 64.0}, body={"gfr": 48.0})
    serum = blood.true_value("creatinine", seen)[0]
    score = cockcroft_gault(68.0, 64.0, serum, 0).value
    assert blood.true_value("creatinine_clearance", seen)[0] == pytest.approx(float(score), rel=1e-9)


def test_wasted_people_hide_failing_kidneys():
    """Less muscle makes less creatinine: the same filtration prints a better GFR."""
    seen = people(2, body={"gfr": 45.0, "wasting": np.array([0.0, 0.8])})
    printed = blood.true_value("egfr", seen)
    assert printed[1] > 1.15 * printed[0]


def test_one_in_forty_healthy_people_is_below_the_usual_range_of_calcium():
    """A reference range leaves out 2.5 % on either side; people differ in the level they are used to. 1-4 % is assumed."""
    n = 20_000
    seen = people(n)._replace(set_points=blood.set_points(1, np.arange(n)))
    drawn = blood.draw("calcium_corrected", seen, luck.normal(3, np.arange(n), "blood"))
    low, high = blood.reference("calcium_corrected")
    assert 0.01 <= np.mean(drawn < low) <= 0.04
    assert np.mean(drawn > high) <= 0.04


def test_low_albumin_lowers_total_but_not_corrected_calcium():
    seen = people(2, body={"calcium": 2.9, "wasting": np.array([0.0, 1.0])})
    albumin, total = blood.true_value("albumin", seen), blood.true_value("calcium", seen)
    assert albumin[1] < albumin[0] - 8.0
    assert total + 0.02 * (40.0 - albumin) == pytest.approx(blood.true_value("calcium_corrected", seen))


def test_bone_markers_follow_bone_and_keep_a_floor():
    quiet = people(body={"osteoclasts": 0.0, "osteoblasts": 0.0})
    busy = people(sums={"resorbed": 6.0, "formed": 12.0, "alp": 3.0})
    usual = people()
    for name in ("ntx", "ctx", "p1np"):
        off, now, on = (blood.true_value(name, s)[0] for s in (quiet, usual, busy))
        assert 0.01 * now < off < 0.2 * now
        assert on > 1.8 * now
    assert blood.true_value("bone_alp", busy)[0] == pytest.approx(10.0 * blood.true_value("bone_alp", usual)[0])


def test_a_marker_belongs_to_its_cancer():
    make = lambda cancer: people(cancer=cancer, sums={"tumour": 100.0}, traits={"male": 1.0})
    assert blood.true_value("psa", make("prostate"))[0] > 90.0
    assert blood.true_value("psa", make("kidney"))[0] < 4.0
    assert blood.true_value("ca153", make("breast"))[0] > 90.0
    assert blood.true_value("cea", make("colorectal"))[0] > 90.0


def test_castration_silences_psa_of_sensitive_cells_at_once():
    make = lambda off, sensitive: people(
        cancer="prostate", at=("L3",), traits={"male": 1.0}, sums={"tumour": 100.0}, effects={"sex_steroid_loss": off},
        lesion={"sensitive": 100.0 * sensitive, "resistant": 100.0 * (1 - sensitive)},
    )  # fmt: skip
    before, after = blood.true_value("psa", make(0.0, 1.0))[0], blood.true_value("psa", make(1.0, 1.0))[0]
    assert after < 0.3 * before
    assert blood.true_value("psa", make(1.0, 0.0))[0] > 0.95 * before
    assert blood.true_value("testosterone", make(1.0, 1.0))[0] < 1.7


def test_what_a_lesion_adds_to_telopeptides_differs_between_people():
    n = 4000
    points = blood.set_points(7, np.arange(n))
    added = []
    for resorbed in (0.0, 6.0):
        seen = people(n, sums={"resorbed": resorbed})._replace(set_points=points)
        added.append(blood.true_value("ctx", seen))
    added = (added[1] - added[0]) / added[0]  # over each person's own healthy bone
    entry = table("diagnostics", "blood.toml")["telopeptides.lesion"]
    assert added.std() / added.mean() == pytest.approx(entry.between_spread, rel=0.15)


def test_people_keep_their_own_set_points():
    n = 4000
    points = blood.set_points(7, np.arange(n))
    assert np.array_equal(points[5:9], blood.set_points(7, np.arange(5, 9)))
    seen = people(n)._replace(set_points=points)
    spread = np.std(np.log(blood.true_value("ldh", seen)))
    assert spread == pytest.approx(table("diagnostics", "blood.toml")["ldh.healthy"].between_spread, rel=0.1)


def test_a_liver_full_of_metastases_shows():
    seen = people(2, body={"liver_sensitive": np.array([0.0, 800.0])})
    for name in ("alp", "bilirubin", "ldh", "crp"):
        value = blood.true_value(name, seen)
        assert value[1] > 1.5 * value[0]


def test_cancers_are_numbered_as_the_world_numbers_them():
    assert cancers() == populations.cancers()


def test_an_unknown_analyte_or_qualifier_is_refused():
    with pytest.raises(InputError):
        blood.true_value("tea_leaves", people())
    with pytest.raises(InputError):
        blood.log_likelihood("calcium", people(), 2.4, "about")


def test_an_ailing_liver_raises_alp_and_markers_and_no_bone_enzyme():
    n = 20_000
    seen = people(n)._replace(set_points=blood.set_points(7, np.arange(n)))
    ailing = blood.liver_disease(seen) > 0.0
    assert ailing.mean() == pytest.approx(0.07, abs=0.01)
    middle = lambda analyte, who: np.median(blood.true_value(analyte, seen)[who])
    typical = lambda analyte: middle(analyte, ailing) / middle(analyte, ~ailing)
    assert typical("alp") > 1.5 and typical("bilirubin") > 1.3 and typical("ca153") > 1.2 and typical("cea") > 1.2
    assert typical("bone_alp") == pytest.approx(1.0, abs=0.05)
    assert not np.any(blood.liver_disease(people(4)))


def test_some_tumours_make_no_marker_and_are_followed_without_one():
    n = 20_000
    seen = people(n, cancer="colorectal", sums={"tumour": 60.0})._replace(set_points=blood.set_points(7, np.arange(n)))
    silent = blood.silent_tumour("cea", seen)
    value = blood.true_value("cea", seen)
    assert silent.mean() == pytest.approx(0.2, abs=0.015)
    assert np.median(value[silent]) < 3.0 < 50.0 < np.median(value[~silent])
