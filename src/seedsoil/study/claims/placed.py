"""People whose disease an experiment has put where it wants it: earlier, larger, one lesion in one bone, one trait alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from seedsoil.biology.body import Body, Lesion
from seedsoil.care.chart import Chart
from seedsoil.grammar import skeleton
from seedsoil.study.claims import Estimate
from seedsoil.study.claims.arms import seed_of_run, typical
from seedsoil.world import people, populations
from seedsoil.world.day import World
from seedsoil.world.records import DEATHS, SLOTS, People

ORGANS = [i for i, name in enumerate(Body._fields) if name.startswith(("liver_", "lung_", "brain_"))]
_PRIMARY = Body._fields.index("primary")
_CELLS = [Lesion._fields.index(name) for name in ("sensitive", "resistant")]
BRIEFLY = 1  # day, so that what lesions add up to is known


def sized(cancer: str, n: int, size: float, seed: int | None = None, **given: float) -> World:
    """The people of a first finding whose metastases, in bone and elsewhere, are `size` times as large, and whose primary
    has been removed; `given` fixes traits for all (age_years)."""
    seed = seed_of_run() if seed is None else seed
    group = people.new(cancer, np.arange(n), seed, typical(), {name: np.full(n, value) for name, value in given.items()})
    people.at_first_finding(group, seed, typical())
    volume = group.lesion[:, :, _CELLS].sum(axis=2)
    people.place(group, group.site.copy(), size * volume, typical())
    group.body[:, ORGANS] *= size
    group.body[:, _PRIMARY] = 0.0
    return _world(group, cancer, seed)


def earlier(cancer: str, n: int, seed: int | None = None) -> World:
    """The people of a first finding as they were years before, when every metastasis was a hundredth of its size."""
    return sized(cancer, n, 0.01, seed)


def one_lesion(
    cancer: str, n: int, bone: str, volume_ml: float, kind: str, change: Callable[[People], object] | None = None
) -> World:
    """n people with one metastasis of a size and kind (lytic, mixed, blastic) in one bone, and no other disease. `change`
    may alter their traits before the lesion grows."""
    seed = seed_of_run()
    group = people.new(cancer, np.arange(n), seed, typical())
    populations.set_kind(group, 0, kind, populations.Scores(seed, group.key))
    if change:
        change(group)
    site, volume = np.full((n, SLOTS), -1, np.int16), np.zeros((n, SLOTS))
    site[:, 0], volume[:, 0] = skeleton.number_of()[bone], volume_ml
    people.place(group, site, volume, typical())
    people.renew_luck(group, seed)
    return _world(group, cancer, seed)


def many_lesions(cancer: str, n: int, volume_ml: float, kind: str, change: Callable[[People], object]) -> World:
    """n people with diffuse disease: as many lesions of one kind and size as a person here can carry."""
    seed = seed_of_run()
    group = people.new(cancer, np.arange(n), seed, typical())
    for slot in range(SLOTS):
        populations.set_kind(group, slot, kind, populations.Scores(seed, group.key))
    change(group)
    site = people.draw_sites(group, seed, np.full((n, SLOTS), -1))
    people.place(group, site, np.full((n, SLOTS), volume_ml), typical())
    people.renew_luck(group, seed)
    return _world(group, cancer, seed)


def healthy(cancer: str, n: int, **traits: float) -> World:
    """n people of the age and sex of those with this cancer, without it; `traits` set some of theirs before their bodies
    come to rest."""
    seed = seed_of_run()
    group = people.without_body(cancer, np.arange(n), seed, typical())
    for name, value in traits.items():
        group.traits[name] = value
    people.settle(group, typical())
    return _world(group, cancer, seed)


def _world(group: People, cancer: str, seed: int) -> World:
    t = group.traits
    n = len(group.key)
    chart = Chart.empty(n, cancer, male=t["male"] > 0.5, age_years=t["age_years"], weight_kg=t["weight"], subtype=group.subtype)
    world = World(group, chart, typical(), seed)
    world.advance(BRIEFLY, events=False)
    world.chart.day = world.day = 0
    return world


# ---- how long they live ----------------------------------------------------------------------------------------------


def lives(world: World, days: int, policy=None, every: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Days each person lives within `days`, and whether that ended in death; counted every few days where nobody treats."""
    until, start = np.full(len(world.people.key), float(days)), world.day
    if policy is not None:
        world.live(policy, start + days)
        dead = world.events_of(*DEATHS)
        until[dead[:, 0]] = dead[:, 1] + 1 - start
    while world.day < start + days:
        before = world.people.alive.copy()
        world.advance(every)
        until[before & ~world.people.alive] = world.day - start
    return until, ~world.people.alive


def death_rate_ratio(
    one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray], strata: np.ndarray | None = None,
    same_people: bool = False, rounds: int = 400,
) -> Estimate:  # fmt: skip
    """Deaths a day in one group over another (days lived, died), by Mantel and Haenszel over strata [n] of both groups
    together; 95 % interval by resampling people, pairs of them where both groups are the same people."""
    draw = np.random.default_rng(3)
    n, m = len(one[0]), len(other[0])
    groups = np.zeros(n + m, int) if strata is None else strata

    def of(a: np.ndarray, b: np.ndarray) -> float:
        above = below = 0.0
        for k in np.unique(groups):
            mine, theirs = a[groups[:n][a] == k], b[groups[n:][b] == k]
            t1, t0 = one[0][mine].sum(), other[0][theirs].sum()
            if t1 + t0 > 0:
                above += one[1][mine].sum() * t0 / (t1 + t0)
                below += other[1][theirs].sum() * t1 / (t1 + t0)
        return above / max(below, 1e-12)

    spread = []
    for _ in range(rounds):
        a = draw.integers(0, n, n)
        spread.append(of(a, a if same_people else draw.integers(0, m, m)))
    low, high = np.quantile(spread, (0.025, 0.975))
    return of(np.arange(n), np.arange(m)), float(low), float(high)
