"""What must hold whatever the numbers: nothing comes from nothing, health is at rest, calcium is neither made nor lost."""

import numpy as np
import pytest
from tests.biology.bodies import BODY, LESION, add_lesions, cohort, give, healthy, numbers, run, settle

from seedsoil.biology import bone, minerals, rates
from seedsoil.biology.body import Body, Effects, Lesion, LesionTraits, Site, Sums
from seedsoil.treatments import drug
from seedsoil.world import parameters, people
from seedsoil.world.records import joined

PLAIN = numbers().params.view(np.recarray)


def drawn(sets=6):
    """Versions of the numbers from all over their ranges."""
    return parameters.drawn(sets, seed=11)


def test_an_empty_lesion_stays_empty():
    """A site without tumour cells grows none, under any drug, in ten years."""
    who = add_lesions(healthy(2), 3, "lytic", volume_ml=0.0)
    give(who, "denosumab", 120.0, np.array([1]))
    run(who, 3652)
    for name in ("sensitive", "resistant", "dead"):
        assert np.all(who.lesion[:, :3, LESION[name]] == 0.0)


def test_a_lesion_without_tumour_is_healthy_bone_at_rest():
    """Its osteoclasts, osteoblasts and mineral stay at one, and the body does not notice it."""
    who, alone = add_lesions(healthy(), 5, "mixed", volume_ml=0.0), healthy()
    run(who, 1000)
    run(alone, 1000)
    assert who.body == pytest.approx(alone.body, rel=1e-9)
    for name in ("osteoclasts", "osteoblasts", "lamellar"):
        assert who.lesion[0, :5, LESION[name]] == pytest.approx(1.0, abs=1e-9)
    assert who.lesion[0, :5, LESION["woven"]] == pytest.approx(0.0, abs=1e-9)


def test_a_sleeping_lesion_does_not_grow():
    """No cell more after a year."""
    who = add_lesions(healthy(), 2, "lytic", volume_ml=1e-4)
    who.lesion[:, :, LESION["awake"]] = 0.0
    run(who, 365)
    assert np.all(who.lesion[0, :2, LESION["sensitive"]] == 1e-4)


def test_a_drug_nobody_takes_changes_nothing():
    """The same digits, whether the table knows the drug's numbers or holds nonsense for it."""
    known = numbers()
    nonsense = known._replace(drugs=known.drugs.copy())
    taken, other = drug.number_of()["zoledronate"], drug.number_of()["denosumab"]
    nonsense.drugs["most0"][:, other] = 0.123
    nonsense.drugs["clearance"][:, other] = 99.0
    bodies = []
    for numbers_used in (known, nonsense):
        who = cohort("breast", 8)
        give(who, "zoledronate", 4.0)
        run(who, 60, numbers_used)
        bodies.append((who.body.copy(), who.lesion.copy()))
    assert taken != other
    assert all(np.array_equal(a, b) for a, b in zip(*bodies, strict=True))


def test_a_drug_somebody_takes_changes_something():
    """The other side of that law: the nonsense shows in who takes it."""
    known = numbers()
    nonsense = known._replace(drugs=known.drugs.copy())
    nonsense.drugs["clearance"][:, drug.number_of()["denosumab"]] = 99.0
    bodies = []
    for numbers_used in (known, nonsense):
        who = healthy()
        give(who, "denosumab", 120.0)
        run(who, 60, numbers_used)
        bodies.append(who.body.copy())
    assert not np.array_equal(*bodies)


def test_nothing_becomes_negative_or_infinite():
    """People of all kinds under harsh treatment, with numbers from all over their ranges, for two years."""
    known = drawn()
    who = joined([cohort(cancer, 12, known=known) for cancer in ("breast", "kidney", "prostate")])
    who.lesion_traits["pthrp_secretion"] *= 5.0

    def treat(day):
        if day % 28 == 0:
            give(who, "denosumab", 120.0)
            give(who, "zoledronate", 4.0)
        if day in (100, 110):
            give(who, "fluids", 6.0 if day == 100 else 0.0)

    run(who, 730, known, each_day=treat)
    for array in (who.body, who.lesion, who.onboard, who.sums):
        assert np.all(np.isfinite(array))
        assert np.all(array >= 0.0)


