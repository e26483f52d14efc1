"""Claims about the signs of a pressed cord: which comes first, at which level, and how it ends untreated."""

from __future__ import annotations

import numpy as np

from seedsoil.biology import cord
from seedsoil.diagnostics import examination, symptoms
from seedsoil.study.claims import Finding, above, below, true, within
from seedsoil.study.claims.arms import at_lesions, found, give, run, share, site_of, treat, used
from seedsoil.study.claims.placed import earlier
from seedsoil.study.claims.symptoms import REGIONS, VERTEBRA, felt_at, worth_telling
from seedsoil.world import observing
from seedsoil.world.day import World

SIGNS = ("sensory_loss", "weakness", "bladder")
NO_LONGER_WALKS = 0.5  # loss of cord function
PARALYSED = 0.9
FIRST_DEFICIT = 0.1


def _pressed_level(world: World) -> np.ndarray:
    """Bone where the cord or its roots are pressed hardest [n]."""
    b = at_lesions(world)
    return site_of(world, np.where(used(world), cord.deficit(b.l, b.site, b.p), 0.0).argmax(axis=1))


def _onsets(cancer: str, n: int = 12000, days: int = 1100) -> dict[str, np.ndarray]:
    """Days on which people whose cord comes to be pressed first have spinal pain worth telling, and each sign. A sign shows
    once its chance by the cause passes the person's own luck."""
    world = earlier(cancer, n)
    names = (*SIGNS, "retention", "incontinence", "arm_weakness")
    luck = np.random.default_rng(7).uniform(size=(n, len(names)))
    day = {name: np.full(n, np.inf) for name in ("pain", *names)}
    level = np.full(n, -1)
    for _ in range(days):
        run(world, 1)
        if world.day % 3 == 0:
            spinal = VERTEBRA[np.maximum(world.people.site, 0)]
            hurts = (felt_at(world) * spinal).max(axis=1) >= worth_telling()
            day["pain"] = np.minimum(day["pain"], np.where(hurts & world.people.alive, world.day, np.inf))
        rows = np.flatnonzero(world.people.alive & (world.sums().cord_deficit > 0.02))
        if len(rows):
            view = observing.seen(world, rows)
            for k, name in enumerate(names):
                shows = symptoms.by_cause(name, view) > luck[rows, k]
                day[name][rows] = np.minimum(day[name][rows], np.where(shows, world.day, np.inf))
            new = rows[level[rows] < 0]
            level[new] = _pressed_level(world)[new]
    signs = np.stack([day[name] for name in SIGNS])
    pressed = signs.min(axis=0) < np.inf
    return {name: when[pressed] for name, when in day.items()} | {"level": level[pressed]}


def s9() -> Finding:
    """12,000 people each with breast, prostate and lung cancer from tiny metastases on, three years without treatment: those
    whose cord or roots come to be pressed."""
    groups = [_onsets(cancer) for cancer in ("breast", "prostate", "lung_nsclc")]
    day = {name: np.concatenate([g[name] for g in groups]) for name in groups[0]}
    first = np.min([day[name] for name in SIGNS], axis=0)
    others = np.minimum(day["sensory_loss"], day["weakness"])
    neck = REGIONS[np.maximum(day["level"], 0)] == "cervical"
    occurs = lambda name: np.isfinite(day[name])
    return Finding(36000, (
        above("pain before any other sign", share(day["pain"] < first), 0.8),
        within("of the signs after pain, bladder first", share(day["bladder"] < others), 0.01, 0.10),
        above("retention occurs", share(occurs("retention")), 0.0),
        above("incontinence occurs", share(occurs("incontinence")), 0.0),
        above("arms, pressed in the neck", share(occurs("arm_weakness")[neck]), 0.2),
        below("arms, pressed elsewhere only", _arms_elsewhere(), 0.001),
    ))  # fmt: skip


def _arms_elsewhere() -> tuple[float, float, float]:
    """Chance of weak arms by the cord where no neck bone holds tumour, in 1,000 men at first finding: highest of all."""
    world = found("prostate", 1000)
    world.advance(365, events=False)
    view = observing.seen(world, np.arange(1000))
    without = ~examination.in_region(view, "cervical").any(axis=1)
    most = float(symptoms.by_cause("arm_weakness", view)[without].max())
    return most, most, most


def s10() -> Finding:
    """4,000 people with lung cancer, untreated: who lives sixty days from the first deficit, or lost the legs before, and can
    no longer walk; and of 12,000 those paralysed for a week, then treated in full: who walks sixty days later."""
    lost, regained = _untreated(), _treated_late()
    return Finding(16000, (
        above("cannot walk within sixty days of the first deficit", share(lost), 0.8),
        below("walk again when treated after a week of paralysis", share(regained), 0.1),
        true("somebody was treated so late", len(regained) >= 10),
    ))  # fmt: skip


def _untreated(n: int = 4000) -> np.ndarray:
    world, first, lost, known = found("lung_nsclc", n), np.full(n, -1), np.zeros(n, bool), np.zeros(n, bool)
    for _ in range(400):
        run(world, 1)
        deficit, alive = world.sums().cord_deficit, world.people.alive
        first = np.where((first < 0) & alive & (deficit >= FIRST_DEFICIT), world.day, first)
        watched = (first >= 0) & (world.day - first <= 60) & alive
        lost |= watched & (deficit >= NO_LONGER_WALKS)
        known |= lost | (watched & (world.day - first == 60))
    return lost[known]


def _treated_late(n: int = 12000) -> np.ndarray:
    world, when, walks = found("lung_nsclc", n), np.full(n, -1), np.full(n, np.nan)
    for _ in range(400):
        run(world, 1)
        deficit, alive = world.sums().cord_deficit, world.people.alive
        when = np.where((when < 0) & alive & (deficit >= PARALYSED), world.day, when)
        due = alive & (when >= 0) & (world.day - when == 7)
        if due.any():
            give(world, "dexamethasone", due)
            treat(world, "decompression", np.where(due, _pressed_level(world), -1))
        after = alive & (when >= 0) & (world.day - when == 21)
        if after.any():
            treat(world, "radiotherapy", np.where(after, _pressed_level(world), -1), dose_gy=30, fractions=10)
        sixty = alive & (when >= 0) & (world.day - when == 67)
        walks[sixty] = deficit[sixty] < NO_LONGER_WALKS
    return walks[np.isfinite(walks)] > 0


CLAIMS = {"S9": s9, "S10": s10}
