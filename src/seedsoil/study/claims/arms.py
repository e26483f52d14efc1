"""Arms of an experiment in virtual people: the same people, the same luck, another treatment."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from seedsoil.biology import person, strength
from seedsoil.biology.body import Body, Effects, Lesion
from seedsoil.care.chart import Chart
from seedsoil.care.orders import Order, Start, Treat
from seedsoil.diagnostics import blood
from seedsoil.diagnostics.truth import Bedside, lesions
from seedsoil.study.curves import proportion
from seedsoil.treatments import radiation
from seedsoil.world import observing, parameters, people
from seedsoil.world.day import World

SEED = 5  # of the page of statements
_SEED = ContextVar("seed", default=SEED)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Experiments run inside have this luck."""
    before = _SEED.set(seed)
    try:
        yield
    finally:
        _SEED.reset(before)


def seed_of_run() -> int:
    """The luck of the experiment under way."""
    return _SEED.get()


@functools.cache
def typical() -> parameters.Numbers:
    """The tables' typical values."""
    return parameters.typical()


def found(cancer: str, n: int, seed: int | None = None, wait: int = 0) -> World:
    """n people on the day a bone metastasis is found, or some days later, untreated."""
    seed, known = seed_of_run() if seed is None else seed, typical()
    group = people.new(cancer, np.arange(n), seed, known)
    people.at_first_finding(group, seed, known)
    t = group.traits
    chart = Chart.empty(n, cancer, male=t["male"] > 0.5, age_years=t["age_years"], weight_kg=t["weight"], subtype=group.subtype)
    world = World(group, chart, known, seed)
    if wait:
        world.advance(wait, events=False)
        world.chart.day = world.day
    return world


def everyone(world: World) -> np.ndarray:
    return np.ones(len(world.people.key), bool)


def order(world: World, *orders: Order) -> None:
    """Orders for today, carried out with the next day."""
    world.take(np.arange(len(world.people.key)), orders)


def give(world: World, what: str, where: np.ndarray | None = None, **amounts) -> None:
    order(world, Start(what, everyone(world) if where is None else where, within_hours=0, **amounts))


def treat(world: World, what: str, site: np.ndarray, where: np.ndarray | None = None, **amounts) -> None:
    where = (site >= 0) if where is None else where & (site >= 0)
    if "technique" in amounts:
        amounts["technique"] = radiation.TECHNIQUES.index(amounts["technique"])
    order(world, Treat(what, where, site, within_hours=0, **amounts))


def run(world: World, days: int, watch: Callable[[World], object] | None = None, policy=None, events: bool = True) -> list:
    """The world some days later; what `watch` says of every day."""
    seen = []
    for _ in range(days):
        world.chart.day = world.day
        if policy is None:
            world.done = world.done[:0]
            world.act()
            world.advance(1, events=events)
        else:
            world.step(policy)
        if watch:
            seen.append(watch(world))
    return seen


# ---- what is true of them --------------------------------------------------------------------------------------------


def lesion(world: World) -> Lesion:
    return Lesion(*np.moveaxis(world.people.lesion, 2, 0))


def used(world: World) -> np.ndarray:
    return np.arange(world.people.site.shape[1])[None, :] < world.people.lesions[:, None]


def effects(world: World) -> Effects:
    return Effects(*world.people.last_effect.T)


def pain(world: World) -> np.ndarray:
    """Worst pain of the day [n]; NaN once dead."""
    worst = person.worst_pain(world.body(), world.x, world.sums(), effects(world), world.p)
    return np.where(world.people.alive, worst, np.nan)


def usual_pain(world: World) -> np.ndarray:
    worst = person.usual_pain(world.body(), world.x, world.sums(), effects(world), world.p)
    return np.where(world.people.alive, worst, np.nan)


def in_bone(world: World) -> np.ndarray:
    """Viable tumour of all lesions, mL, as it stands at this moment (`sums` are those of last evening)."""
    l = lesion(world)
    return np.where(world.people.site >= 0, l.sensitive + l.resistant, 0.0).sum(axis=1)


