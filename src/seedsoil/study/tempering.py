"""Fit candidates to one person's findings by tempering: the findings are let in little by little, and candidates move on the way.

One weighing of candidates drawn from the prior leaves a handful where many findings are sharp. So a smaller number goes
through rounds (sequential Monte Carlo, Del Moral 2006): each raises the power of the likelihood by as much as half of the
candidates can bear, draws candidates by weight, and moves them by a Metropolis step that keeps what is believed (Crank-Nicolson,
Cotter 2013), each brought from the first finding to today anew. The last round lets all findings in.

Each version of the model's numbers keeps its share of the candidates: what one person's findings say of numbers that hold for
everybody is left to the calibration (a cut between modules, Plummer 2015), so that ranges hold all of that uncertainty.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from seedsoil.care.patient import Patient
from seedsoil.grammar import luck
from seedsoil.study import history
from seedsoil.study.leading import LED, Lead, told_by
from seedsoil.study.placing import PARTS, PERSON
from seedsoil.study.weighing import Candidates, number
from seedsoil.world import runs
from seedsoil.world.parameters import Numbers
from seedsoil.world.populations import Scores

IMPOSSIBLE = -1e9  # log weight of what cannot be, as a number
STEPS = (0.5, 0.85, 0.97)  # what a move keeps of a candidate's scores: far, middle and small moves, as likely as each other
CHANGED = (0.1, 0.3, 0.9)  # what such a move changes of the luck that is no score, likewise
_RESAMPLE, _STEP, _LUCK, _HELD, _ACCEPT, _CHANGED, _FRESH, _OWN = 13, 20, 21, 22, 23, 24, 30, 60  # streams of luck


@dataclass
class Fitted:
    """Candidates on day 0 that stand for each other equally, or not at all (dead ones weigh nothing)."""

    candidates: Candidates
    origin: np.ndarray  # [n] equal for copies of one candidate
    power: float  # of the likelihood that was reached; 1 if all findings are in

    @property
    def effective(self) -> float:
        """Effective number of different candidates."""
        fits = np.isfinite(self.candidates.log_weight)
        copies = np.unique(self.origin[fits], return_counts=True)[1]
        return float(copies.sum() ** 2 / (copies**2).sum()) if fits.any() else 0.0


@dataclass
class _Particles:
    """Who the candidates are: keys of their luck, led scores, what their other scores are mixed from; and how well they fit."""

    keys: np.ndarray  # [n, PARTS]
    z: np.ndarray  # [n, LED]
    mixed: tuple[np.ndarray, np.ndarray]  # keys and weights [n, parts]
    origin: np.ndarray  # [n]
    believed: np.ndarray  # [n] log density of the prior
    fit: np.ndarray  # [n] log likelihood of all findings

    def scores(self, seed: int) -> Scores:
        return Scores(seed, self.keys[:, PERSON], dict(zip(LED, self.z.T, strict=True)), self.mixed)

    def rows(self, who: np.ndarray) -> _Particles:
        mixed = (self.mixed[0][who], self.mixed[1][who])
        return _Particles(self.keys[who], self.z[who], mixed, self.origin[who], self.believed[who], self.fit[who])

    def where(self, taken: np.ndarray, other: _Particles) -> _Particles:
        """The other's where it was taken."""
        pick = lambda new, old: np.where(taken.reshape(-1, *[1] * (old.ndim - 1)), new, old)
        mixed = tuple(pick(new, old) for new, old in zip(other.mixed, self.mixed, strict=True))
        names = ("keys", "z", "origin", "believed", "fit")
        return replace(self, mixed=mixed, **{name: pick(getattr(other, name), getattr(self, name)) for name in names})


