"""Claims about how the disease spreads, sleeps, shows and is spread over a country: the natural history from the diagnosis
of the primary, one cohort for all of them."""

from __future__ import annotations

from functools import partial

import numpy as np

from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import table
from seedsoil.study import population
from seedsoil.study.claims import Estimate, Finding, Part, above, below, shown, true, within
from seedsoil.study.claims.arms import seed_of_run, share
from seedsoil.study.natural_history import weight_of
from seedsoil.world import populations, runs

PEOPLE, YEARS = 30_000, 25.0
FIVE = ("breast", "prostate", "lung", "kidney", "thyroid")
# Groups of bones as the statement counts them; the sacrum belongs to the pelvis.
GROUPS = {
    "spine": ("cervical", "thoracic", "lumbar"), "pelvis": ("pelvis", "sacrum"), "ribs": ("rib",), "sternum": ("sternum",),
    "skull": ("skull", "mandible"), "shoulder": ("scapula", "clavicle"), "femur": ("femur",), "humerus": ("humerus",),
    "limbs": ("limb",),
}  # fmt: skip
ROUNDS = 400
_cohorts: dict[tuple, dict[str, np.ndarray]] = {}


def cohort(seed: int | None = None, workers: int = 1, progress: population.Progress | None = None) -> dict[str, np.ndarray]:
    """The cohort of all statements here, one array a column; followed once, by however many processes."""
    which = PEOPLE, YEARS, seed_of_run() if seed is None else seed
    if which not in _cohorts:
        one = partial(population.people_of, n=PEOPLE, seed=which[2], years=YEARS, together=population.together_of(PEOPLE))
        many = population.parts_of(PEOPLE, population.together_of(PEOPLE))
        lives = []
        for some in runs.each(one, range(many), workers):
            lives.append(some.columns)
            if progress:
                progress("natural history", len(lives), many)
        out = {name: np.concatenate([x[name] for x in lives]) for name in lives[0]}
        _cohorts[which] = out | {"weight": weight_of(out["cancer"], PEOPLE)}
    return _cohorts[which]


def _is(*cancers: str) -> np.ndarray:
    """Mask: one of these cancers; lung is both of its kinds."""
    wanted = {c for name in cancers for c in (("lung_nsclc", "lung_sclc") if name == "lung" else (name,))}
    return np.isin(cohort()["cancer"], [populations.cancers().index(c) for c in wanted])


def primaries() -> tuple[str, ...]:
    """The primaries as the statements count them: lung is one."""
    return tuple(dict.fromkeys("lung" if c.startswith("lung") else c for c in populations.cancers()))


def _later() -> np.ndarray:
    """Mask: bone metastasis found later than the diagnosis of the primary."""
    return cohort()["bone_day"] > table("incidence.toml")["staged_within"].value


def d1() -> Finding:
    """The funnel of the whole cohort: cells shed by the primary up to its diagnosis, colonies they founded in bone, colonies
    that are awake by then."""
    c = cohort()
    cells = table("values", "spread.toml")["shed_per_ml"].value * c["ml_days"].sum()
    founded, awake = float(c["founded_then"].sum()), float((c["colonies_then"] - c["asleep_then"]).sum())
    per = lambda n: tuple(1e4 * x / cells for x in (n, max(n - 1.96 * n**0.5, 0.0), n + 1.96 * n**0.5))
    return Finding(len(c["key"]), (
        below("colonies founded in bone, for 10,000 cells shed", per(founded), 1.0),
        below("colonies awake at the diagnosis, for 10,000 cells shed", per(awake), 1.0),
    ))  # fmt: skip


def _median(where: np.ndarray) -> tuple[Estimate, np.ndarray]:
    """Weighted median of years from the primary to bone metastasis, its interval by resampling, and the resamples."""
    c = cohort()
    years, weight = c["bone_day"][where] / 365.25, c["weight"][where]
    if not len(years):
        return (np.nan, np.nan, np.nan), np.full(ROUNDS, np.nan)
    rows = np.random.default_rng(1).integers(0, len(years), (ROUNDS, len(years)))
    drawn = np.array([_middle(years[r], weight[r]) for r in rows])
    return (_middle(years, weight), *np.quantile(drawn, (0.025, 0.975))), drawn


def _middle(values: np.ndarray, weight: np.ndarray) -> float:
    order = np.argsort(values)
    up_to = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(up_to, 0.5 * up_to[-1])])


