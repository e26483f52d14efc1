"""Claims about the disease: bone in balance and out of it, seeds that sleep and wake, what decides how long people live."""

from __future__ import annotations

import numpy as np

from seedsoil.biology import rates
from seedsoil.biology.body import Lesion
from seedsoil.care.guidelines import standard
from seedsoil.diagnostics import appearance, imaging
from seedsoil.grammar.tables import table
from seedsoil.study.claims import Finding, above, below, shown, true, within
from seedsoil.study.claims.arms import (
    at_lesions,
    effects,
    found,
    give,
    happened,
    lesion,
    mean,
    measured,
    ratio,
    run,
    seed_of_run,
    share,
    strength_of,
    typical,
    used,
)  # fmt: skip
from seedsoil.study.claims.placed import ORGANS, death_rate_ratio, earlier, healthy, lives, many_lesions, one_lesion, sized
from seedsoil.world import observing, people
from seedsoil.world.day import World
from seedsoil.world.parameters import loop_number
from seedsoil.world.records import People

FIVE = ("breast", "prostate", "lung_nsclc", "kidney", "thyroid")
KINDS = ("lytic", "mixed", "blastic")
THREE_CM = 14.1  # mL, a sphere of 3 cm


# ---- bone ------------------------------------------------------------------------------------------------------------


def d6() -> Finding:
    """300 people each with the bone mass, strength and hormones of those with breast and prostate cancer, without cancer,
    vitamin D and kidneys in health, ten years by the body's equations; nobody grows older, nothing befalls anybody. Beside
    them, the same people with the vitamin D and kidneys they have."""
    p = typical().params[0]
    well = {
        "vitamin_d_usual": p["vitamin_d_normal"],
        "gfr_healthy": p["gfr_normal"],
        "phosphate_wasting": 0.0,
        "parathyroid_adenoma": 0.0,
    }
    change = np.concatenate([_ten_years_of_bone(cancer, **well) for cancer in ("breast", "prostate")])
    theirs = np.concatenate([_ten_years_of_bone(cancer) for cancer in ("breast", "prostate")])
    return Finding(1200, (
        within("mineral after ten years, of before", mean(change), 0.99, 1.01),
        true("nobody's mineral has drifted by 1 %", bool(np.abs(change - 1.0).max() < 0.01)),
        shown("with the vitamin D and kidneys of these patients", mean(theirs), "shown"),
    ))  # fmt: skip


def _ten_years_of_bone(cancer: str, n: int = 300, **traits: float) -> np.ndarray:
    world = healthy(cancer, n, **traits)
    before = world.body().skeleton.copy()
    world.advance(3652, events=False)
    return world.body().skeleton / before


def _only(*kept: str):
    """Leaves a tumour only these of its traits that act on bone, and none that acts on calcium elsewhere."""

    def change(group: People) -> None:
        for name in {"lytic_drive", "stromal_inhibition", "osteoblast_drive", "pthrp_secretion"} - set(kept):
            group.lesion_traits[name] = 0.0
        group.traits["pthrp_secretion"] = 0.0

    return change


def _mineral(world: World) -> np.ndarray:
    """Mean mineral within each lesion, as a picture outlines it, over intact bone [n, slots]."""
    view = observing.seen(world, np.arange(len(world.people.key)))
    return np.where(used(world), appearance.mineral_in(view, appearance.local_change(view)[0]), np.nan)


def d7() -> Finding:
    """300 people with one metastasis of kidney cancer, the most lytic, of 3 cm in a lumbar vertebra, which does nothing but
    switch osteoclasts on."""
    world, none = one_lesion("kidney", 300, "L3", THREE_CM, "lytic", _only("lytic_drive")), healthy("kidney", 300)
    view = observing.seen(world, np.arange(300))
    return Finding(300, (
        within("mineral in the lesion, of intact bone", mean(_mineral(world)[:, 0]), 0.2, 0.7),
        above("share seen on CT", mean(imaging.chance("ct", view)[:, 0]), 0.8),
        above("NTx over that of the same people without it", ratio(measured(world, "ntx"), measured(none, "ntx")), 1.0),
    ))  # fmt: skip


