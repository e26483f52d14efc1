"""The kernel: its luck is that of the grammar, its step has the order it claims, and events happen once."""

import numpy as np
import pytest
from numba import njit
from tests.biology import bodies
from tests.world import worlds

from seedsoil.biology.body import Body, Growing, Lesion
from seedsoil.grammar import luck, skeleton
from seedsoil.world import cache, equations, kernel, kernel_scalar, populations
from seedsoil.world.events import uniform as draw
from seedsoil.world.records import EVENTS, LESION_EVENTS, SLOTS, People

BREAK, FALL, WAKE = range(3)
NEVER = 1e9


# ---- luck ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [-730, 0, 3650])
@pytest.mark.parametrize("name", ["threshold", "site", "place"])
def test_the_kernel_s_uniform_is_the_grammar_s(name, day):
    stream = np.uint64(luck.stream(name))
    compiled = njit(lambda seed, key, index, day: draw(seed, key, stream, index, day))
    for seed, key, index in ((1, 0, 0), (2**32 - 1, 999_999, 431), (7, 13, 5)):
        assert compiled(seed, key, index, day) == float(luck.uniform(seed, key, name, index, day))


def test_a_new_threshold_is_the_one_that_the_luck_of_the_person_names():
    """After a fall the kernel draws the next threshold itself: number one of that kind, of that person."""
    w = worlds.world("breast", range(6), seed=5)
    fall = EVENTS.index("fall")
    w.people.left[:] = NEVER
    w.people.left[:, fall] = 0.0
    w.advance()
    drawn = luck.exponential(5, w.people.key, "threshold", fall, 1)
    assert (w.people.times[:, fall] == 1).all()
    assert np.allclose(w.people.left[:, fall], drawn, atol=0.02)  # less the part of the day's hazard that was left over


# ---- the step --------------------------------------------------------------------------------------------------------


def halved(error, steps) -> float:
    """Order of a method: how many times the error halves as the step does."""
    coarse, fine = (error(n) for n in (steps, 2 * steps))
    return float(np.log2(coarse / fine))


def test_one_update_is_third_order():
    """dx/dt = gain - loss x with constants, for two days."""
    exact = 3.0 / 0.7 + (1.0 - 3.0 / 0.7) * np.exp(-1.4)

    def error(steps: int) -> float:
        x = 1.0
        for _ in range(steps):
            x = kernel.update(x, 3.0, 0.7, 2.0 / steps)
        return abs(x - exact)

    assert 2.8 < halved(error, 8) < 3.2


def test_the_two_stages_are_second_order():
    """Two states that feed on each other; the reference is the same with a step 64 times as fine."""

    def run(steps: int) -> np.ndarray:
        x, guess, dt = np.array([0.2, 1.5]), np.zeros(2), 4.0 / steps
        rates = lambda y: np.array([[0.9 * y[0] * y[1], 0.5], [0.3 + 0.1 * y[0], 0.6 * y[0]]])
        for _ in range(steps):
            first = rates(x)
            kernel_scalar._stage(x, first, first, 0, 2, dt, guess)
            kernel_scalar._stage(x, first, rates(guess), 0, 2, dt, x)
        return x

    exact = run(4096)
    assert 1.8 < halved(lambda n: np.abs(run(n) - exact).max(), 32) < 2.3


def test_halving_the_step_of_a_real_lesion_quarters_the_error():
    """The equations themselves: tumour and mineral of a lytic lesion after 80 days in a body that stays as it is."""
    known = bodies.numbers()

    def grown(steps: int) -> np.ndarray:
        who = bodies.add_lesions(bodies.healthy(), 1, "lytic", volume_ml=1.0)
        kernel.grow(who, steps, 80.0 / steps, known.params, known.sites)
        pick = [Lesion._fields.index(name) for name in ("sensitive", "lamellar", "inflammation")]
        return who.lesion[0, 0, pick]

    exact = grown(5120)
    assert 1.7 < halved(lambda n: np.abs(grown(n) / exact - 1.0).max(), 80) < 2.4


def test_an_update_stays_positive_and_finds_its_end_however_fast_the_loss():
    x = np.array([0.0, 1e-9, 1.0, 1e6])
    for loss in (0.0, 1.0, 200.0, 1e8):
        assert (kernel.update(x, 0.0, loss, 1.0) >= 0.0).all()
    near = kernel.update(x[:3], 50.0 * 1e6, 1e6, 1.0)
    assert np.allclose(near, 50.0, rtol=1e-5)
    assert kernel.update(2.0, 3.0, 0.0, 0.5) == 3.5


