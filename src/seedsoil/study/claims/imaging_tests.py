"""Claims about pictures: X-ray, bone scan, CT, MRI, PET, and scans that flare while the patient improves."""

from __future__ import annotations

import functools

import numpy as np

from seedsoil.care.chart import Chart
from seedsoil.care.guidelines import surgery
from seedsoil.diagnostics import appearance, imaging
from seedsoil.diagnostics.truth import Seen
from seedsoil.grammar import skeleton
from seedsoil.study.claims import Estimate, Finding, above, below, true, within
from seedsoil.study.claims.arms import everyone, found, give, mean, measured, run, seed_of_run, share, typical
from seedsoil.world import observing, people, populations
from seedsoil.world.day import World

EVERYWHERE = np.ones(len(skeleton.bones()), bool)
STUDIED_MM = 10.0  # studies of imaging count lesions that some other test has confirmed: about a centimetre and more
MONTH = 30


def _view(world: World) -> Seen:
    return observing.seen(world, np.flatnonzero(everyone(world)))


def _report(world: World, view: Seen, modality: str) -> imaging.Report:
    """What one test of the whole skeleton says of everybody today."""
    luck = imaging.luck_of(seed_of_run(), world.people.key, modality, view, world.day)
    return imaging.draw(modality, view, luck, EVERYWHERE)


def _shares(hits: list[np.ndarray]) -> Estimate:
    return share(np.concatenate(hits))


# ---- one look at lesions of many kinds -------------------------------------------------------------------------------


def t1() -> Finding:
    """Films of every lytic lesion without a fracture, in 500 people each with breast, lung and kidney cancer on the day of
    the finding: those with less than 30 % of their mineral gone, and those of 15 mm and more with half or more gone."""
    thin, gone = [], []
    for cancer in ("breast", "lung_nsclc", "kidney"):
        world = found(cancer, 500)
        view = _view(world)
        look = appearance.look(view)
        lytic = view.used & (appearance.kind(look.sclerosis) == appearance.LYTIC) & (look.collapse == 0.0)
        seen = _report(world, view, "xray").seen
        thin.append(seen[lytic & (look.lost < 0.3)])
        gone.append(seen[lytic & (look.lost > 0.5) & (look.longest > 15.0)])
    return Finding(1500, (
        below("seen on film, below 30 % loss", _shares(thin), 0.2),
        above("seen on film, above 50 % loss and 15 mm", _shares(gone), 0.8),
    ))  # fmt: skip


def t2() -> Finding:
    """Lesions of 0.03 mL in 300 people each with breast, prostate and lung cancer, scanned and filmed every month for four
    years: months from scan to film. One scan of lesions of a centimetre and more in 1,600 people, by kind."""
    scan, film = (_first_day("bone_scan"), _first_day("xray"))
    either = np.isfinite(scan) | np.isfinite(film)
    lead = np.full(scan.shape, -np.inf)
    lead[np.isfinite(scan)] = film[np.isfinite(scan)] - scan[np.isfinite(scan)]
    blastic, pure = [], []
    for cancer in ("prostate", "breast", "lung_nsclc", "kidney"):
        world = found(cancer, 400)
        view = _view(world)
        look = appearance.look(view)
        large = view.used & (look.longest >= STUDIED_MM) & (look.collapse == 0.0)
        seen = _report(world, view, "bone_scan").seen
        blastic.append(seen[large & (appearance.kind(look.sclerosis) == appearance.BLASTIC)])
        pure.append(seen[large & (look.sclerosis < 0.1)])
    return Finding(2500, (
        within("months from scan to film, median", _median(lead[either] / 30.4), 2.0, 18.0),
        within("blastic lesions seen by the scan", _shares(blastic), 0.85, 1.0),
        within("purely lytic lesions seen by the scan", _shares(pure), 0.40, 0.65),
    ))  # fmt: skip