def d2() -> Finding:
    """Years from the primary to bone metastasis found later, over 25 years, weighed by the new cases of each cancer."""
    later, breast = _later(), _is("breast")
    positive = cohort()["subtype"] == [p.subtype for p in populations.populations("breast")].index("er_positive_her2_negative")
    negative = cohort()["subtype"] == [p.subtype for p in populations.populations("breast")].index("triple_negative")
    (_, _, _), with_receptor = _median(later & breast & positive)
    (_, _, _), without = _median(later & breast & negative)
    gap = with_receptor - without
    difference = (float(np.median(gap)), *np.quantile(gap, (0.025, 0.975)))
    return Finding(int(later.sum()), (
        within("all primaries, median years", _median(later)[0], 1.0, 4.0),
        within("breast, median years", _median(later & breast)[0], 2.0, 7.0),
        above("breast, receptor-positive less triple-negative, years", difference, 0.0),
        above("breast, share after ten years", share(cohort()["bone_day"][later & breast] > 3652.5), 0.10),
        below("lung, median years", _median(later & _is("lung"))[0], 1.5),
    ))  # fmt: skip


def _gap(a: Estimate, b: Estimate) -> Estimate:
    """Difference of two shares of different people, with its interval from theirs."""
    low = np.hypot(a[0] - a[1], b[2] - b[0])
    high = np.hypot(a[2] - a[0], b[0] - b[1])
    return a[0] - b[0], a[0] - b[0] - low, a[0] - b[0] + high


def d3() -> Finding:
    """Bone metastasis found within four months of the primary, by primary."""
    c = cohort()
    early = c["bone_day"] <= table("incidence.toml")["staged_within"].value
    of = {p: share(early[_is(p)]) for p in primaries()}
    parts = [above(f"{p}, share at the diagnosis", estimate, 0.0) for p, estimate in of.items()]
    parts += [above(f"{p} less breast", _gap(of[p], of["breast"]), 0.0) for p in ("prostate", "lung")]
    return Finding(len(c["key"]), tuple(parts))


def d4() -> Finding:
    """Share with tumour in bone among those with any metastasis, at death or after 25 years, by primary."""
    c = cohort()
    advanced = c["bone_at_end"] | c["organ_at_end"]
    of = {p: share(c["bone_at_end"][advanced & _is(p)]) for p in primaries()}
    greatest = max((p for p in of if p not in FIVE), key=lambda p: of[p][0])
    parts = [above(f"{p} less {greatest}, the greatest of the others", _gap(of[p], of[greatest]), 0.0) for p in FIVE]
    parts += [above(f"{p}, share of advanced disease", estimate, 0.0) for p, estimate in of.items()]
    return Finding(int(advanced.sum()), tuple(parts))


def d5() -> Finding:
    """Visible lesions on the day bone metastasis is found, by bone and primary."""
    sites = cohort()["sites"]
    bones = skeleton.bones()
    region = np.array([b.region for b in bones])
    group_of = np.array([next(k for k, regions in enumerate(GROUPS.values()) if r in regions) for r in region])
    names = list(GROUPS)
    parts: list[Part] = []
    for p in primaries():
        of = np.bincount(group_of[sites[_is(p)][sites[_is(p)] >= 0]], minlength=len(names))
        order = [names[k] for k in np.argsort(-of)]
        holds = order[0] == "spine" and order[1] in ("pelvis", "ribs")
        parts.append(true(f"{p}: spine first, then pelvis or ribs ({of.sum()} lesions)", holds))
    lesions = sites[sites >= 0]
    near = np.isin(region, ("cervical", "thoracic", "lumbar", "sacrum", "pelvis", "rib", "sternum", "skull", "scapula"))
    near |= np.array([b.id.startswith(("humerus_proximal", "femur_neck", "femur_trochanter")) for b in bones])
    parts.append(above("lesions in the bones named", share(near[lesions]), 0.9))
    parts.append(below("lesions beyond elbow and knee", share(region[lesions] == "limb"), 0.05))
    return Finding(int((sites >= 0).any(axis=1).sum()), tuple(parts))


def d12() -> Finding:
    """A year's new cancers followed for 25 years and weighed: the steady state of a country with as many every year."""
    c = cohort()
    tally = population.Tally()
    tally.add(c, len(c["key"]))
    factors = tally.stage_factors()
    alone = lambda x: (x, x, x)
    return Finding(len(c["key"]), (
        within("newly found in a year", tally.figure("new", factors), 65_000.0, 255_000.0),
        within("living with bone metastasis", tally.figure("living", factors), 250_000.0, 750_000.0),
        shown("living, published", alone(280_000.0), "by insurance claims of 2008 with five years of look-back"),
        shown("living, published", alone(500_000.0), "as quoted"),
        shown("newly found in a year", tally.figure("new"), "stages as they came out"),
        shown("living with bone metastasis", tally.figure("living"), "stages as they came out"),
    ))  # fmt: skip


CLAIMS = {"D1": d1, "D2": d2, "D3": d3, "D4": d4, "D5": d5, "D12": d12}
