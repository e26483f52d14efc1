"""Eight people at a time give what one at a time gives."""

import platform
import re

import numpy as np
import pytest
from numba import njit
from tests.world import worlds

from seedsoil.biology import rates
from seedsoil.biology.body import Body, Effects, Lesion, Sums, Traits
from seedsoil.grammar import algebra
from seedsoil.treatments import drug
from seedsoil.world import aboard, kernel, lanes, parameters, populations
from seedsoil.world.equations import OPTIONS
from seedsoil.world.records import EVENTS, People, rows

SETS = 3
BODY, TRAITS, EFFECTS, SUMS = (len(record._fields) for record in (Body, Traits, Effects, Sums))


def group(n: int = 60, seed: int = 4) -> tuple[People, parameters.Numbers]:
    """People of three parameter sets and three cancers, some of them on drugs."""
    known = parameters.drawn(SETS, 11)
    parts = [worlds.world(c, range(k * 100, k * 100 + n // 3), seed, known) for k, c in enumerate(("breast", "kidney", "prostate"))]
    people = People(*[np.concatenate(fields) for fields in zip(*[p.people for p in parts], strict=True)])
    number = drug.number_of()
    for who, name in ((slice(0, None, 4), "denosumab"), (slice(1, None, 4), "docetaxel")):
        aboard.put(people, np.arange(n)[who], number[name], "first", drug.catalogue()[name].dose.value)
    return people, known


def copied(people: People) -> People:
    return rows(people, np.arange(len(people.key)))


def run(people: People, known, days: int, which: str, happens: bool = True, start: int = 0) -> np.ndarray:
    log = np.zeros((len(people.key) * (days + 10), 4), np.int64)
    written = kernel.advance(people, days, start, *known[:3], populations.site_weights(), happens, log, which)
    return log[:written][np.lexsort(log[:written].T[::-1])]


def off(a: np.ndarray, b: np.ndarray) -> float:
    return float((np.abs(a - b) / (np.abs(b) + 1e-3)).max())


def test_a_year_of_lanes_is_a_year_one_by_one():
    """States to 1e-10, and every event; one may differ only where its hazard is within 1e-9 of its threshold."""
    people, known = group()
    eight, one = copied(people), copied(people)
    found, expected = run(eight, known, 365, "lanes"), run(one, known, 365, "scalar")
    differing = {tuple(row) for row in found} ^ {tuple(row) for row in expected}
    near = (np.abs(eight.left).min(axis=1) < 1e-9) | (np.abs(eight.lesion_left).min(axis=(1, 2)) < 1e-9)
    assert {row[0] for row in differing} <= set(np.flatnonzero(near))
    assert len(expected) > 100 and (expected[:, 2] == EVENTS.index("fracture_load")).any()
    same = np.array([i not in {row[0] for row in differing} for i in range(len(people.key))])
    alive = same & one.alive
    assert np.array_equal(eight.alive[same], one.alive[same]) and 10 < alive.sum() < len(alive)
    for name in ("body", "lesion", "sums", "mean", "left", "lesion_left", "last_effect", "onboard"):
        assert off(getattr(eight, name)[alive], getattr(one, name)[alive]) < 1e-10, name
    assert np.array_equal(eight.site[same], one.site[same]) and np.array_equal(eight.lesions[same], one.lesions[same])


def test_nobody_s_digits_hang_on_who_else_is_there():
    """The same person alone, in another order, and among others: equal to the last bit."""
    people, known = group()
    whole = copied(people)
    run(whole, known, 40, "lanes")
    shuffled = np.random.default_rng(3).permutation(len(people.key))
    mixed, alone = rows(people, shuffled), rows(people, np.array([17]))
    run(mixed, known, 40, "lanes")
    run(alone, known, 40, "lanes")
    for name, field in zip(People._fields, whole, strict=True):
        assert getattr(mixed, name).tobytes() == field[shuffled].tobytes(), name
        assert getattr(alone, name).tobytes() == field[17:18].tobytes(), name


def test_slots_without_a_lesion_are_left_as_they_are():
    people, known = group(12)
    empty = np.arange(people.site.shape[1])[None, :] >= people.lesions[:, None]
    before = people.lesion[empty].copy()
    run(people, known, 30, "lanes", happens=False)
    assert np.array_equal(people.lesion[empty], before)
    assert (people.lesion[~empty][:, Lesion._fields.index("sensitive")] > 0.0).all()


def test_the_dead_stay_as_they_died():
    people, known = group(12)
    people.left[3, EVENTS.index("death_other")] = 0.0
    run(people, known, 1, "lanes")
    assert not people.alive[3]
    before = rows(people, np.array([3]))
    run(people, known, 20, "lanes", start=1)
    assert all(np.array_equal(a, b[3:4]) for a, b in zip(before, people, strict=True))


# ---- vectors -----------------------------------------------------------------------------------------------------------


def in_lanes(function):
    """A function of one number, compiled for lanes."""

    @njit(**OPTIONS)
    def call(x, out):
        for k in range(x.shape[0]):
            lanes.stored(out, k, function(lanes.loaded(x, k)))

    def apply(x: np.ndarray) -> np.ndarray:
        out = np.zeros((len(x) // lanes.WIDTH, lanes.WIDTH))
        call(np.ascontiguousarray(x).reshape(out.shape), out)
        return out.ravel()

    return apply


@pytest.mark.parametrize(
    ("function", "low", "high"), [(algebra.exp, -40.0, 40.0), (algebra.log, 1e-9, 1e9), (algebra.sqrt, 0.0, 1e6)]
)
def test_functions_of_lanes_are_as_exact_as_the_library_s(function, low, high):
    x = np.linspace(low, high, 8000) if low <= 0 else np.geomspace(low, high, 8000)
    here, there = in_lanes(function)(x), function(x)
    assert (np.abs(here - there) <= 2e-14 * np.abs(there) + 1e-15).all()


def test_exponentials_beyond_all_bounds_end_and_do_not_wrap():
    far = in_lanes(algebra.exp)(np.array([-1e6, -800.0, 800.0, 1e6] * 2))
    assert (far[:2] < 1e-300).all() and (far[2:4] > 1e300).all() and np.isfinite(far).all()


def test_a_power_of_lanes_is_a_power():
    cube = in_lanes(njit(lambda x: x**-1.7))
    x = np.linspace(0.05, 30.0, 800)
    assert cube(x) == pytest.approx(x**-1.7, rel=1e-13)


def test_an_equation_of_lanes_is_compiled_to_vectors_alone():
    """One number at a time would be right and several times as slow, so nobody would notice but by this."""
    params = parameters.typical().params

    @njit(**OPTIONS)
    def day(body, traits, effects, sums, gain, loss, p):
        y, x = Body(*lanes.rows_loaded(body, 0, BODY)), Traits(*lanes.rows_loaded(traits, 0, TRAITS))
        rx, total = Effects(*lanes.rows_loaded(effects, 0, EFFECTS)), Sums(*lanes.rows_loaded(sums, 0, SUMS))
        lanes.pairs_stored(gain, loss, 0, rates.slow(y, x, rx, total, p))

    room = lambda rows: np.ones((rows, lanes.WIDTH))
    day(room(BODY), room(TRAITS), room(EFFECTS), room(SUMS), room(BODY), room(BODY), params[0])
    (code,) = day.inspect_llvm().values()
    multiplied = re.findall(r"fmul [^<\n]*(<\d+ x double>|double)", code)
    assert multiplied.count(f"<{lanes.WIDTH} x double>") > 200
    assert multiplied.count("double") < 20  # of numbers of the model alone, once for all lanes
    assert not re.search(r"call [^\n]*@(llvm\.)?(exp|log|pow)\b", code)
    if platform.machine() == "x86_64":
        (made,) = day.inspect_asm().values()
        assert len(re.findall(r"%[yz]mm", made)) > 5 * len(re.findall(r"%xmm", made))
        assert not re.search(r"\bvfn?m(add|sub)", made)


def test_operations_are_never_fused():
    """A compiler that may fuse a product and a sum does it here and not there; which code runs can hang on where memory lies."""
    assert "contract" not in lanes.FAST and "contract" not in OPTIONS["fastmath"]
    assert "fast" not in lanes.FAST and "reassoc" not in lanes.FAST


def test_lesions_grow_in_lanes_as_they_grow_one_by_one_and_alone_as_among_others():
    people, known = group()
    assert len(np.unique(people.set_of)) == SETS and len(np.unique(people.lesions)) > 3
    eight, one = copied(people), copied(people)
    kernel.grow(eight, 20, 18.0, known.params, known.sites, "lanes")
    kernel.grow(one, 20, 18.0, known.params, known.sites, "scalar")
    assert off(eight.lesion, one.lesion) < 1e-10 and off(one.lesion, people.lesion) > 0.1
    for i in (0, 31, 59):
        alone = rows(people, np.array([i]))
        kernel.grow(alone, 20, 18.0, known.params, known.sites, "lanes")
        assert np.array_equal(alone.lesion[0], eight.lesion[i])