def test_health_without_events_is_a_steady_state():
    """Ten years of a healthy adult: nothing drifts by more than a millionth, but the skeleton's slow ageing."""
    who = bodies.healthy()
    before = who.body.copy()
    bodies.run(who, 3650)
    drift = np.abs(who.body - before) / (np.abs(before) + 1e-9)
    assert {name for name, d in zip(Body._fields, drift[0], strict=True) if d > 1e-6} <= {"function"}
    assert drift[0, Body._fields.index("function")] < 0.02


# ---- days ------------------------------------------------------------------------------------------------------------


def advanced(who: People, days: int, start: int = 0, happens: bool = True) -> np.ndarray:
    """The events of some days, all at one call of the kernel."""
    log = np.zeros((len(who.key) * days * 8 + SLOTS, 4), np.int64)
    written = kernel.advance(who, days, start, *worlds.numbers()[:3], populations.site_weights(), happens, log)
    return log[:written]


def test_many_days_at_one_call_are_the_same_days_one_by_one():
    at_once, one_by_one = worlds.world("breast").people, worlds.world("breast").people
    found = advanced(at_once, 45)
    single = np.concatenate([advanced(one_by_one, 1, day) for day in range(45)])
    assert all(np.array_equal(a, b) for a, b in zip(at_once, one_by_one, strict=True))
    assert sorted(map(tuple, found)) == sorted(map(tuple, single)) and len(found) > 0


def test_a_dead_person_changes_no_more():
    who = worlds.world("breast").people
    who.alive[3] = False
    before = [field[3].copy() for field in who]
    events = advanced(who, 30)
    assert all(np.array_equal(field[3], b) for field, b in zip(who, before, strict=True))
    assert not (events[:, 0] == 3).any()


def test_death_comes_once_and_ends_the_day():
    who = worlds.world("breast").people
    first = EVENTS.index("death_tumour")
    who.left[:] = NEVER
    who.left[:, first:] = 0.0  # every cause at once
    events = advanced(who, 5)
    deaths = events[events[:, 2] >= first]
    assert len(deaths) == len(who.key) and (deaths[:, 1] == 0).all()
    assert not who.alive.any()


def test_events_off_means_no_events():
    who = worlds.world("breast").people
    who.left[:], who.lesion_left[:] = 0.0, 0.0
    assert len(advanced(who, 10, happens=False)) == 0
    assert who.alive.all() and not who.times.any()


# ---- events of lesions -----------------------------------------------------------------------------------------------


def weak() -> People:
    """One person with large holes in L3 and T8 and no other luck than what a test gives."""
    who = bodies.add_lesions(bodies.healthy(), 2, "lytic", volume_ml=25.0)
    who.lesion[:, :2, Lesion._fields.index("lamellar")] = 0.35
    who.left[:], who.lesion_left[:] = NEVER, NEVER
    return who


def test_a_bone_whose_threshold_is_passed_breaks_exactly_once_until_the_next():
    who = weak()
    who.lesion_left[0, 0, BREAK] = 1e-12
    events = advanced(who, 60)
    broken = events[np.isin(events[:, 2], [EVENTS.index("fracture_load"), EVENTS.index("fracture_silent")])]
    assert len(broken) == 1 and broken[0, 1] == 0
    assert broken[0, 3] == who.site[0, 0]
    assert who.lesion_times[0, 0].tolist() == [1, 0, 0] and who.lesion_left[0, 0, BREAK] > 0.0
    assert who.lesion[0, 0, Lesion._fields.index("unhealed")] > 0.0
    assert who.lesion[0, 0, Lesion._fields.index("collapse")] > 0.0


def test_the_other_bone_does_not_break_with_it():
    who = weak()
    who.lesion_left[0, 0, BREAK] = 1e-12
    advanced(who, 60)
    assert who.lesion_times[0, 1].tolist() == [0, 0, 0]
    assert who.lesion[0, 1, Lesion._fields.index("unhealed")] == 0.0


def test_a_bone_whose_threshold_is_far_does_not_break():
    who = weak()
    assert len(advanced(who, 60)) == 0