def test_health_is_at_rest_with_any_numbers():
    """A healthy reference person stays where they are with every drawn version of the numbers."""
    known = drawn()
    traits = {"gfr_healthy": known.params["gfr_normal"], "vitamin_d_usual": known.params["vitamin_d_normal"]}
    n = len(known.params)
    who = healthy(n, known, **traits)
    who.set_of[:] = np.arange(n)
    who.body[:] = people.steady(who.traits, known.params).T
    start = who.body.copy()
    assert start[:, BODY["calcium"]] == pytest.approx(2.35, abs=1e-9)
    run(who, 365, known)
    assert np.max(np.abs(who.body - start) / np.maximum(np.abs(start), 1e-9)) < 1e-6


def sick(case):
    """Records of one sick person with two lesions, off any steady state."""
    rng = np.random.default_rng(case)
    who = add_lesions(healthy(), 2, ("lytic", "mixed", "blastic")[case % 3], volume_ml=3.0)
    run(who, 150)
    who.body[0, : len(BODY)] *= rng.uniform(0.8, 1.25, len(BODY))
    known = numbers()
    rx = Effects(*(rng.uniform(0.0, 0.5) for _ in Effects._fields))
    settle(who, known)
    lesions = [Lesion(*who.lesion[0, k]) for k in range(2)]
    traits = [LesionTraits(*(float(who.lesion_traits[name][0, k]) for name in LesionTraits._fields)) for k in range(2)]
    places = [Site(*known.sites[who.site[0, k]]) for k in range(2)]
    return Body(*who.body[0]), who.traits[0], rx, lesions, traits, places


@pytest.mark.parametrize("case", range(6))
def test_calcium_lost_from_bone_appears_in_blood_urine_or_new_bone(case):
    """Calcium in fluid, skeleton and lesions changes by what is absorbed less what urine, gut and skin lose, exactly.

    A site's mineral outside the tumour's reach turns over as part of the skeleton, so it is taken out of the lesions' share.
    """
    y, x, rx, lesions, traits, places = sick(case)
    p = numbers().params[0]
    p, x = np.rec.array(p), np.rec.array(x)
    zero = Sums(*([0.0] * len(Sums._fields)))
    soil = rates.soil(y, x, rx, zero, p)
    parts = [rates.contribution(l, y, soil, x, t, s, rx, p) for l, t, s in zip(lesions, traits, places, strict=True)]
    sums = Sums(*(float(sum(values)) for values in zip(*parts, strict=True)))
    soil = rates.soil(y, x, rx, sums, p)
    quick, slow = rates.quick(y, x, rx, sums, p), rates.slow(y, x, rx, sums, p)
    change = lambda pairs, record, name: getattr(pairs, name)[0] - getattr(pairs, name)[1] * getattr(record, name)
    volume = change(quick, y, "volume")
    in_fluid = (y.volume + p.exchangeable) * change(quick, y, "calcium") + y.calcium * volume
    in_skeleton = p.skeleton_calcium * change(slow, y, "skeleton")
    in_lesions = 0.0
    for l, t, s in zip(lesions, traits, places, strict=True):
        pairs = rates.lesion(l, soil, x, t, s, rx, p)
        mineral = change(pairs, l, "lamellar") + change(pairs, l, "woven")
        outside = p.site_turnover * (1.0 - bone.zone(l, s, p))
        skeletons = outside * (soil.mineralising * soil.osteoblasts - soil.osteoclasts * (l.lamellar + l.woven))
        in_lesions += s.calcium * (mineral - skeletons)
    kidney = minerals.pth(y, p) + minerals.pthrp(y, x, sums)
    urine = minerals.calcium_clearance(y, rx, kidney, p) * y.calcium
    outside_world = minerals.absorbed(y, rx, p) - urine - p.obligatory_loss
    assert abs(in_lesions) > 1e-3
    assert in_fluid + in_skeleton + in_lesions == pytest.approx(outside_world, abs=1e-9)


@pytest.mark.parametrize("case", range(3))
def test_matrix_that_takes_up_mineral_leaves_the_pool(case):
    """What the pool of matrix loses is what skeleton and lesions gain."""
    y, x, rx, lesions, traits, places = sick(case)
    p, x = np.rec.array(numbers().params[0]), np.rec.array(x)
    soil = rates.soil(y, x, rx, Sums(*([0.0] * len(Sums._fields))), p)
    parts = [rates.contribution(l, y, soil, x, t, s, rx, p) for l, t, s in zip(lesions, traits, places, strict=True)]
    sums = Sums(*(float(sum(values)) for values in zip(*parts, strict=True)))
    gain, loss = rates.slow(y, x, rx, sums, p).osteoid
    assert gain == pytest.approx(p.bone_turnover * x.bone_mass * y.osteoblasts + sums.formed)
    assert loss * y.osteoid == pytest.approx(gain * bone.mineralising(y, x, sums, p))
