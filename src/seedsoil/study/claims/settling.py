"""Claims about what settles in bone: radionuclides, bisphosphonates, denosumab; and high calcium."""

from __future__ import annotations

import numpy as np

from seedsoil.biology.body import Body
from seedsoil.care import contraindications
from seedsoil.care.chart import Chart
from seedsoil.care.orders import Start, Stop
from seedsoil.grammar.tables import table
from seedsoil.study.claims import Finding, above, below, true, within
from seedsoil.study.claims.arms import (
    everyone,
    found,
    give,
    happened,
    irritation,
    measured,
    order,
    pain,
    ratio,
    run,
    share,
    site_of,
    slot_worst,
    treat,
)  # fmt: skip
from seedsoil.treatments import drug
from seedsoil.world import befalling

SKELETAL = ("fracture_load", "fracture_fall", "fracture_silent", "vertebra", "hip")


# ---- radionuclides ---------------------------------------------------------------------------------------------------


def _eased(cancer: str, name: str | None, n: int = 500, days: int = 182, prior: str | None = None, **amounts):
    """Where people in pain have two points less, week by week [weeks, people in pain]; platelets [weeks, n]."""
    world = found(cancer, n, wait=14)
    if prior:
        give(world, prior, every_days=0)
        run(world, 300, events=False)
    before, platelets = pain(world), world.body().platelets.copy()
    if name:
        give(world, name, **amounts)
    weekly = lambda w: (pain(w) <= before - 2, w.body().platelets / platelets) if w.day % 7 == 0 else None
    weeks = [x for x in run(world, days, weekly, events=False) if x]
    return np.array([e for e, _ in weeks])[:, before >= 4], np.array([p for _, p in weeks])


def r5() -> Finding:
    """Each agent in 500 men with bone-forming disease, 500 women with more lytic disease; relief, counts, a second dose, and
    many painful bones with external beam to the worst of them."""
    parts = []
    for name, low, least, most, label in (
        ("strontium89", (5, 16), 0.55, 0.8, "strontium-89"), ("samarium153", (2.5, 5.5), 0.4, 0.55, "samarium-153"),
    ):  # fmt: skip
        eased, platelets = _eased("prostate", name, every_days=0)
        ever = eased[:9].any(axis=0)
        months = eased.sum(axis=0)[ever] * 7 / 30.44
        middle = np.median(platelets, axis=1)
        parts += [
            within(f"{label}: relief within two months", share(ever), 0.4, 0.8),
            within(f"{label}: median months of relief", (float(np.median(months)),) * 3, 2, 6),
            within(f"{label}: platelets at their lowest", (float(middle.min()),) * 3, least, most),
            within(f"{label}: week of that", (float(middle.argmin() + 1),) * 3, *low),
            true(f"{label}: platelets back within half a year", middle[-1] > 0.9),
        ]
        lytic, _ = _eased("breast", name, every_days=0)
        parts.append(above(f"{label}: relief, bone-forming against lytic", share(ever), share(lytic[:9].any(axis=0))[2]))
        if name == "samarium153":
            second, _ = _eased("prostate", name, every_days=0, prior=name, days=63)
            parts.append(below("a second dose: relief", share(second.any(axis=0)), share(ever)[1]))
    radium, counts = _eased("prostate", "radium223", days=168)
    parts.append(within("radium-223, six doses: relief", share(radium.any(axis=0)), 0.4, 0.8))
    parts.append(true("radium-223: platelets hardly fall", np.median(counts, axis=1).min() > 0.85))
    parts.append(true("refused with low counts", _refused_with_low_counts()))
    alone, both = _many_bones(False), _many_bones(True)
    parts.append(above("many painful bones: with a radionuclide", share(both), share(alone)[2]))
    return Finding(4600, tuple(parts))


def _refused_with_low_counts() -> bool:
    """The drugs' own rules, on a chart with few platelets and on one with enough."""
    answers = []
    for platelets in (40.0, 220.0):
        chart = Chart.empty(1, "prostate", male=True)
        for name, value in (("neutrophils", 4.0), ("platelets", platelets), ("haemoglobin", 12.0)):
            chart.record(np.array([0]), name, value)
        agents = ("strontium89", "samarium153", "radium223")
        answers.append([bool(contraindications.judge(chart, a, "systemic").ready[0]) for a in agents])
    return not any(answers[0]) and all(answers[1])


def _many_bones(radionuclide: bool, n: int = 300) -> np.ndarray:
    """8 Gy to the worst of three or more painful bones, with or without samarium: who has two points less in three months."""
    world = found("prostate", n, wait=14)
    many, before = ((irritation(world) > 0.1).sum(axis=1) >= 3) & (pain(world) >= 4), pain(world)
    treat(world, "radiotherapy", site_of(world, slot_worst(world)), dose_gy=8, fractions=1)
    if radionuclide:
        give(world, "samarium153", every_days=0)
    eased = np.array(run(world, 84, lambda w: pain(w) <= before - 2, events=False))
    return eased[28:].any(axis=0)[many]


# ---- bone agents -----------------------------------------------------------------------------------------------------


