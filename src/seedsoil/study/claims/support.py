"""Claims about pain, falls, steroids and how much load a weak bone should bear."""

from __future__ import annotations

import numpy as np

from seedsoil.biology import person
from seedsoil.care.guidelines import standard
from seedsoil.study.claims import Estimate, Finding, above, around_nothing, below, within
from seedsoil.study.claims.arms import (
    effects,
    found,
    give,
    happened,
    irritation,
    mean,
    pain,
    ratio,
    run,
    share,
    site_of,
    slot_worst,
    treat,
)  # fmt: skip

BREAKS = ("fracture_load", "fracture_fall", "fracture_silent")


def _days_of_comfort(cancer: str, n: int = 1000, days: int = 365) -> np.ndarray:
    """Share of each person's days alive, the first month of settling in apart, with usual pain of 3 or less."""
    world = found(cancer, n)
    good, alive = np.zeros(n), np.zeros(n)

    def watch(w) -> None:
        nonlocal good, alive
        if w.day > 28:
            controlled = w.noticed().usual_pain <= 3.0
            good, alive = good + (controlled & w.people.alive), alive + w.people.alive

    run(world, days, watch, policy=standard)
    return (good / np.maximum(alive, 1))[alive > 0]


def r15() -> Finding:
    """Standard care in full for 1,000 people each with breast, prostate and lung cancer, from the second month to a year."""
    shares = np.concatenate([_days_of_comfort(cancer) for cancer in ("breast", "prostate", "lung_nsclc")])
    return Finding(3000, (within("days alive with usual pain of 3 or less", mean(shares), 0.7, 0.9),))


def _falls(*drugs: tuple[str, float], n: int = 400) -> np.ndarray:
    """Falls a day of each person two weeks after these drugs began."""
    world = found("breast", n)
    for name, dose in drugs:
        give(world, name, dose=dose)
    run(world, 14, events=False)
    return person.falls(world.body(), world.x, world.sums(), effects(world), world.x.age_years, world.p)


def r16() -> Finding:
    """400 women: no drowsy drug, morphine, morphine with pregabalin, and these with a safe home."""
    plain, drowsy = _falls(), _falls(("morphine", 120.0))
    more = _falls(("morphine", 120.0), ("pregabalin", 300.0))
    safe = _falls(("morphine", 120.0), ("pregabalin", 300.0), ("home_safety", 1.0))
    return Finding(1600, (
        above("falls on morphine, over none", ratio(drowsy, plain), 1.0),
        above("falls on morphine and pregabalin, over morphine", ratio(more, drowsy), 1.0),
        within("falls in a safe home, over not", ratio(safe, more), 0.65, 0.9),
    ))  # fmt: skip


def r20() -> Finding:
    """600 women, half a year: less load on weak bone against none, by the same luck."""
    broke, able = [], []
    for advice in (True, False):
        world = found("breast", 600)
        if advice:
            give(world, "activity_advice")
        broke.append(np.sum(run(world, 180, lambda w: happened(w, *BREAKS)), axis=0).astype(float))
        able.append(np.where(world.people.alive, world.body().function, np.nan))
    return Finding(1200, (
        below("fractures, advised over not", ratio(*broke), 1.0),
        below("performance, advised less not", mean(able[0] - able[1]), 0.0),
    ))  # fmt: skip


def _flares(dexamethasone: bool, n: int = 5000) -> Estimate:
    """Two points more pain at the treated place within ten days of 8 Gy, in people with pain below 8 before."""
    world = found("breast", n, wait=30)
    if dexamethasone:
        give(world, "dexamethasone", dose=8.0)
        run(world, 2, events=False)
    slot = slot_worst(world)
    felt = lambda w: person.felt(irritation(w)[np.arange(n), np.maximum(slot, 0)], w.body(), w.x, effects(w), w.p)
    before = felt(world)
    treat(world, "radiotherapy", site_of(world, slot), dose_gy=8, fractions=1)
    worst = np.max(run(world, 10, felt, events=False), axis=0)
    return share((worst >= before + 2.0)[(slot >= 0) & (before >= 2) & (before < 8)])


def _background(n: int = 47) -> Estimate:
    """A trial of the published size (Paulsen 2014): change of pain in a week of methylprednisolone 32 mg, worth 6 mg of
    dexamethasone, in half of the people, less that in the other half; reports waver by a point and a half."""
    world = found("breast", n, wait=30)
    treated = np.arange(n) % 2 == 0
    give(world, "morphine", dose=60.0)
    run(world, 7, events=False)
    wavers = np.random.default_rng(4).normal(0.0, 1.5, (2, n))
    before = pain(world) + wavers[0]
    give(world, "dexamethasone", treated, dose=6.0)
    run(world, 7, events=False)
    said = pain(world) + wavers[1] - before
    gap = said[treated].mean() - said[~treated].mean()
    half = 1.96 * np.sqrt(said[treated].var() / treated.sum() + said[~treated].var() / (~treated).sum())
    return float(gap), float(gap - half), float(gap + half)


def r21() -> Finding:
    """8 Gy once in 5,000 women without and with dexamethasone; and a steroid on background pain in a trial of 47."""
    plain, held, background = _flares(False), _flares(True), _background()
    return Finding(10047, (
        within("pain flare without", plain, 0.30, 0.40),
        within("pain flare with dexamethasone", held, 0.18, 0.30),
        around_nothing("background pain, with less without", background),
    ))  # fmt: skip


CLAIMS = {"R15": r15, "R16": r16, "R20": r20, "R21": r21}
QUICK = ("R16", "R21")
