"""A registry as its paper describes it: people from the day their primary was found, and what became of them.

Registries of the same years read one cohort, as many people of each primary, whose natural history is followed once under
care as practised in those years and after. A registry says whom of them it counts; it changes nobody's life. Each person
stands for many: new cases of the primary in a year, and within it distant disease as often as in the registry that
`incidence.toml` cites.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from seedsoil.care import take_up
from seedsoil.grammar.tables import table
from seedsoil.study import natural_history, population
from seedsoil.study.natural_history import LOG_KINDS, STAGES, Lives
from seedsoil.study.trial import Criterion
from seedsoil.treatments import drug
from seedsoil.world import parameters, populations, runs
from seedsoil.world.records import DEATHS

YEARS = 20.0
EACH = 1000  # people of each primary
ERAS = (1993.0, 2003.0, 2012.0, 2016.0)  # years of diagnosis that are lived through: each registry takes the nearest
TOGETHER = 500  # of each primary in one part: a day costs as much for few as for many
APART = 1_000_000  # between the keys of one primary and the next, so that more people change nobody
LESION_FRACTURES = ("fracture_load", "fracture_fall", "fracture_silent")
UNITED = {
    "lung": ("lung_nsclc", "lung_sclc"), "gastrointestinal": ("colorectal", "gastric", "liver"),
    "breast_prostate_lung": ("breast", "prostate", "lung_nsclc", "lung_sclc"),
}  # fmt: skip
FRACTURES = (*LESION_FRACTURES, "vertebra", "hip")
SKELETAL = (*LESION_FRACTURES, "radiotherapy", "operation")  # a weak cord counts by its treatment
Progress = Callable[[str, int, int], None]
_cohorts: dict[tuple, Lives] = {}


@dataclass(frozen=True)
class Members:
    """People whom a registry counts: of one primary or of all, of some stages, with a primary of some size; and their share
    of all it counts, where its paper tells (else what is left, as common as in the country)."""

    cancer: str | None = None
    subtype: str | None = None
    stages: tuple[str, ...] = STAGES
    primary_ml: tuple[float, float] = (0.0, np.inf)
    share: float | None = None

    def among(self, lives: Lives) -> np.ndarray:
        """Mask over the cohort."""
        inside = np.isin(lives["stage"], [STAGES.index(s) for s in self.stages])
        inside &= (lives["found_ml"] >= self.primary_ml[0]) & (lives["found_ml"] <= self.primary_ml[1])
        if self.cancer is not None:
            inside &= lives["cancer"] == populations.cancers().index(self.cancer)
        if self.subtype is not None:
            inside &= _subtype(self.subtype)(lives)
        return inside


@dataclass(frozen=True)
class Country:
    """The people among whom the registry counts: how many there are, of which ages, and how its new cancers compare in
    number with those of `incidence.toml`. Where its rates are standardised by age: where each band of age begins, the people
    in it, and the weight of the band in the standard population."""

    name: str
    people: float
    age_least: float = 0.0
    age_most: float = 130.0
    new_cancers: float = 1.0
    band_from: tuple[float, ...] = ()
    band_people: tuple[float, ...] = ()
    band_standard: tuple[float, ...] = ()

    def standardised(self, age: np.ndarray) -> np.ndarray:
        """What one person of each age [n] adds to the standardised number, people for people; 1 where nothing is standardised."""
        if not self.band_from:
            return np.ones(len(age))
        there = np.array(self.band_people) / sum(self.band_people)
        wanted = np.array(self.band_standard) / sum(self.band_standard)
        return (wanted / there)[np.searchsorted(self.band_from, age, "right") - 1]


@dataclass(frozen=True)
class Count:
    """One published figure and how the registry counts it. having, lacking: what is known, or not yet, when `since` comes."""

    id: str
    endpoint: str
    of: str = "bone"
    since: str = "diagnosis"
    until: str | None = None
    outcome: str = "death"
    having: str | None = None
    lacking: str | None = None
    versus_since: str = "diagnosis"
    versus_until: str | None = None
    month: float | None = None
    among: tuple[str, ...] = ()
    versus_among: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    country: str | None = None
    extreme: str | None = None
    adjusted_for: tuple[str, ...] = ()  # readings, or moments that may have come by `since`


@dataclass(frozen=True)
class Registry:
    """What a paper says of whom it counted; each fact with its status in `facts`."""

    id: str
    title: str
    cite: str
    people: tuple[Members, ...]
    figures: tuple[Count, ...]
    groups: dict[str, Criterion] = field(default_factory=dict)
    countries: dict[str, Country] = field(default_factory=dict)
    follow_months: float | None = None
    accrual_months: float = 0.0
    year: float = take_up.TODAY  # in which its people were diagnosed, in the middle
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def era(self) -> float:
        """The year in which the people of its cohort are diagnosed."""
        return min(ERAS, key=lambda year: abs(year - self.year)) if self.year < take_up.TODAY else self.year

    @property
    def cancers(self) -> tuple[str, ...]:
        """The primaries it counts."""
        own = {some.cancer for some in self.people}
        return tuple(c for c in populations.cancers() if c in own or None in own)

    def counted(self, status: str) -> int:
        """How many facts of the file have this status."""
        return sum(1 for s in self.facts.values() if s == status)


# ---- the cohort --------------------------------------------------------------------------------------------------------


def cohort(
    each: int, seed: int, workers: int = 1, years: float = YEARS, progress: Progress | None = None, year: float = take_up.TODAY,
    cancers: tuple[str, ...] | None = None,
) -> Lives:  # fmt: skip
    """`each` people of every one of these primaries (of all, where none is named) diagnosed in a year, followed for `years` after
    it; once, by however many processes."""
    which = each, seed, years, year, cancers or populations.cancers()
    if which not in _cohorts:
        many = -(-each // TOGETHER)
        parts = []
        one = partial(_followed, each=each, seed=seed, years=years, year=year, cancers=which[-1])
        for lives in runs.each(one, range(many), workers):
            parts.append(lives)
            if progress:
                progress(f"following people from the diagnosis{_in(year)}", len(parts), many)
        _cohorts[which] = joined(parts)
    return _cohorts[which]


def _in(year: float) -> str:
    return "" if year == take_up.TODAY else f" in {year:.0f}"


def _followed(part: int, each: int, seed: int, years: float, year: float, cancers: tuple[str, ...]) -> Lives:
    own = np.arange(part * TOGETHER, min((part + 1) * TOGETHER, each))
    numbers = np.repeat([populations.cancers().index(cancer) for cancer in cancers], len(own))
    keys = numbers * APART + np.tile(own, len(cancers))
    return natural_history.live(keys, seed, parameters.typical(), round(years * population.YEAR), cancers=numbers, year=year)


def joined(parts: list[Lives]) -> Lives:
    """The people of several parts, one after another."""
    starts = np.cumsum([0, *[len(p) for p in parts]])
    columns = {name: np.concatenate([p[name] for p in parts]) for name in parts[0].columns}
    events = [p.events + np.array([start, 0, 0, 0]) for p, start in zip(parts, starts, strict=False)]
    return Lives(columns, np.concatenate(events))


def weights(lives: Lives) -> np.ndarray:
    """New cases a year in the country that each person stands for [n]."""
    cancer, stage = lives["cancer"].astype(int), lives["stage"].astype(int)
    cases = np.array([natural_history.primaries()[c] for c in populations.cancers()])
    each = cases[cancer] / np.bincount(cancer, minlength=len(cases))[cancer]
    by_stage = np.zeros((len(cases), len(STAGES)))
    np.add.at(by_stage, (cancer, stage), each)
    return each * population.stage_factors(by_stage)[cancer, stage]


# ---- what can be asked of a person ---------------------------------------------------------------------------------------


def at_diagnosis(day: np.ndarray) -> np.ndarray:
    """Mask: found within the months that count as the diagnosis."""
    return day <= table("incidence.toml")["staged_within"].value


@functools.cache
def readings() -> dict[str, Callable[[Lives], np.ndarray]]:
    """The words in which a registry's file asks about people: each gives a number, or a mask as 0 and 1."""
    out: dict[str, Callable[[Lives], np.ndarray]] = {
        "age_years": lambda x: x["age_years"], "male": lambda x: x["male"], "primary_ml": lambda x: x["found_ml"],
        "bone_at_diagnosis": lambda x: at_diagnosis(x["bone_day"]), "organ_at_diagnosis": lambda x: at_diagnosis(x["organ_day"]),
        "bone_found": lambda x: ~np.isnan(x["bone_day"]), "organ_found": lambda x: ~np.isnan(x["organ_day"]),
        "bone_at_end": lambda x: x["bone_at_end"], "advanced": lambda x: x["bone_at_end"] | x["organ_at_end"],
        "bone_alone_first": _bone_alone_first, "died": lambda x: ~np.isnan(x["death_day"]),
        "cord_at_presentation": lambda x: x["cord_day"] <= 1.0, "cord_in_last_five_years": _cord_late,
        "died_of_it": _died_of_it, "years_lived": lambda x: x["until_day"] / population.YEAR,
    }  # fmt: skip
    out |= {f"had_{name}": partial(_had, k) for k, name in enumerate(drug.catalogue())}
    out |= {stage: partial(_stage, k) for k, stage in enumerate(STAGES)}
    united = UNITED | {cancer: (cancer,) for cancer in populations.cancers()}
    out |= {f"is_{name}": partial(_cancer, tuple(map(populations.cancers().index, own))) for name, own in united.items()}
    out |= {f"is_{p.subtype}": _subtype(p.subtype) for c in populations.cancers() for p in populations.populations(c) if p.subtype}
    return out