def d8() -> Finding:
    """300 men with diffuse metastases, each of the middle size at a first finding, that do nothing but switch osteoblasts on."""
    usual = table("people.toml")["lesion_size"].value
    world, none = many_lesions("prostate", 300, usual, "blastic", _only("osteoblast_drive")), healthy("prostate", 300)
    return Finding(300, (
        above("mineral in lesions, of intact bone", mean(np.nanmean(_mineral(world), axis=1)), 1.0),
        within("bone ALP, of the same people without them", ratio(measured(world, "bone_alp"), measured(none, "bone_alp")), 2, 6),
    ))  # fmt: skip


def _kinds_on_ct(cancer: str, n: int = 300) -> np.ndarray:
    """Kind of every lesion that CT shows at the first finding: 0 lytic, 1 mixed, 2 blastic."""
    world = found(cancer, n)
    rows = np.arange(n)
    view = observing.seen(world, rows)
    report = imaging.draw("ct", view, imaging.luck_of(world.seed, world.people.key, "ct", view, 0))
    return report.kind[report.seen]


def d9() -> Finding:
    """What CT calls the lesions of 300 people each with breast, prostate, lung, kidney and thyroid cancer at first finding;
    overall, every cancer counts the same."""
    kinds = {cancer: _kinds_on_ct(cancer) for cancer in FIVE}
    parts = [within("mixed, overall", _even([of == 1 for of in kinds.values()]), 0.1, 0.4)]
    parts += [above(f"lytic: {c}", share(kinds[c] == 0), 0.5) for c in ("kidney", "thyroid")]
    parts.append(above("blastic: prostate", share(kinds["prostate"] == 2), 0.5))
    parts += [shown(f"mixed: {c}", share(of == 1), "shown") for c, of in kinds.items()]
    return Finding(1500, tuple(parts))


def _even(groups: list[np.ndarray]) -> tuple[float, float, float]:
    """Share over groups that count the same, each lesion drawn apart."""
    each = [share(group) for group in groups]
    middle = float(np.mean([e[0] for e in each]))
    half = float(np.sqrt(sum((0.5 * (e[2] - e[1])) ** 2 for e in each))) / len(each)
    return middle, middle - half, middle + half


def _fractures_a_year(world: World) -> np.ndarray:
    """Fractures a year to be expected of each person's one lesion, in everyday activity and by falls, as they are today."""
    b = at_lesions(world)
    falls = rates.hazards(world.body(), world.x, world.sums(), effects(world), world.x.age_years, world.p).fall
    load, fall, _ = rates.lesion_hazards(b.l, b.y, b.x, b.t, b.site, b.rx, falls[:, None], b.p)
    return 365.25 * (load + fall)[:, 0]


def d10() -> Finding:
    """One metastasis of 10 mL in a lumbar vertebra or the neck of the femur of the same 1,000 women each: lytic, blastic, or
    none; fractures to be expected in a year without treatment, and static strength."""
    parts = []
    for bone, label in (("L3", "vertebra"), ("femur_neck_left", "femoral neck")):
        worlds = {kind: one_lesion("breast", 1000, bone, 10.0, kind) for kind in ("lytic", "blastic")}
        worlds["intact"] = one_lesion("breast", 1000, bone, 1e-6, "lytic")
        rate = {kind: _fractures_a_year(world) for kind, world in worlds.items()}
        strong = {kind: strength_of(world)[:, 0] for kind, world in worlds.items()}
        parts += [
            above(f"{label}: fractures, blastic over intact", ratio(rate["blastic"], rate["intact"]), 1.0),
            above(f"{label}: fractures, lytic over blastic", ratio(rate["lytic"], rate["blastic"]), 1.5),
            shown(f"{label}: static strength, blastic over intact", ratio(strong["blastic"], strong["intact"]), _EX_VIVO),
            shown(f"{label}: static strength, lytic over intact", ratio(strong["lytic"], strong["intact"]), "shown"),
        ]
    return Finding(6000, tuple(parts))


_EX_VIVO = "shown; ex vivo, sclerotic vertebrae are stronger than intact ones (Anderson 2022)"


# ---- seed and soil ---------------------------------------------------------------------------------------------------


