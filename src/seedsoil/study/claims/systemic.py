"""Claims about treatment of the cancer itself: response, counts, hormones, targeted and immune treatment."""

from __future__ import annotations

import numpy as np

from seedsoil.care.guidelines import standard
from seedsoil.diagnostics import appearance
from seedsoil.study.claims import Finding, Part, above, below, true, within
from seedsoil.study.claims.arms import (
    found,
    give,
    in_bone,
    irritation,
    mean,
    pain,
    run,
    share,
    site_of,
    slot_worst,
    treat,
    tumour,
    without_disease,
)  # fmt: skip
from seedsoil.world import observing, populations

FIRST_LINES = {
    "breast": ("aromatase_inhibitor",), "prostate": ("adt", "abiraterone"), "lung_nsclc": ("platinum_doublet",),
    "kidney": ("vegf_inhibitor",), "colorectal": ("fluoropyrimidine_oxaliplatin",),
}  # fmt: skip
PARTIAL = 0.7**3  # a third off the diameter, as volume
GROWTH = 1.2**3  # a fifth on the diameter


def r1(n: int = 1200) -> Finding:
    """First-line treatment by cancer, 1,200 people each, 30 months: response, clearance that lasts, regrowth."""
    responded, cleared, regrew = [], [], []
    for cancer, drugs in FIRST_LINES.items():
        world = found(cancer, n)
        before = in_bone(world)
        for name in drugs:
            give(world, name)
        course = run(world, 900, lambda w: in_bone(w) if w.day % 7 == 0 else None, events=False)
        course = np.array([x for x in course if x is not None])
        answered = course.min(axis=0) <= PARTIAL * before
        responded.append(answered)
        cleared.append(course[-1] < 0.01)
        regrew.append((course[-1] > GROWTH * course.min(axis=0))[answered])
    return Finding(n * len(FIRST_LINES), (
        within("share with a response", share(np.concatenate(responded)), 0.2, 0.8),
        below("share cleared for good", share(np.concatenate(cleared)), 0.05),
        above("responses that regrow", share(np.concatenate(regrew)), 0.5),
    ))  # fmt: skip


def r2() -> Finding:
    """One painful bone against many: what standard care orders first, and which choice serves whom."""
    eased, shrunk, n = {}, {}, 400
    for many in (False, True):
        for local in (True, False):
            world = found("breast", n, wait=60)
            sore = (irritation(world) > 0.05).sum(axis=1)
            slot = slot_worst(world)
            if not many:
                slot = _only(world, slot)
            chosen = (pain(world) >= 4) & ((sore >= 4) | ~np.array(many))
            before, mass = pain(world), tumour(world)
            if local:
                treat(world, "radiotherapy", site_of(world, slot), dose_gy=24, fractions=2, technique="stereotactic")
            else:
                give(world, "aromatase_inhibitor")
            run(world, 84, events=False)
            eased[many, local] = share((pain(world) <= before - 2)[chosen])
            shrunk[many, local] = mean((tumour(world) / mass)[chosen])
    return Finding(n, (
        true("the first treatment of one bone is local, of many systemic", _first_orders() == ("treat", "start")),
        above("one bone, local: share eased", eased[False, True], eased[False, False][2]),
        below("many bones, systemic: tumour left", shrunk[True, False], shrunk[True, True][1]),
    ))  # fmt: skip


def _only(world, slot: np.ndarray) -> np.ndarray:
    """Everybody keeps the most painful lesion and nothing else, in bone or elsewhere."""
    people, rows = world.people, np.arange(len(slot))
    for array in (people.lesion, people.site, people.lesion_traits, people.lesion_left, people.lesion_times):
        array[:, 0] = array[rows, np.maximum(slot, 0)]
    people.site[:, 1:] = -1
    people.lesions[:] = 1
    people.settled[:] = False
    run(world, 7, events=False)
    return np.zeros(len(slot), int)


