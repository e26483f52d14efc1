"""The quick course of disease and the survival fit on it: smooth, fair to what is changed, and never outside a range."""

import dataclasses
import json

import numpy as np
import pytest

from seedsoil.study import published, quick_course, survival_fit, trial_files
from seedsoil.treatments import drug
from seedsoil.world import parameters

TRIALS = ("norgaard2010", "santini2014")


@pytest.fixture(scope="module")
def trials():
    return [trial_files.named(name) for name in TRIALS]


@pytest.fixture(scope="module")
def figures(trials):
    return survival_fit.rows(trials, published.read())


@pytest.fixture(scope="module")
def world(trials):
    return survival_fit.world(trials, 60, 1)


def scores_of(world, **moved):
    cancers = sorted({cancer for cancer, _ in world.groups})
    return dict.fromkeys(survival_fit.moved(cancers), 0.0) | moved


def test_only_counted_figures_of_cohorts_from_the_finding_are_fitted(figures):
    assert {row.figure.id for row in figures} == {"SUR-042", "SUR-043", "NAT-068"}


def test_people_die_sooner_without_treatment_and_with_disease_in_organs():
    numbers = parameters.typical()
    g = quick_course.found("prostate", 80, 1, numbers, (frozenset(), 2010.0, 1.0))
    treated, none = (
        quick_course.alive(some, numbers, 1095) for some in (g, dataclasses.replace(g, unavailable=frozenset(drug.catalogue())))
    )
    assert (np.diff(treated, axis=0) <= 0.0).all() and treated[0].min() == 1.0
    assert none[-1].mean() < treated[-1].mean()
    seen = g.seen.any(axis=1)
    assert quick_course.hazard_ratio(treated[:, seen], treated[:, ~seen]) > 1.2


def test_the_misfit_is_smooth_and_falls_where_growth_goes_towards_the_figure(world, trials, figures):
    far = lambda z: survival_fit.misfits(world, trials, figures, scores_of(world, **{"liver.visceral_doubling_days": z}))[0]
    steps = np.array([far(z) for z in (-0.5, -0.49, 0.5)])
    liver = [row.figure.id for row in figures].index("NAT-068")
    assert abs(steps[1, liver] - steps[0, liver]) < 0.1  # a small step, a small change
    assert steps[2, liver] > steps[0, liver]  # slower growth, longer lives
    prostate = [k for k, row in enumerate(figures) if row.trial == "norgaard2010"]
    assert steps[2, prostate] == pytest.approx(steps[0, prostate])  # and nobody else's


def test_a_step_of_the_fit_lowers_the_misfit_inside_the_ranges(world, trials, figures):
    saved, start = [], scores_of(world)
    survival_fit.fit(world, trials, figures, start, 1, saved.append)
    total = lambda z: np.abs(survival_fit.misfits(world, trials, figures, z)[0]).sum()
    assert total(saved[-1]) < total(start)
    for name, z in saved[-1].items():
        e = survival_fit.entry_of(name)
        assert e.low <= e.at(z) <= e.high


def test_the_command_goes_on_from_where_it_was_and_says_what_it_proposes(tmp_path):
    out = tmp_path / "fit.json"
    out.write_text(json.dumps({"scores": {"burden_bone": 0.5}}), "utf-8")
    survival_fit.main(["--out", str(out), "--people", "20", "--rounds", "0", "--resume"])
    page = json.loads(out.read_text("utf-8"))
    bone = page["values"]["burden_bone"]
    assert page["scores"]["burden_bone"] == 0.5 and bone["was"] < bone["fitted"] < bone["high"]
    assert page["hits"]["of"] == len(page["figures"]) > 30
