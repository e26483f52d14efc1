"""The validation book: randomised comparisons, figures that a fit weighs, the page and its picture."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from seedsoil.study import trial_files, validation, validation_page
from seedsoil.study.comparisons import comparisons, no_effect
from seedsoil.study.posterior import stages
from seedsoil.study.published import read


def test_what_no_effect_is_of_each_kind_of_comparison():
    assert [no_effect(e) for e in ("sre_hr", "sre_ag", "sre_rate_ratio", "sre_difference", "sre_proportion", "death_median")] == [
        1.0, 1.0, 1.0, 0.0, None, None,
    ]  # fmt: skip
    assert no_effect("death_hr_having") is None  # those with and without a trait: nobody was randomised to it


def rows_of(simulated: dict[str, float | None]) -> list[dict]:
    known = read()
    out = []
    for name in ("stopeck2010", "rosen2001", "saad2002"):
        for figure in trial_files.named(name).figures:
            if figure.id in simulated:
                row = known[figure.id]
                out.append({
                    "id": row.id, "trial": name, "arm": figure.arm, "endpoint": figure.endpoint, "published": row.value,
                    "low": row.low, "high": row.high, "simulated": simulated[row.id], "sim_low": None, "sim_high": None,
                })  # fmt: skip
    return out


@pytest.mark.parametrize(
    ("figure", "simulated", "asked", "holds"),
    [
        ("BMA-003", 0.99, "same sign", True),  # published 0.82 (0.71 to 0.95)
        ("BMA-003", 1.01, "same sign", False),
        ("BMA-003", None, "same sign", False),
        ("SRE-039", 1.08, "inside the interval", True),  # 0.92 (0.77 to 1.09)
        ("SRE-039", 1.10, "inside the interval", False),
        ("SRE-039", 0.76, "inside the interval", False),
        ("SRE-004", -0.1, "same sign", True),  # -11 points (-20.3 to -1.8)
        ("SRE-004", 0.1, "same sign", False),
    ],
)
def test_a_comparison_holds_as_its_interval_asks(figure, simulated, asked, holds):
    trials = [trial_files.named(name) for name in trial_files.names()]
    (found,) = comparisons(trials, read(), rows_of({figure: simulated}))
    assert (found["id"], found["asked"], found["holds"]) == (figure, asked, holds)


def test_cohorts_and_comparisons_without_an_interval_ask_nothing():
    trials = [trial_files.named(name) for name in trial_files.names()]
    known = read()
    row = {"id": "SUR-066", "trial": "breast_seer2014", "arm": "", "endpoint": "death_hr", "simulated": 1.0}
    assert comparisons(trials, known, [row]) == []
    row = {"id": "SRE-012", "trial": "kohno2005", "arm": "zoledronate", "endpoint": "sre_rate_ratio", "simulated": 1.0}
    assert comparisons(trials, known, [row]) == []


def figure(name: str, topic: str, simulated: float | None, fitted: bool) -> dict:
    hit = simulated is not None and abs(simulated - 10.0) <= 2.0
    return {
        "id": name, "trial": "a_trial", "arm": "an arm", "endpoint": "death_median", "published": 10.0, "low": None, "high": None,
        "tolerance": 2.0, "unit": "months", "simulated": simulated, "sim_low": None, "sim_high": None, "hit": hit,
        "why_not": None if simulated is not None else "not_modelled", "topic": topic, "counts": True, "fitted": fitted,
    }  # fmt: skip


def four(far: float) -> list[dict]:
    return [
        figure("A", "safety", 10.5, True), figure("B", "safety", far, True), figure("C", "calcium", 9.0, False),
        figure("D", "calcium", None, False),
    ]  # fmt: skip


def test_hits_are_counted_apart_for_figures_that_a_fit_weighs():
    rows = four(15.0)
    found = validation.summary(rows)
    assert found["fitted"] == {"predict": 2, "answered": 2, "hits": 1}
    assert found["not_fitted"] == {"predict": 2, "answered": 1, "hits": 1}
    assert {name: found[name] for name in ("predict", "answered", "hits")} == {"predict": 4, "answered": 3, "hits": 2}


def test_what_the_stages_weigh_is_published_and_has_a_trial_or_registry():
    ids = stages.weighed()
    assert ids <= set(read())
    assert {name for stage in stages.read() for name in stage.figures} <= ids


def test_the_picture_shows_every_answered_figure_and_those_far_off_at_its_edge():
    rows = four(100.0)
    book = {"summary": validation.summary(rows), "figures": rows}
    drawn = validation_page.picture(book)
    assert drawn == validation_page.picture(book)  # the same bytes again
    root = ElementTree.fromstring(drawn)
    text = "".join(root.itertext())
    assert "safety (2)" in text and "calcium (2)" in text
    colours = [drawn.count(f"fill: {colour.lower()}") for colour in (validation_page.HIT, validation_page.MISS)]
    assert all(count > 0 for count in colours)
