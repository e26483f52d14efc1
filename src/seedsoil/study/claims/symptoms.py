"""Claims about symptoms: pain and what it is like, what is felt first, high calcium, low counts."""

from __future__ import annotations

import numpy as np

from seedsoil.biology import minerals, person
from seedsoil.biology.body import Body
from seedsoil.diagnostics import blood, other_pain, symptoms
from seedsoil.diagnostics.truth import number
from seedsoil.grammar import skeleton
from seedsoil.study.claims import Finding, above, below, shown, true, within
from seedsoil.study.claims.arms import (
    at_lesions,
    found,
    give,
    happened,
    irritation,
    mean,
    pain,
    run,
    seed_of_run,
    share,
    used,
)  # fmt: skip
from seedsoil.study.claims.placed import earlier, healthy, one_lesion
from seedsoil.world import observing
from seedsoil.world.day import World
from seedsoil.world.parameters import loop_number

FELT = ("fracture_load", "fracture_fall")  # breaks that the person notices
REGIONS = np.array([bone.region for bone in skeleton.bones()])
LIMB = np.isin(REGIONS, ("femur", "humerus", "limb"))
VERTEBRA = np.isin(REGIONS, ("cervical", "thoracic", "lumbar", "sacrum"))


def _n(name: str) -> float:
    return number("symptoms", name)


RISE = 0.5  # points of pain that count as a rise
WEIGHT_LOSS = 0.05  # share of body weight that defines cachexia


def worth_telling() -> float:
    """Worst pain that people tell a doctor about without being asked."""
    return _n("call.worth_telling")


def felt_at(world: World) -> np.ndarray:
    """Worst pain of each lesion, were it the only one [n, slots]."""
    b = at_lesions(world)
    return np.where(used(world), person.felt(irritation(world), b.y, b.x, b.rx, b.p), 0.0)


# ---- what comes first ------------------------------------------------------------------------------------------------


def _first_symptom(cancer: str, n: int = 400, days: int = 1460) -> np.ndarray:
    """The first thing each person has to tell, from when the metastases were tiny: pain, break, cord,
    calcium, blood, weight."""
    world, first = earlier(cancer, n), np.full(n, "", dtype="U8")
    for _ in range(days):
        run(world, 1)
        y = world.body()
        now = (
            ("break", happened(world, *FELT) > 0),
            ("cord", world.sums().cord_deficit >= _n("weakness.half")),
            ("calcium", y.calcium >= _n("thirst.half")),
            ("blood", y.haemoglobin < 10.0),
            ("weight", y.wasting * loop_number("weight_lost") >= WEIGHT_LOSS),
            ("pain", pain(world) >= worth_telling()),
        )
        for name, where in now:
            first[(first == "") & world.people.alive & where] = name
        if ((first != "") | ~world.people.alive).all():
            break
    return first[first != ""]


def s1() -> Finding:
    """400 people each with breast, prostate, lung and kidney cancer, from tiny metastases on, without treatment."""
    first = np.concatenate([_first_symptom(c) for c in ("breast", "prostate", "lung_nsclc", "kidney")])
    parts = [within("pain first", share(first == "pain"), 0.6, 0.9)]
    parts += [shown(f"{what} first", share(first == what), "shown") for what in ("break", "cord", "calcium", "blood", "weight")]
    return Finding(1600, tuple(parts))


def s4() -> Finding:
    """400 people each with breast, prostate, lung, kidney and thyroid cancer on the day of the first finding: no pain at all,
    no fresh break, no weakness, calcium without symptoms."""
    nothing = []
    for cancer in ("breast", "prostate", "lung_nsclc", "kidney", "thyroid"):
        world = found(cancer, 400)
        world.advance(1, events=False)
        y, lesion = world.body(), at_lesions(world).l
        broken = (used(world) & (lesion.unhealed > 0.9)).any(axis=1)
        quiet = (pain(world) < 0.5) & ~broken & (world.sums().cord_deficit < _n("weakness.half"))
        nothing.append(quiet & (y.calcium < _n("thirst.half")))
    return Finding(2000, (within("no symptom when found", share(np.concatenate(nothing)), 0.1, 0.5),))


RELAPSE_IN_FIVE_YEARS = 0.084  # any relapse in bone, early breast cancer (published.csv EPI-029)


