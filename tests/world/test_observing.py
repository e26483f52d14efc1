"""Tests carry facts from bodies into the chart: what a needle, a picture and an examination leave there."""

import numpy as np
import pytest
from tests.world import worlds

from seedsoil.biology.body import Body
from seedsoil.care.analytes import analytes
from seedsoil.care.patient import CANCERS
from seedsoil.diagnostics import imaging
from seedsoil.grammar import skeleton
from seedsoil.world import observing
from seedsoil.world.day import TEST, WORK, World


@pytest.fixture
def w() -> World:
    """Eighty people with breast cancer of whom the clinic knows nothing but that."""
    world = worlds.world("breast", range(80))
    world.chart.cancer[:], world.chart.subtype[:] = CANCERS.index("unknown"), -1
    world.chart.cancer_certain[:] = world.chart.tissue[:] = False
    return world


def ordered(w: World, what: str, site: np.ndarray) -> np.ndarray:
    """Everybody is to have one test at a place of their own."""
    rows = np.zeros(len(site), WORK)
    rows["person"], rows["verb"], rows["what"], rows["site"] = np.arange(len(site)), TEST, observing.TESTS.index(what), site
    return rows


@pytest.mark.parametrize("way", ["biopsy", "fine_needle"])
def test_a_needle_into_a_metastasis_proves_cancer_in_most_and_never_another_one(way, w):
    observing.test(w, ordered(w, way, w.people.site[:, 0]))
    chart, named = w.chart, w.chart.cancer != CANCERS.index("unknown")
    assert 0.5 < chart.tissue.mean() < 1.0
    assert named.any() and set(chart.cancer[named]) == {CANCERS.index("breast")} and chart.cancer_certain[named].all()
    assert not named[~chart.tissue].any() and (chart.subtype[~named] == -1).all()


def test_a_needle_into_a_spot_that_is_no_metastasis_proves_nothing_and_takes_it_off_the_chart(w):
    elsewhere = np.array([np.setdiff1d(np.arange(len(skeleton.bones())), used)[0] for used in w.people.site])
    w.chart.see(np.arange(80), elsewhere, certain=0)
    observing.test(w, ordered(w, "biopsy", elsewhere))
    assert not w.chart.tissue.any()
    left = w.chart.known_lesions() > 0
    assert left.mean() < 0.25  # only where there was nothing to read


def test_what_the_chart_holds_of_a_lesion_is_what_the_picture_said_and_not_what_is_true(w):
    """Sizes for Mirels' and the stability score come from CT, with its error, and nothing else writes them."""
    everyone = np.arange(80)
    view = observing.seen(w, everyone)
    assert np.isnan(w.chart.lesion("share_of_diameter")).all() and (w.chart.lesion("epidural") == -1).all()
    observing.image(w, everyone, view, "ct")
    report = imaging.draw("ct", view, imaging.luck_of(w.seed, w.people.key, "ct", view, w.day))
    who, slot = np.nonzero(report.seen)
    line = (w.chart.site[who] == view.site[who, slot][:, None]).argmax(axis=1)
    for field, said in (("longest_mm", report.longest_mm), ("share_of_diameter", report.section), ("cortex_mm", report.cortex_mm)):
        assert w.chart.lesion(field)[who, line] == pytest.approx(said[who, slot], rel=2e-3, abs=2e-3), field
    assert len(who) > 50


def test_who_is_found_to_have_a_metastasis_is_called_back_and_who_has_none_is_not(w):
    """Somebody without a known metastasis is seen twice a year; a lesion on a picture waited for half a year to be acted on."""
    w.day, w.next_visit[:] = 3, 180
    observing.image(w, np.arange(80), observing.seen(w, np.arange(80)), "bone_scan")
    known = w.chart.known_lesions() > 0
    assert known.any() and (w.next_visit[known] == 7).all() and (w.next_visit[~known] == 180).all()


def test_metastases_in_the_liver_that_stay_as_they_are_are_no_progression(w):
    """Every CT that showed an organ once counted as growth in it, so that people went through their treatments in months."""
    everyone, liver = np.arange(80), Body._fields.index("liver_sensitive")
    days = []
    for volume, day in ((20.0, 0), (20.0, 90), (60.0, 180)):
        w.people.body[:, liver], w.people.body[:, liver + 1] = volume, 0.0  # its resistant part is the next field
        w.chart.day = w.day = day
        observing.image(w, everyone, observing.seen(w, everyone), "ct")
        days.append(set(w.chart.organ_day.tolist()))
    assert days[0] == {0} and days[1] == {0} and days[2] == {180}


def test_the_laboratory_prints_nothing_that_no_living_adult_has_had(w):
    w.people.body[:, Body._fields.index("calcium")] = 12.0
    rows = np.arange(len(w.people.key))
    observing.measure(w, rows, observing.seen(w, rows), ("calcium", "calcium_corrected"))
    assert (w.chart.latest("calcium") == analytes()["calcium"].possible[1]).all()
    assert observing.printed(w, rows[:2], observing.seen(w, rows[:2]), ("ntx", "haemoglobin")).min() > 0.0
