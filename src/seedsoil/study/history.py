"""Candidates for twins: virtual people with one person's cancer, brought through the recorded past to day 0.

Recorded treatments are given on their dates; what was found weighs each candidate by its likelihood; so does being
alive. Dates known to a month are drawn within it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from seedsoil.care.chart import Chart
from seedsoil.care.patient import Finding, Patient
from seedsoil.diagnostics import blood
from seedsoil.diagnostics.truth import Seen
from seedsoil.grammar import luck, skeleton
from seedsoil.study import willing
from seedsoil.study.leading import LED, PTHRP, high_calcium, raise_pthrp
from seedsoil.study.placing import PERSON, drawn, place_disease
from seedsoil.study.recorded_course import RecordedCourse
from seedsoil.study.weighing import EXAMINED, Candidates, first_finding, first_pictures, later_pictures, signs, weigh
from seedsoil.treatments import drug, procedures, radiation
from seedsoil.world import aboard, acting, observing, people
from seedsoil.world.day import START, STOP, TREAT, WORK, World
from seedsoil.world.parameters import Numbers
from seedsoil.world.populations import Scores
from seedsoil.world.records import People

LEAD = 14  # days a candidate lives before the first finding, so that its blood has settled
TOLD_EVERY = 28  # days between two words on how far it has come
LEAD_HIGH_CALCIUM = 35  # the same where calcium is high: volume and kidneys follow it over weeks


def lived(
    patient: Patient, keys: np.ndarray, version: np.ndarray, scores: Scores, numbers: Numbers, tell=None
) -> tuple[Candidates, np.ndarray]:
    """Candidates with these keys [n, PARTS], versions of the numbers [n] and scores, brought to day 0, and the prior's scores
    [n, LED] that their led ones stand for. Their weights are the likelihood of what was found. tell: called with the days behind
    and the days in all."""
    seed, high = scores.seed, high_calcium(patient)
    lead = LEAD_HIGH_CALCIUM if high else LEAD
    start = first_finding(patient) - lead
    in_prior = np.stack([scores.of(name) for name in LED], axis=1)
    level = in_prior[:, PTHRP].copy()
    if high:
        in_prior[:, PTHRP] = 0.0
        scores = replace(scores, given=dict(scores.given) | {LED[PTHRP]: in_prior[:, PTHRP]})
    group = drawn(patient, keys[:, PERSON], version, numbers, scores)
    n = len(keys)
    people.settle(group, numbers)
    place_disease(group, patient, keys, numbers, scores, lead)
    if high:
        in_prior[:, PTHRP] = raise_pthrp(group, level)
    people.spare(group)  # their disease is as it was found: nobody dies, or breaks a bone, on the way to the finding
    world = World(group, Chart.empty(n, day=start), numbers, seed, day=start)
    world.next_visit[:] = 1 << 20
    _recorded_treatments(world, patient, start)
    found = Candidates(world, np.zeros(n), start, repeats=Counter(f.what for f in patient.findings))
    due = _due(patient, group, seed, start)
    course = RecordedCourse(patient, start + lead)
    stops = {*due, start + lead, 0} | course.days
    while True:
        if world.day == start + lead:
            people.renew_luck(group, seed)
            found.log_weight += first_pictures(world, patient)
        views: dict[bytes, Seen] = {}  # what is found on one day is read off the same bodies
        for finding, rows in due.pop(world.day, ()):
            if (who := rows.tobytes()) not in views:
                views[who] = observing.seen(world, rows)
            weigh(found, finding, rows, views[who], seed)
        found.log_weight += course.log_likelihood(world)
        if tell:
            tell(world.day - start, -start)
        if world.day == 0:
            break
        world.live(None, min(day for day in (*stops, world.day + TOLD_EVERY) if day > world.day))
    found.log_weight = found.log_weight + signs(world, patient) + later_pictures(world, patient)
    found.log_weight = found.log_weight + willing.log_likelihood(group, patient)
    found.log_weight[~group.alive] = -np.inf
    return found, in_prior


def _recorded_treatments(world: World, patient: Patient, start: int) -> None:
    """The recorded treatments on the work list, each on a day drawn within its dates. Those before the start that still
    go on begin at the start, with the exposure they have had."""
    group = world.people
    n = len(group.key)
    u = luck.uniform(world.seed, group.key, "candidate", 11)
    rows = []
    for given in patient.given:
        day = np.floor(given.day + u * (given.day_to - given.day)).astype(int)
        if given.what in drug.catalogue():
            item, d = drug.catalogue()[given.what], drug.number_of()[given.what]
            over = given.until
            if item.topic == "systemic":
                exposed = np.maximum(start - day, 0) if given.ongoing else np.zeros(n, int)
                aboard.put(group, np.arange(n), d, "exposure", exposed)
            daily = item.shape == "daily"
            late = day < start
            if late.all() and not given.ongoing:
                continue
            one = _rows(world, START, d, np.maximum(day, start), given.dose)
            one["every_days"] = item.every_days if given.ongoing and not daily else 0
            rows.append(one[~late | given.ongoing])
            end = over if over is not None else (None if given.ongoing or not daily else 0)
            if end is not None and end <= 0:
                rows.append(_rows(world, STOP, d, np.full(n, max(int(end), start)), None))
        elif given.what == acting.RADIOTHERAPY or given.what in procedures.catalogue():
            if not given.site:
                continue
            one = _rows(world, TREAT, acting.treatments().index(given.what), day, given.dose)
            one["site"] = skeleton.number_of()[given.site]
            one["fractions"] = min(given.fractions or 1, radiation.MOST_FRACTIONS)
            one["technique"] = radiation.TECHNIQUES.index(given.technique or radiation.TECHNIQUES[0])
            rows.append(one[day >= start])
    if rows:
        world.work = np.concatenate(rows)


def _rows(world: World, verb: int, what: int, day: np.ndarray, dose: float | None) -> np.ndarray:
    rows = np.zeros(len(day), WORK)
    rows["person"], rows["verb"], rows["what"], rows["day"] = np.arange(len(day)), verb, what, day
    rows["dose"], rows["site"], rows["fractions"], rows["every_days"] = (np.nan if dose is None else dose), -1, 1, np.nan
    return rows


def _due(patient: Patient, group: People, seed: int, start: int) -> dict[int, list[tuple[Finding, np.ndarray]]]:
    """Which finding weighs which candidates on which day; one draw a candidate for all dates known to the same month."""
    u = luck.uniform(seed, group.key, "candidate", 12)
    out: dict[int, list] = {}
    skip = {"weight", "height"}
    for finding in patient.findings:
        if finding.what in skip or (finding.what not in blood.ANALYTES and finding.what not in EXAMINED):
            continue
        if finding.day_to < start:
            continue
        day = np.floor(finding.day + u * (finding.day_to - finding.day)).astype(int).clip(start, 0)
        for one in np.unique(day):
            out.setdefault(int(one), []).append((finding, np.flatnonzero(day == one)))
    return out