def fit(
    patient: Patient, n: int, seed: int, numbers: Numbers, progress=None, workers: int = 1, hands: Executor | None = None
) -> Fitted:  # fmt: skip
    """n candidates that fit the findings, brought to day 0. workers, hands: as for `forecast`."""
    rounds, last = int(number("tempering_rounds")), int(number("moves_at_end"))
    past = _Past(patient, seed, numbers, _Progress(progress), workers, hands)
    lead, first = told_by(patient), np.arange(n)
    own = np.stack([Scores(seed, first).of(name) for name in LED], axis=1)
    parts = np.zeros((n, 1 + rounds + last), np.int64), np.zeros((n, 1 + rounds + last))
    parts[0][:, 0], parts[1][:, 0] = first, 1.0
    keys = np.repeat(first[:, None], PARTS, axis=1)
    now = _Particles(keys, lead.drawn(own), parts, first, np.zeros(n), np.zeros(n))
    found, now = past.lived(now)
    tails = _tails(found)
    worth, power, step = now.believed - lead.log_density(now.z), 0.0, 0
    while power < 1.0 and step < rounds and np.isfinite(now.fit).any():
        rise = _rise(worth, now.fit, len(numbers.params), 1.0 - power, number("tempering_kept"))
        power = min(power + rise, 1.0)
        log_weight = worth + rise * _finite(now.fit)
        u = float(luck.uniform(seed, 0, "candidate", _RESAMPLE, step))
        now = now.rows(_drawn_within(log_weight, len(numbers.params), u))
        worth = np.zeros(n)
        for _ in range(last if power == 1.0 else 1):
            step += 1
            now = _moved(past, now, power, step)
        past.steps.done(power)
    found, now = past.lived(now)
    found.log_weight = np.where(np.isfinite(now.fit), 0.0, -np.inf)
    found.prior_share = tails
    past.steps.done(2.0)
    return Fitted(found, now.origin, power)


@dataclass(frozen=True)
class _Past:
    """One person's past, and the processes that bring candidates through it."""

    patient: Patient
    seed: int
    numbers: Numbers
    steps: _Progress
    workers: int
    hands: Executor | None

    def lived(self, who: _Particles) -> tuple[Candidates, _Particles]:
        """These candidates brought to day 0, with what is believed of them and how well they fit."""
        row = np.arange(len(who.fit))
        parts = [(own, who.rows(own)) for own in np.array_split(row, self.workers)]
        brought = partial(_brought, patient=self.patient, seed=self.seed, numbers=self.numbers)
        found, in_prior = zip(*runs.shared(brought, parts, self.steps.tell, self.hands), strict=True)
        found, in_prior = Candidates.joined(found), np.concatenate(in_prior)
        return found, replace(who, believed=-0.5 * (in_prior**2).sum(axis=1), fit=found.log_weight.copy())


def _brought(
    some: tuple[np.ndarray, _Particles], patient: Patient, seed: int, numbers: Numbers, progress=None
) -> tuple[Candidates, np.ndarray]:  # fmt: skip
    """Some of the candidates, with their rows among all, brought to day 0 (`history.lived`)."""
    row, who = some
    return history.lived(patient, who.keys, row % len(numbers.params), who.scores(seed), numbers, progress)