def d11() -> Finding:
    """500 women: growth of their bone lesions below 1 mL over 13 weeks with denosumab over without; and deaths over two years
    of standard care with a bone agent given to all or to nobody, in 1,500 women and 1,500 men, by the same luck."""
    grown = []
    for treated in (True, False):
        world = sized("breast", 500, 0.05)
        small = used(world) & (lesion(world).sensitive < 1.0)
        if treated:
            give(world, "denosumab")
            run(world, 28, events=False)
        else:
            run(world, 28, events=False)
        before = lesion(world).sensitive.copy()
        run(world, 91, events=False)
        rate = np.where(small, np.log(np.where(small, lesion(world).sensitive / np.where(small, before, 1.0), 1.0)), 0.0)
        grown.append(rate.sum(axis=1) / np.maximum(small.sum(axis=1), 1))
    slower, least, most = ratio(*grown)
    ratios = [_deaths_with_agent(cancer) for cancer in ("breast", "prostate")]
    arms = [tuple(np.concatenate([r[k][j] for r in ratios]) for j in (0, 1)) for k in (0, 1)]
    return Finding(7000, (
        within("growth in bone falls by", (1.0 - slower, 1.0 - most, 1.0 - least), 0.1, 0.4),
        within("deaths, with over without", death_rate_ratio(*arms, same_people=True), 0.9, 1.1),
    ))  # fmt: skip


def _deaths_with_agent(cancer: str, n: int = 1500):
    out = []
    for treated in (True, False):
        world = found(cancer, n)
        world.chart.prove(np.arange(n))
        if treated:
            for name in ("calcium_supplement", "vitamin_d", "denosumab"):
                give(world, name)
        out.append(lives(world, 730, standard.without("bone_agent")))
    return out


def d13(n: int = 1600) -> Finding:
    """1,600 people each with breast, prostate, lung and kidney cancer, three years of standard care from the first finding:
    deaths of those who then had metastases in liver, lungs or brain that a picture shows over those who had none, within each
    cancer."""
    days, died, visceral, cancer = [], [], [], []
    for k, name in enumerate(("breast", "prostate", "lung_nsclc", "kidney")):
        world = found(name, n)
        world.chart.prove(np.arange(n))
        organs = world.people.body[:, ORGANS].reshape(n, 3, 2).sum(axis=2)
        visceral.append((organs > loop_number("visible_visceral")).any(axis=1))
        lived = lives(world, 1095, standard)
        days.append(lived[0])
        died.append(lived[1])
        cancer.append(np.full(n, k))
    days, died, visceral, cancer = (np.concatenate(x) for x in (days, died, visceral, cancer))
    group = lambda who: (days[who], died[who])
    strata = np.concatenate([cancer[visceral], cancer[~visceral]])
    over = death_rate_ratio(group(visceral), group(~visceral), strata)
    return Finding(4 * n, (within("deaths, visceral over bone only", over, 1.5, 2.5),))


def d14() -> Finding:
    """1,500 women, a year without anticancer treatment: new colonies in bone with denosumab or zoledronate over without."""
    new = {}
    for name in ("denosumab", "zoledronate", None):
        world = found("breast", 1500)
        if name:
            give(world, name)
        counts, days = np.zeros(1500), np.zeros(1500)

        def watch(w, counts=counts, days=days) -> None:
            counts += happened(w, "new_lesion")
            days += w.people.alive

        run(world, 365, watch)
        new[name] = counts / days.mean()
    return Finding(4500, tuple(
        within(f"new colonies in bone, {name} over nothing", ratio(new[name], new[None]), 0.7, 0.95)
        for name in ("denosumab", "zoledronate")
    ))  # fmt: skip


def d15() -> Finding:
    """3,000 women with breast cancer: the receptors that the primary showed against those of a biopsy of the metastasis. And
    500 with settled cells only, ten years with and without the power to escape immune control and gain vessels."""
    world = found("breast", 3000)
    world.chart.subtype[:] = told = people.primary_subtype(world.people, world.seed)
    observing.prove(world, np.arange(3000))
    changed = world.chart.subtype != told
    grew, woke = {}, {}
    for escape in (1.0, 0.0):
        grew[escape], woke[escape] = _ten_years_of_sleepers(escape)
    return Finding(4000, (
        within("receptors differ at biopsy", share(changed), 0.1, 0.3),
        above("with escape: a colony woke", share(woke[1.0]), 0.1),
        above("with escape: a colony grew to 1 mL", share(grew[1.0]), 0.05),
        true("without escape: none woke", not woke[0.0].any()),
        true("without escape: none grew", not grew[0.0].any()),
    ))  # fmt: skip