def _stage(number: int, lives: Lives) -> np.ndarray:
    return lives["stage"] == number


def _cancer(numbers: tuple[int, ...], lives: Lives) -> np.ndarray:
    return np.isin(lives["cancer"], numbers)


def _subtype(name: str) -> Callable[[Lives], np.ndarray]:
    return partial(_of_subtype, name)


def _of_subtype(name: str, lives: Lives) -> np.ndarray:
    own = np.zeros(len(lives), bool)
    for k, cancer in enumerate(populations.cancers()):
        for number, part in enumerate(populations.populations(cancer)):
            if part.subtype == name:
                own |= (lives["cancer"] == k) & (lives["subtype"] == number)
    return own


def _died_of_it(lives: Lives) -> np.ndarray:
    """The tumour was the cause, or what metastases do to marrow, calcium and strength."""
    cause, advanced = lives["death_cause"], lives["bone_at_end"] | lives["organ_at_end"]
    other = (cause < 0) | (cause == DEATHS.index("death_other"))
    return (cause == DEATHS.index("death_tumour")) | (advanced & ~other)


def _cord_late(lives: Lives) -> np.ndarray:
    return lives["until_day"] - lives["cord_day"] <= 5.0 * population.YEAR


def _bone_alone_first(lives: Lives) -> np.ndarray:
    """Bone metastasis was found, and none in organs before it or within the months in which staging is done."""
    within = table("incidence.toml")["staged_within"].value
    organ = np.where(np.isnan(lives["organ_day"]), np.inf, lives["organ_day"])
    return organ > lives["bone_day"] + within


