"""Claims about treatment of one place: radiotherapy, ablation, cement, operations, the cord."""

from __future__ import annotations

import numpy as np

from seedsoil.biology import cord, person
from seedsoil.biology.body import Lesion
from seedsoil.care.guidelines import standard
from seedsoil.grammar import skeleton
from seedsoil.study.claims import Estimate, Finding, above, below, true, within
from seedsoil.study.claims.arms import (
    at_lesions,
    effects,
    found,
    give,
    irritation,
    lesion,
    mean,
    run,
    share,
    site_of,
    slot_worst,
    strength_of,
    treat,
    used,
)  # fmt: skip

BREAKS = ("fracture_load", "fracture_fall", "fracture_silent")
HALF_A_YEAR = 0.55  # of a fracture unhealed after half a year without fixation
_UNHEALED = Lesion._fields.index("unhealed")


def _here(array: np.ndarray, slot: np.ndarray) -> np.ndarray:
    """One lesion's value in each person."""
    return array[np.arange(len(slot)), np.maximum(slot, 0)]


def _felt(world, slot: np.ndarray) -> np.ndarray:
    """Pain 0-10 of one lesion alone: what a patient says of the treated place."""
    return person.felt(_here(irritation(world), slot), world.body(), world.x, effects(world), world.p)


def _is(world, what: str) -> np.ndarray:
    """Which slots hold tumour in a bone of a kind (spinal, cortical) [n, slots]."""
    return used(world) & (world.numbers.sites[what][np.maximum(world.people.site, 0)] > 0.5)


class _Breaks:
    """Watches the bone of one place in each person."""

    def __init__(self, site: np.ndarray) -> None:
        self.site, self.hit = site, np.zeros(len(site), bool)

    def __call__(self, world) -> None:
        for who, _, _, where in world.events_of(*BREAKS):
            self.hit[who] |= where == self.site[who]


# ---- radiotherapy ----------------------------------------------------------------------------------------------------


def _irradiated(cancer: str, dose: float, fractions: int, n: int = 900):
    """The most painful lesion is irradiated: response at four weeks, strength over its first value at four weeks."""
    world = found(cancer, n, wait=30)
    slot = slot_worst(world)
    before, strong = _felt(world, slot), _here(strength_of(world), slot)
    treat(world, "radiotherapy", site_of(world, slot), dose_gy=dose, fractions=fractions)
    run(world, 29, events=False)
    chosen = (slot >= 0) & (before >= 4)
    return (_felt(world, slot) <= before - 2)[chosen], (_here(strength_of(world), slot) / strong)[chosen]


def r8() -> Finding:
    """8 Gy once against 30 Gy in ten: response of the treated place at four weeks, women and men; who is treated again there
    within a year of standard care; strength of the bone at four weeks; fractures of bones irradiated early."""
    answers, strong = {}, []
    for schedule in ((8, 1), (30, 10)):
        both = [_irradiated(cancer, *schedule) for cancer in ("breast", "prostate")]
        answers[schedule] = np.concatenate([b[0] for b in both])
        strong += [b[1] for b in both]
    gap = 100.0 * (answers[30, 10].astype(float) - answers[8, 1])
    again = {s: _treated_again(*s) for s in answers}
    single, ten = again[8, 1].mean(), again[30, 10].mean()
    rows = np.random.default_rng(1).integers(0, len(again[8, 1]), (400, len(again[8, 1])))
    spread = again[8, 1][rows].mean(axis=1) / np.maximum(again[30, 10][rows].mean(axis=1), 1e-9)
    early, never = _breaks_with_radiation(True), _breaks_with_radiation(False)
    return Finding(8200, (
        within("response to 8 Gy once", share(answers[8, 1]), 0.5, 0.75),
        within("difference of response, points", mean(gap), -5, 5),
        within("treated again, single over ten", (single / max(ten, 1e-9), *np.quantile(spread, (0.025, 0.975))), 1.8, 3.0),
        within("strength at four weeks, of before", mean(np.concatenate(strong)), 0.85, 1.01),
        below("fractures in two years where irradiated early", share(early), share(never)[0]),
    ))  # fmt: skip


