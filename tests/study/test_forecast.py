"""A forecast: every outcome at every time, paired differences on the same luck, and silence where the model knows nobody."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.study import somebody

from seedsoil.errors import InputError
from seedsoil.study import forecast, plans, ranges
from seedsoil.study.outcomes import EVENTS, MONTHS, OUTCOMES
from seedsoil.world.records import People

YEARS = 0.5
KEYS = {
    "schema", "version", "kernel", "seed", "tables", "as_of", "patient", "twins", "known", "assumed", "set_aside", "urgent",
    "advice", "plans", "differences", "evidence", "sources", "ranges", "notice",
}  # fmt: skip


@pytest.fixture(scope="module")
def standard():
    return plans.named("standard")


@pytest.fixture(scope="module")
def made(standard) -> forecast.Forecast:
    """Half a year of sixty twins: standard care, the same under another name, and care without a bone agent."""
    chosen = [standard, replace(standard, name="again"), plans.named("standard-without-bone-agent")]
    return forecast.forecast(somebody.twins(), chosen, YEARS)


@pytest.fixture(scope="module")
def document(made) -> dict:
    return made.document()


def figures(document: dict, plan: int = 0) -> dict[tuple[str, int], dict]:
    return {(row["outcome"], row["months"]): row for row in document["plans"][plan]["outcomes"]}


# ---- the document ----------------------------------------------------------------------------------------------------


def test_the_document_has_all_its_parts_and_is_plain_data(document):
    assert document.keys() >= KEYS and document["schema"] == "seedsoil.forecast/1"
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert "not for care" in document["notice"].lower()


def test_every_outcome_is_there_at_every_time(document):
    wanted = {(outcome, months) for outcome in OUTCOMES for months in MONTHS if months <= 12 * YEARS}
    for plan in range(3):
        rows = figures(document, plan)
        assert rows.keys() == wanted
        assert all(row["unit"] == OUTCOMES[outcome] for (outcome, _), row in rows.items())
        assert len(document["plans"][plan]["outcomes"]) == len(wanted)


def test_values_lie_within_their_ranges_and_their_units(document):
    for plan in range(3):
        for row in figures(document, plan).values():
            if row["value"] is None:
                continue
            assert row["low"] <= row["high"]
            if row["unit"] == "per 100":
                assert 0.0 <= row["low"] <= row["value"] <= row["high"] <= 100.0
            if row["unit"] == "0-10":
                assert 0.0 <= row["value"] <= 10.0
            if row["unit"] == "days":
                assert row["value"] <= row["months"] * 30.5


def test_what_happened_stays_happened_and_the_dead_stay_dead(document):
    for plan in range(3):
        rows = figures(document, plan)
        for outcome in (*EVENTS, "skeletal_event", "days_home"):
            assert rows[outcome, 3]["value"] <= rows[outcome, 6]["value"], outcome
        assert rows["alive", 3]["value"] >= rows["alive", 6]["value"]


def test_parts_do_not_exceed_the_whole(document):
    for plan in range(3):
        rows = figures(document, plan)
        for months in (3, 6):
            value = lambda outcome, rows=rows, months=months: rows[outcome, months]["value"]
            assert max(value("walking"), value("pain_controlled")) <= value("alive")
            parts = [value(x) for x in ("fracture", "cord_compression", "radiotherapy", "surgery")]
            assert max(parts) <= value("skeletal_event") <= min(sum(parts), 100.0) + 0.1


# ---- differences -----------------------------------------------------------------------------------------------------


def test_the_same_care_under_another_name_makes_no_difference_at_all(document):
    rows = [row for row in document["differences"] if row["plan"] == "again"]
    assert len(rows) == 2 * len(OUTCOMES)
    assert {row["value"] for row in rows if row["value"] is not None} == {0.0}
    assert {row[end] for row in rows if row["unit"] != "per 100" for end in ("low", "high") if row[end] is not None} == {0.0}


def test_differences_are_of_the_same_twins(made, document):
    """The mean of the pairs, which for outcomes per 100 is the difference of the two risks."""
    for row in document["differences"]:
        if row["plan"] == "again" or row["unit"] != "per 100":
            continue
        with_it, without = (figures(document, plan)[row["outcome"], row["months"]]["value"] for plan in (0, 2))
        assert row["value"] == pytest.approx(without - with_it, abs=0.2)


def test_leaving_a_treatment_out_is_felt_only_where_it_was_given(made):
    """Bone agents are used under the first plan only, but for an emergency of high calcium, and the figures of the plans part."""
    agents = {"zoledronate", "denosumab", "pamidronate"}
    first, _, third = made.records
    emergency = "fluids" in third.used[0]  # they go first where calcium is high
    assert first.used[0] & agents and not third.used[0] & (agents - {"zoledronate"} if emergency else agents)
    assert not np.array_equal(first.by("days_home", 1), third.by("days_home", 1))


def test_a_plan_has_the_same_figures_alone_and_beside_others(made):
    alone = forecast.forecast(somebody.twins(), [plans.named("standard-without-bone-agent")], YEARS)
    rows = [row for row in made.table() if row["plan"] == "standard-without-bone-agent"]
    assert alone.table() == rows


def test_forecasting_leaves_the_twins_as_they_were(made):
    twins = somebody.twins()
    assert twins.world.day == 0 and twins.world.people.alive.all() and len(People._fields) == len(twins.world.people)
    assert not twins.world.people.times.any() and not (twins.world.chart.doses_of("zoledronate") > 0).any()


def test_difference_of_one_outcome_is_a_part_of_all(made, document):
    assert made.difference("fracture") == [row for row in document["differences"] if row["outcome"] == "fracture"]


# ---- unlike ----------------------------------------------------------------------------------------------------------


def test_a_person_unlike_all_others_gets_no_figures(made):
    strange = replace(made.twins, warning="this person is unlike those the model knows: calcium of 4.9")
    document = replace(made, twins=strange).document()
    assert document["twins"]["warning"] == strange.warning
    rows = [row for plan in document["plans"] for row in plan["outcomes"]] + document["differences"]
    assert len(rows) == 5 * 2 * len(OUTCOMES)
    assert {row[k] for row in rows for k in ("value", "low", "high")} == {None}
    assert document["urgent"] == made.document()["urgent"]


# ---- figures from twins ----------------------------------------------------------------------------------------------


SETS = np.arange(500) % 25


def test_a_risk_is_the_share_and_its_range_holds_it():
    happened = np.repeat([1.0, 0.0], [150, 350])
    value, low, high = ranges.summary(happened, "per 100", SETS)
    assert value == 30.0 and 20.0 < low < 30.0 < high < 40.0


@pytest.mark.parametrize("risk", [0.0, 1.0])
def test_what_never_or_always_happened_still_has_a_range(risk):
    """Nought of 500 does not mean that it cannot happen."""
    value, low, high = ranges.summary(np.full(500, risk), "per 100", SETS)
    assert value == 100.0 * risk and 0.0 <= low <= value <= high <= 100.0
    assert 0.2 < high - low < 1.0  # exact binomial: 0.4 to 0.6


def test_parameter_sets_that_disagree_widen_the_range():
    agree = (np.arange(500) // 25 % 10 < 3).astype(float)
    disagree = (SETS < 8).astype(float)
    widths = [high - low for _, low, high in (ranges.summary(x, "per 100", SETS) for x in (agree, disagree))]
    assert widths[1] > 2.0 * widths[0]


def test_a_state_is_the_mean_and_middle_of_the_living():
    values = np.concatenate([np.linspace(0.0, 10.0, 101), np.full(50, np.nan)])
    assert ranges.summary(values, "0-10", SETS) == (5.0, 0.5, 9.5)


@pytest.mark.parametrize("turned", [1.0, -1.0])
def test_where_many_lie_at_one_end_the_tenth_is_left_off_at_the_other(turned):
    """A third takes no dose: a range that cut off a twentieth above would hold 95 of 100."""
    values = turned * np.concatenate([np.zeros(100), np.linspace(1.0, 200.0, 200)])
    low, high = sorted(turned * np.array(ranges.nine_tenths(values)))
    assert low == 0.0 and np.mean(np.abs(values) <= high) == pytest.approx(0.9, abs=0.005)


def test_where_many_lie_at_both_ends_nothing_is_left_off():
    assert ranges.nine_tenths(np.repeat([0.0, 1.0, 2.0], [40, 100, 40])) == (0.0, 2.0)


def test_too_few_living_give_no_figure():
    values = np.full(500, np.nan)
    values[:9] = 3.0
    assert ranges.summary(values, "0-10", SETS) == (None, None, None)
    assert ranges.difference(values, "0-10", SETS) == (None, None, None)


def test_a_paired_difference_is_sharper_than_two_risks_apart():
    """Twins that differ among themselves but by the same amount under both plans."""
    gap = np.full(500, 1.5)
    assert ranges.difference(gap, "mg/day", SETS) == (1.5, 1.5, 1.5)


# ---- bad requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [0.0, 0.1, 11.0, float("nan")])
def test_a_horizon_out_of_range_is_refused(years, standard):
    with pytest.raises(InputError, match="years"):
        forecast.forecast(somebody.twins(), [standard], years)


def test_two_plans_of_one_name_are_refused(standard):
    with pytest.raises(InputError, match="different names"):
        forecast.forecast(somebody.twins(), [standard, standard])


def test_no_digit_hangs_on_how_many_processes_work(made, monkeypatch):
    """Twins shared out among two processes have the records they have in one."""
    monkeypatch.setattr(forecast, "WORTH_PARTING", 10)
    shared = forecast.forecast(made.twins, made.plans, YEARS, workers=2)
    for one, other in zip(made.records, shared.records, strict=True):
        assert one.used == other.used and np.array_equal(one.death, other.death, equal_nan=True)
        for name in ("first", "at_mark", "days"):
            for key, values in getattr(one, name).items():
                assert np.array_equal(values, getattr(other, name)[key], equal_nan=True), key


def test_the_course_of_the_months_is_the_same_whoever_works_and_agrees_with_the_record(made, standard, monkeypatch):
    """Month by month, by one process and by two; alive and haemoglobin as the record has them at three months."""
    plans_run = made.plans[1:]
    one = forecast.forecast(made.twins, plans_run, YEARS, months=True)
    monkeypatch.setattr(forecast, "WORTH_PARTING", 10)
    two = forecast.forecast(made.twins, plans_run, YEARS, workers=2, months=True)
    for record, course, other in zip(one.records, one.courses, two.courses, strict=True):
        months = course.document()
        assert months == other.document() and len(months) == 12 * YEARS + 1 and months[0]["alive"] == 1.0
        assert months[3]["alive"] == record.by("alive", 0).mean()
        low, middle, high = months[3]["signals"]["haemoglobin"]
        assert low <= middle <= high and middle == pytest.approx(np.nanmedian(record.by("haemoglobin", 0)), rel=5e-3)
        assert any(bone["share"] > 0.5 for bone in months[0]["bones"].values())


def test_person_chance_and_knowledge_are_shares_of_each_outcome(standard):
    """A second life from day 0 with another luck: the document says for every outcome what its uncertainty is made of."""
    done = forecast.with_uncertainty(somebody.twins(), [standard], 0.25, "said")
    told = done.document()["uncertainty"]
    assert told["said"] == "said" and {row["outcome"] for row in told["outcomes"]} == set(OUTCOMES)
    known = [row for row in told["outcomes"] if row["person"] is not None]
    assert len(known) > 5
    for row in known:
        assert row["person"] + row["chance"] + row["knowledge"] == pytest.approx(1.0, abs=0.002)
    assert any(row["chance"] > 0.0 for row in known) and any(row["person"] > 0.0 for row in known)
    assert "uncertainty" not in forecast.forecast(somebody.twins(), [standard], 0.25).document()
