"""Claims about bones that break: which, by what, what tells beforehand, what it is like."""

from __future__ import annotations

import numpy as np

from seedsoil.care.guidelines import surgery
from seedsoil.grammar import skeleton
from seedsoil.study.claims import Finding, above, shown, true
from seedsoil.study.claims.arms import found, mean, run, share
from seedsoil.study.claims.symptoms import FELT, LIMB, REGIONS, RISE, VERTEBRA, felt_at
from seedsoil.world import observing
from seedsoil.world.day import World

NAMES = np.array([bone.id for bone in skeleton.bones()])
HIP = np.char.startswith(NAMES, "femur_neck") | np.char.startswith(NAMES, "femur_trochanter")


def _breaks(cancers: tuple[str, ...], n: int, days: int) -> dict[str, np.ndarray]:
    """Bones of all fractures at metastases within a time without treatment, by how they came about."""
    sites: dict[str, list[int]] = {kind: [] for kind in (*FELT, "fracture_silent")}
    for cancer in cancers:
        world = found(cancer, n)

        def watch(w) -> None:
            for kind, into in sites.items():
                into.extend(w.events_of(kind)[:, 3])

        run(world, days, watch)
    return {kind: np.array(where, int) for kind, where in sites.items()}


def s6() -> Finding:
    """800 people each with breast, prostate, lung and kidney cancer, a year without treatment: fractures at metastases that
    people notice, by bone; those that a survey finds, and ribs, apart."""
    broke = _breaks(("breast", "prostate", "lung_nsclc", "kidney"), 800, 365)
    noticed, silent = np.concatenate([broke[kind] for kind in FELT]), broke["fracture_silent"]
    long, hip = LIMB[noticed], HIP[noticed]
    next_most = max((np.sum(NAMES[noticed][long & ~hip] == bone) for bone in NAMES[LIMB & ~HIP]), default=0)
    return Finding(3200, (
        above("noticed: vertebrae and long bones", share(VERTEBRA[noticed] | long), 0.6),
        above("of long bones: proximal femur", share(hip[long]), 0.5),
        true("proximal femur before any other part of a limb", bool(hip.sum() > next_most)),
        shown("noticed: ribs", share(REGIONS[noticed] == "rib"), "shown"),
        shown("found by survey: vertebrae", share(VERTEBRA[silent]), "shown"),
        shown("found by survey: ribs", share(REGIONS[silent] == "rib"), "shown"),
    ))  # fmt: skip


def s7() -> Finding:
    """The same people's fractures that they notice, by what broke the bone."""
    broke = _breaks(("breast", "prostate", "lung_nsclc", "kidney"), 800, 365)
    load, fall = (len(broke[kind]) for kind in FELT)
    cause = np.repeat([0, 1], [load, fall])
    return Finding(3200, (
        above("in everyday activity", share(cause == 0), 0.1),
        above("in a fall", share(cause == 1), 0.1),
    ))  # fmt: skip


WEEKS_BEFORE = 12
IMAGED_BEFORE = 28  # days


def s8() -> Finding:
    """3,600 people each with breast, lung and kidney cancer whose first broken limb comes twelve weeks or more after the
    finding: pain of that place twelve weeks and a day before; and whether an X-ray and a visit four weeks before it call the
    bone at risk, by Mirels' score of 8 or more or the cortex of the femur."""
    rises, at_risk = [], []
    for cancer in ("breast", "lung_nsclc", "kidney"):
        place, day = _first_broken_limb(cancer, 3600)
        pains, risk = _before_it_broke(cancer, place, day)
        rises.append(pains)
        at_risk.append(risk)
    rises, at_risk = np.concatenate(rises), np.concatenate(at_risk)
    return Finding(10800, (
        above("pain rises", share(rises >= RISE), 0.5),
        above("at risk by the picture", share(at_risk), 0.7),
        shown("pain rises by a point or more", share(rises >= 1.0), "shown"),
        shown("rise, points", mean(rises), "shown"),
    ))  # fmt: skip


def _first_broken_limb(cancer: str, n: int, days: int = 545) -> tuple[np.ndarray, np.ndarray]:
    """Place and day of each person's first noticed break of a limb without treatment; -1 none."""
    world, place, day = found(cancer, n), np.full(n, -1), np.full(n, -1)

    def watch(w) -> None:
        for who, _, _, site in w.events_of(*FELT):
            if LIMB[site] and place[who] < 0:
                place[who], day[who] = site, w.day - 1

    run(world, days, watch)
    return place, day


def _before_it_broke(cancer: str, place: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same people again: rise of pain at the place, and whether the clinic would have called the bone at risk."""
    n, enough = len(place), 7 * WEEKS_BEFORE
    world = found(cancer, n)
    wanted = (place >= 0) & (day >= enough)
    first, last, risk = (np.full(n, np.nan) for _ in range(3))
    for _ in range(int(day.max(initial=0))):
        here = lambda: np.where(world.people.site == place[:, None], felt_at(world), 0.0).max(axis=1)
        for into, back in ((first, enough), (last, 1)):
            due = wanted & (world.day == day - back)
            if due.any():
                into[due] = here()[due]
        due = np.flatnonzero(wanted & (world.day == day - IMAGED_BEFORE))
        if len(due):
            risk[due] = _called_at_risk(world, due, place[due])
        run(world, 1)
    return (last - first)[wanted], risk[wanted] > 0


def _called_at_risk(world: World, rows: np.ndarray, place: np.ndarray) -> np.ndarray:
    """An X-ray and an examination today: whether the rules of surgery count the bone among those that may break."""
    world.chart.day = world.day
    observing.image(world, rows, observing.seen(world, rows), "xray")
    observing.examine(world, rows)
    view = world.chart.select(rows).held()
    return (surgery.limb(view).possible & (view.site == place[:, None])).any(axis=1)


def s13() -> Finding:
    """1,500 people each with breast and lung cancer, a year without treatment: pain of the place the day after a break that they
    notice over the day before; and walking lost to a broken thigh."""
    rises, spine, walking = [], [], []
    for cancer in ("breast", "lung_nsclc"):
        world = found(cancer, 1500)
        before, thigh = felt_at(world), []
        for _ in range(365):
            run(world, 1)
            after = felt_at(world)
            walking += [world.sums().immobility[who] for who in thigh if world.people.alive[who]]
            thigh = []
            for who, _, _, site in world.events_of(*FELT):
                slot = int(np.argmax(world.people.site[who] == site))
                rises.append(after[who, slot] - before[who, slot])
                spine.append(VERTEBRA[site])
                if REGIONS[site] == "femur":
                    thigh.append(who)  # what a break does to walking shows the day after
            before = after
    rises, spine = np.array(rises), np.array(spine)
    return Finding(3000, (
        above("three points more", share(rises >= 3.0), 0.7),
        shown("three points more: vertebrae", share(rises[spine] >= 3.0), "shown"),
        above("walking lost to a broken thigh", mean(np.array(walking)), 0.5),
    ))  # fmt: skip


CLAIMS = {"S6": s6, "S7": s7, "S8": s8, "S13": s13}