def _first_orders() -> tuple[str, str]:
    """What standard care does first against the cancer of a fit woman with one painful vertebra, and of one with metastases
    all over: the verb of the first order; a fraction against pain alone does not count."""
    from seedsoil.care.chart import Chart, place_number

    verbs = []
    for sites in (("L3",), ("L3", "T8", "T4", "L1", "sacrum", "hemipelvis_left", "rib_4_left")):
        chart = Chart.empty(1, "breast", age_years=60.0, weight_kg=70.0, subtype=0)
        one = np.array([0])
        for site in sites:
            chart.see(one, place_number(site), kind=0, longest_mm=20.0, collapse=0)
        for name, value in (("ecog", 1.0), ("neutrophils", 4.0), ("platelets", 250.0), ("creatinine", 70.0)):
            chart.record(one, name, value)
        for test in ("mri", "oncology", "bloods"):
            chart.note_test(one, test)
        chart.report(one, "pain_worst", 6.0)
        chart.report(one, "pain_rest", 5.0)
        chart.report(one, "pain_site", place_number("L3"))
        against = [o for o in standard(chart) if o.acts and (o.topic, o.verb) in (("radiotherapy", "treat"), ("systemic", "start"))]
        precise = [o for o in against if o.verb == "start" or o.amount("technique", 0.0)[0] == 1]
        verbs.append(precise[0].verb if precise else "")
    return tuple(verbs)


def r3() -> Finding:
    """Docetaxel, one cycle in 300 people without other marrow trouble, counts day by day; six cycles in 1,500, side effects."""
    world = found("prostate", 300)
    give(world, "docetaxel", every_days=0)
    counts = np.array(run(world, 21, lambda w: w.body().neutrophils.copy(), events=False))
    lowest = counts.argmin(axis=0) + 1
    world, low_days, days, ill = found("prostate", 1500), 0, 0, [0, 0]
    give(world, "docetaxel")

    def watch(w) -> None:
        nonlocal low_days, days
        low = w.body().neutrophils < 2.0
        low_days, days = low_days + int(low.sum()), days + len(low)
        fresh = (w.chart.days_since("infection") == 0) | (w.chart.days_since("bleeding") == 0)
        ill[0], ill[1] = ill[0] + int((fresh & ~low).sum()), ill[1] + int((fresh & low).sum())

    run(world, 126, watch, events=False)
    rate = lambda k, d: (k / max(d, 1), (k - 1.96 * k**0.5) / max(d, 1), (k + 1.96 * k**0.5) / max(d, 1))
    return Finding(1800, (
        within("day of the lowest neutrophils", mean(lowest), 7, 14),
        within("lowest neutrophils, 10^9/L", mean(counts.min(axis=0)), 0.3, 1.5),
        above("neutrophils back by day 21", share(counts[-1] >= 1.5), 0.8),
        above("infection and bleeding a day while counts are low", rate(ill[1], low_days), rate(ill[0], days - low_days)[2]),
        within("nausea in six cycles", share(world.chart.happened("nausea")), 0.3, 1.0),
        within("hair loss", share(world.chart.happened("hair_loss")), 0.4, 0.9),
    ))  # fmt: skip


def r4() -> Finding:
    """Castration in men and an aromatase inhibitor in women, bodies without disease beside their untreated twins, one year.
    Density is that of spongy bone as in the spine, where it is measured."""
    parts: list[Part] = []
    for cancer, name in (("prostate", "adt"), ("breast", "aromatase_inhibitor")):
        treated, plain = without_disease(cancer, 300), without_disease(cancer, 300)
        give(treated, name)
        for world in (treated, plain):
            run(world, 365, events=False)
        spine = [appearance.systemic(observing.seen(world, np.arange(300))) for world in (treated, plain)]
        parts.append(within(f"{cancer}: density of the spine in one year, %", mean(100.0 * (spine[0] / spine[1] - 1.0)), -6, -2))
        if name == "adt":
            parts.append(within("haemoglobin, g/dL", mean(treated.body().haemoglobin - plain.body().haemoglobin), -1.4, -0.6))
            parts.append(within("hot flushes on castration", share(treated.chart.happened("hot_flushes")), 0.5, 0.8))
        else:
            parts.append(within("hot flushes on an aromatase inhibitor", share(treated.chart.happened("hot_flushes")), 0.25, 0.40))
            parts.append(within("aching joints", share(treated.chart.happened("aches")), 0.11, 0.35))
    return Finding(600, tuple(parts))


