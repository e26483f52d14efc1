"""Weigh candidates for twins: how well each fits what was measured, reported and seen of one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtr

from seedsoil.biology.body import Lesion
from seedsoil.care.patient import Finding, Patient
from seedsoil.diagnostics import blood, examination, imaging, symptoms
from seedsoil.diagnostics.truth import Seen
from seedsoil.grammar import luck, skeleton
from seedsoil.grammar.tables import table
from seedsoil.world import observing, populations
from seedsoil.world.day import World
from seedsoil.world.records import People

EXAMINED = ("pain", "pain_worst", "pain_rest", "ecog", "karnofsky")
SIGNS = {"confusion": "confusion", "leg_weakness": "weakness", "incontinence": "bladder", "gait_disturbance": "weakness"}
EARLIEST = -730  # days: how far back a candidate's bone disease is followed at most
SAME_LOOK = 30  # days within which pictures are taken as one look at the disease


@dataclass
class Candidates:
    """Virtual people on day 0 of the patient's chart, and the log weight of each."""

    world: World
    log_weight: np.ndarray
    start: int
    prior_share: dict[str, tuple[float, Finding]] = field(default_factory=dict)  # predictive tail of each finding
    repeats: Counter[str] = field(default_factory=Counter)  # readings of each kind
    tails: dict[str, np.ndarray] = field(default_factory=dict)  # the same tail of each candidate [n]

    @staticmethod
    def joined(groups: Sequence[Candidates]) -> Candidates:
        """Several groups of candidates of one person, each weighed by all findings, as one group."""
        first, *others = groups
        if not others:
            return first
        tails = {what: np.concatenate([one.tails[what] for one in groups]) for what in first.tails}
        log_weight = np.concatenate([one.log_weight for one in groups])
        return replace(first, world=World.joined([one.world for one in groups]), log_weight=log_weight, tails=tails)


def number(name: str) -> float:
    """A number of the fitting of twins."""
    return table("twins.toml")[name].value


def first_finding(patient: Patient) -> int:
    """The day bone metastasis was first found, as far as the chart says; not before `EARLIEST`."""
    days = [lesion.day_to for lesion in patient.lesions] or [0.0]
    return int(np.clip(min(days), EARLIEST, 0))


def weigh(found: Candidates, finding: Finding, rows: np.ndarray, view: Seen, seed: int) -> None:
    """Add the log likelihood of one finding to the candidates whose day it is, as they are seen on it."""
    world = found.world
    if len(rows) == 0:
        return
    if finding.what in blood.MARKERS:
        view = observing.seen(world, rows)  # a reading of the same day may have drawn how much they secrete
    error = number("model_error")
    scale = _share_of_repeat(finding.what, found.repeats.get(finding.what, 1))
    if finding.what in EXAMINED:
        found.log_weight[rows] += scale * examination.log_likelihood(finding.what, view, finding.value, finding.qualifier, error)
        return
    if finding.what in blood.MARKERS and finding.qualifier == "=" and finding.value:
        found.log_weight[rows] += scale * _fit_marker(world, rows, view, finding, seed)
        return
    found.log_weight[rows] += scale * blood.log_likelihood(finding.what, view, finding.value, finding.qualifier, error)
    if finding.qualifier == "=" and finding.value:
        truth = blood.true_value(finding.what, view)
        sd = blood.noise(finding.what, model=1.0)  # whoever lies outside even with all of the error is unlike
        tail = found.tails.setdefault(finding.what, np.full(len(found.log_weight), np.nan))
        tail[rows] = ndtr((np.log(truth) - np.log(finding.value)) / sd)
        found.prior_share[finding.what] = (np.nan, finding)


def _share_of_repeat(what: str, readings: int) -> float:
    """What one of several readings tells, of what it would tell alone: their own errors are apart, the model's error of
    this person is in all of them."""
    if what in blood.ANALYTES:
        own, both = blood.noise(what), blood.noise(what, number("model_error"))
        model = both**2 - own**2
    else:
        scale = "pain" if what.startswith("pain") else "performance"
        own, model = (table("diagnostics", "examination.toml")[f"{scale}.{x}"].value for x in ("report", "model"))
        model = (number("model_error") * model) ** 2
    return (model + own**2) / (readings * model + own**2)


def _fit_marker(world: World, rows: np.ndarray, view, finding: Finding, seed: int) -> np.ndarray:
    """A marker tells secretion and volume together: weigh by the volume alone, then draw the secretion that goes with
    the reading. Secretion touches nothing but the marker, so nothing needs to be run again."""
    traits = world.people.traits
    secretion = [_population(world.people, i).numbers["marker_per_ml"] for i in rows]
    typical = np.array([e.value for e in secretion])
    own = np.array([populations.populations(c)[0].marker == finding.what for c in populations.cancers()])
    told = (typical > 0.0) & own[world.people.cancer[rows]] & ~blood.silent_tumour(finding.what, view)
    error = number("model_error")
    plain = blood.log_likelihood(finding.what, view, finding.value, finding.qualifier, error)
    if not told.all():  # some candidates' cancers do not make this marker, or these tumours do not
        rest = _fit_marker(world, rows[told], observing.seen(world, rows[told]), finding, seed) if told.any() else 0.0
        plain[told] = rest
        return plain
    s = traits["marker_secretion"][rows]
    now = np.log(blood.true_value(finding.what, view))
    spread = np.array([e.between_spread for e in secretion])
    prior_sd = np.sqrt(np.log1p(spread**2))
    centre = now - np.log(s) + np.log(typical)  # the reading a candidate of typical secretion would give
    sd = blood.noise(finding.what, error)
    off = np.log(finding.value) - centre
    total = prior_sd**2 + sd**2
    mean = np.log(typical) + off * prior_sd**2 / total
    score = luck.normal(seed, world.people.key[rows], "candidate", luck.stream(finding.what) & 0x7FFFFFFF)
    traits["marker_secretion"][rows] = np.exp(mean + score * prior_sd * sd / np.sqrt(total))
    return -0.5 * off**2 / total - 0.5 * np.log(total)