def _treated_again(dose: float, fractions: int, n: int = 2000) -> np.ndarray:
    """Who is irradiated at the same place again within a year, as standard care and its limit of dose have it."""
    from seedsoil.world.day import TREAT

    world = found("breast", n, wait=30)
    site = site_of(world, slot_worst(world))
    world.chart.prove(np.arange(n))
    treat(world, "radiotherapy", site, dose_gy=dose, fractions=fractions)
    again, first = np.zeros(n, bool), world.day + 5

    def watch(w) -> None:
        for row in w.done[(w.done["verb"] == TREAT) & (w.done["what"] == 0)]:
            again[row["person"]] |= (row["site"] == site[row["person"]]) & (w.day > first + 21)

    run(world, 365, watch, policy=standard)
    return again[site >= 0]


def _breaks_with_radiation(irradiate: bool, n: int = 500) -> np.ndarray:
    """Small lesions of the spine, seen early: who breaks that bone within two years."""
    world = found("breast", n)
    spine = _is(world, "spinal") & (lesion(world).lamellar > 0.9)
    site = site_of(world, slot_worst(world, spine))
    if irradiate:
        treat(world, "radiotherapy", site, dose_gy=30, fractions=10)
    watch = _Breaks(site)
    run(world, 730, watch)
    return watch.hit[site >= 0]


def r9() -> Finding:
    """A spinal metastasis in 1,200 people each with kidney, lung, breast and prostate cancer, one year: control and fracture."""
    controlled, broke = {}, {}
    for dose, fractions in ((8, 1), (18, 1), (24, 2), (24, 1)):
        technique = "conventional" if dose == 8 else "stereotactic"
        for cancer in ("kidney", "lung_nsclc", "breast", "prostate"):
            world = found(cancer, 1200, wait=30)
            slot = slot_worst(world, _is(world, "spinal") & (lesion(world).sensitive > 0.2))
            site, viable = site_of(world, slot), lambda w: lesion(w).sensitive + lesion(w).resistant
            before, watch = _here(viable(world), slot), _Breaks(site)
            treat(world, "radiotherapy", site, dose_gy=dose, fractions=fractions, technique=technique)
            run(world, 365, watch)
            alive = (slot >= 0) & world.people.alive
            key = (dose, fractions)
            controlled.setdefault((*key, cancer), (_here(viable(world), slot) < before)[alive])
            broke.setdefault(key, []).append(watch.hit[slot >= 0])
    crude = {key: np.concatenate(parts) for key, parts in broke.items()}
    modest = np.concatenate([crude[18, 1], crude[24, 2]])
    precise, simple = (share(controlled[(*schedule, "kidney")]) for schedule in ((24, 2), (8, 1)))
    return Finding(19200, (
        above("local control, kidney: 24 Gy in 2 over 8 Gy", precise, simple[2]),
        within("vertebral fracture at 18 Gy once or 24 Gy in 2", share(modest), 0.08, 0.14),
        within("vertebral fracture at 24 Gy once", share(crude[24, 1]), 0.30, 0.45),
        above("24 Gy once over less", share(crude[24, 1]), share(modest)[2]),
    ))  # fmt: skip


def r19() -> Finding:
    """30 Gy in ten to pelvis or chest of 2,000 people each, conformal and intensity-modulated: side effects in two months."""
    pelvis = {technique: _side_effects("hemipelvis_left", technique) for technique in ("conventional", "intensity_modulated")}
    chest = _side_effects("T8", "conventional")
    plain, modulated = pelvis["conventional"], pelvis["intensity_modulated"]
    return Finding(6000, (
        above("diarrhoea: pelvis over chest", share(plain["diarrhoea"]), share(chest["diarrhoea"])[2]),
        below("diarrhoea: modulated under conformal", share(modulated["diarrhoea"]), share(plain["diarrhoea"])[1]),
        above("pain on swallowing: chest over pelvis", share(chest["swallowing_pain"]), share(plain["swallowing_pain"])[2]),
        within("tiredness", share(plain["tiredness"]), 0.2, 0.6),
    ))  # fmt: skip


def _side_effects(bone: str, technique: str, n: int = 2000) -> dict[str, np.ndarray]:
    world = found("prostate", n)
    treat(world, "radiotherapy", np.full(n, skeleton.number_of()[bone]), dose_gy=30, fractions=10, technique=technique)
    run(world, 60, events=False)
    return {event: world.chart.happened(event) for event in ("diarrhoea", "swallowing_pain", "tiredness")}


# ---- needles, cement, metal ------------------------------------------------------------------------------------------


