"""Trials against a chart: every no has its reason, and what nobody knows is not a yes."""

import dataclasses

import numpy as np
import pytest
from tests.study.somebody import patient

from seedsoil.care.chart import Chart
from seedsoil.care.patient import Examined, Finding, Given, Happened, Visceral
from seedsoil.errors import InputError
from seedsoil.study import screening, trial_files, trial_matching
from seedsoil.study.trial import Criterion
from seedsoil.study.trial_matching import FITS, MET, NO, NOT_KNOWN, NOT_MET, OPEN, match


def asked(what: str, least: float | None = None, most: float | None = None, **facts) -> tuple[str, str]:
    """(verdict, why) of one criterion for the made-up man."""
    trial = dataclasses.replace(trial_files.named("parker2013"), entry=(Criterion(what, least, most),))
    rule = match(patient(**facts), [trial])["trials"][0]["rules"][1]
    return rule["verdict"], rule["why"]


ECOG = Finding("ecog", 1.0, day=-3, day_to=-3)
PAIN = Finding("pain", 4.0)
SCANS = (Examined("ct", day=-20, day_to=-20), Examined("bone_scan", day=-20, day_to=-20))


def test_who_meets_every_rule_fits():
    who = patient(findings=(ECOG, PAIN), examined=SCANS)
    row = match(who, [trial_files.named("parker2013")])["trials"][0]
    assert row["verdict"] == FITS and {rule["verdict"] for rule in row["rules"]} == {MET}


@pytest.mark.parametrize("left_out", ["ecog", "pain", "scans"])
def test_one_unknown_is_not_a_yes(left_out):
    who = patient(findings=tuple(f for f in (ECOG, PAIN) if f.what != left_out), examined=() if left_out == "scans" else SCANS)
    row = match(who, [trial_files.named("parker2013")])["trials"][0]
    assert row["verdict"] == OPEN
    assert all(rule["why"] for rule in row["rules"] if rule["verdict"] == NOT_KNOWN)


def test_every_no_of_every_shipped_trial_has_its_reason():
    who = patient(findings=(Finding("ecog", 4.0, day=-3, day_to=-3),), visceral=(Visceral("liver"),))
    document = match(who, trial_matching.shipped())
    refused = [row for row in document["trials"] if row["verdict"] == NO]
    assert len(refused) >= 10 and sum(document["counts"].values()) == len(document["trials"]) >= 12
    for row in refused:
        assert [rule for rule in row["rules"] if rule["verdict"] == NOT_MET and rule["why"]]


@pytest.mark.parametrize(
    ("what", "least", "most", "facts", "verdict"),
    [
        ("ecog", None, 2, {"findings": (ECOG,)}, MET),
        ("ecog", None, 2, {"findings": (Finding("ecog", 3.0),)}, NOT_MET),
        ("ecog", None, 2, {"findings": (Finding("ecog", 1.0, day=-200, day_to=-200),)}, NOT_KNOWN),
        ("visceral", None, 0, {}, NOT_KNOWN),
        ("visceral", None, 0, {"examined": SCANS}, MET),
        ("visceral", None, 0, {"visceral": (Visceral("liver"),)}, NOT_MET),
        ("bone_metastases", 2, None, {}, MET),
        ("bone_metastases", 3, None, {}, NOT_KNOWN),
        ("bone_metastases", 3, None, {"examined": SCANS}, NOT_MET),
        ("had_docetaxel", 1, None, {}, NOT_KNOWN),
        ("had_docetaxel", 1, None, {"given": (Given("docetaxel", -90, -90),)}, MET),
        ("on_opioid", None, 0, {}, NOT_KNOWN),
        ("on_opioid", None, 0, {"given": (Given("morphine", -9, -9, ongoing=True),)}, NOT_MET),
        ("prior_fracture", None, 0, {}, NOT_KNOWN),
        ("prior_fracture", 1, None, {"happened": (Happened("fracture", "L3", "lumbar"),)}, MET),
        ("walking", 1, None, {}, NOT_KNOWN),
        ("calcium", 2.0, 2.9, {"findings": (Finding("calcium", 2.4), Finding("albumin", 36.0))}, MET),
        ("age_years", 75, None, {}, NOT_MET),
        ("male", 1, None, {}, MET),
    ],
)
def test_each_kind_of_rule_has_three_answers(what, least, most, facts, verdict):
    found, why = asked(what, least, most, **facts)
    assert found == verdict and why


def test_an_unproven_cancer_and_an_unnamed_kind_are_not_known():
    trial = [trial_files.named("fizazi2011")]
    first = lambda **facts: match(patient(**facts), trial)["trials"][0]["rules"][0]["verdict"]
    assert first() == MET and first(subtype="castration_sensitive") == NOT_MET
    assert first(subtype=None) == NOT_KNOWN and first(cancer_certain=False) == NOT_KNOWN
    assert first(cancer="breast", subtype=None) == NOT_MET


def test_a_folder_of_own_trials_is_read_and_an_empty_one_refused(tmp_path):
    with pytest.raises(InputError, match="--trials"):
        trial_matching.of_folder(str(tmp_path))
    source = trial_files.data_file("trials", "parker2013.toml")
    (tmp_path / "mine.toml").write_text(source.read_text("utf-8"), "utf-8")
    assert [trial.id for trial in trial_matching.of_folder(str(tmp_path))] == ["parker2013"]


def test_filtration_is_read_off_creatinine_where_a_trial_asks_for_it():
    chart = Chart.empty(2, "breast", age_years=60.0)
    chart.record(np.array([0]), "creatinine", 160.0)
    egfr = screening.readings(chart)["egfr"]
    assert 25.0 < egfr[0] < 45.0 and np.isnan(egfr[1])