def t3() -> Finding:
    """Bone scan and CT of lytic lesions of a centimetre and more in 500 people each with breast, lung and kidney cancer; the
    diameter CT gives against the true one; the stability score of the spine from the chart after CT."""
    second, error, scored = [], [], []
    for cancer in ("breast", "lung_nsclc", "kidney"):
        world = found(cancer, 500)
        view = _view(world)
        look, ct = appearance.look(view), _report(world, view, "ct")
        lytic = view.used & (appearance.kind(look.sclerosis) == appearance.LYTIC) & (look.longest >= STUDIED_MM)
        second.append(ct.seen[lytic & ~_report(world, view, "bone_scan").seen])
        error.append(np.abs(ct.longest_mm / look.longest - 1.0)[ct.seen])
        observing.image(world, np.flatnonzero(everyone(world)), view, "ct")
        scored.append(_stability_known(world))
    return Finding(1500, (
        within("of lytic lesions the scan missed, seen by CT", _shares(second), 0.5, 1.0),
        below("error of the measured diameter", mean(np.concatenate(error)), 0.15),
        true("stability score returned wherever CT saw the spine's lesion", bool(np.concatenate(scored).all())),
    ))  # fmt: skip


def _stability_known(world: World) -> np.ndarray:
    """For each spinal lesion that the chart has measured: the score is a range inside 0 to 18, with the kind of lesion and the
    height of the vertebra no longer open."""
    chart = world.chart
    score, spine = surgery.sins(chart), _certain(chart) & (surgery.in_the("sins", chart.site) >= 0)
    inside = (score.low >= 0) & (score.high <= 18) & (score.low <= score.high)
    return (inside & (chart.lesion("kind") >= 0) & (chart.lesion("collapse") >= 0))[spine]


def _certain(chart) -> np.ndarray:
    """Lines of the chart that hold a lesion, doubtful spots apart [n, lines]."""
    return chart.lesions() & (chart.lesion("certain") != 0)


def t4() -> Finding:
    """Vertebrae in which tumour touches the cord or worse, in 3,000 people each with lung, prostate and breast cancer eight
    months after the finding, untreated: who calls it compression, test by test; and the grade in the chart."""
    called: dict[str, list[np.ndarray]] = {name: [] for name in imaging.MODALITIES}
    graded = []
    for cancer in ("lung_nsclc", "prostate", "breast"):
        world = found(cancer, 3000, wait=240)
        view = _view(world)
        spinal = view.used & (world.numbers.sites["spinal"][np.maximum(view.site, 0)] > 0.5)
        pressed = spinal & (appearance.epidural_grade(view, appearance.look(view).occupied) >= 2)
        for name in imaging.MODALITIES:
            called[name].append((_report(world, view, name).epidural >= 2)[pressed])
        observing.image(world, np.flatnonzero(everyone(world)), view, "mri")
        chart = world.chart
        graded.append(chart.lesion("epidural")[_certain(chart) & (surgery.in_the("sins", chart.site) >= 0)] >= 0)
    by = {name: np.concatenate(hits).astype(float) for name, hits in called.items()}
    best = max((name for name in by if name != "mri"), key=lambda name: by[name].mean())
    return Finding(9000, (
        within("compression called by MRI", share(by["mri"]), 0.9, 1.0),
        above(f"MRI less {best}, the best of the other tests", mean(by["mri"] - by[best]), 0.0),
        true("epidural grade returned for every spinal lesion seen", bool(np.concatenate(graded).all())),
    ))  # fmt: skip


# ---- the same lesions month by month ---------------------------------------------------------------------------------