def _population(group: People, row: int) -> populations.Population:
    return populations.populations(populations.cancers()[group.cancer[row]])[group.subtype[row]]


def signs(world: World, patient: Patient) -> np.ndarray:
    """Log likelihood of the signs and events the chart reports close to day 0, and of those it does not."""
    everyone = np.arange(len(world.people.key))
    view = observing.seen(world, everyone)
    out = np.zeros(len(everyone))
    reported = {SIGNS[h.what] for h in patient.happened if h.what in SIGNS and h.day_to >= -60}
    for sign in reported:
        out += symptoms.log_likelihood(sign, view, True)
    if any(h.what in ("cord_compression", "cauda_equina") for h in patient.happened):
        out += symptoms.log_likelihood("weakness", view, True)
    elif "weakness" not in reported:
        out += np.log(1.0 - 0.98 * np.clip(view.sums.cord_deficit, 0.0, 1.0))
    if any(h.what == "fracture" for h in patient.happened):
        out += _recorded_fractures(world, patient)
    return out


def first_pictures(world: World, patient: Patient) -> np.ndarray:
    """Log likelihood, on the day of the first finding, of what imaging reported then, and of what whole-body tests did not
    report elsewhere. What has shrunk since was larger on that day."""
    out = np.zeros(len(world.people.key))
    rows, first = np.flatnonzero(world.people.alive), first_finding(patient)
    if len(rows) == 0:
        return out
    view = observing.seen(world, rows)
    seen = [x for x in patient.lesions if x.day_to <= first + SAME_LOOK]
    told = [imaging.Told(_sites_of(x), x.count or 1, x.certain) for x in seen if not x.diffuse]
    done = {e.what for e in patient.examined if e.what in imaging.MODALITIES}
    whole = [m for m in ("naf_pet", "psma_pet", "fdg_pet", "spect_ct", "bone_scan") if m in done]
    if whole and not any(x.diffuse for x in seen):
        out[rows] += number("picture_weight") * imaging.log_likelihood(whole[0], view, told, complete=True)
    for lesion in seen:
        out[rows] += _look_of(lesion, done, view, None)  # its size has placed the lesion
    return out


def later_pictures(world: World, patient: Patient) -> np.ndarray:
    """Log likelihood, on day 0, of lesions that were first seen well after the first finding; sizes read lately weigh."""
    out = np.zeros(len(world.people.key))
    rows, first = np.flatnonzero(world.people.alive), first_finding(patient)
    if len(rows) == 0:
        return out
    view = observing.seen(world, rows)
    done = {e.what for e in patient.examined if e.what in imaging.MODALITIES}
    for lesion in patient.lesions:
        if lesion.day_to > first + SAME_LOOK:
            out[rows] += _look_of(lesion, done, view, lesion.longest_mm if lesion.day_to >= -SAME_LOOK else None)
    return out


def _look_of(lesion, done: set[str], view, longest_mm: float | None) -> np.ndarray | float:
    """Log likelihood of how one lesion looked, where its bone is known."""
    if not (lesion.site and lesion.certain and (lesion.kind or longest_mm or lesion.soft_tissue)):
        return 0.0
    kind = {"lytic": 0, "mixed": 1, "blastic": 2}.get(lesion.kind or "")
    modality = "ct" if "ct" in done else "xray"
    return imaging.lesion_log_likelihood(
        modality, view, skeleton.number_of()[lesion.site], kind=kind, longest_mm=longest_mm,
        soft_tissue=True if lesion.soft_tissue else None,
    )  # fmt: skip


def _sites_of(lesion) -> list[int]:
    return [skeleton.number_of()[lesion.site]] if lesion.site else list(skeleton.sites_in(lesion.region or "any"))


def _recorded_fractures(world: World, patient: Patient) -> np.ndarray:
    """A recorded fracture is imposed on the weakest fitting bone, and weighs by how close to breaking it was."""
    people_, out = world.people, np.zeros(len(world.people.key))
    weak, collapse, unhealed = (Lesion._fields.index(f) for f in ("lamellar", "collapse", "unhealed"))
    for event in patient.happened:
        if event.what != "fracture":
            continue
        members = [skeleton.number_of()[event.site]] if event.site else list(skeleton.sites_in(event.region or "any"))
        here = np.isin(people_.site, members)
        has = here.any(axis=1)
        slot = np.where(here, people_.lesion[:, :, weak], np.inf).argmin(axis=1)
        who = np.flatnonzero(has)
        mineral = people_.lesion[who, slot[who], weak]
        out[who] += np.log(np.clip(1.05 - mineral, 0.02, 1.0))
        out[~has] += np.log(0.02)
        fresh = np.exp(event.day_to / 200.0)
        people_.lesion[who, slot[who], unhealed] = np.maximum(people_.lesion[who, slot[who], unhealed], 0.6 * fresh)
        spinal = world.numbers.sites["spinal"][people_.site[who, slot[who]]]
        people_.lesion[who, slot[who], collapse] = np.maximum(people_.lesion[who, slot[who], collapse], 0.3 * spinal)
        people_.settled[who] = False
    return out
