"""Virtual people followed under care from the day their bone metastases are found, each with a full dated record.

The chart of the loop keeps the last values of everything; a record keeps them all. What is written here is what the clinic
was told; what is true beside it is written by `hidden_truth`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from seedsoil.care.columns import ANALYTES, LESION_CODES, LESION_DAYS, LESION_FIELDS, LESION_KINDS, SYMPTOMS, TESTS
from seedsoil.care.patient import Examined, Finding, Given, Patient
from seedsoil.care.plan import Plan
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.study import plans
from seedsoil.study.hidden_truth import Truth
from seedsoil.study.newcomers import Part, newly_found
from seedsoil.study.virtual_record import PICTURES, DatedList, patient_of
from seedsoil.study.visits import Visit, VisitBook
from seedsoil.treatments import drug
from seedsoil.world import parameters, populations
from seedsoil.world.day import World
from seedsoil.world.records import DEATHS, EVENTS

DERIVED = ANALYTES.index("egfr")  # reckoned from creatinine, not measured
TOLD = ("pain_worst", "pain_rest")  # symptoms that a record holds as a score
DAYS_A_YEAR = 365.25
DIGITS = 4  # a laboratory prints
TOGETHER = 1000  # people whose lives are run at once: a day costs nearly as much for few as for many


class Diary(DatedList):
    """Everything the clinic was told, day by day, of the people of a `World`. Call `write` after every step."""

    def __init__(self, n: int, lines: int) -> None:
        super().__init__(n, lines)
        self._measured: list[np.ndarray] = []  # rows of person, analyte, day, value
        self._told: list[np.ndarray] = []  # rows of person, symptom, day, value
        self.pictures: list[list[tuple[str, int, tuple]]] = [[] for _ in range(n)]  # test, day, (site, kind, mm) of each line
        self.died: list[tuple[int, str] | None] = [None] * n
        self.book = VisitBook(n)

    def write(self, world: World) -> None:
        """Take down the day that has just passed."""
        super().write(world)
        self.book.write(world)
        chart, day = world.chart, world.day - 1
        self._measured.append(_new(chart.values, chart.days, day))
        symptoms = [SYMPTOMS.index(name) for name in TOLD]
        self._told.append(_new(chart.symptoms[:, symptoms], chart.symptom_day[:, symptoms], day))
        tests = [TESTS.index(name) for name in PICTURES]
        for row, k in np.argwhere(chart.test_day[:, tests] == day):
            self.pictures[row].append((PICTURES[k], day, _seen_on(world, row, day) if PICTURES[k] != "biopsy" else ()))
        for person, when, kind, _ in world.events_of(*DEATHS):
            self.died[person] = (int(when), EVENTS[kind])

    def findings(self, today: int) -> list[tuple[Finding, ...]]:
        """The measurements and scores of every person, oldest first, in days before today."""
        names = [*ANALYTES, *TOLD]
        told = np.concatenate(self._told)
        told[:, 1] += len(ANALYTES)
        rows = np.concatenate([*self._measured, told])
        rows = rows[rows[:, 1] != DERIVED]
        rows = rows[np.lexsort((rows[:, 1], rows[:, 2], rows[:, 0]))]
        found: list[list[Finding]] = [[] for _ in self.pictures]
        for person, what, day, value in rows.tolist():
            when = day - today
            found[int(person)].append(Finding(names[int(what)], value, day=when, day_to=when))
        return [tuple(one) for one in found]

    def examined(self, row: int, today: int) -> Iterator[Examined]:
        """The pictures taken of one person, with what each report said."""
        for test, day, lines in self.pictures[row]:
            yield Examined(test, result=_report(lines), day=float(day - today), day_to=float(day - today))


def _new(values: np.ndarray, days: np.ndarray, day: int) -> np.ndarray:
    """Rows of person, column, day and value for what was written down today, with the digits a laboratory prints."""
    who, column = np.nonzero((days == day) & ~np.isnan(values))
    printed = np.array([float(f"{v:.{DIGITS}g}") for v in values[who, column]])
    return np.column_stack([who, column, np.full(len(who), float(day)), printed])


def _seen_on(world: World, row: int, day: int) -> tuple[tuple[int, int, float], ...]:
    chart, bones = world.chart, len(skeleton.bones())
    today = chart.lesion_days[row, :, LESION_DAYS.index("last_seen")] == day
    certain = chart.lesion_codes[row, :, LESION_CODES.index("certain")] != 0
    return tuple(
        (int(chart.site[row, line]), int(chart.lesion_codes[row, line, LESION_CODES.index("kind")]),
         float(chart.lesion_numbers[row, line, LESION_FIELDS.index("longest_mm")]))
        for line in np.flatnonzero(today & certain & (chart.site[row] >= 0) & (chart.site[row] < bones))
    )  # fmt: skip


def _report(lines: tuple) -> str:
    """The conclusion of a report: every lesion it speaks of."""
    bones = skeleton.bones()
    parts = []
    for site, kind, mm in lines:
        words = [bones[site].label, LESION_KINDS[kind] if kind >= 0 else "", "" if np.isnan(mm) else f"{mm:.0f} mm"]
        parts.append(" ".join(filter(None, words)))
    return "Seen: " + "; ".join(parts) + "." if parts else "No bone lesion seen."


@dataclass(frozen=True)
class Person:
    """One virtual person: the record a clinic would hand over, and the end, if it has come."""

    patient: Patient
    found_day: float  # when the bone metastases were found, in days before the date of the record
    sizes: tuple[tuple[str, float, float], ...]  # site, day, longest diameter in mm: every measurement of a lesion
    died_day: float | None = None
    death: str | None = None  # kind of death, as the log of the world names it
    visits: tuple[Visit, ...] = ()


@dataclass
class Cohort:
    """Some virtual people with their records, and what is true of them."""

    people: list[Person]
    truth: Truth


Progress = Callable[[str, int, int], None]


def mixture_of(cancer: str) -> tuple[Part, ...]:
    """The cancers a cohort is drawn from: one by name, or `mixed` as bone metastases are found in a hospital."""
    if cancer == "mixed":
        return tuple((name, None, share) for name, share in populations.mixture().items())
    if cancer not in populations.cancers():
        raise InputError("cancer", cancer, ", ".join(("mixed", *populations.cancers())))
    return ((cancer, None, 1.0),)


def lived(
    keys: np.ndarray, seed: int, cancer: str = "mixed", years: float = 2.0, plan: Plan | None = None, every_days: int = 28,
    progress: Progress | None = None,
) -> Cohort:  # fmt: skip
    """Let the people of `keys` live under a plan (standard care unless said) from the first bone finding on.

    years: how long each is followed; the record is dated to the last day. every_days: how often the truth is written down.
    """
    world = newly_found(mixture_of(cancer), keys, seed, parameters.typical(), 0)
    policy = plans.as_policy(plan or plans.named("standard"))
    diary, last = Diary(len(keys), world.chart.site.shape[1]), round(years * DAYS_A_YEAR)
    names = names_of(keys, seed, cancer)
    truth = Truth(tuple(names), last)
    while world.day < last:
        world.step(policy)
        diary.write(world)
        truth.log(world)
        if (last - world.day) % every_days == 0:
            truth.write(world)
        if progress and world.day % 7 == 0:
            progress("living the virtual lives", world.day, last)
    found = diary.findings(last)
    return Cohort([_person(world, diary, row, found[row], name) for row, name in enumerate(names)], truth)


def names_of(keys: np.ndarray, seed: int, cancer: str) -> list[str]:
    """The name under which each person goes in every file: the same seed gives the same names."""
    return [f"{cancer.replace('_', '-')}-{seed}-{key}" for key in keys.tolist()]


def _person(world: World, diary: Diary, row: int, findings: tuple[Finding, ...], name: str) -> Person:
    today = world.day
    patient = patient_of(world, diary, row, name)
    patient = replace(
        patient, age_years=round(patient.age_years * DAYS_A_YEAR) / DAYS_A_YEAR, findings=findings,
        given=tuple(_with_unit(g) for g in patient.given), examined=tuple(diary.examined(row, today)),
    )  # fmt: skip
    died = diary.died[row]
    sizes = tuple(
        (skeleton.bones()[site].id, float(day - today), mm)
        for _, day, lines in diary.pictures[row] for site, _, mm in lines if not np.isnan(mm)
    )  # fmt: skip
    return Person(
        patient, float(-today), tuple(dict.fromkeys(sizes)), None if died is None else float(died[0] - today),
        None if died is None else died[1], diary.book.visits(row, today),
    )  # fmt: skip


def _with_unit(given: Given) -> Given:
    known = drug.catalogue().get(given.what)
    unit = known.dose_unit if known else "Gy" if given.what == "radiotherapy" else None
    return replace(given, dose_unit=unit) if given.dose is not None and unit else replace(given, dose=None)