def r10() -> Finding:
    """The most painful metastasis of 300 people with kidney cancer is ablated by each method; pain of that place at four weeks,
    and what becomes of the others."""
    parts = []
    for name in ("ablation", "cryoablation", "alcohol_ablation", "laser_ablation"):
        world, plain = found("kidney", 300, wait=30), found("kidney", 300, wait=30)
        slot = slot_worst(world)
        before = _felt(world, slot)
        treat(world, name, site_of(world, slot))
        for w in (world, plain):
            run(w, 28, events=False)
        chosen = (slot >= 0) & (before >= 4)
        eased = share((_felt(world, slot) <= before - 2)[chosen])
        parts.append(within(f"{name.replace('_', ' ')}: relief of two points", eased, 0.6, 0.95))
        others = used(world) & (np.arange(used(world).shape[1])[None, :] != slot[:, None])
        there = lesion(plain).sensitive
        changed = np.abs(lesion(world).sensitive / np.maximum(there, 1e-9) - 1.0)[others & (there > 0.01)]
        parts.append(true(f"{name.replace('_', ' ')}: other lesions unchanged", float(np.median(changed)) < 0.01))
    return Finding(2400, tuple(parts))


def r11() -> Finding:
    """A vertebra that broke in the last half year and still hurts, among 6,000 women: cement, and the next day."""
    parts = []
    for name in ("cement", "kyphoplasty"):
        world = found("breast", 6000)
        run(world, 200)
        slot = slot_worst(world, _is(world, "spinal") & (lesion(world).unhealed > HALF_A_YEAR))
        before, strong = _felt(world, slot), _here(strength_of(world), slot)
        chosen = (slot >= 0) & world.people.alive & (before >= 4)
        treat(world, name, site_of(world, slot))
        run(world, 1, events=False)
        parts.append(within(f"{name}: two points less the next day", share((_felt(world, slot) <= before - 2)[chosen]), 0.6, 1.0))
        parts.append(above(f"{name}: strength added", mean((_here(strength_of(world), slot) - strong)[chosen]), 0.2))
    return Finding(12000, tuple(parts))