def test_hazard_is_used_up_to_the_last_digit():
    """What is left of the threshold falls by the hazard of every day, so an event hardly depends on how days are cut."""
    who = weak()
    who.lesion_left[0, 0, BREAK] = 5.0
    passed = []
    for day in range(20):
        before = who.lesion_left[0, 0, BREAK]
        advanced(who, 1, day)
        passed.append(before - who.lesion_left[0, 0, BREAK])
    assert min(passed) > 0.0 and 5.0 - sum(passed) == pytest.approx(who.lesion_left[0, 0, BREAK], abs=1e-12)


def test_a_sleeping_colony_wakes_once_and_only_then_grows():
    who = bodies.add_lesions(bodies.healthy(), 1, "lytic")
    who.left[:], who.lesion_left[:] = NEVER, NEVER
    awake, cells = Lesion._fields.index("awake"), Lesion._fields.index("sensitive")
    who.lesion[0, 0, awake] = 0.0
    advanced(who, 200)
    assert who.lesion[0, 0, cells] == 5e-5
    who.lesion_left[0, 0, WAKE] = 1e-12
    events = advanced(who, 200, 200)
    assert [EVENTS[kind] for kind in events[:, 2]] == ["wake"]
    assert who.lesion[0, 0, awake] == 1.0 and who.lesion[0, 0, cells] > 5e-5


def test_a_seed_opens_a_new_slot_or_joins_the_lesion_that_is_there():
    who = bodies.healthy()
    who.left[:], who.lesion_left[:] = NEVER, NEVER
    who.traits["shedding"], who.body[:, Body._fields.index("primary")] = 1.0, 10.0
    landed = []
    for occurrence in range(40):
        who.left[0, 0], who.lesion_left[:], who.lesion[:, :, Lesion._fields.index("awake")] = 1e-12, NEVER, 0.0
        landed += [row[3] for row in advanced(who, 1, occurrence) if row[2] == 0]
    sites = who.site[0, : who.lesions[0]].tolist()
    assert len(landed) == who.times[0, 0] > 40 and len(set(sites)) == len(sites) == who.lesions[0]
    assert set(landed) - {-1} == set(sites)
    founded = worlds.numbers().params["founding_volume"][0]
    total = who.lesion[0, :, Lesion._fields.index("sensitive")].sum() / founded
    assert total == pytest.approx(sum(place >= 0 for place in landed), rel=1e-6)


def test_colonies_of_a_clump_are_geometric_in_number_sleep_alike_and_wake_together():
    """Of 400 people in whom one clump settles: a share of one in `colonies_at_once` have a single colony."""
    who = bodies.healthy(400)
    who.left[:], who.lesion_left[:] = NEVER, NEVER
    who.traits["shedding"], who.body[:, Body._fields.index("primary")] = 1.0, 10.0
    who.lesion_traits["sleeper"] = (np.arange(400 * SLOTS).reshape(400, SLOTS) % 3 == 0).astype(float)
    who.left[:, 0] = 1e-12
    landed = advanced(who, 1)
    many = np.bincount(landed[landed[:, 2] == 0, 0], minlength=400)
    mean = worlds.numbers().params["colonies_at_once"][0]
    assert many.min() == 1 and np.mean(many == 1) == pytest.approx(1.0 / mean, abs=0.07)
    for i in range(400):
        own = slice(0, who.lesions[i])
        assert np.ptp(who.lesion[i, own, Lesion._fields.index("awake")]) == 0.0
        assert np.ptp(who.lesion_left[i, own, LESION_EVENTS.index("wake")]) == 0.0


def test_a_clump_leaves_cells_in_an_organ_as_often_as_its_chance_says():
    who = bodies.healthy(2000)
    who.left[:], who.lesion_left[:] = NEVER, NEVER
    who.traits["shedding"], who.body[:, Body._fields.index("primary")] = 1.0, 10.0
    who.traits["visceral_tropism"] = np.where(np.arange(2000) < 1000, 0.25, 0.0)
    who.left[:, 0] = 1e-12
    advanced(who, 1)
    organs = [Body._fields.index(f"{organ}_sensitive") for organ in ("liver", "lung", "brain")]
    held = (who.body[:, organs] > 0.0).sum(axis=1)
    p = worlds.numbers().params[0]
    chance = p["organs_along"] * (0.25 * p["colonies_at_once"]) / (1.0 + 0.25 * p["colonies_at_once"])
    assert held.max() == 1 and held[1000:].max() == 0
    assert held[:1000].mean() == pytest.approx(chance, abs=0.05)