@functools.cache
def moments() -> dict[str, Callable[[Lives], np.ndarray]]:
    """The moments of a life that a file can name, as days since the diagnosis, NaN for never."""
    out: dict[str, Callable[[Lives], np.ndarray]] = {
        "diagnosis": lambda x: np.zeros(len(x)), "bone": lambda x: x["bone_day"], "organ": lambda x: x["organ_day"],
        "spine": lambda x: x["spine_day"], "cord_compression": lambda x: x["cord_day"],
        "hypercalcaemia": lambda x: x["calcium_day"], "high_calcium": lambda x: x["high_calcium_day"],
        "metastasis": lambda x: np.fmin(x["bone_day"], x["organ_day"]),
        "bone_first": lambda x: np.where(x["organ_day"] < x["bone_day"], np.nan, x["bone_day"]),
        "fracture": lambda x: first_of(x, FRACTURES), "death": lambda x: x["death_day"],
        "skeletal_event": lambda x: first_of(x, SKELETAL, after=x["bone_day"]),
        "bone_event": lambda x: np.fmin(x["bone_day"], first_of(x, (*SKELETAL, "vertebra"))),  # ICD-9 733.1 holds any collapse
    }  # fmt: skip
    names = list(drug.catalogue())
    return out | {f"begun_{name}": partial(_begun, k) for k, name in enumerate(names)}


def _had(number: int, lives: Lives) -> np.ndarray:
    return ~np.isnan(_begun(number, lives))


def _begun(number: int, lives: Lives) -> np.ndarray:
    return first_of(lives, ("drug begun",), detail=number)


def first_of(lives: Lives, kinds: tuple[str, ...], detail: int | None = None, after: np.ndarray | None = None) -> np.ndarray:
    """Each person's first event of these kinds of `LOG_KINDS`, on or after a day of their own."""
    rows = lives.events[np.isin(lives.events[:, 2], [LOG_KINDS.index(kind) for kind in kinds])]
    if detail is not None:
        rows = rows[rows[:, 3] == detail]
    if after is not None:
        rows = rows[rows[:, 1] >= after[rows[:, 0]]]
    first = np.full(len(lives), np.inf)
    np.minimum.at(first, rows[:, 0], rows[:, 1])
    return np.where(np.isinf(first), np.nan, first)
