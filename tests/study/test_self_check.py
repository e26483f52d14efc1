"""The self-check: the command end to end in small, what a virtual chart hands over, and the figures of calibration.

The small run shows that the parts fit together. It is far too small to say whether forecasts are calibrated: that is
what docs/self-check.md is for.
"""

import itertools
import json

import numpy as np
import pytest

from seedsoil.care.chart import Chart
from seedsoil.care.columns import ANALYTES
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.study import calibration, self_check

SMALL = {"twins": 20, "seed": 3, "years": 0.25, "latest_cut": 60}
PEOPLE = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("self-check")
    self_check.run(PEOPLE, out=out, **SMALL)
    return out


@pytest.fixture(scope="module")
def lines(folder):
    return [json.loads(text) for text in (folder / "self-check.jsonl").read_text().splitlines()[1:]]


@pytest.fixture(scope="module")
def lived():
    return [life for life in self_check.lives(np.arange(6), 3, 0.25, 60) if life.patient is not None]


# ---- the command, in small -----------------------------------------------------------------------------------------


def test_everybody_asked_for_is_forecast(folder, lines):
    answered = [line for line in lines if "left_out" not in line]
    assert len(answered) == PEOPLE
    assert json.loads((folder / "self-check.json").read_text())["people"] == PEOPLE


def test_risks_are_shares_and_truths_are_yes_or_no(lines):
    pairs = [pair for line in lines if "risks" in line for by in line["risks"].values() for pair in by.values()]
    assert pairs
    assert all(0.0 <= risk <= 1.0 and truth in (0.0, 1.0) for risk, truth in pairs)


def test_ranges_have_their_ends_in_order_and_hold_their_mean_on_the_scale(lines):
    told = [row for line in lines if "amounts" in line for by in line["amounts"].values() for row in by.values()]
    assert told
    assert all(low <= high and 0.0 <= below + equal <= 1.0 for low, high, _, below, equal, _ in told)


def test_forecasts_of_the_well_are_not_all_of_death(lines):
    """Most virtual people live three months after their chart; twins that all die are no twins."""
    risks = [line["risks"]["alive"]["3"][0] for line in lines if "risks" in line]
    assert np.mean(risks) > 0.5


def test_the_page_names_what_was_run_and_every_bound(folder):
    page = (folder / "self-check.md").read_text()
    assert f"{PEOPLE} virtual people, 20 twins each, seed 3" in page
    assert all(word in page for word in ("calibration slope, death", "C-index", "90 % range, pain", "Unlike those"))


def test_a_run_cut_short_goes_on_and_ends_the_same(folder, tmp_path):
    whole = (folder / "self-check.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "self-check.jsonl").write_text("".join(whole[:-1]) + whole[-1][:40])
    self_check.run(PEOPLE, out=tmp_path, **SMALL)
    timeless = lambda path: {
        line["person"]: {k: v for k, v in line.items() if k != "seconds"}
        for line in map(json.loads, (path / "self-check.jsonl").read_text().splitlines()[1:])
    }
    assert timeless(tmp_path) == timeless(folder)


def test_results_of_another_run_are_not_mixed_in(folder):
    with pytest.raises(InputError, match="seed"):
        self_check.run(PEOPLE, out=folder, **SMALL | {"seed": 4})


def test_too_few_twins_end_with_one_message(tmp_path, capsys):
    assert self_check.main(["--twins", "3", "--out", str(tmp_path)]) == 2
    assert "twins" in capsys.readouterr().err


# ---- virtual people ------------------------------------------------------------------------------------------------


def test_a_life_does_not_hang_on_who_lives_beside_it(lived):
    last = lived[-1]
    (alone,) = self_check.lives(np.array([last.person]), 3, 0.25, 60)
    assert alone.patient == last.patient
    assert alone.truth == last.truth


def test_charts_are_cut_within_the_days_asked_for():
    days = self_check.cut_days(np.arange(2000), 1, 400)
    assert days.min() == 30
    assert days.max() == 400


def test_a_record_tells_of_nothing_that_is_still_to_come(lived):
    facts = [f for life in lived for part in ("findings", "lesions", "given", "happened", "visceral", "examined")
             for f in getattr(life.patient, part)]  # fmt: skip
    assert facts
    assert all(fact.day_to <= 0.0 for fact in facts)


def test_a_daily_drug_is_taken_in_one_dose_at_a_time(lived):
    checked = 0
    for life in lived:
        for name in {given.what for given in life.patient.given if given.until is not None}:
            courses = sorted((g for g in life.patient.given if g.what == name), key=lambda g: g.day)
            for one, next_one in itertools.pairwise(courses):
                assert one.until is not None and one.until <= next_one.day
                checked += 1
    assert checked


def test_the_rules_read_the_same_last_values_from_the_record(lived):
    """The record goes back into a chart with the values it came from."""
    for life in lived:
        chart = Chart.of(life.patient)
        for what in {f.what for f in life.patient.findings} & set(ANALYTES):
            last = [f.value for f in life.patient.findings if f.what == what][-1]
            assert chart.latest(what)[0] == pytest.approx(last, rel=1e-6)


def test_lesions_of_a_record_are_bones_each_named_once(lived):
    for life in lived:
        named = [lesion.site for lesion in life.patient.lesions]
        assert len(set(named)) == len(named) > 0
        assert set(named) <= set(skeleton.number_of())


# ---- figures -------------------------------------------------------------------------------------------------------


def drawn(n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Forecast risks, and events that happen with just these chances."""
    rng = np.random.default_rng(5)
    risk = rng.beta(1.0, 3.0, n)
    return risk, (rng.random(n) < risk).astype(float)


def test_a_forecaster_who_is_right_has_slope_one():
    assert calibration.slope_of(*drawn()) == pytest.approx(1.0, abs=0.1)


def test_a_forecaster_who_exaggerates_has_a_slope_below_the_bound():
    risk, event = drawn()
    odds = (risk / (1.0 - risk)) ** 2
    assert calibration.slope_of(odds / (1.0 + odds), event) < 0.8


def test_no_slope_is_given_where_hardly_anybody_had_the_event():
    assert calibration.slope_of(np.linspace(0.1, 0.9, 50), np.arange(50) < 3) is None


def test_the_c_index_is_one_where_the_first_to_die_had_the_highest_risk():
    death = np.array([10.0, 50.0, 200.0, np.inf])
    assert calibration.concordance(np.array([0.9, 0.6, 0.4, 0.1]), death) == 1.0
    assert calibration.concordance(np.array([0.1, 0.4, 0.6, 0.9]), death) == 0.0
    assert calibration.concordance(np.full(4, 0.3), death) == 0.5


def test_deaths_after_the_year_do_not_order_anybody():
    assert calibration.concordance(np.array([0.9, 0.1]), np.array([500.0, np.inf])) is None
