"""People are made: healthy at their own steady state, ill at the first finding, with luck of their own."""

import numpy as np
import pytest
from tests.world import worlds

from seedsoil.biology import minerals, rates
from seedsoil.biology.body import Body, Lesion, Quick, Slow
from seedsoil.grammar import luck, skeleton
from seedsoil.world import parameters, people, populations, records
from seedsoil.world.records import SLOTS, People

CELLS = [Lesion._fields.index("sensitive"), Lesion._fields.index("resistant")]


@pytest.fixture(scope="module")
def found() -> People:
    """Four hundred people with breast cancer at the first finding of bone metastasis."""
    known = worlds.numbers()
    group = people.new("breast", np.arange(400), 3, known)
    people.at_first_finding(group, 3, known)
    return group


@pytest.mark.parametrize("cancer", populations.cancers())
def test_every_cancer_makes_people_that_can_live(cancer):
    known = worlds.numbers()
    group = people.new(cancer, np.arange(40), 1, known)
    people.at_first_finding(group, 1, known)
    assert all(np.isfinite(group.traits[name]).all() for name in group.traits.dtype.names)
    assert np.isfinite(group.body).all() and np.isfinite(group.lesion).all()
    assert (group.body >= 0.0).all() and (group.lesion[:, :, CELLS] >= 0.0).all()
    assert (group.lesions >= 1).all() and group.alive.all()


def test_a_parathyroid_adenoma_holds_calcium_high_and_pth_with_it():
    """As primary hyperparathyroidism shows itself: calcium of 2.6 to 2.85, PTH two to three times the usual."""
    with_it = people.new("breast", np.arange(60), 1, worlds.numbers(), {"parathyroid_adenoma": np.full(60, 35.0)})
    without = people.new("breast", np.arange(60), 1, worlds.numbers(), {"parathyroid_adenoma": np.zeros(60)})
    calcium = lambda group: group.body[:, Body._fields.index("calcium")]
    assert np.all((calcium(with_it) > 2.6) & (calcium(with_it) < 2.85)) and np.all(calcium(without) < 2.5)
    p = people.fields_of(worlds.numbers().params[with_it.set_of])
    hormone = lambda group: minerals.pth(Body(*group.body.T), p)
    assert np.all((hormone(with_it) / hormone(without) > 1.8) & (hormone(with_it) / hormone(without) < 4.0))
    many = people.without_body("breast", np.arange(20_000), 1, worlds.numbers())
    assert 0.005 < (many.traits["parathyroid_adenoma"] > 0.0).mean() < 0.025


def test_everybody_is_an_adult_of_the_age_asked_for():
    group = people.without_body("breast", np.arange(50), 1, worlds.numbers(), {"age_years": np.full(50, 44.0), "male": 0.0})
    assert set(group.traits["age_years"]) == {44.0} and not group.traits["male"].any()
    assert (people.without_body("thyroid", np.arange(2000), 1, worlds.numbers()).traits["age_years"] >= 18.0).all()


def test_a_person_is_made_from_the_key_alone():
    """Keys in another order, a few of them, or one: the same people; also with several sets of numbers."""
    known = parameters.drawn(4, seed=2)
    keys = np.arange(30)
    whole = people.new("breast", keys, 5, known)
    people.at_first_finding(whole, 5, known)
    for rows in (np.array([7, 3, 29]), np.array([11])):
        some = people.new("breast", keys[rows], 5, known)
        people.at_first_finding(some, 5, known)
        assert [n for n, a, b in zip(People._fields, some, whole, strict=True) if not np.array_equal(a, b[rows])] == []


def test_a_healthy_body_is_at_rest():
    """Gain equals loss in every state that has a steady state, for people and numbers from all over their ranges.

    People whose kidneys waste phosphate began far from rest, and the first days of a forecast showed it.
    """
    known = parameters.drawn(25, seed=3)
    group = people.new("prostate", np.arange(1500), 1, known)
    p, x = known.params[group.set_of].view(np.recarray), group.traits.view(np.recarray)
    y, rx, sums = Body(*group.body.T), people.no_effects(1500), people.no_sums(1500)
    for part, call in ((Quick, rates.quick), (Slow, rates.slow)):
        for name, (gain, loss) in zip(part._fields, call(y, x, rx, sums, p), strict=True):
            if name in people._HELD:
                continue
            now = getattr(y, name)
            assert (np.abs(gain - loss * now) <= 1e-6 * np.abs(now)).all(), name


def test_lesions_are_in_the_first_slots_and_each_at_a_bone_of_its_own(found):
    used = np.arange(SLOTS)[None, :] < found.lesions[:, None]
    assert np.array_equal(found.site >= 0, used)
    for row in found.site:
        here = row[row >= 0]
        assert len(np.unique(here)) == len(here) and here.max() < len(skeleton.bones())
    assert ((found.lesion[:, :, CELLS].sum(axis=2) > 0.0) == used).all()


def test_lesions_are_as_many_and_as_spread_out_as_the_table_says(found):
    numbers = populations.populations("breast")[0].numbers
    pick = lambda name: np.full(400, numbers[name].value)
    u = luck.uniform(3, np.arange(400), "unreported", 1)
    assert np.array_equal(found.lesions, people.lesion_count(pick("lesions_at_finding"), pick("lesions_dispersion"), u))
    assert found.lesions.min() == 1 and found.lesions.max() == SLOTS


