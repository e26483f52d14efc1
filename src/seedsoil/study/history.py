"""Candidates for twins: virtual people with one person's cancer, brought through the recorded past to day 0.

Recorded treatments are given on their dates; what was found weighs each candidate by its likelihood; so does being
alive. Dates known to a month are drawn within it. A few pilots go first and lead the draw of the others.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from seedsoil.care.chart import Chart
from seedsoil.care.patient import Finding, Patient
from seedsoil.diagnostics import blood
from seedsoil.grammar import luck, skeleton
from seedsoil.study import willing
from seedsoil.study.leading import LED, PTHRP, Leads, fitted, high_calcium, raise_pthrp, told_by
from seedsoil.study.placing import drawn, place_disease
from seedsoil.study.recorded_course import RecordedCourse
from seedsoil.study.weighing import EXAMINED, Candidates, first_finding, first_pictures, later_pictures, number, signs, weigh
from seedsoil.treatments import drug, procedures, radiation
from seedsoil.world import aboard, acting, people
from seedsoil.world.day import START, STOP, TREAT, WORK, World
from seedsoil.world.parameters import Numbers
from seedsoil.world.records import People

KEPT_OF = 5  # once all dated findings are in, one candidate in five goes on to day 0
LEAD = 14  # days a candidate lives before the first finding, so that its blood has settled
TOLD_EVERY = 28  # days between two words on how far it has come
LEAD_HIGH_CALCIUM = 35  # the same where calcium is high: volume and kidneys follow it over weeks


def candidates(patient: Patient, n: int, seed: int, numbers: Numbers, progress=None) -> Candidates:
    """n virtual people brought to day 0, weighed by the findings. Rounds of pilots, which lead the draw, come out of the n;
    only the last round is kept."""
    pilots, least = int(number("pilot_share") * n), int(number("pilot_least"))
    leads, begin = Leads(told_by(patient)), 0
    rounds = [max(pilots, least)] * int(number("pilot_rounds"))
    rounds.append(max(n - sum(rounds), n // 2))
    steps = _Steps(progress, len(rounds))
    for many in rounds:
        keys = np.arange(begin, begin + many)
        z = leads.drawn(seed, keys)
        found, in_prior = _lived(patient, keys, z, seed, numbers, steps)
        found.log_weight = found.log_weight + leads.log_worth(z, in_prior)
        begin += many
        if begin < sum(rounds):
            leads = Leads(leads.first, fitted(z, found.log_weight, leads.first))
    expected = leads.expected(z)
    for what, tail in found.tails.items():
        known = ~np.isnan(tail)
        found.prior_share[what] = (float(np.average(tail[known], weights=expected[known])), found.prior_share[what][1])
    return found


class _Steps:
    """Progress over several rounds as one line."""

    def __init__(self, progress, rounds: int) -> None:
        self.progress, self.rounds, self.done = progress, rounds, 0

    def tell(self, day: int, of: int) -> None:
        if self.progress:
            self.progress("bringing candidates to today", self.done * of + day, self.rounds * of)
        self.done += day == of


def _lived(
    patient: Patient, keys: np.ndarray, z: np.ndarray, seed: int, numbers: Numbers, steps: _Steps
) -> tuple[Candidates, np.ndarray]:
    """One round of candidates with led scores `z`, brought to day 0, and the prior's scores that these stand for. Their
    weights are the likelihood of what was found."""
    high = high_calcium(patient)
    lead = LEAD_HIGH_CALCIUM if high else LEAD
    start = first_finding(patient) - lead
    in_prior = z.copy()
    if high:
        in_prior[:, PTHRP] = 0.0
    scores = dict(zip(LED, in_prior.T, strict=True))
    group = drawn(patient, keys, seed, numbers, scores)
    n = len(keys)
    people.settle(group, numbers)
    place_disease(group, patient, seed, numbers, scores, lead)
    if high:
        in_prior[:, PTHRP] = raise_pthrp(group, z[:, PTHRP])
    people.spare(group)  # their disease is as it was found: nobody dies, or breaks a bone, on the way to the finding
    world = World(group, Chart.empty(n, day=start), numbers, seed, day=start)
    world.next_visit[:] = 1 << 20
    _recorded_treatments(world, patient, start)
    found = Candidates(world, np.zeros(n), start, repeats=Counter(f.what for f in patient.findings))
    due = _due(patient, group, seed, start)
    course = RecordedCourse(patient, start + lead)
    stops = {*due, start + lead, 0} | course.days
    thinned = False
    while True:
        if world.day == start + lead:
            people.renew_luck(group, seed)
            found.log_weight += first_pictures(world, patient)
        for finding, rows in due.pop(world.day, ()):
            weigh(found, finding, rows, seed)
        found.log_weight += course.log_likelihood(world)
        if not due and not thinned and world.day < -7:
            thinned = True
            _thin(found, n // KEPT_OF, seed)
        steps.tell(world.day - start, -start)
        if world.day == 0:
            break
        world.live(None, min(day for day in (*stops, world.day + TOLD_EVERY) if day > world.day))
    found.log_weight = found.log_weight + signs(world, patient) + later_pictures(world, patient)
    found.log_weight = found.log_weight + willing.log_likelihood(group, patient)
    found.log_weight[~group.alive] = -np.inf
    return found, in_prior


def _thin(found: Candidates, keep: int, seed: int) -> None:
    """All findings but those of today are in: go on with candidates chosen by weight, each standing for its copies."""
    finite = np.isfinite(found.log_weight)
    top = found.log_weight[finite].max() if finite.any() else 0.0
    weight = np.where(finite, np.exp(number("thin_power") * (found.log_weight - top)), 0.0)
    if not weight.sum() > 0:
        return
    u = float(luck.uniform(seed, 0, "candidate", 13))
    chosen = np.searchsorted(np.cumsum(weight) / weight.sum(), (np.arange(keep) + u) / keep).clip(max=len(weight) - 1)
    copies = np.bincount(chosen, minlength=len(weight))
    rest = (1.0 - number("thin_power")) * (found.log_weight - top)
    found.log_weight = np.where(copies > 0, np.log(np.maximum(copies, 1)) + np.where(finite, rest, 0.0), -np.inf)
    found.world.people.alive[copies == 0] = False


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
