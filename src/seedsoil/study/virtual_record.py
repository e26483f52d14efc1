"""A virtual person's chart as a `Patient`: what a clinic would hand over about somebody who is not real.

The chart of the loop keeps what its rules read; the last values of every analyte, and the dated list of what was given, what
broke and how large a lesion was when it was first seen, are taken down here while the loop runs. Nothing comes from the
body: only what tests, treatments and complaints have told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from seedsoil.care.chart import Chart
from seedsoil.care.columns import ANALYTES, LAST, LESION_CODES, LESION_DAYS, LESION_FIELDS, LESION_KINDS, NEVER, SYMPTOMS, TESTS
from seedsoil.care.patient import CANCERS, ORGANS, Examined, Finding, Given, Happened, KnownLesion, Patient, Visceral
from seedsoil.grammar import skeleton
from seedsoil.study.recorded_course import CROSS_SECTIONS
from seedsoil.treatments import drug, radiation
from seedsoil.world import acting, populations
from seedsoil.world.day import DOSE, START, STOP, TREAT, World

AS_OF = date(2025, 1, 1)  # virtual people live on no calendar
PICTURES = ("xray", "bone_scan", "ct", "mri", "fdg_pet", "naf_pet", "psma_pet", "spect_ct", "biopsy")
DERIVED = ("egfr", "weight")  # not measurements of their own
COMPLAINTS = {"leg_weakness": "leg_weakness", "bladder": "incontinence", "confusion": "confusion"}
BROKEN = ("fracture_load", "fracture_fall", "vertebra", "hip")
HIGH_CALCIUM = 2.65  # mmol/L, corrected
CORD_TOUCHED = 4  # code of the ESCC scale from which the cord is deformed


class DatedList:
    """What was given and what happened, by person, as the days of a `World` pass. Call `write` after every step."""

    def __init__(self, n: int, lines: int) -> None:
        self.given: list[list[tuple]] = [[] for _ in range(n)]  # verb, item, day, dose, site, fractions, technique
        self.broken: list[list[tuple[int, int]]] = [[] for _ in range(n)]  # day, site (-1: not told)
        self.values = np.full((n, len(ANALYTES), LAST), np.nan, np.float32)  # newest first
        self.days = np.full((n, len(ANALYTES), LAST), NEVER, np.int16)
        self.first_mm = np.full((n, lines), np.nan)  # diameter when it was first measured
        self.first_mm_day = np.full((n, lines), NEVER)
        self.first_organ = np.full((n, len(ORGANS)), NEVER)  # day a picture first showed it
        self.organ_mm = np.full((n, len(ORGANS), 2), np.nan)  # diameter when it was first and when it was last measured
        self.organ_day = np.full((n, len(ORGANS), 2), NEVER)

    def write(self, world: World) -> None:
        """Take down the day that has just passed."""
        for row in world.done[np.isin(world.done["verb"], (START, DOSE, STOP, TREAT))]:
            fact = (int(row["verb"]), int(row["what"]), int(row["day"]), float(row["dose"]), int(row["site"]))
            self.given[row["person"]].append((*fact, int(row["fractions"]), int(row["technique"])))
        for person, day, _, site in world.events_of(*BROKEN):
            self.broken[person].append((int(day), int(site)))
        self.measured(world.chart)
        mm = world.chart.lesion_numbers[:, :, LESION_FIELDS.index("longest_mm")]
        new = np.isnan(self.first_mm) & ~np.isnan(mm)
        self.first_mm[new], self.first_mm_day[new] = mm[new], world.day - 1
        known = (world.chart.organs[:, None] >> np.arange(len(ORGANS)) & 1) == 1
        self.first_organ[known & (self.first_organ == NEVER)] = world.day - 1
        self._organs_measured(world.chart)

    def _organs_measured(self, chart: Chart) -> None:
        """Take down the diameters in organs, where there has been another look."""
        looked = chart.test_day[:, [TESTS.index(name) for name in CROSS_SECTIONS]].max(axis=1).astype(int)[:, None]
        new = ~np.isnan(chart.organ_mm) & (looked > self.organ_day[:, :, 1])
        for k, now in ((0, new & (self.organ_day[:, :, 0] == NEVER)), (1, new)):
            self.organ_mm[:, :, k] = np.where(now, chart.organ_mm, self.organ_mm[:, :, k])
            self.organ_day[:, :, k] = np.where(now, looked, self.organ_day[:, :, k])

    def measured(self, chart: Chart) -> None:
        """Take down the newest values; one of the same day replaces the one before it."""
        later = chart.days > self.days[:, :, 0]
        for kept, newest in ((self.values, chart.values), (self.days, chart.days)):
            kept[later, 1:] = kept[later, :-1]
            kept[:, :, 0] = newest


def patient_of(world: World, dated: DatedList, row: int, name: str) -> Patient:
    """The record of one person of a world, as it stands today; today becomes day 0."""
    dated.measured(world.chart)
    chart, today = world.chart.select(np.array([row])), world.day
    cancer = CANCERS[chart.cancer[0]]
    part = populations.populations(cancer)[chart.subtype[0]] if chart.subtype[0] >= 0 else None
    return Patient(
        id=name,
        as_of=AS_OF,
        age_years=float((today - chart.born[0]) / 365.25),
        sex="male" if chart.male[0] else "female",
        cancer=cancer,
        subtype=part.subtype or None if part else None,
        findings=tuple(_findings(chart, dated.values[row], dated.days[row], today)),
        lesions=tuple(_lesions(chart, dated, row, today)),
        visceral=tuple(_visceral(chart, dated, row, today)),
        given=tuple(_given(dated.given[row], today)),
        happened=tuple(_happened(chart, dated.broken[row], today)),
        examined=tuple(_examined(chart, today)),
    )


def _findings(chart: Chart, values: np.ndarray, days: np.ndarray, today: int):
    """Every value that has been taken down, oldest first; the worst pain of the last visit; the weight."""
    for a, analyte in enumerate(ANALYTES):
        if analyte in DERIVED:
            continue
        for value, when in zip(values[a, ::-1], days[a, ::-1], strict=True):
            if when != NEVER and not np.isnan(value):
                yield Finding(analyte, float(value), day=float(int(when) - today), day_to=float(int(when) - today))
    for symptom in ("pain_worst", "pain_rest"):
        told = chart.symptom(symptom)[0]
        if not np.isnan(told):
            when = _when(chart, symptom, today)
            yield Finding(symptom, float(told), day=when, day_to=when)
    yield Finding("weight", float(chart.weight_kg[0]))


def _when(chart: Chart, symptom: str, today: int) -> float:
    return float(int(chart.symptom_day[0, SYMPTOMS.index(symptom)]) - today)


def _lesions(chart: Chart, dated: DatedList, row: int, today: int):
    """Bones that imaging called metastatic, each with the day it was first seen and what was first measured there. A
    shadow that no second picture confirmed is not handed over."""
    bones, code = skeleton.bones(), {name: chart.lesion_codes[0, :, i] for i, name in enumerate(LESION_CODES)}
    first = chart.lesion_days[0, :, LESION_DAYS.index("first_seen")].astype(int)
    for line in np.flatnonzero(chart.lesions()[0]):
        site = int(chart.site[0, line])
        if site >= len(bones) or code["certain"][line] == 0:
            continue
        mm, kind = dated.first_mm[row, line], code["kind"][line]
        when = float(first[line] - today)
        yield KnownLesion(
            site=bones[site].id, region=bones[site].region, kind=LESION_KINDS[kind] if kind >= 0 else None,
            longest_mm=None if np.isnan(mm) else float(mm), soft_tissue=True if code["soft_tissue"][line] == 1 else None,
            day=when, day_to=when,
        )  # fmt: skip


def _examined(chart: Chart, today: int):
    """Pictures by the day they were last taken, and tissue."""
    for t, test in enumerate(TESTS):
        if test in PICTURES and chart.test_day[0, t] != NEVER:
            when = float(int(chart.test_day[0, t]) - today)
            yield Examined(test, day=when, day_to=when)
    if chart.tissue[0] and chart.test_day[0, TESTS.index("biopsy")] == NEVER:
        yield Examined("biopsy", result="cancer proven", day=float(-today), day_to=float(-today))


def _visceral(chart: Chart, dated: DatedList, row: int, today: int):
    for bit, organ in enumerate(ORGANS):
        if chart.organs[0] >> bit & 1:
            when = float(int(dated.first_organ[row, bit]) - today)
            looks = zip(dated.organ_day[row, bit].tolist(), dated.organ_mm[row, bit].tolist(), strict=True)
            measured = sorted({(float(day - today), round(mm, 1)) for day, mm in looks if day != NEVER})
            yield Visceral(organ, day=when, day_to=when, measured=tuple(measured))


def _given(facts: list[tuple], today: int):
    """Drugs and local treatments on their days. A daily drug is one fact a dose, which ends where the next begins; other
    drugs are one fact a dose given, as an infusion chart has them, and a course not stopped goes on from the last."""
    names, treatments = list(drug.catalogue()), acting.treatments()
    now: dict[int, tuple[float, float | None]] = {}  # daily drugs being taken: since when, how much
    last: dict[int, Given] = {}  # the last dose of courses under way
    for verb, what, day, dose, site, fractions, technique in facts:
        when, amount = float(day - today), None if np.isnan(dose) else dose
        if verb == TREAT:
            place = skeleton.bones()[site].id if site >= 0 else None
            how = radiation.TECHNIQUES[technique] if treatments[what] == acting.RADIOTHERAPY else None
            yield Given(treatments[what], when, when, dose=amount, fractions=fractions, site=place, technique=how)
            continue
        item = drug.catalogue()[names[what]]
        if item.shape == "daily":
            if what in now:
                since, before = now.pop(what)
                yield Given(item.id, since, since, dose=before, until=when)
            if verb != STOP:
                now[what] = (when, amount)
            continue
        if what in last:
            yield last.pop(what)
        if verb != STOP:
            last[what] = Given(item.id, when, when, dose=amount)
    for what, (since, amount) in now.items():
        yield Given(names[what], since, since, ongoing=True, dose=amount)
    for what, given in last.items():
        course = drug.catalogue()[names[what]].topic == "systemic"
        yield replace(given, ongoing=course)


def _happened(chart: Chart, broken: list[tuple[int, int]], today: int):
    """Fractures that were felt, complaints that last, and the emergencies the figures and pictures show."""
    bones = skeleton.bones()
    for day, site in broken:
        yield Happened("fracture", site=bones[site].id if site >= 0 else None, day=float(day - today), day_to=float(day - today))
    for symptom, what in COMPLAINTS.items():
        if chart.symptom(symptom)[0] > 0.0:
            when = _when(chart, symptom, today)
            yield Happened(what, day=when, day_to=when)
    a = ANALYTES.index("calcium_corrected")
    if chart.first[0, a, 2] > HIGH_CALCIUM:
        when = float(int(chart.extreme_day[0, a, 1]) - today)
        yield Happened("hypercalcaemia", day=when, day_to=when)
    touched = chart.lesions()[0] & (chart.lesion_codes[0, :, LESION_CODES.index("epidural")] >= CORD_TOUCHED)
    if chart.symptom("leg_weakness")[0] > 0.0 and touched.any():
        line = np.flatnonzero(touched)[0]
        when = float(int(chart.lesion_days[0, line, LESION_DAYS.index("last_seen")]) - today)
        yield Happened("cord_compression", site=bones[chart.site[0, line]].id, day=when, day_to=when)