def _moved(past: _Past, now: _Particles, power: float, step: int) -> _Particles:
    """One Metropolis step. Some candidates get another luck in one of its parts and keep their scores. Of the others, led scores
    move about the candidates' own mean and spread, the rest about the prior's; some move by their led scores alone."""
    n = len(now.fit)
    row = np.arange(n)
    drawn = lambda stream, who=row: luck.uniform(past.seed, who, "candidate", stream, step)
    about = Lead(now.z.mean(axis=0), np.linalg.cholesky(np.cov(now.z.T) + number("least_spread") * np.eye(len(LED))))
    change = np.array(CHANGED)[np.floor(drawn(_CHANGED) * len(CHANGED)).astype(int)]
    change[drawn(_LUCK) >= number("luck_share")] = 0.0
    fresh = drawn(_FRESH + np.arange(PARTS)[None, :], row[:, None]) < change[:, None]
    keep = np.array(STEPS)[np.floor(drawn(_STEP) * len(STEPS)).astype(int)]
    keep[fresh.any(axis=1)] = 1.0
    lost = np.sqrt(1.0 - keep**2)
    own = luck.normal(past.seed, row[:, None], "candidate", _OWN + np.arange(len(LED))[None, :], step)
    z = about.mean + keep[:, None] * (now.z - about.mean) + lost[:, None] * (own @ about.factor.T)
    anew = n * step + row
    held = (keep == 1.0) | (drawn(_HELD) < number("held_share"))
    keys, weights = (part.copy() for part in now.mixed)
    keys[:, step], weights[:, step] = anew, np.where(held, 0.0, lost)
    weights[:, :step] *= np.where(held, 1.0, keep)[:, None]
    tried = replace(now, keys=np.where(fresh, anew[:, None], now.keys), z=z, mixed=(keys, weights), origin=anew)
    _, tried = past.lived(tried)
    gain = tried.believed - now.believed + power * (_finite(tried.fit) - _finite(now.fit))
    gain = gain + about.log_density(now.z) - about.log_density(z)
    taken = np.isfinite(tried.fit) & (np.log(drawn(_ACCEPT)) < gain)
    return now.where(taken, tried)


def _rise(worth: np.ndarray, fit_: np.ndarray, versions: int, most: float, kept: float) -> float:
    """The largest rise of the power, up to `most`, that leaves the wanted share of candidates effective within their versions;
    found by halving."""
    share = lambda rise: _effective_share(worth + rise * _finite(fit_), versions)
    if share(most) >= kept:
        return most
    low, high = 0.0, most
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if share(middle) >= kept else (low, middle)
    return max(low, number("least_rise"))


def _effective_share(log_weight: np.ndarray, versions: int) -> float:
    """Effective number of candidates within each version, over all candidates; versions that nobody fits do not count."""
    effective, of = 0.0, 0
    for v in range(versions):
        own = log_weight[v::versions]
        if own.max() > IMPOSSIBLE / 2:
            weight = np.exp(own - own.max())
            effective, of = effective + weight.sum() ** 2 / (weight**2).sum(), of + len(own)
    return float(effective / max(of, 1))


def _drawn_within(log_weight: np.ndarray, versions: int, u: float) -> np.ndarray:
    """Rows drawn by weight for every row, each from those of its own version."""
    row = np.arange(len(log_weight))
    out = row.copy()
    for v in range(versions):
        own = log_weight[v::versions]
        out[v::versions] = row[v::versions][resampled(np.exp(own - own.max()), len(own), u)]
    return out


def _finite(log_weight: np.ndarray) -> np.ndarray:
    """Log weights with what is impossible far below all else."""
    return np.where(np.isfinite(log_weight), log_weight, IMPOSSIBLE)


def resampled(weight: np.ndarray, n: int, u: float) -> np.ndarray:
    """n rows drawn in proportion to their weights: systematic resampling, one uniform number `u` for all."""
    chosen = np.searchsorted(np.cumsum(weight) / weight.sum(), (np.arange(n) + u) / n)
    return np.minimum(chosen, len(weight) - 1)


def _tails(found: Candidates) -> dict:
    """How far each finding lies in the tail of what the first candidates, of whom only single findings are known, make expected."""
    out = dict(found.prior_share)
    for what, tail in found.tails.items():
        out[what] = (float(np.nanmean(tail)), out[what][1])
    return out


class _Progress:
    """Progress over rounds whose number is not known ahead, as one line: how far the findings are in."""

    def __init__(self, progress) -> None:
        self.progress, self.now = progress, 0.0

    def tell(self, day: int, of: int) -> None:
        if self.progress and day < of:
            self.progress("bringing candidates to today", int(50 * self.now), 100)

    def done(self, power: float) -> None:
        self.now = power
        if self.progress:
            self.progress("bringing candidates to today", int(50 * power), 100)