@functools.cache
def _growth(cancer: str, seed: int, n: int = 300, months: int = 48) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Lesions that begin at 0.03 mL, untreated, looked at every month by every test: day each is first seen (infinite: not in
    four years) and its diameter that day (mm), by test [n, slots]; NaN where there is no lesion."""
    known = typical()
    group = people.new(cancer, np.arange(n), seed, known)
    people.at_first_finding(group, seed, known)
    people.place(group, group.site.copy(), np.where(group.site >= 0, 0.03, 0.0), known)
    world = World(group, found(cancer, n).chart, known, seed)
    there = group.site >= 0
    day = {name: np.where(there, np.inf, np.nan) for name in imaging.MODALITIES}
    size = {name: np.full(there.shape, np.nan) for name in imaging.MODALITIES}
    for _ in range(months):
        world.advance(MONTH, events=False)
        view = _view(world)
        diameter = appearance.look(view).diameter
        for name in imaging.MODALITIES:
            new = _report(world, view, name).seen & np.isinf(day[name])
            day[name][new], size[name][new] = world.day, diameter[new]
    return day, size


def _first_day(modality: str) -> np.ndarray:
    days = np.concatenate([_growth(cancer, seed_of_run())[0][modality].ravel() for cancer in ("breast", "prostate", "lung_nsclc")])
    return days[~np.isnan(days)]


def _median(values: np.ndarray, rounds: int = 400) -> Estimate:
    """Median, with a 95 % interval by resampling; values may be infinite."""
    rows = np.random.default_rng(1).integers(0, len(values), (rounds, len(values)))
    spread = np.quantile(values[rows], 0.5, axis=1, method="inverted_cdf")
    low, high = np.quantile(spread, (0.025, 0.975), method="inverted_cdf")
    return float(np.quantile(values, 0.5, method="inverted_cdf")), float(low), float(high)


def t5() -> Finding:
    """The lesions of the breast and lung cancers of T2, looked at every month by PET without CT, PET/CT and CT: diameter on the
    day each is first seen. One look at vertebrae and ribs of 800 people: how many lesions are said to lie in the wrong bone."""
    sizes = {}
    for name in PLACED:
        first = [_growth(cancer, seed_of_run())[1][name] for cancer in ("breast", "lung_nsclc")]
        sizes[name] = np.concatenate([size[~np.isnan(size)] for size in first])
    wrong: dict[str, list[np.ndarray]] = {name: [] for name in PLACED}
    for cancer in ("breast", "lung_nsclc"):
        world = found(cancer, 400)
        view = _view(world)
        rows = np.isin(np.array([bone.region for bone in skeleton.bones()])[view.site], ("cervical", "thoracic", "lumbar", "rib"))
        for name in PLACED:
            report = _report(world, view, name)
            seen = report.seen & rows & view.used
            wrong[name].append((report.site != view.site)[seen])
    alone, both, ct = (_median(sizes[name]) for name in PLACED)
    off = {name: _shares(hits) for name, hits in wrong.items()}
    return Finding(1400, (
        below("diameter at detection, mm: PET, under CT's", alone, ct[1]),
        below("diameter at detection, mm: PET/CT, under CT's", both, ct[1]),
        above("said to lie in the wrong bone: PET, over CT", off["fdg_pet_alone"], off["ct"][2]),
        below("said to lie in the wrong bone: PET/CT, under PET", off["fdg_pet"], off["fdg_pet_alone"][1]),
    ))  # fmt: skip


def t6() -> Finding:
    """Bone scans before treatment, at twelve weeks and at half a year: 500 men each under first castration and, once castrated
    tumours grow, abiraterone; 500 women under an aromatase inhibitor. Among those whose marker fell by half: worse at twelve
    weeks and not worse again at half a year."""
    first, late = _flares("prostate", 0, "adt"), _flares("prostate", 1, "abiraterone")
    women = _flares("breast", 0, "aromatase_inhibitor")
    return Finding(1500, (
        within("flare under abiraterone (11 of 23 published)", share(late), 0.29, 0.60),
        within("flare at first castration (2 of 33 published)", share(first), 0.05, 0.20),
        within("flare under an aromatase inhibitor", share(women), 0.05, 0.60),
        above("abiraterone over first castration", share(late), share(first)[2]),
    ))  # fmt: skip


def _flares(cancer: str, subtype: int, drug: str, n: int = 500) -> np.ndarray:
    """Of those whose marker fell by half: who had a flare."""
    seed, keys, known = seed_of_run(), np.arange(n), typical()
    group = people.new(cancer, keys, seed, known, {"subtype": np.full(n, subtype)})
    people.at_first_finding(group, seed, known)
    world = World(group, Chart.empty(n, cancer), known, seed)
    world.advance(1, events=False)
    marker = populations.populations(cancer)[subtype].marker
    look = lambda: (_report(world, _view(world), "bone_scan"), measured(world, marker))
    (scan, before), scans = look(), []
    give(world, drug)
    for _ in range(2):
        run(world, 84, events=False)
        scans.append(look())
    answered = scans[0][1] < 0.5 * before
    flared = imaging.looks_worse(scan, scans[0][0]) & ~imaging.looks_worse(scans[0][0], scans[1][0])
    return flared[answered]


PLACED = ("fdg_pet_alone", "fdg_pet", "ct")
CLAIMS = {"T1": t1, "T2": t2, "T3": t3, "T4": t4, "T5": t5, "T6": t6}
QUICK = ("T1", "T3")