@pytest.mark.parametrize("mean", [1.2, 2.0, 3.0])
def test_lesion_counts_follow_the_negative_binomial(mean):
    """Of people with at least one: their mean is the one asked for, and their shares are those of the law without its none."""
    from scipy import optimize, stats

    size = 2.0
    u = (np.arange(40_000) + 0.5) / 40_000
    draw = people.lesion_count(np.full(40_000, mean), 1.0 / size, u)
    assert np.isclose(draw.mean(), mean, rtol=2e-3)
    with_none = optimize.brentq(lambda m: m / (1.0 - (size / (size + m)) ** size) - mean, 1e-6, mean)
    law = stats.nbinom(size, size / (size + with_none))
    expected = np.array([law.pmf(k) for k in range(1, 6)]) / (1.0 - law.pmf(0))
    assert np.allclose(np.bincount(draw, minlength=6)[1:6] / len(u), expected, atol=1e-3)


def test_a_lesion_has_the_volume_asked_for_and_a_past():
    """Volume is met to the last cell; bone around it has already suffered, in the proportion of the clones."""
    known = worlds.numbers()
    group = people.new("breast", np.arange(20), 1, known)
    site = np.full((20, SLOTS), -1)
    site[:, 0] = skeleton.number_of()["L3"]
    people.place(group, site, np.full((20, SLOTS), 6.0), known)
    cells = group.lesion[:, 0, CELLS]
    assert np.allclose(cells.sum(axis=1), 6.0)
    assert np.allclose(cells[:, 1] / 6.0, group.traits["resistant_share"], rtol=0.05)
    assert (group.lesion[:, 0, Lesion._fields.index("osteoclasts")] > 1.0).mean() > 0.8
    assert not group.settled.any()


def test_a_bone_never_holds_more_than_it_can():
    known = worlds.numbers()
    group = people.new("breast", np.arange(5), 1, known)
    site = np.full((5, SLOTS), -1)
    site[:, 0] = skeleton.number_of()["C3"]
    people.place(group, site, np.full((5, SLOTS), 1e4), known)
    room = known.params["capacity_bone"][0] * known.sites["volume"][skeleton.number_of()["C3"]]
    assert (group.lesion[:, 0, CELLS].sum(axis=1) <= 0.8 * room * (1.0 + 1e-9)).all()


def test_the_past_of_a_volume_grows_into_it():
    """Forward again by the growth law, in small steps, from what the closed form says of 200 days ago."""
    now, capacity, growth, days = 5.0, 60.0, 0.02, 200.0
    volume, steps = float(people.past_volume(now, capacity, growth, days)), 200_000
    for _ in range(steps):
        volume += days / steps * growth * volume * (1.0 - (volume / capacity) ** 0.25)
    assert volume == pytest.approx(now, rel=1e-4)


def test_recorded_bones_are_kept_and_the_rest_is_drawn_around_them():
    known = worlds.numbers()
    group = people.without_body("prostate", np.arange(60), 1, known)
    wanted = np.full((60, SLOTS), -2)
    wanted[:, 0], wanted[:, 1] = skeleton.number_of()["L4"], -1
    sites = people.draw_sites(group, 1, wanted)
    assert (sites[:, 0] == skeleton.number_of()["L4"]).all()
    assert (sites[:, 1] >= 0).all() and (sites[:, 1] != sites[:, 0]).all() and (sites[:, 2:] == -1).all()


def test_fresh_luck_depends_on_key_and_seed_and_on_nothing_else(found):
    one, other = records.rows(found, np.arange(20)), records.rows(found, np.arange(20))
    one.times[:], one.left[:] = 9, -1.0
    for group, seed in ((one, 8), (other, 8)):
        people.renew_luck(group, seed)
    assert np.array_equal(one.left, other.left) and np.array_equal(one.lesion_left, other.lesion_left)
    assert not one.times.any() and (one.left > 0.0).all()
    people.renew_luck(other, 9)
    assert not (one.left == other.left).any()


def test_one_person_s_thresholds_are_of_different_kinds_and_bones(found):
    """No two events of a person share a number: they would come together."""
    for i in range(20):
        k = found.lesions[i]
        all_of_them = np.concatenate([found.left[i], found.lesion_left[i, :k].ravel()])
        assert len(np.unique(all_of_them)) == len(all_of_them)


def test_a_lesion_that_comes_later_has_the_luck_of_its_bone(found):
    """Thresholds go by bone, not by slot: a lesion is as near to breaking whichever order lesions came in."""
    group = records.rows(found, np.flatnonzero(found.lesions >= 2)[:10])
    people.renew_luck(group, 4)
    first, second = group.lesion_left[:, 0].copy(), group.lesion_left[:, 1].copy()
    group.site[:, [0, 1]] = group.site[:, [1, 0]]
    people.renew_luck(group, 4)
    assert np.array_equal(group.lesion_left[:, 0], second) and np.array_equal(group.lesion_left[:, 1], first)


def test_the_disease_starts_with_a_primary_and_nothing_else():
    known = worlds.numbers()
    group = people.new("breast", np.arange(5), 1, known)
    people.at_birth_of_primary(group)
    assert set(group.body[:, Body._fields.index("primary")]) == {1e-3}
    assert not group.lesions.any() and not group.body[:, [Body._fields.index(f"{o}_sensitive") for o in ("liver", "lung")]].any()


def test_rows_are_copies_and_joining_gives_them_back(found):
    parts = [records.rows(found, np.arange(10)), records.rows(found, np.arange(10, 400))]
    whole = records.joined(parts)
    assert all(np.array_equal(a, b) for a, b in zip(whole, found, strict=True))
    parts[0].body[:] = 0.0
    assert found.body[:10].any()