def s5() -> Finding:
    """4,000 women who have had breast cancer, five years: in 8.4 % of them it comes back in bone; the first new pain worth
    telling that each has, by its cause: metastasis, other bone pain, a break of thin bone."""
    n, days = 4000, 1826
    relapsing = round(n * RELAPSE_IN_FIVE_YEARS)
    sick, start = earlier("breast", relapsing), np.random.default_rng(6).uniform(0, days, relapsing)
    by_tumour = np.full(n, np.inf)
    for _ in range(days // 7):
        sick.advance(7)
        now = sick.people.alive & (pain(sick) >= worth_telling())
        by_tumour[:relapsing] = np.minimum(by_tumour[:relapsing], np.where(now, start + sick.day, np.inf))
    well, by_other, by_break = healthy("breast", n), np.full(n, np.inf), np.full(n, np.inf)
    for _ in range(days // 7):
        well.advance(7)
        level = other_pain.of(seed_of_run(), well.people.key, well.day).level
        by_other = np.minimum(by_other, np.where(level >= worth_telling(), well.day, np.inf))
        by_break = np.minimum(by_break, np.where(happened(well, "vertebra", "hip") > 0, well.day, np.inf))
    first = np.minimum(np.minimum(by_tumour, by_other), by_break)
    hurts = first < days
    return Finding(n, (
        below("new pain that is metastasis", share((by_tumour == first)[hurts]), 0.5),
        shown("new pain that is a break of thin bone", share((by_break == first)[hurts]), "shown"),
        above("people whose metastasis hurts", share(by_tumour[:relapsing] < days), 0.3),
    ))  # fmt: skip


# ---- what pain is like -----------------------------------------------------------------------------------------------


def _parts_of_pain(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Pain at rest and at night, and pain on load and movement, of each lesion alone [n, slots]."""
    b = at_lesions(world)
    rest, moving = person.irritation(b.l, b.y, b.x, b.t, b.site, b.rx, b.p)
    felt = lambda squared: np.where(used(world), person.felt(squared, b.y, b.x, b.rx, b.p), 0.0)
    return felt(rest), felt(moving)


def s2() -> Finding:
    """600 women and 600 men from the first finding, a year without treatment or fractures: how pain changes in half a year
    where it was below 8; its parts in painful spines and long bones; the share of rest at first and a year later; pain told
    along a root and at the place."""
    rises, spine, limb, early, late, radiating, tender = [], [], [], [], [], [], []
    for cancer in ("breast", "prostate"):
        world = found(cancer, 600)
        world.advance(1, events=False)
        before, hurting = pain(world), felt_at(world) >= 1.0
        rest, moving = _parts_of_pain(world)
        where = lambda mask, w=world: mask[np.maximum(w.people.site, 0)] & used(w)
        spine.append((rest - moving)[hurting & where(VERTEBRA)])
        limb.append((moving - rest)[hurting & where(LIMB)])
        at_first = rest / np.maximum(rest + moving, 1e-9)
        run(world, 180, events=False)
        mild = (before >= 1.0) & (before < 8.0)
        rises.append((pain(world) >= before + RISE)[mild & world.people.alive])
        run(world, 185, events=False)
        rest, moving = _parts_of_pain(world)
        early.append(at_first[hurting])
        late.append((rest / np.maximum(rest + moving, 1e-9))[hurting])
        view = observing.seen(world, np.arange(600))
        radiating.append(symptoms.probability("radicular_pain", view) - _n("radicular_pain.without"))
        tender.append(symptoms.probability("spinal_tenderness", view) - _n("spinal_tenderness.without"))
    each = [np.concatenate(x) for x in (rises, spine, limb, early, late, radiating, tender)]
    rises, spine, limb, early, late, radiating, tender = each
    return Finding(1200, (
        above("worst pain higher after half a year", share(rises), 0.8),
        above("spine: rest over activity, points", mean(spine), 0.0),
        above("long bones: activity over rest, points", mean(limb), 0.0),
        below("share of rest, a year later less at first", mean(late - early), 0.0),
        above("pain told along a root, beyond what others have", mean(radiating), 0.0),
        above("pain told at the place, beyond what others have", mean(tender), 0.0),
    ))  # fmt: skip


def s3() -> Finding:
    """One lytic metastasis of 5 mL in the neck of the femur or in a rib of the same 30,000 women."""
    hip, rib = (pain(one_lesion("breast", 30000, bone, 5.0, "lytic")) for bone in ("femur_neck_left", "rib_6_left"))
    return Finding(60000, (
        within("hip over rib, points", mean(hip - rib), 1.0, 3.0),
        shown("hip, points", mean(hip), "shown"),
    ))  # fmt: skip


def s14() -> Finding:
    """One metastasis of 10 mL, lytic or blastic, in a lumbar vertebra or a hemipelvis of the same 500 people each."""
    gaps, level = [], []
    for bone in ("L3", "hemipelvis_left"):
        lytic, blastic = (pain(one_lesion("breast", 500, bone, 10.0, kind)) for kind in ("lytic", "blastic"))
        gaps.append(lytic - blastic)
        level.append(0.5 * (lytic + blastic))
    return Finding(2000, (
        within("lytic over blastic, points", mean(np.concatenate(gaps)), -1.5, 1.5),
        above("both hurt, points", mean(np.concatenate(level)), 1.0),
    ))  # fmt: skip


# ---- calcium and blood -----------------------------------------------------------------------------------------------


def s11() -> Finding:
    """300 women with their calcium set to rising values: the level at which half have thirst, nausea, confusion. And 1,500
    people with lung cancer whose calcium passes 3.0: five days with and without fluids."""
    world, levels = healthy("breast", 300), np.arange(2.3, 4.2, 0.01)
    rows, half = np.arange(300), {}
    for name in ("thirst", "constipation", "nausea", "tiredness", "confusion"):
        told = []
        for level in levels:
            world.people.body[:, Body._fields.index("calcium")] = level
            told.append(float(np.mean(symptoms.probability(name, observing.seen(world, rows)))))
        usual = told[0]
        half[name] = levels[np.argmax((np.array(told) - usual) / (1.0 - usual) >= 0.5)]
    early = [half[name] for name in ("thirst", "constipation", "nausea", "tiredness")]
    dry, wet = _five_days_of_high_calcium(False), _five_days_of_high_calcium(True)
    return Finding(3300, (
        within("the earliest early symptom, mmol/L", (min(early),) * 3, 2.8, 3.0),
        within("confusion, mmol/L", (half["confusion"],) * 3, 3.0, 3.5),
        true("early symptoms before confusion", max(early) < half["confusion"]),
        above("calcium, fluids withheld over given, mmol/L", mean(dry[0] - wet[0]), 0.0),
        below("filtration, fluids withheld over given, mL/min", mean(dry[1] - wet[1]), 0.0),
        above("calcium goes on rising without fluids, mmol/L", mean(dry[2]), 0.0),
    ))  # fmt: skip


def _five_days_of_high_calcium(fluids: bool, n: int = 1500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Calcium and filtration five days after calcium passed 3.0, and the rise of calcium since."""
    world, onset, start = earlier("lung_nsclc", n), np.full(n, -1), np.full(n, np.nan)
    calcium, filtration = np.full(n, np.nan), np.full(n, np.nan)
    for _ in range(900):
        y = world.body()
        new = world.people.alive & (onset < 0) & (y.calcium >= 3.0)
        onset[new], start[new] = world.day, y.calcium[new]
        if fluids and new.any():
            give(world, "fluids", new)
        run(world, 1, events=False)
        due = (onset >= 0) & (world.day == onset + 5)
        y = world.body()
        calcium[due], filtration[due] = y.calcium[due], minerals.filtration(y, world.p)[due]
    return calcium, filtration, calcium - start


def s12() -> Finding:
    """800 people each with breast and prostate cancer, without treatment or other events, whose marrow comes to be replaced by
    a third: which count is first below its laboratory's range."""
    first = []
    for cancer in ("breast", "prostate"):
        world = found(cancer, 800)
        replaced, day = np.zeros(800, bool), {name: np.full(800, np.inf) for name in ("haemoglobin", "platelets")}
        for _ in range(208):
            world.advance(7, events=False)
            y = world.body()
            replaced |= world.sums().marrow_replaced >= 1.0 / 3.0
            for name, when in day.items():
                low = getattr(y, name) < blood.reference(name)[0]
                day[name] = np.minimum(when, np.where(low, world.day, np.inf))
        fell = replaced & (np.minimum(day["haemoglobin"], day["platelets"]) < np.inf)
        first.append((day["haemoglobin"] < day["platelets"])[fell])
    first = np.concatenate(first)
    return Finding(1600, (above("haemoglobin first", share(first), 0.8),))


CLAIMS = {
    "S1": s1, "S2": s2, "S3": s3, "S4": s4, "S5": s5, "S11": s11, "S12": s12, "S14": s14,
}  # fmt: skip
QUICK = ("S3", "S4", "S14")