def _long_bones_that_break(cancer: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Place and day of each person's first broken long bone within half a year without treatment; -1 none."""
    world, place, day = found(cancer, n), np.full(n, -1), np.full(n, -1)
    cortical = world.numbers.sites["cortical"] > 0.5

    def watch(w) -> None:
        for who, _, _, site in w.events_of("fracture_load", "fracture_fall"):
            if cortical[site] and place[who] < 0:
                place[who], day[who] = site, w.day - 1

    run(world, 180, watch)
    return place, day


def _operated(cancer: str, n: int, place: np.ndarray, day: np.ndarray, before: bool) -> tuple[np.ndarray, np.ndarray]:
    """A rod two weeks before the break, or two days after it: days off the feet in the three months from the day of the
    break, and deaths within a year of it."""
    world, off, died = found(cancer, n), np.zeros(n), np.zeros(n, bool)
    when = np.maximum(day - 14, 0) if before else day + 2
    for _ in range(180 + 365):
        due = (place >= 0) & (when == world.day)
        if due.any():
            treat(world, "rod", np.where(due, place, -1))
        run(world, 1)
        since = world.day - day
        off += (place >= 0) & (since >= 0) & (since < 90) & world.people.alive & (world.sums().immobility > 0.2)
        died |= (place >= 0) & (since <= 365) & ~world.people.alive
    return off[place >= 0], died[place >= 0]


def r12() -> Finding:
    """900 women and 900 people with lung cancer: those whose long bone will break, fixed before or after. Unfixed breaks."""
    off, died = {True: [], False: []}, {True: [], False: []}
    for cancer in ("breast", "lung_nsclc"):
        place, day = _long_bones_that_break(cancer, 900)
        for before in (True, False):
            days, dead = _operated(cancer, 900, place, day, before)
            off[before].append(days)
            died[before].append(dead)
    fewer = np.concatenate(off[True]) - np.concatenate(off[False])
    gain = np.concatenate(died[True]).astype(float) - np.concatenate(died[False])
    radiated, plain = _implant_breaks(True), _implant_breaks(False)
    united, splinted = _united(False), _united(True)
    return Finding(5400, (
        below("days off the feet, fixed before less after", mean(fewer), 0.0),
        below("deaths within a year, fixed before less after", mean(gain), 0.0),
        below("breaks of a fixed bone, irradiated less not", mean(radiated.astype(float) - plain), 0.0),
        below("unfixed breaks united in half a year", share(united), 0.5),
        above("pain taken by a splint", mean(splinted), 0.3),
    ))  # fmt: skip


def _implant_breaks(irradiate: bool, n: int = 600) -> np.ndarray:
    """A fixed long bone with a sizeable lesion: who breaks it within two years."""
    world = found("breast", n, wait=30)
    slot = slot_worst(world, _is(world, "cortical") & (lesion(world).sensitive > 0.5))
    site = site_of(world, slot)
    treat(world, "fixation", site)
    run(world, 14)
    if irradiate:
        treat(world, "radiotherapy", site, dose_gy=20, fractions=5)
    watch = _Breaks(site)
    run(world, 700, watch)
    return watch.hit[slot >= 0]


def _united(splint: bool, n: int = 900) -> np.ndarray:
    """Broken long bones: which are whole after half a year left alone; or, with a splint, the points of pain it takes in a day."""
    world, place, day, out = found("breast", n), np.full(n, -1), np.full(n, -1), []
    cortical = world.numbers.sites["cortical"] > 0.5
    for _ in range(500):
        run(world, 1)
        for who, _, _, site in world.events_of("fracture_load", "fracture_fall"):
            if cortical[site] and place[who] < 0 and world.people.alive[who]:
                place[who], day[who] = int(np.argmax(world.people.site[who] == site)), world.day
        if splint:
            fresh = day == world.day
            if fresh.any():
                pain = _felt(world, place)
                treat(world, "splint", np.where(fresh, site_of(world, place), -1))
                run(world, 1, events=False)
                out += list((pain - _felt(world, place))[fresh])
            continue
        ripe = (place >= 0) & (day == world.day - 182) & world.people.alive
        out += list(_here(world.people.lesion[:, :, _UNHEALED], place)[ripe] < 0.3)
    return np.array(out)


# ---- the cord --------------------------------------------------------------------------------------------------------


def r14() -> Finding:
    """People with lung cancer whose cord is pressed, two thirds still walking, within two days of losing their legs: steroid,
    then surgery and radiotherapy, radiotherapy alone, or radiotherapy ten days later; walking after a month."""
    walking = {arm: _walking(arm) for arm in ("surgery", "radiotherapy", "late")}
    return Finding(12000, (
        within("walking after surgery and radiotherapy", walking["surgery"], 0.75, 0.92),
        within("walking after radiotherapy alone", walking["radiotherapy"], 0.45, 0.69),
        above("surgery over radiotherapy", walking["surgery"], walking["radiotherapy"][2]),
        above("at once over ten days later", walking["radiotherapy"], walking["late"][0]),
    ))  # fmt: skip


def _walking(arm: str, n: int = 4000) -> Estimate:
    world = found("lung_nsclc", n)
    entered, site, walks = np.full(n, -1), np.full(n, -1), np.full(n, np.nan)
    entry = np.where(np.arange(n) % 3 == 0, 0.55, 0.3)  # deficit at which each would come: a third no longer walk
    for _ in range(300):
        run(world, 1)
        deficit = world.sums().cord_deficit
        new = (entered < 0) & world.people.alive & (deficit > entry) & (deficit < 0.97) & (world.body().function > 0.3)
        if new.any():
            b = at_lesions(world)
            each = np.where(used(world), cord.deficit(b.l, b.site, b.p), 0.0)
            entered[new], site[new] = world.day, site_of(world, each.argmax(axis=1))[new]
            give(world, "dexamethasone", new)
        due = (entered >= 0) & (world.day == entered + (10 if arm == "late" else 1))
        if arm == "surgery" and due.any():
            treat(world, "decompression", np.where(due, site, -1))
        after = (entered >= 0) & (world.day == entered + 15) if arm == "surgery" else due
        if after.any():
            treat(world, "radiotherapy", np.where(after, site, -1), dose_gy=30, fractions=10)
        month = (entered >= 0) & (world.day == entered + 30) & world.people.alive
        walks[month] = deficit[month] < 0.5
    return share(walks[np.isfinite(walks)])


CLAIMS = {"R8": r8, "R9": r9, "R10": r10, "R11": r11, "R12": r12, "R14": r14, "R19": r19}