def tumour(world: World) -> np.ndarray:
    """Viable tumour of the whole body, mL."""
    y = world.body()
    organs = y.liver_sensitive + y.liver_resistant + y.lung_sensitive + y.lung_resistant + y.brain_sensitive + y.brain_resistant
    return world.sums().tumour + organs


def measured(world: World, analyte: str) -> np.ndarray:
    return blood.true_value(analyte, observing.seen(world, np.arange(len(world.people.key))))


def at_lesions(world: World) -> Bedside:
    """Arguments for the equations of a lesion, for every slot [n, slots]."""
    return lesions(observing.seen(world, np.arange(len(world.people.key))))


def irritation(world: World) -> np.ndarray:
    """Squared irritation of each lesion [n, slots]."""
    b = at_lesions(world)
    rest, moving = person.irritation(b.l, b.y, b.x, b.t, b.site, b.rx, b.p)
    return np.where(used(world), rest + moving, 0.0)


def strength_of(world: World) -> np.ndarray:
    """Strength of each lesion's bone over the median person's intact strength [n, slots]; NaN where there is none."""
    b = at_lesions(world)
    return np.where(used(world), strength.relative_strength(b.l, b.y, b.x, b.t, b.site, b.p), np.nan)


def slot_worst(world: World, where: np.ndarray | None = None) -> np.ndarray:
    """Slot of the lesion that hurts most [n], -1 where none of those in `where` [n, slots] hurts."""
    hot = irritation(world) if where is None else np.where(where, irritation(world), 0.0)
    return np.where(hot.max(axis=1) > 0, hot.argmax(axis=1), -1)


def site_of(world: World, slot: np.ndarray) -> np.ndarray:
    return np.where(slot >= 0, world.people.site[np.arange(len(slot)), np.maximum(slot, 0)], -1)


def happened(world: World, *kinds: str) -> np.ndarray:
    """How many events of these kinds befell each person today [n]."""
    rows = world.events_of(*kinds)[:, 0]
    return np.bincount(rows, minlength=len(world.people.key))


# ---- figures and their intervals -------------------------------------------------------------------------------------


def share(hits: np.ndarray) -> tuple[float, float, float]:
    """Share, with its 95 % interval (Wilson); NaN, which no band holds, where there is nobody."""
    return proportion(float(np.sum(hits)), len(hits))


def mean(values: np.ndarray) -> tuple[float, float, float]:
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    m, se = float(values.mean()), float(values.std() / np.sqrt(len(values)))
    return m, m - 1.96 * se, m + 1.96 * se


def ratio(a: np.ndarray, b: np.ndarray, rounds: int = 400) -> tuple[float, float, float]:
    """Ratio of two means over the same people, with a 95 % interval by resampling people."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    rows = np.random.default_rng(1).integers(0, len(a), (rounds, len(a)))
    spread = a[rows].mean(axis=1) / np.maximum(b[rows].mean(axis=1), 1e-12)
    return float(a.mean() / max(b.mean(), 1e-12)), float(np.quantile(spread, 0.025)), float(np.quantile(spread, 0.975))


def without_disease(cancer: str, n: int, seed: int | None = None, primary: bool = False) -> World:
    """The same people with every trace of tumour taken away, a month later: what a drug does to bodies alone. With `primary`
    they keep that, where it has not been removed."""
    world = found(cancer, n, seed)
    people = world.people
    for name in Lesion._fields:
        people.lesion[:, :, Lesion._fields.index(name)] = float(name in ("osteoclasts", "osteoblasts", "lamellar"))
    people.lesions[:], people.site[:] = 0, -1
    organs = tuple(f"{o}_{c}" for o in ("liver", "lung", "brain") for c in ("sensitive", "resistant"))
    for name in organs if primary else ("primary", *organs):
        people.body[:, Body._fields.index(name)] = 0.0
    people.settled[:] = False
    world.advance(30, events=False)
    world.chart.day = world.day
    return world