def _a_year(name: str | None, cancer: str = "breast", n: int = 2000) -> dict[str, np.ndarray]:
    """One year on a bone agent every four weeks, with calcium and vitamin D: NTx at week 13, events and days alive."""
    world = found(cancer, n)
    before = measured(world, "ntx")
    for one in ("calcium_supplement", "vitamin_d", name):
        if one:
            give(world, one)
    events, days, calcium = np.zeros(n), np.zeros(n), np.full(n, 9.0)

    def watch(w) -> None:
        nonlocal events, days, calcium
        events, days = events + (happened(w, *SKELETAL) > 0), days + w.people.alive
        calcium = np.minimum(calcium, w.body().calcium)

    run(world, 91, watch)
    ntx = measured(world, "ntx") / before
    run(world, 274, watch)
    return {"ntx": ntx[world.people.alive], "events": events, "days": days, "calcium": calcium, "pain": pain(world),
            "gfr": world.body().gfr / world.x.gfr_healthy}  # fmt: skip


def _rate(arm: dict) -> np.ndarray:
    """Events of each person over the mean days alive of the arm."""
    return arm["events"] / arm["days"].mean()


def _median(values: np.ndarray) -> tuple[float, float, float]:
    rows = np.random.default_rng(2).integers(0, len(values), (300, len(values)))
    spread = np.median(values[rows], axis=1)
    return float(np.median(values)), float(np.quantile(spread, 0.025)), float(np.quantile(spread, 0.975))


def r6() -> Finding:
    """Zoledronate, pamidronate and nothing, 6,000 women each, one year; jaw necrosis over two years with and without a dentist."""
    zoledronate, pamidronate, nothing = (_a_year(name, n=6000) for name in ("zoledronate", "pamidronate", None))
    checked, not_checked = _jaws("zoledronate", True), _jaws("zoledronate", False)
    pulled, denture = not_checked["tooth_extraction"], not_checked["denture"]
    necrosis = not_checked["jaw_necrosis"]
    chart = Chart.empty(1, "breast", age_years=80.0, weight_kg=50.0)
    chart.record(np.array([0]), "creatinine", 300.0)
    return Finding(18000 + 8000, (
        within("NTx at week 13 on zoledronate, of baseline", _median(zoledronate["ntx"]), 0.27, 0.37),
        within("skeletal events, zoledronate over nothing", ratio(_rate(zoledronate), _rate(nothing)), 0.5, 0.8),
        within("skeletal events, pamidronate over nothing", ratio(_rate(pamidronate), _rate(nothing)), 0.5, 0.85),
        true("less pain", np.nanmean(zoledronate["pain"]) < np.nanmean(nothing["pain"])),
        true("refused with poor kidneys", contraindications.judge(chart, "zoledronate", "bone_agent").refused[0]),
        below("jaw necrosis with a dental check", share(checked["jaw_necrosis"]), share(necrosis)[0]),
        above("after a tooth was pulled", share(necrosis[pulled]), share(necrosis[~pulled])[2]),
        above("with an ill-fitting denture", share(necrosis[denture]), share(necrosis[~denture])[0]),
    ))  # fmt: skip


def _jaws(name: str, dental_check: bool, weeks: int = 104, n: int = 4000) -> dict[str, np.ndarray]:
    """Teeth and jaws under a bone agent every four weeks, the rest of the body standing still."""
    from seedsoil.grammar import luck
    from seedsoil.treatments import side_effects

    world, d = found("breast", n), drug.number_of()[name]
    if dental_check:
        world.chart.note_test(np.arange(n), "dental_check")
    for week in range(weeks):
        world.chart.day = world.day = 7 * week
        world.done = world.done[:0]
        if week % 4 == 0:
            world.chart.note_drug(np.arange(n), d, drug.catalogue()[name].dose.value)
        befalling.draw(world, np.flatnonzero(world.people.alive))
        due = world.work["day"] <= world.day
        rows, world.work = world.work[due], world.work[~due]
        befalling.befall(world, rows)
    group = "ill_fitting_denture"
    drawn = luck.uniform(world.seed, world.people.origin, "group", luck.stream(group) & 0x7FFFFFFF, 0)
    world.chart.memo = None
    out = {event: world.chart.happened(event) for event in ("jaw_necrosis", "tooth_extraction")}
    return out | {"denture": drawn < side_effects.groups()[group].share.value}


def r7() -> Finding:
    """Denosumab against zoledronate: 10,000 women and 10,000 men a year each; kidneys at 35 mL/min; stopping; a payer's rule."""
    arms = {(name, c): _a_year(name, c, 10000) for name in ("denosumab", "zoledronate") for c in ("breast", "prostate")}
    both = lambda name, what: np.concatenate([what(arms[name, c]) for c in ("breast", "prostate")])
    low = lambda arm: (arm["calcium"] < 2.1).astype(float)  # 8.4 mg/dL, the lower limit of most laboratories
    parts = [
        within("NTx at week 13, of baseline", _median(arms["denosumab", "breast"]["ntx"]), 0.16, 0.24),
        within("skeletal events over zoledronate's", ratio(both("denosumab", _rate), both("zoledronate", _rate)), 0.7, 0.95),
        within("low calcium over zoledronate's", ratio(both("denosumab", low), both("zoledronate", low)), 1.5, 2.5),
    ]
    weak, well = (_lowest_calcium(gfr) < 2.1 for gfr in (35.0, None))
    parts.append(above("low calcium with filtration of 35", share(weak), share(well)[2]))
    parts.append(above("osteoclasts after the last dose, over untreated", _overshoot(), 1.05))
    events, cost = _payers_rule()
    parts.append(above("bisphosphonate first: events over denosumab first", events, 0.0))
    parts.append(below("bisphosphonate first: cost over denosumab first", cost, 1.0))
    return Finding(43000, tuple(parts))