# cancer, subtype, drugs, published median without progression in months
PROGRESSION = (
    ("kidney", "", ("vegf_inhibitor",), 8.4),  # CheckMate 9ER, sunitinib
    ("lung_nsclc", "driver_mutated", ("osimertinib",), 18.9),  # FLAURA
    ("breast", "er_positive_her2_negative", ("aromatase_inhibitor", "cdk46_inhibitor"), 25.3),  # MONALEESA-2
    ("breast", "her2_positive", ("docetaxel", "trastuzumab"), 18.5),  # CLEOPATRA, with pertuzumab
    ("prostate", "castration_sensitive", ("adt", "abiraterone"), 33.0),  # LATITUDE
)


def r17() -> Finding:
    """Targeted and hormonal combinations: months until tumour grows by a fifth in diameter over its lowest, within a third
    of the published median; side effects differ from chemotherapy's."""
    near, n = [], 2400
    for cancer, subtype, drugs, published in PROGRESSION:
        world = found(cancer, n)
        names = [p.subtype for p in populations.populations(cancer)]
        own = np.array([names[k] == subtype for k in world.people.subtype])
        for name in drugs:
            give(world, name)
        course = run(world, 1400, lambda w: tumour(w).copy() if w.day % 14 == 0 else None, events=False)
        course = np.array([x for x in course if x is not None])
        lowest = np.minimum.accumulate(course, axis=0)
        grown = (course > GROWTH * lowest) & (course > lowest + 1.0)
        months = np.where(grown.any(axis=0), grown.argmax(axis=0) * 14, 1400)[own] / 30.44
        label = f"{cancer} {subtype}".replace("_", " ").strip()
        near.append(within(f"{label}: median months", _median(months), published / 1.5, published * 1.5))
    kidney, chemo = found("kidney", n), found("kidney", n)
    give(kidney, "vegf_inhibitor")
    give(chemo, "docetaxel")
    for world in (kidney, chemo):
        run(world, 90, events=False)
    enough = sum(p.holds for p in near) >= 4
    had = lambda world, event: share(world.chart.happened(event))
    return Finding(n * (len(PROGRESSION) + 2), (
        true("at least four of the medians within a factor of 1.5", enough),
        *(Part(p.name, p.figure, p.low, p.high, p.band + " (four of five)", p.holds or enough) for p in near),
        above("high pressure: targeted", had(kidney, "high_pressure"), had(chemo, "high_pressure")[2]),
        above("hair loss: chemotherapy", had(chemo, "hair_loss"), had(kidney, "hair_loss")[2]),
    ))  # fmt: skip


def _median(values: np.ndarray) -> tuple[float, float, float]:
    rows = np.random.default_rng(2).integers(0, len(values), (400, len(values)))
    spread = np.median(values[rows], axis=1)
    return float(np.median(values)), float(np.quantile(spread, 0.025)), float(np.quantile(spread, 0.975))


def r18() -> Finding:
    """Immunotherapy alone against nothing, three years, 250 people an arm: long-term survivors where trials found them; 1,000
    an arm: no effect elsewhere."""
    parts, n, many = [], 250, 1000
    for cancer in ("melanoma", "kidney", "lung_nsclc"):
        treated, plain = (_alive_after(cancer, n, name) for name in ("immunotherapy", None))
        parts.append(above(f"{cancer.replace('_', ' ')}: alive at three years", share(treated), share(plain)[0]))
    for cancer in ("breast", "prostate"):
        treated, plain = (_alive_after(cancer, many, name) for name in ("immunotherapy", None))
        gain = mean(treated.astype(float) - plain)
        parts.append(within(f"{cancer}: gain at three years", gain, -0.01, 0.01))
    return Finding(6 * n + 4 * many, tuple(parts))


def _alive_after(cancer: str, n: int, name: str | None) -> np.ndarray:
    world = found(cancer, n)
    if name:
        give(world, name)
    run(world, 3 * 365)
    return world.people.alive.copy()


CLAIMS = {"R1": r1, "R2": r2, "R3": r3, "R4": r4, "R17": r17, "R18": r18}
