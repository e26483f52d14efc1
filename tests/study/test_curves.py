"""The estimators of trials, against lifelines and against numbers worked out by hand."""

import numpy as np
import pytest

from seedsoil.study import curves

lifelines = pytest.importorskip("lifelines")


@pytest.fixture
def people():
    """Two arms with ties, censoring and death, in whole days as a trial has them."""
    draw = np.random.default_rng(3)
    n = 160
    treated = np.repeat([0, 1], n // 2)
    time = np.ceil(draw.exponential(200.0 * (1 + treated))).clip(1, 400)
    event = np.where(time >= 400, 0, draw.choice([0, 1, 2], n, p=[0.2, 0.6, 0.2]))
    return time, event, treated


def test_kaplan_meier_is_that_of_lifelines(people):
    time, event, _ = people
    ours = curves.kaplan_meier(time, event)
    theirs = lifelines.KaplanMeierFitter().fit(time, event == 1)
    for day in (0, 50, 150, 300, 399):
        assert ours.at(day) == pytest.approx(float(theirs.predict(day)), abs=1e-12)
    low, high = theirs.confidence_interval_.loc[150.0 if 150.0 in theirs.confidence_interval_.index else time[time <= 150].max()]
    k = np.searchsorted(ours.day, 150, "right") - 1
    assert (ours.low[k], ours.high[k]) == pytest.approx((low, high), abs=1e-9)
    assert curves.median_time(time, event) == theirs.median_survival_time_
    assert ours.at_risk[0] == len(time)


def test_restricted_mean_is_that_of_lifelines(people):
    from lifelines.utils import restricted_mean_survival_time

    time, event, _ = people
    theirs = restricted_mean_survival_time(lifelines.KaplanMeierFitter().fit(time, event == 1), t=300)
    assert curves.restricted_mean(time, event, 300) == pytest.approx(theirs)


def test_death_competes_as_in_lifelines(people):
    time, event, _ = people
    draw = np.random.default_rng(1)
    apart = time + draw.uniform(0.0, 1e-3, len(time))  # lifelines jitters ties of its own; without ties both must agree
    ours = curves.aalen_johansen(apart, event)
    theirs = lifelines.AalenJohansenFitter(calculate_variance=True).fit(apart, event, event_of_interest=1)
    at = lambda frame, day: float(frame[frame.index <= day].iloc[-1].iloc[0])
    for day in (50, 150, 300):
        assert ours.at(day) == pytest.approx(at(theirs.cumulative_density_, day), abs=1e-9)
    k = np.searchsorted(ours.day, 200, "right") - 1
    error = (ours.high[k] - ours.value[k]) / curves.Z95
    assert error == pytest.approx(np.sqrt(at(theirs.variance_.to_frame(), 200)), rel=0.02)
    assert ours.at(300) < 1.0 - curves.kaplan_meier(apart, event).at(300)


def test_hazard_ratio_is_coxs(people):
    import pandas

    time, event, treated = people
    frame = pandas.DataFrame({"time": time, "event": event == 1, "treated": treated})
    theirs = lifelines.CoxPHFitter().fit(frame, "time", "event").summary.loc["treated"]
    value, low, high = curves.hazard_ratio(time, event, treated)
    assert value == pytest.approx(theirs["exp(coef)"], rel=1e-5)
    assert (low, high) == pytest.approx((theirs["exp(coef) lower 95%"], theirs["exp(coef) upper 95%"]), rel=1e-4)


def test_a_stratified_hazard_ratio_is_coxs(people):
    import pandas

    time, event, treated = people
    stratum = np.random.default_rng(2).integers(0, 3, len(time))
    time = np.ceil(time / (1 + stratum))  # the strata differ in how soon the event comes
    frame = pandas.DataFrame({"time": time, "event": event == 1, "treated": treated, "stratum": stratum})
    theirs = lifelines.CoxPHFitter().fit(frame, "time", "event", strata=["stratum"]).summary.loc["treated"]
    value, low, high = curves.hazard_ratio(time, event, treated, stratum)
    assert value == pytest.approx(theirs["exp(coef)"], rel=1e-5)
    assert (low, high) == pytest.approx((theirs["exp(coef) lower 95%"], theirs["exp(coef) upper 95%"]), rel=1e-4)
    assert value != pytest.approx(curves.hazard_ratio(time, event, treated)[0], rel=1e-3)
    own = (np.zeros(len(time)), time, event, treated, np.arange(len(time)))
    assert curves.andersen_gill(*own, stratum)[0] == pytest.approx(value)


def test_rate_ratio_of_repeated_events_is_coxs_on_intervals():
    import pandas

    draw = np.random.default_rng(5)
    rows = []
    for person in range(120):
        treated, day = person % 2, 0.0
        while True:
            gap = draw.exponential(150.0 if treated else 90.0)
            end = min(day + gap, 365.0)
            rows.append((person, treated, day, end, int(day + gap < 365.0)))
            day = end
            if day >= 365.0:
                break
    person, treated, start, stop, event = np.array(rows, float).T
    value, low, high = curves.andersen_gill(start, stop, event, treated, person)
    frame = pandas.DataFrame({"id": person, "x": treated, "start": start, "stop": stop, "event": event})
    theirs = lifelines.CoxTimeVaryingFitter().fit(frame, id_col="id", event_col="event", start_col="start", stop_col="stop")
    assert value == pytest.approx(float(np.exp(theirs.params_["x"])), rel=1e-4)
    assert low < value < high < 1.0


def test_wilson_interval_by_hand():
    value, low, high = curves.proportion(8, 10)
    assert (value, low, high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert np.isnan(curves.proportion(0, 0)).all()


def test_mean_count_stops_at_death():
    # four people, all seen for 100 days but one who dies on day 50; events on days 10 and 60
    curve = curves.mean_count(
        np.array([10.0, 60.0]), np.array([0, 1]), np.array([100.0, 100.0, 100.0, 50.0]), np.array([0, 0, 0, 1])
    )
    assert curve.at(10) == pytest.approx(0.25)
    assert curve.at(60) == pytest.approx(0.25 + 0.75 * 1 / 3)


def test_no_ratio_without_events():
    assert np.isnan(curves.hazard_ratio([1.0, 2.0], [0, 1], [1, 0])).all()
