"""Trials: files that are refused, entry that selects, the rules of counting, and one small trial from end to end."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest

from seedsoil.care.plan import Plan
from seedsoil.errors import InputError
from seedsoil.grammar.tables import data_file
from seedsoil.study import endpoints, trial, trial_files, trial_report, validation
from seedsoil.study.arm_records import ArmRecord
from seedsoil.study.ledger import KINDS, STATES, Ledger
from seedsoil.study.published import in_unit, read
from seedsoil.study.trial import Arm, Criterion, EventSet, Figure, Trial
from seedsoil.treatments import drug
from seedsoil.world import acting
from seedsoil.world.work_list import START, WORK

SHIPPED = data_file("trials", "saad2002.toml")


def altered(tmp_path, old, new):
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = tmp_path / "my_trial.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("follow_months = {value = 24", "follow_months = {value = 2400", r"line 21: time\.follow_months\.value"),
        ("[background]", "[background]\ngrowth_per_day = 0.02", r"background\.growth_per_day"),
        ("[background]", "[values]\nhazard = 2", r"values"),
        ('endpoint = "sre_proportion"', 'endpoint = "sre_share"', r"figure\[0\]\.endpoint"),
        ('what = "ecog"', 'what = "frailty"', r"entry\[0\]\.what"),
        ('cancer = "prostate"', 'cancer = "prostate"\ngrowth = 3', r"people\[0\]\.growth"),
        ('status = "RECALLED"\nsource = "protocol: ECOG 0-2"', "", r"entry\[0\]\.status"),
        ('source = "protocol: ECOG 0-2"', "", r"entry\[0\]\.source"),
        ('title = "', 'tests_at_entry = ["oracle"]\ntitle = "', r"tests_at_entry\[0\]"),
        ("surveys = true", "surveys = true\nreferral_threshold = 3", r"events\[0\]\.referral_threshold"),
    ],
)
def test_what_is_no_fact_of_a_protocol_is_refused_with_its_line(tmp_path, old, new, said):
    with pytest.raises(InputError) as refused:
        trial_files.read_trial(altered(tmp_path, old, new))
    assert re.search(said, str(refused.value))
    assert re.search(r"my_trial\.toml, line \d+", str(refused.value))


def test_every_shipped_trial_reads_and_its_figures_are_published():
    known = read()
    seen = set()
    for name in trial_files.names():
        one = trial_files.named(name)
        assert one.id == name
        for figure in one.figures:
            assert figure.id in known, f"{name}: {figure.id}"
            assert figure.id not in seen, f"{figure.id} is answered twice"
            seen.add(figure.id)
            validation.measure_of(one, figure)


def test_reasons_come_from_the_closed_list():
    assert set(validation._reasons().values()) <= set(validation.WHY_NOT)


def hand_made(events, death=(math.nan, math.nan, 40.0), left=(400.0, 400.0, 400.0), survey=None):
    """Three people of one arm with events written by hand: (person, day, kind)."""
    rows = np.array([(p, d, KINDS.index(k)) for p, d, k in events], np.int64).reshape(-1, 3)
    rows = rows[np.lexsort([rows[:, 2], rows[:, 1], rows[:, 0]])]
    arm = ArmRecord(
        "all", {"visceral": np.array([1.0, 0.0, 0.0])}, rows, np.full((3, 1, len(STATES)), np.nan), np.array(death),
        np.full(3, 400.0), np.array(left),
    )  # fmt: skip
    sets = {"sre": EventSet("sre", ("fracture", "silent_fracture", "radiotherapy"), surveys=survey is not None)}
    return Trial("hand", "by hand", "", True, (), (), (Arm("all", Plan("all")),), sets,
                 {"visceral": Criterion("visceral", 1.0)}, (), survey_weeks=survey), arm  # fmt: skip


def counted(made):
    one, arm = made
    return endpoints.counted(one, arm, one.events["sre"], np.arange(3))


def test_an_event_within_21_days_of_the_last_counted_one_is_the_same_event():
    c = counted(hand_made([(0, 10, "fracture"), (0, 25, "radiotherapy"), (0, 31, "radiotherapy"), (0, 52, "fracture")]))
    assert c.day.tolist() == [10.0, 31.0, 52.0]
    assert c.count().tolist() == [3, 0, 0]


def test_a_silent_fracture_counts_on_the_day_of_the_next_survey_and_only_with_surveys():
    events = [(0, 100, "silent_fracture"), (1, 30, "fracture")]
    assert counted(hand_made(events, survey=12.0)).day.tolist() == [168.0, 30.0]
    assert counted(hand_made(events)).day.tolist() == [30.0]


def test_events_after_death_or_leaving_are_not_seen():
    c = counted(hand_made([(0, 60, "fracture"), (2, 30, "fracture")], left=(50.0, 400.0, 400.0)))
    assert c.person.tolist() == [2]
    time, event, _ = c.first()
    assert time.tolist() == [50.0, 400.0, 30.0]
    assert event.tolist() == [0, 0, 1]


def test_death_before_the_event_competes():
    time, event, _ = counted(hand_made([(0, 60, "fracture")])).first()
    assert event.tolist() == [1, 0, 2]
    assert time[2] == 40.0


def test_an_annual_rate_is_the_mean_of_each_persons_own_ratio():
    one, arm = hand_made([(0, 100, "fracture"), (2, 20, "fracture")])
    run = trial.TrialRun(one, {"all": arm}, 3, 3, 1)
    value, *_ = endpoints.answer(run, Figure("x", "sre_annual_rate", "all"))
    assert value == pytest.approx((365.25 / 400.0 + 0.0 + 365.25 / 40.0) / 3.0)
    pooled, *_ = endpoints.answer(run, Figure("x", "sre_rate", "all"))
    assert pooled == pytest.approx(2.0 / (840.0 / 365.25))
    group, *_ = endpoints.answer(run, Figure("x", "sre_proportion", "all", among=("not visceral",)))
    assert group == pytest.approx(0.5)


def pain(values):
    """Three people at entry and at one month: (pain, opioid) each."""
    one, arm = hand_made([])
    arm.death[:] = math.nan
    arm.states = np.full((3, 2, len(STATES)), np.nan)
    for k, pair in enumerate(values):
        for visit, (worst, dose) in enumerate(pair):
            arm.states[k, visit, [STATES.index("pain_index"), STATES.index("opioid")]] = worst, dose
    from dataclasses import replace

    return trial.TrialRun(replace(one, visits=(0, 30)), {"all": arm}, 3, 3, 1)


def test_what_a_trial_gives_was_not_begun_for_pain():
    done = np.zeros(3, WORK)
    done["person"], done["verb"], done["what"] = [0, 1, 2], START, drug.number_of()["docetaxel"]
    done["pain"] = [8.0, 8.0, 2.0]
    done["check"] = [acting.AS_ORDERED, acting.ALL_RULES, acting.ALL_RULES]
    ledger = Ledger(3, (0,))
    ledger._treated(SimpleNamespace(done=done))
    begun = {kind: ledger.rows_of()[ledger.rows_of()[:, 2] == KINDS.index(kind), 0].tolist() for kind in KINDS}
    assert begun["new_therapy"] == [0, 1, 2]
    assert begun["therapy_for_pain"] == [1]


def test_pain_response_by_the_consensus():
    run = pain([[(7, 60), (0.2, 60)], [(7, 60), (4, 90)], [(6, 60), (6, 40)]])
    ask = lambda endpoint: endpoints.answer(run, Figure("x", endpoint, "all", month=1.0))[0]
    assert ask("pain_complete_all") == pytest.approx(1 / 3)  # the second needed more opioid, the third less
    assert ask("pain_response_all") == pytest.approx(2 / 3)
    run.arms["all"].states[0, 1] = np.nan
    assert ask("pain_response_all") == pytest.approx(1 / 3)
    assert ask("pain_response_seen") == pytest.approx(1 / 2)


def test_pain_in_words_gets_better_by_a_word_whatever_is_taken_for_it():
    """None, mild (1-4), moderate (5-6), severe (7-10)."""
    run = pain([[(7, 60), (6, 90)], [(4, 60), (2, 60)], [(0.3, 0), (0, 0)]])
    value, *_, n = endpoints.answer(run, Figure("x", "pain_grade_better_seen", "all", month=1.0))
    assert (value, n) == (pytest.approx(1 / 2), 2)  # the second stays mild, the third had no pain to lose


def test_units_of_the_published_figure():
    assert in_unit((0.25, 0.2, 0.3), "proportion", "%") == pytest.approx((25.0, 20.0, 30.0))
    assert in_unit((365.25, 0, 0), "median", "months")[0] == pytest.approx(12.0)
    assert in_unit((0.8, 0.7, 0.9), "hr", "HR")[0] == 0.8


SMALL = """
schema = "seedsoil.trial/1"
id = "small"
title = "Two arms, three months"
cite = "nobody"
[[people]]
cancer = "kidney"
status = "ASSUMED"
note = "for a test"
[time]
follow_months = {value = 2, status = "ASSUMED", note = "for a test"}
visit_days = [0, 28]
[[entry]]
what = "bone_metastases"
least = 3
status = "ASSUMED"
note = "for a test"
[[arm]]
name = "none"
withhold = ["bone_agent"]
status = "ASSUMED"
note = "for a test"
[[arm]]
name = "zoledronate"
status = "ASSUMED"
note = "for a test"
[[arm.order]]
do = "start"
what = "zoledronate"
every_weeks = 4
[[events]]
name = "sre"
kinds = ["fracture", "radiotherapy", "surgery", "cord_compression"]
status = "ASSUMED"
note = "for a test"
[[figure]]
id = "MY-1"
arm = "zoledronate"
endpoint = "sre_proportion"
[[figure]]
id = "MY-2"
arm = "zoledronate"
endpoint = "state_mean"
what = "ntx"
month = 1
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("trial") / "small.toml"
    path.write_text(SMALL, "utf-8")
    return trial.run(trial_files.read_trial(path), 12, seed=3)


