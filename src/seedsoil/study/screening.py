"""What a trial can ask of a chart at screening, by name: the only words that entry criteria and subgroups may use."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from seedsoil.care import criteria, prognosis, scores
from seedsoil.care.chart import Chart, place_number
from seedsoil.care.guidelines import surgery
from seedsoil.care.guidelines.radiotherapy import painful_metastasis
from seedsoil.care.patient import CANCERS, ORGANS
from seedsoil.grammar import skeleton
from seedsoil.treatments import drug
from seedsoil.world import observing
from seedsoil.world.day import TEST, WORK, World

SCREENED_BY = ("bloods", "ntx", "vitamin_d", "magnesium", "dental_check")
JUST_DAYS = 7
REGIONS = {
    "spine": ("cervical", "thoracic", "lumbar", "sacrum"), "vertebrae": ("cervical", "thoracic", "lumbar"),
    "thoracic_spine": ("thoracic",), "lumbar_spine": ("lumbar",),
    "thoracolumbar_pelvis": ("thoracic", "lumbar", "sacrum", "pelvis"), "pelvis": ("pelvis", "sacrum"), "rib": ("rib",),
    "thorax": ("thoracic", "rib", "sternum", "scapula", "clavicle"), "skull": ("skull",), "long_bone": ("femur", "humerus", "limb"),
    "axial_or_proximal": (
        "cervical", "thoracic", "lumbar", "sacrum", "pelvis", "femur", "humerus", "skull", "rib", "sternum",
    ),
    "other_bones": ("rib", "sternum", "scapula", "clavicle", "skull"), "femur": ("femur",), "leg": ("femur", "limb"),
    "appendicular": ("femur", "humerus", "limb", "scapula", "clavicle", "pelvis"),
}  # fmt: skip


def examine(world: World) -> None:
    """The visit of the screening: history, examination, blood and urine of everybody alive, and a look at the teeth."""
    alive = np.flatnonzero(world.people.alive)
    world.chart.day = world.day
    observing.examine(world, alive)
    sample(world, SCREENED_BY)


def sample(world: World, tests: tuple[str, ...] = ("bloods",)) -> None:
    """Tests of everybody alive, with their results at once: a trial takes blood before each dose."""
    alive = np.flatnonzero(world.people.alive)
    world.chart.day = world.day
    for name in tests:
        rows = np.zeros(len(alive), WORK)
        rows["person"], rows["verb"], rows["what"], rows["site"] = alive, TEST, observing.TESTS.index(name), -1
        observing.test(world, rows)


def readings(chart: Chart) -> dict[str, np.ndarray]:
    """Every reading of everybody on the chart; masks as 0 and 1, NaN where nobody knows."""
    chart = chart.held()
    return {name: np.asarray(read(chart), float) for name, read in known().items()}


@functools.cache
def known() -> dict[str, Callable[[Chart], np.ndarray]]:
    """The readings by name."""
    out: dict[str, Callable] = {
        "age_years": Chart.age, "male": lambda c: c.male, "ecog": criteria.ecog, "weight": lambda c: c.latest("weight"),
        "pain_worst": lambda c: c.symptom("pain_worst"), "sent_for_radiotherapy": _sent_for_radiotherapy,
        "calcium": lambda c: c.latest("calcium_corrected"), "egfr": criteria.filtration,
        "bone_metastases": lambda c: c.lesions().sum(axis=1), "lytic": _lytic, "visceral": lambda c: c.organs > 0,
        "organs": lambda c: np.bitwise_count(c.organs), "prior_sre": _prior_sre,
        "prior_fracture": lambda c: c.happened("fracture"), "prior_radiotherapy": lambda c: _ever_at(c, "irradiated"),
        "cord_compression": lambda c: c.happened("cord_compression"), "walking": lambda c: c.symptom("walking") != 0.0,
        "walks_unaided": lambda c: c.symptom("walking") == 1.0,
        "leg_weakness": lambda c: c.symptom("leg_weakness"), "progressing": criteria.progressing,
        "impending_fracture": lambda c: surgery.limb(c).certain.any(axis=1), "katagiri": _katagiri, "tokuhashi": _tokuhashi,
        "leiden": lambda c: prognosis.leiden_staged(c).value, "nesms": lambda c: prognosis.nesms_staged(c).value,
        "spine_painful": lambda c: criteria.in_the("spine", criteria.painful_place(c)),
        **{f"{name}_broken": functools.partial(_just_broken, name) for name in ("spine", "leg", "femur")},
        "long_bone_painful": lambda c: criteria.in_the("limb", criteria.painful_place(c)),
        "femur_painful": lambda c: criteria.in_the("femur", criteria.painful_place(c)),
        "mirels_here": _mirels_here, "share_here": lambda c: criteria.at_place(c, "share_of_diameter", criteria.painful_place(c)),
        "neurology": criteria.neurology, "cord_thoracic": lambda c: _places("thoracic_spine")[criteria.cord_place(c)],
        "very_short": criteria.very_short,
        "pain_on_use": lambda c: c.symptom("pain_on_use"),
    }  # fmt: skip
    out |= {name: functools.partial(_latest, name) for name in ("creatinine", "haemoglobin", "platelets", "ntx", "alp", "albumin")}
    out |= {organ: functools.partial(_organ, number) for number, organ in enumerate(ORGANS)}
    out |= {f"{name}_involved": functools.partial(_in_region, name) for name in REGIONS}
    out |= {f"{name}_share": functools.partial(_share, name) for name in REGIONS}
    out |= {f"is_{cancer}": functools.partial(_is, k) for k, cancer in enumerate(CANCERS)}
    out |= {f"subtype_{k}": functools.partial(_subtype, k) for k in range(3)}
    kinds = sorted({d.kind for d in drug.catalogue().values()} | {"systemic"} | set(drug.catalogue()))
    for kind in kinds:
        out[f"on_{kind}"] = functools.partial(_on, kind)
        out[f"had_{kind}"] = functools.partial(_had, kind)
    return out


def _sent_for_radiotherapy(chart: Chart) -> np.ndarray:
    """Pain at a metastasis that practice sends for radiotherapy today."""
    return painful_metastasis(chart) & criteria.turned_to_radiotherapy(chart)


def _just_broken(name: str, chart: Chart) -> np.ndarray:
    """A metastasis there was found broken in the last days."""
    return (_lines_in(name, chart) & (chart.lesion("fractured") <= JUST_DAYS)).any(axis=1)


def _mirels_here(chart: Chart) -> np.ndarray:
    """Mirels' score at the place that hurts most, the higher where something is not known; NaN outside long bones."""
    place = criteria.painful_place(chart)
    found, line = criteria.line_of(chart, place)
    score = surgery.mirels(chart).high[np.arange(len(chart)), line]
    return np.where(found & criteria.in_the("limb", place), score, np.nan)