def _lowest_calcium(gfr: float | None, n: int = 400) -> np.ndarray:
    world = found("prostate", n)
    if gfr:
        world.people.body[:, Body._fields.index("gfr")] = gfr
    for name in ("calcium_supplement", "vitamin_d", "denosumab"):
        give(world, name)
    return np.min(run(world, 91, lambda w: w.body().calcium.copy(), events=False), axis=0)


def _overshoot(n: int = 150) -> tuple[float, float, float]:
    """Highest weekly median of osteoclast action in the year after a year of denosumab, over people never treated."""
    treated, never = found("breast", n), found("breast", n)
    give(treated, "denosumab")
    for world in (treated, never):
        run(world, 365, events=False)
    order(treated, Stop("denosumab", everyone(treated), within_hours=0))
    highest = np.max(run(treated, 365, lambda w: w.body().osteoclasts.copy(), events=False), axis=0)
    return ratio(highest, never.body().osteoclasts)


def _payers_rule(n: int = 400) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Zoledronate first, denosumab only once kidneys fail or a bone breaks, against denosumab from the start: two years."""
    prices = {name: entry.value for name, entry in table("prices.toml").items()}

    def payer(chart: Chart):
        failed = chart.happened("fracture") | chart.happened("kidney_injury")
        due = ~(chart.weeks_since("zoledronate") < 4) & ~(chart.weeks_since("denosumab") < 4)
        yield Start("denosumab", due & failed, every_days=0, within_hours=0)
        yield Start("zoledronate", due & ~failed, every_days=0, within_hours=0)

    def first(chart: Chart):
        yield Start("denosumab", ~(chart.weeks_since("denosumab") < 4), every_days=0, within_hours=0)

    events, cost = [], []
    for policy in (payer, first):
        world = found("breast", n)
        counted = np.sum(run(world, 730, lambda w: happened(w, *SKELETAL) > 0, policy=policy), axis=0)
        events.append(counted.astype(float))
        cost.append(sum(world.chart.doses_of(name) * price for name, price in prices.items()))
    return ratio(events[0], events[1]), ratio(cost[0], cost[1])


# ---- high calcium ----------------------------------------------------------------------------------------------------


VISIT_EVERY = 21  # days, as with each cycle of chemotherapy


def _high_calcium(chemotherapy: str | None, n: int = 12000) -> dict[str, np.ndarray]:
    """People with lung cancer whose calcium is 3.0 or more at a visit every three weeks within 400 days: fluids, zoledronate, and
    what follows."""
    world = found("lung_nsclc", n)
    onset, normal, relapse = (np.full(n, -1) for _ in range(3))
    for _ in range(500):
        calcium, alive = world.body().calcium, world.people.alive
        seen = world.day < 400 and world.day % VISIT_EVERY == 0
        new = alive & (onset < 0) & (calcium >= 3.0) & seen
        onset[new] = world.day
        if new.any():
            give(world, "fluids", new)
            give(world, "zoledronate", new, every_days=0)
            if chemotherapy:
                give(world, chemotherapy, new)
        over = (onset >= 0) & (world.day - onset == 4)
        if over.any():
            order(world, Stop("fluids", over, within_hours=0))
        run(world, 1)
        calcium, alive = world.body().calcium, world.people.alive
        normal = np.where((onset >= 0) & (normal < 0) & (calcium <= 2.7) & alive, world.day, normal)
        relapse = np.where((normal >= 0) & (relapse < 0) & (calcium > 2.7) & alive, world.day, relapse)
    had = onset >= 0
    quick = had & (normal >= 0) & (normal - onset <= 10)
    return {"normal": quick[had], "lasted": np.where(relapse >= 0, relapse - normal, 500)[quick].astype(float)}


def r13() -> Finding:
    """12,000 people with lung cancer, those who have a calcium of 3.0 mmol/L or more at a visit; with and without chemotherapy."""
    plain, treated = _high_calcium(None), _high_calcium("platinum_doublet")
    return Finding(24000, (
        within("normal by day 10", share(plain["normal"]), 0.8, 0.95),
        within("median days to relapse", _median(plain["lasted"]), 21, 45),
        true("later with effective cancer treatment", np.median(treated["lasted"]) > np.median(plain["lasted"])),
    ))  # fmt: skip


CLAIMS = {"R5": r5, "R6": r6, "R7": r7, "R13": r13}
