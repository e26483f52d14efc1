"""Radionuclides that seek bone: where they settle, how far they reach, what they do to pain and counts."""

import functools
from types import SimpleNamespace

import numpy as np
import pytest
from tests.world import worlds

from seedsoil.biology import person, tumour
from seedsoil.biology.body import Effects, Lesion
from seedsoil.grammar.units import convert, units_of
from seedsoil.treatments import drug
from seedsoil.treatments.kinetics import Kinetics, radionuclide, settled
from seedsoil.world import acting

AGENTS = ("radium223", "samarium153", "strontium89")
N, DAYS = 24, 182


def numbers_of(name: str) -> Kinetics:
    units, given = units_of(Kinetics), drug.catalogue()[name].kinetics
    return Kinetics(*(convert(given[k].value, given[k].unit, units[k].name) if k in given else 0.0 for k in units))


@functools.cache
def course(name: str | None, cancer: str = "prostate") -> SimpleNamespace:
    """Half a year after one dose: platelets over their first value [days, n], pain [days, n], gray taken up [n, slots]."""
    w = worlds.run(worlds.world(cancer, range(N)), 30, None)
    if name:
        acting.put_on_board(w, drug.number_of()[name], np.arange(N), np.full(N, drug.catalogue()[name].dose.value))
    first, gray, platelets, pain = w.body().platelets.copy(), 0.0, [], []
    for _ in range(DAYS):
        w.advance(1, events=False)
        y, sums, rx = w.body(), w.sums(), Effects(*w.people.last_effect.T)
        l = Lesion(*np.moveaxis(w.people.lesion, 2, 0))
        shared = rx.surface_dose / (y.osteoblasts + sums.alp)
        gray = gray + shared[:, None] * tumour.uptake(l, SimpleNamespace(eroded_uptake=w.p.eroded_uptake[:, None]))
        platelets.append(y.platelets / first)
        pain.append(person.worst_pain(y, w.x, sums, rx, w.p))
    big = l.sensitive + l.resistant + l.dead > 0.5
    return SimpleNamespace(platelets=np.array(platelets), pain=np.array(pain), gray=gray, big=big, first=w)


@pytest.mark.parametrize(("name", "half_life"), [("radium223", 11.43), ("samarium153", 46.3 / 24), ("strontium89", 50.5)])
def test_activity_decays_with_its_physical_half_life(name, half_life):
    k = numbers_of(name)._replace(washout=0.0)
    assert radionuclide(1.0, 0.0, k, half_life)[0] == pytest.approx(0.5, rel=0.005)


def test_more_settles_where_more_bone_forms():
    """Strontium still there after three months: 11 to 88 % by the extent of disease (label)."""
    k = numbers_of("strontium89")
    assert 0.11 < settled(1.0, 0.5, k) < settled(1.0, 2.5, k) < 0.88


def test_an_alpha_particle_hardly_leaves_the_surface_and_a_beta_does():
    reach = {}
    for name in AGENTS:
        acts = {a.target: a.most.value for a in drug.catalogue()[name].acts}
        reach[name] = acts["surface_reach"] / acts["surface_dose"]
    assert reach["radium223"] <= 0.1 < reach["samarium153"] < reach["strontium89"] <= 8.0


@pytest.mark.parametrize(("name", "low", "high"), [("strontium89", 4.5, 118), ("samarium153", 4, 40), ("radium223", 0.6, 20)])
def test_a_bone_forming_metastasis_takes_up_the_published_dose(name, low, high):
    """Strontium-89 a median of 21.8 Gy, 4.5 to 117.6; samarium-153 about 12; radium-223 0.2 to 4, times three to five."""
    got = course(name)
    assert low < np.median(got.gray[got.big]) < high


def test_a_lytic_metastasis_takes_up_less_than_a_bone_forming_one():
    blastic, lytic = course("samarium153"), course("samarium153", "lung_nsclc")
    assert np.median(lytic.gray[lytic.big]) < 0.6 * np.median(blastic.gray[blastic.big])


@pytest.mark.parametrize(("name", "lowest", "weeks", "back"), [
    ("samarium153", (0.40, 0.55), (2.5, 5), 10), ("strontium89", (0.55, 0.80), (5, 16), 26), ("radium223", (0.85, 1.0), (2, 8), 16),
])  # fmt: skip
def test_platelets_fall_and_come_back_as_published(name, lowest, weeks, back):
    """Samarium: to 40-50 %, weeks 3-5, back by week 8 (label; here by week 10).
    Strontium: by 30-40 %, weeks 6 to 16, back by six months (label, Lee 1996).
    Radium: few people have low platelets, weeks 2-3 (label)."""
    middle = np.median(course(name).platelets, axis=1)
    assert lowest[0] <= middle.min() <= lowest[1]
    assert weeks[0] <= middle.argmin() / 7.0 <= weeks[1]
    assert middle[min(back * 7, DAYS) - 1] > 0.88


def eased(name: str | None) -> np.ndarray:
    """Share of people in pain who have two points less, day by day."""
    pain = course(name).pain
    sore = pain[0] >= 4.0
    return (pain[:, sore] <= pain[0, sore] - 2.0).mean(axis=1)


@pytest.mark.parametrize("name", ["samarium153", "strontium89"])
def test_beta_emitters_ease_pain_in_40_to_90_per_cent_within_two_months_and_samarium_sooner(name):
    share = eased(name)
    assert 0.4 <= share[:60].max() <= 0.9
    assert eased("samarium153")[13] > eased("strontium89")[13]
    assert eased(None).max() < 0.1


@pytest.mark.parametrize("name", AGENTS)
def test_low_counts_refuse_the_dose(name):
    refused = {r["when"] for r in drug.catalogue()[name].rules if r["then"] == "refuse"}
    assert {"neutrophils_below", "platelets_below"} <= refused