def test_cells_of_a_clump_that_sleeps_grow_in_an_organ_only_once_it_wakes():
    """2000 lesions of one colony each that sleep wake on one day; along with each, a share of the chance of a whole clump."""
    who = bodies.healthy(2000)
    who.left[:], who.lesion_left[:] = NEVER, NEVER
    who.traits["shedding"], who.body[:, Body._fields.index("primary")] = 1.0, 10.0
    who.traits["visceral_tropism"], who.lesion_traits["sleeper"] = 0.25, 1.0
    who.left[:, 0] = 1e-12
    advanced(who, 1)
    organs = [Body._fields.index(f"{organ}_sensitive") for organ in ("liver", "lung", "brain")]
    assert who.body[:, organs].max() == 0.0
    woken = who.lesions > 0
    who.lesion_left[:, :, LESION_EVENTS.index("wake")] = 1e-12
    who.traits["wake_rate"], who.left[:, 0] = 1.0, NEVER
    advanced(who, 1)
    held = (who.body[woken][:, organs] > 0.0).any(axis=1)
    p = worlds.numbers().params[0]
    chance = p["organs_along"] * (0.25 * p["colonies_at_once"]) / (1.0 + 0.25 * p["colonies_at_once"]) / p["colonies_at_once"]
    assert held.mean() == pytest.approx(np.mean(1.0 - (1.0 - chance) ** who.lesions[woken]), abs=0.05)


def test_colonies_that_sleep_in_organs_gather_while_cells_are_shed_and_wake_at_the_rate_of_each():
    """Two years of shedding by a primary that does not grow: as many sleep as come and have not woken."""
    who = bodies.healthy(1, wake_rate=0.002, dormant_share=0.5, shedding=0.01, visceral_tropism=0.25, primary_growth=0.0)
    primary, asleep = (Body._fields.index(name) for name in ("primary", "organs_asleep"))
    who.body[:, primary] = 10.0
    advanced(who, 730)
    founded, rate = 0.5 * 0.01 * 0.25, worlds.numbers().params["escape"][0] * 0.002
    assert who.body[0, asleep] == pytest.approx(founded / rate * (1.0 - np.exp(-730 * rate)), rel=0.05)
    who.body[:, primary] = 0.0
    before = who.body[0, asleep]
    advanced(who, 730)
    assert who.body[0, asleep] == pytest.approx(before * np.exp(-730 * rate), rel=0.05)


def test_further_colonies_settle_beside_those_that_are_there():
    """A second colony is in the region of the first more often than by chance, by about the share that the table says."""
    who = bodies.healthy(2000)
    who.left[:], who.lesion_left[:] = NEVER, NEVER
    who.traits["shedding"], who.body[:, Body._fields.index("primary")] = 1.0, 10.0
    who.left[:, 0] = 1e-12
    advanced(who, 1)
    two = who.site[who.lesions >= 2, :2]
    region = np.unique([bone.region for bone in skeleton.bones()], return_inverse=True)[1]
    chance = np.sum(np.bincount(region, np.diff(populations.site_weights()[who.cancer[0]], prepend=0.0)) ** 2)
    alike = np.mean(region[two[:, 0]] == region[two[:, 1]])
    near = worlds.numbers().params["nearby_share"][0]
    assert chance + 0.5 * near * (1.0 - chance) < alike < chance + near * (1.0 - chance) + 0.03


def test_the_event_log_names_every_kind_once():
    assert len(set(EVENTS)) == len(EVENTS)
    assert EVENTS[-4:-1] == LESION_EVENTS


# ---- compilation -----------------------------------------------------------------------------------------------------


def test_an_edited_equation_changes_the_fingerprint(tmp_path):
    from types import SimpleNamespace

    module = SimpleNamespace(__name__="bone", __file__=str(tmp_path / "bone.py"))
    (tmp_path / "bone.py").write_text("x = 1\n")
    before = cache.fingerprint((module,))
    (tmp_path / "bone.py").write_text("x = 2\n")
    assert cache.fingerprint((module,)) != before


def test_the_fingerprint_covers_every_module_the_kernel_compiles():
    """An equation file that is left out would run in its old form after an edit."""
    named = {module.__name__ for module in kernel.COMPILED}
    for module in equations.EQUATIONS:
        assert module.__name__ in named
    assert {"seedsoil.biology.body", "seedsoil.grammar.luck", "seedsoil.world.records", kernel.__name__} <= named
    assert len(Growing._fields) < len(Lesion._fields)