def _ten_years_of_sleepers(escape: float, n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Women whose cured breast cancer has left three sleeping colonies in bone: in whom one grew to 1 mL, in whom one woke."""
    numbers = typical()
    params = numbers.params.copy()
    params["escape"] = escape
    group = people.new("breast", np.arange(n), seed_of_run(), numbers)
    site = people.draw_sites(group, seed_of_run(), np.where(np.arange(group.site.shape[1])[None, :] < 3, -1, -2).repeat(n, axis=0))
    people.place(group, site, np.full(site.shape, float(params["founding_volume"][0])), numbers)
    group.lesion[:, :, Lesion._fields.index("awake")] = 0.0
    people.renew_luck(group, seed_of_run())
    world = healthy("breast", n)
    world = World(group, world.chart, numbers._replace(params=params), seed_of_run())
    woke, grew = np.zeros(n, bool), np.zeros(n, bool)
    for _ in range(522):
        world.advance(7)
        woke |= happened(world, "wake") > 0
        grew |= (np.where(used(world), lesion(world).sensitive, 0.0) > 1.0).any(axis=1)
    return grew, woke


# ---- how long people live --------------------------------------------------------------------------------------------


def d16() -> Finding:
    """Years of life, one thing changed: the primary (lung against breast, breast against prostate) under standard care; and
    without treatment age (80 against 50), extent (four times the tumour), and time from the start to a first finding at 5 mL
    of tumour in bone."""
    treated = {cancer: _under_care(cancer) for cancer in ("lung_nsclc", "breast", "prostate")}
    rate = lambda one, other, **how: death_rate_ratio(lives(one, 1825), lives(other, 1825), **how)
    breast = lambda: sized("breast", 600, 1.0)
    return Finding(10800, (
        above("lung over breast", death_rate_ratio(treated["lung_nsclc"], treated["breast"]), 1.0),
        above("breast over prostate", death_rate_ratio(treated["breast"], treated["prostate"]), 1.0),
        above("age 80 over age 50", rate(*(sized("breast", 600, 1.0, age_years=a) for a in (80.0, 50.0)), same_people=True), 1.0),
        above("four times the tumour", rate(sized("breast", 600, 4.0), breast(), same_people=True), 1.0),
        below("found late over found early", _late_over_early(), 1.0),
    ))  # fmt: skip


def _under_care(cancer: str, n: int = 2400) -> tuple[np.ndarray, np.ndarray]:
    """Days lived, and deaths, in the three years after a first finding."""
    world = found(cancer, n)
    world.chart.prove(np.arange(n))
    return lives(world, 1095, standard)


def _late_over_early(n: int = 1200, found_ml: float = 5.0) -> tuple[float, float, float]:
    """Deaths from the finding on: the half that was found later over the half that was found sooner."""
    world = earlier("breast", n)
    first, death = np.full(n, np.nan), np.full(n, np.nan)
    for _ in range(780):
        world.advance(7)
        alive = world.people.alive
        first = np.where(np.isnan(first) & alive & (world.sums().tumour >= found_ml), world.day, first)
        death = np.where(np.isnan(death) & ~alive, world.day, death)
    known = ~np.isnan(first)
    lived = np.where(np.isnan(death), world.day, death) - first
    late = known & (first > np.nanmedian(first))
    group = lambda who: (lived[who], ~np.isnan(death[who]))
    return death_rate_ratio(group(late), group(known & ~late))


CLAIMS = {
    "D6": d6, "D7": d7, "D8": d8, "D9": d9, "D10": d10, "D11": d11, "D13": d13, "D14": d14, "D15": d15, "D16": d16,
}  # fmt: skip
QUICK = ("D6", "D7", "D8", "D9", "D10")
