"""Claims about history and examination, blood and tissue, and about which test comes next."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from seedsoil.care.chart import Chart, place_number
from seedsoil.care.criteria import proven, solitary
from seedsoil.care.guidelines import standard
from seedsoil.care.patient import CANCERS
from seedsoil.diagnostics import appearance, blood
from seedsoil.grammar import luck
from seedsoil.grammar.tables import table
from seedsoil.study.claims import Finding, below, true, within
from seedsoil.study.claims.arms import everyone, found, run, seed_of_run, share, tumour, typical, without_disease
from seedsoil.world import observing, people
from seedsoil.world.day import TEST, TREAT, World

CALM = {
    "calcium_corrected": 2.35, "albumin": 41.0, "alp": 75.0, "bilirubin": 9.0, "creatinine": 75.0, "haemoglobin": 13.5,
    "platelets": 250.0, "neutrophils": 4.5, "ecog": 0.0,
}  # fmt: skip
POINTING = ("calcium_corrected", "alp", "ntx")
FINDINGS = ("leg_weakness", "sensory_loss", "reflexes", "sphincter_tone")  # and the gait
MARKED = (("psa", "prostate"), ("ca153", "breast"), ("cea", "colorectal"))


def _measured(world: World, analyte: str, part: int = 0) -> np.ndarray:
    """What the laboratory prints for everybody today."""
    view = observing.seen(world, np.flatnonzero(everyone(world)))
    return blood.draw(analyte, view, luck.normal(seed_of_run(), world.people.key, "blood", part, world.day))


# ---- bedside ---------------------------------------------------------------------------------------------------------


def t0() -> Finding:
    """Standard care of 300 people each with lung, prostate and breast cancer for two months: what is done first. Examination of
    those among 12,000 who live eight months after the finding, untreated, with a cord that is touched or worse: anything wrong
    with power, sensation, reflexes, sphincter tone or gait."""
    first, signs = [], []
    for cancer in ("lung_nsclc", "prostate", "breast"):
        first.append(_examined_first(found(cancer, 300)))
        world = found(cancer, 4000)
        world.advance(240)
        world.chart.day = world.day
        rows = np.flatnonzero(world.people.alive)
        view = observing.seen(world, rows)
        spinal = view.used & (world.numbers.sites["spinal"][np.maximum(view.site, 0)] > 0.5)
        pressed = rows[(spinal & (appearance.epidural_grade(view, appearance.look(view).occupied) >= 2)).any(axis=1)]
        observing.examine(world, pressed)
        chart = world.chart
        found_wrong = np.any([chart.symptom(name) > 0 for name in FINDINGS], axis=0) | (chart.symptom("walking") < 1)
        signs.append(found_wrong[pressed])
    return Finding(12900, (
        true("history and examination before any other test", bool(np.concatenate(first).all())),
        within("cord compression found on examination", share(np.concatenate(signs)), 0.6, 0.95),
    ))  # fmt: skip


def _examined_first(world: World) -> np.ndarray:
    """Of everybody who had any test: they had been examined on that day or before."""
    examined, tested = np.full((2, len(world.people.key)), 9999)

    def watch(w: World) -> None:
        seen = w.chart.tested("examination") >= 0
        examined[seen] = np.minimum(examined[seen], w.day)
        rows = np.unique(w.done["person"][w.done["verb"] == TEST])
        tested[rows] = np.minimum(tested[rows], w.day)

    run(world, 60, watch, policy=standard)
    return (examined <= tested)[tested < 9999]


# ---- blood -----------------------------------------------------------------------------------------------------------


def t7() -> Finding:
    """Calcium, ALP and NTx on a day of the first year of 900 people with untreated bone metastases (breast, prostate, lung), and
    in 900 of the same without: a third otherwise well, a third with an ailing liver, a third with a parathyroid adenoma."""
    cancers = ("breast", "prostate", "lung_nsclc")
    ill = {name: np.concatenate([_some_day(cancer, name) for cancer in cancers]) for name in POINTING}
    others = [_without_metastases(cancer, other) for cancer in cancers for other in ("", "liver", "parathyroid")]
    parts = []
    for name in POINTING:
        limit = blood.reference(name)[1]
        parts.append(within(f"{name}: sensitivity", share(ill[name] > limit), 0.2, 0.95))
        told = np.concatenate([_measured(world, name) for world in others])
        parts.append(within(f"{name}: specificity", share(told <= limit), 0.2, 0.95))
    return Finding(1800, tuple(parts))


def _some_day(cancer: str, analyte: str, n: int = 300) -> np.ndarray:
    """The analyte on one day of the first year of people with untreated disease, another day for each; the dead apart."""
    world = found(cancer, n, wait=1)
    month, value = np.arange(n) % 12, np.full(n, np.nan)
    for k in range(12):
        today = (month == k) & world.people.alive
        value[today] = _measured(world, analyte)[today]
        world.advance(30)
    return value[np.isfinite(value)]


def _without_metastases(cancer: str, other: str, n: int = 100) -> World:
    """People without metastasis; all have an ailing liver or a parathyroid adenoma where `other` says so."""
    seed, keys, known = seed_of_run(), np.arange(n), typical()
    size = table("people.toml")["adenoma_size"].spread(luck.normal(seed, keys, "traits", 1))
    group = people.new(cancer, keys, seed, known, {"parathyroid_adenoma": size} if other == "parathyroid" else None)
    world = World(group, Chart.empty(n, cancer), known, seed)
    if other == "liver":
        share_ill = table("diagnostics", "blood.toml")["liver_disease.share"].value
        luck_of_it = 1.0 - share_ill * luck.uniform(seed, keys, "traits", 2)
        world.set_points[:, blood.OWN.index("liver_disease")] = ndtri(luck_of_it)
    world.advance(1, events=False)
    return world


def t9() -> Finding:
    """PSA, CA 15-3 and CEA in 600 people each with prostate, breast and bowel cancer in bone, and as many with the same cancer
    and no metastasis; twelve weeks of standard care: does the marker go where the tumour went?"""
    parts = []
    for marker, cancer in MARKED:
        limit = blood.reference(marker)[1]
        world, local = found(cancer, 600, wait=1), without_disease(cancer, 600, primary=True)
        parts.append(below(f"{marker}: sensitivity", share(_measured(world, marker) > limit), 0.95))
        parts.append(below(f"{marker}: specificity", share(_measured(local, marker) <= limit), 0.95))
        parts.append(within(f"{marker}: follows the tumour", share(_followed(world, marker)), 0.6, 1.0))
    return Finding(3600, tuple(parts))


def _followed(world: World, marker: str) -> np.ndarray:
    """Among people whose tumour shrank by a third or grew by a fifth in twelve weeks: the marker moved that way by a quarter."""
    world.chart.prove(np.flatnonzero(everyone(world)), subtype=world.people.subtype)
    whole = lambda: tumour(world) + world.body().primary
    before, volume = _measured(world, marker), whole()
    run(world, 84, policy=standard)
    grown, risen = whole() / volume, _measured(world, marker) / before
    shrunk, larger = (grown < 0.67) & world.people.alive, (grown > 1.2) & world.people.alive
    return np.where(shrunk, risen < 0.75, risen > 1.25)[shrunk | larger]


# ---- what comes next -------------------------------------------------------------------------------------------------


def t10() -> Finding:
    """A chart each of breast, prostate and lung cancer without complaint, known metastasis or a blood value out of range; then
    one thing is changed: one value of the blood, or the place that hurts, or how much it hurts."""
    calm = _next_tests({})
    alp, calcium = {"alp": 300.0}, {"calcium_corrected": 2.8}
    hurts = lambda bone, pain=4.0, **more: _next_tests({}, pain_worst=pain, pain_site=place_number(bone), **more)
    back = lambda pain: hurts("L4", pain, pain_new_spine=1.0)
    pairs = {
        "ALP": (calm, _next_tests(alp)),
        "bilirubin beside a raised ALP": (_next_tests(alp), _next_tests(alp | {"bilirubin": 60.0})),
        "calcium": (calm, _next_tests(calcium)),
        "PTH beside a high calcium": (_next_tests(calcium | {"pth": 0.5}), _next_tests(calcium | {"pth": 12.0})),
        "site: thigh or thoracic spine": (hurts("femur_shaft_left"), hurts("T8", pain_new_spine=1.0)),
        "site: thoracic spine or rib": (hurts("T8", pain_new_spine=1.0), hurts("rib_5_left")),
        "severity: pain of 3 or 8 in the back": (back(3.0), back(8.0)),
    }  # fmt: skip
    return Finding(3, tuple(true(name, all(a != b for a, b in zip(*pair, strict=True))) for name, pair in pairs.items()))


def _next_tests(blood_values: dict[str, float], **symptoms: float) -> list[frozenset]:
    """The tests standard care orders next for each of the three charts."""
    chart = Chart.empty(3, ("breast", "prostate", "lung_nsclc"), male=(False, True, True), weight_kg=70.0, subtype=0)
    rows = np.arange(3)
    for name, value in (CALM | blood_values).items():
        chart.record(rows, name, value)
    for name, value in ({"pain_worst": 0.0, "walking": 1.0} | symptoms).items():
        chart.report(rows, name, np.full(3, value))
    for name in ("examination", "bloods", "marker"):
        chart.note_test(rows, name)
    orders = [order for order in standard(chart) if order.verb == "test" and order.acts]
    return [frozenset(order.what for order in orders if order.where[row]) for row in rows]


# ---- tissue ----------------------------------------------------------------------------------------------------------


def t8() -> Finding:
    """Standard care for three months of 300 people each with lung and kidney cancer that nobody knows of, and of 200 with a known
    breast cancer: what needles settle, who with a single lesion had one, and what was done to bone before there was tissue."""
    settled, asked, early = [], [], []
    for cancer in ("lung_nsclc", "kidney"):
        watch = _Needles(_nobody_knows(found(cancer, 300, wait=1)))
        run(watch.world, 91, watch, policy=standard)
        settled.append(watch.settled)
        asked.append(watch.asked())
        early.append(watch.early)
    known = _Needles(found("breast", 200, wait=1))
    run(known.world, 91, known, policy=standard)
    return Finding(800, (
        within("needles that settle what it is", share(np.concatenate(settled)), 0.7, 0.95),
        true("a needle for every single lesion without known cancer", bool(np.concatenate(asked).all())),
        true("no rod, cement or ablation of it before tissue", sum(early) == 0),
        true("no needle where the cancer is known", len(known.settled) == 0),
    ))  # fmt: skip


def _nobody_knows(world: World) -> World:
    """The clinic has not heard of a cancer."""
    chart = world.chart
    chart.cancer[:], chart.subtype[:] = CANCERS.index("unknown"), -1
    chart.cancer_certain[:], chart.tissue[:] = False, False
    return world


class _Needles:
    """Watches who has a biopsy, what it settles, and what happens to single lesions of unknown nature meanwhile."""

    def __init__(self, world: World) -> None:
        self.world, self.settled, self.early = world, np.zeros(0, bool), 0
        n = len(world.people.key)
        self.alone, self.had, self.waited = np.zeros(n, bool), np.zeros(n, bool), np.zeros(n, int)

    def __call__(self, world: World) -> None:
        done, chart = world.done, world.chart
        needled = np.unique(done["person"][(done["verb"] == TEST) & (done["what"] == observing.TESTS.index("biopsy"))])
        self.settled = np.concatenate([self.settled, chart.tissue[needled]])
        self.had[needled] = True
        cut = done[(done["verb"] == TREAT) & (done["what"] > 0)]
        self.early += int(self.alone[cut["person"]].sum())
        self.alone = solitary(chart) & ~proven(chart) & world.people.alive
        self.waited += self.alone & ~self.had

    def asked(self) -> np.ndarray:
        """Of those with a single lesion of unknown nature for four weeks: they had a needle."""
        return self.had[self.had & (self.waited > 0) | (self.waited > 28)]


CLAIMS = {"T0": t0, "T7": t7, "T8": t8, "T9": t9, "T10": t10}
QUICK = ("T9", "T10")