def _katagiri(chart: Chart) -> np.ndarray:
    return _whole_points(prognosis.katagiri_staged(chart))


def _tokuhashi(chart: Chart) -> np.ndarray:
    return _whole_points(prognosis.tokuhashi_staged(chart))


def _whole_points(score: scores.Score) -> np.ndarray:
    """The middle of what a score may be, in whole points, as a paper would print it."""
    return np.floor(0.5 * (score.low + score.high))


def _latest(name: str, chart: Chart) -> np.ndarray:
    return chart.latest(name)


def _on(kind: str, chart: Chart) -> np.ndarray:
    return chart.on(kind)


def _had(kind: str, chart: Chart) -> np.ndarray:
    return chart.ever(kind)


def _is(number: int, chart: Chart) -> np.ndarray:
    return chart.cancer == number


def _subtype(number: int, chart: Chart) -> np.ndarray:
    return chart.subtype == number


def _organ(number: int, chart: Chart) -> np.ndarray:
    return (chart.organs >> number) & 1


def _ever_at(chart: Chart, what: str) -> np.ndarray:
    return (chart.lesion(what) >= 0).any(axis=1)


def _prior_sre(chart: Chart) -> np.ndarray:
    """Fracture, cord compression, radiation or operation on bone in the chart."""
    return (
        chart.happened("fracture") | chart.happened("cord_compression") | _ever_at(chart, "irradiated") | _ever_at(chart, "fixed")
    )


def _lytic(chart: Chart) -> np.ndarray:
    """Any metastasis that a picture calls lytic or mixed."""
    return ((chart.lesion("kind") >= 0) & (chart.lesion("kind") <= 1)).any(axis=1)


@functools.cache
def _places(name: str) -> np.ndarray:
    """Mask over the numbers of places (one more for a free line): in the region."""
    bones = skeleton.bones()
    out = np.zeros(place_number(None) + 2, bool)
    out[: len(bones)] = [b.region in REGIONS[name] for b in bones]
    return out


def _lines_in(name: str, chart: Chart) -> np.ndarray:
    return chart.lesions() & _places(name)[np.maximum(chart.site, -1)]


def _in_region(name: str, chart: Chart) -> np.ndarray:
    return _lines_in(name, chart).any(axis=1)


def _share(name: str, chart: Chart) -> np.ndarray:
    """The person's metastases in the region, of all they have."""
    return _lines_in(name, chart).sum(axis=1) / np.maximum(chart.lesions().sum(axis=1), 1)