def test_entry_selects(small):
    assert small.screened > small.entered >= 12
    for arm in small.arms.values():
        assert len(arm) == 12
        assert (arm.readings["bone_metastases"] >= 3).all()


def test_both_arms_hold_the_same_people_and_the_drug_works(small):
    none, treated = small.arms["none"], small.arms["zoledronate"]
    assert (none.readings["age_years"] == treated.readings["age_years"]).all()
    ntx = STATES.index("ntx")
    assert np.allclose(none.states[:, 0, ntx], treated.states[:, 0, ntx])
    both = ~np.isnan(none.states[:, 1, ntx]) & ~np.isnan(treated.states[:, 1, ntx])
    assert np.median(treated.states[both, 1, ntx]) < 0.8 * np.median(none.states[both, 1, ntx])


def test_the_same_seed_gives_the_same_trial(small):
    again = trial.run(small.trial, 12, seed=3)
    for name, arm in small.arms.items():
        assert np.array_equal(arm.events, again.arms[name].events)
        assert np.array_equal(arm.death, again.arms[name].death, equal_nan=True)


def test_tables_for_statisticians(small, tmp_path):
    import pyarrow.parquet

    written = trial_report.write_trial(small, trial_report.document_of(small), tmp_path)
    table = pyarrow.parquet.read_table(tmp_path / "adtte.parquet").to_pydict()
    assert set(table["PARAMCD"]) == {"DEATH", "SRE"}
    events = sum(1 for code, cens in zip(table["PARAMCD"], table["CNSR"], strict=True) if code == "SRE" and cens == 0)
    firsts = [endpoints.counted(small.trial, a, small.trial.events["sre"], np.arange(12)).first()[1] for a in small.arms.values()]
    assert events == sum((e == 1).sum() for e in firsts)
    assert {"adsl.csv", "adtte.csv", "adsl.parquet"} <= {path.name for path in written}


def test_nobody_may_enter_is_said(small):
    from dataclasses import replace

    nobody = replace(small.trial, entry=(Criterion("bone_metastases", least=100.0),))
    with pytest.raises(InputError, match="criteria that some people"):
        trial.run(nobody, 1, seed=1)


def test_a_trial_that_nobody_may_enter_leaves_its_figures_without_value(small):
    from dataclasses import replace

    nobody = replace(small.trial, entry=(Criterion("bone_metastases", least=100.0),))
    book = validation.validate([nobody], {}, 1)
    assert "criteria that some people" in book["trials"][0]["trouble"]
    assert [(row["id"], row["simulated"], row["why_not"]) for row in book["figures"]] == [
        ("MY-1", None, "no_value"), ("MY-2", None, "no_value"),
    ]  # fmt: skip
