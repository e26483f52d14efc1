"""The first candidates are led to where single findings point, and count for what they are worth."""

import numpy as np
import pytest
from tests.study import somebody

from seedsoil.biology.body import Body
from seedsoil.care.patient import Finding, Happened
from seedsoil.doors.reading import read_patient
from seedsoil.study import leading, twins
from seedsoil.study.leading import LED, PTHRP, Lead
from seedsoil.world import parameters, people, populations
from seedsoil.world.records import SLOTS

CHARTS = (
    "case-ea0064039", "case-ea0086p189", "case-aace2022-471541", "case-archbronc-2013-49-37", "case-esasrb2023-344",
)  # fmt: skip
OUTSIDE = [
    Body._fields.index(name) for name in ("primary", "liver_sensitive", "liver_resistant", "lung_sensitive", "lung_resistant")
]


def wide(k: int, mean: float, sd: float) -> Lead:
    """The prior, moved and narrowed in one score."""
    means, sds = np.zeros(len(LED)), np.ones(len(LED))
    means[k], sds[k] = mean, sd
    return Lead(means, np.diag(sds))


def test_leading_changes_who_is_tried_and_not_what_is_believed():
    """Weighed by the prior over the density they were drawn from, led candidates have the prior's mean and spread again."""
    lead = wide(2, 0.6, 1.1)
    z = lead.drawn(np.random.default_rng(7).normal(size=(40_000, len(LED))))
    assert abs(z[:, 2].mean()) > 0.1  # they were led
    weight = np.exp(-0.5 * (z**2).sum(axis=1) - lead.log_density(z))
    weight /= weight.sum()
    error = 4.0 * np.sqrt((weight**2).sum())
    mean = weight @ z
    assert np.abs(mean).max() < error
    assert np.abs(weight @ (z - mean) ** 2 - 1.0).max() < 2.0 * error


def test_a_reading_of_vitamin_d_leads_to_people_who_have_it():
    known = somebody.patient(findings=(Finding("vitamin_d", 20.0),))
    lead = leading.told_by(known)
    assert lead.mean[LED.index("vitamin_d_usual")] < -0.8
    assert lead.factor[LED.index("vitamin_d_usual")][LED.index("vitamin_d_usual")] < 0.9
    assert not lead.mean[LED.index("frailty")]


def test_pthrp_is_raised_to_the_level_that_was_drawn_and_its_rarity_counted():
    numbers = parameters.typical()
    group = people.new("breast", np.arange(50), 1, numbers, {"secretes": 1.0})
    people.at_first_finding(group, 1, numbers)
    score = leading.raise_pthrp(group, np.full(50, np.log(10.0)))
    mass = group.lesion[:, :, 0] + group.lesion[:, :, 1]
    outside = group.traits["pthrp_secretion"] * group.body[:, OUTSIDE].sum(axis=1)
    assert (group.lesion_traits["pthrp_secretion"] * mass).sum(axis=1) + outside == pytest.approx(np.full(50, 10.0))
    assert (outside > 0.0).any()
    entry = populations.populations("breast")[0].numbers["pthrp_per_ml"]
    again = people.new("breast", np.arange(50), 1, numbers, {"secretes": 1.0})
    change = group.lesion_traits["pthrp_secretion"][:, 0] / again.lesion_traits["pthrp_secretion"][:, 0]
    wanted = score * np.log(entry.spread(1.0) / entry.value)
    assert np.log(change) == pytest.approx(wanted, abs=1e-6)  # traits are in single precision
    assert group.lesion_traits.shape == (50, SLOTS)


def test_high_calcium_is_known_by_its_value_or_its_name():
    assert leading.high_calcium(somebody.patient(findings=(Finding("calcium", 3.2),)))
    assert leading.high_calcium(somebody.patient(happened=(Happened("hypercalcaemia", day=-3, day_to=-3),)))
    assert not leading.high_calcium(somebody.patient())
    lead = leading.told_by(somebody.patient(findings=(Finding("calcium", 3.2), Finding("pthrp", 30.0))))
    assert lead.mean[PTHRP] == pytest.approx(np.log(30.0))


@pytest.mark.parametrize("chart", CHARTS)
def test_a_hundred_effective_candidates_stand_behind_five_hundred_twins(chart):
    """A woman with a calcium of 4.08 mmol/L once had 65, as few candidates of the prior come near her."""
    fitted = twins.fit(read_patient(f"examples/charts/{chart}.json"), 500, 1)
    assert fitted.effective >= 100.0 and fitted.warning is None
