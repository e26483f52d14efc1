"""Fit candidates to one person's findings by tempering: the findings are let in little by little, and candidates move on the way.

One weighing of candidates drawn from the prior leaves a handful where many findings are sharp. So a smaller number goes
through rounds (sequential Monte Carlo, Del Moral 2006): each raises the power of the likelihood by as much as half of the
candidates can bear, draws candidates by weight, and moves them by a Metropolis step that keeps what is believed (Crank-Nicolson,
Cotter 2013), each brought from the first finding to today anew. The last round lets all findings in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seedsoil.care.patient import Patient
from seedsoil.grammar import luck
from seedsoil.study import history
from seedsoil.study.leading import LED, Lead, told_by
from seedsoil.study.weighing import Candidates, number
from seedsoil.world.parameters import Numbers
from seedsoil.world.populations import Scores

STEPS = (0.5, 0.85, 0.97)  # what a move keeps of a candidate's scores: far, middle and small moves, as likely as each other
_RESAMPLE, _STEP, _FRESH, _HELD, _ACCEPT, _OWN = 13, 20, 21, 22, 23, 40  # streams of luck


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

    key: np.ndarray  # [n]
    z: np.ndarray  # [n, LED]
    mixed: tuple[np.ndarray, np.ndarray]  # keys and weights [n, parts]
    origin: np.ndarray  # [n]
    believed: np.ndarray  # [n] log density of the prior
    fit: np.ndarray  # [n] log likelihood of all findings

    def scores(self, seed: int) -> Scores:
        return Scores(seed, self.key, dict(zip(LED, self.z.T, strict=True)), self.mixed)

    def rows(self, who: np.ndarray) -> _Particles:
        mixed = (self.mixed[0][who], self.mixed[1][who])
        return _Particles(self.key[who], self.z[who], mixed, self.origin[who], self.believed[who], self.fit[who])

    def where(self, taken: np.ndarray, other: _Particles) -> _Particles:
        """The other's where it was taken."""
        pick = lambda new, old: np.where(taken.reshape(-1, *[1] * (old.ndim - 1)), new, old)
        mixed = tuple(pick(new, old) for new, old in zip(other.mixed, self.mixed, strict=True))
        names = ("key", "z", "origin", "believed", "fit")
        return replace(self, mixed=mixed, **{name: pick(getattr(other, name), getattr(self, name)) for name in names})


def fit(patient: Patient, n: int, seed: int, numbers: Numbers, progress=None) -> Fitted:
    """n candidates that fit the findings, brought to day 0."""
    rounds, last = int(number("tempering_rounds")), int(number("moves_at_end"))
    steps = _Progress(progress)
    lead, first = told_by(patient), np.arange(n)
    own = np.stack([Scores(seed, first).of(name) for name in LED], axis=1)
    parts = np.zeros((n, 1 + rounds + last), np.int64), np.zeros((n, 1 + rounds + last))
    parts[0][:, 0], parts[1][:, 0] = first, 1.0
    now = _Particles(first, lead.drawn(own), parts, first, np.zeros(n), np.zeros(n))
    found, now = _lived(patient, now, seed, numbers, steps)
    tails = _tails(found)
    worth, power, step = now.believed - lead.log_density(now.z), 0.0, 0
    while power < 1.0 and step < rounds and np.isfinite(now.fit).any():
        rise = _rise(worth, now.fit, 1.0 - power, number("tempering_kept"))
        power = min(power + rise, 1.0)
        log_weight = worth + rise * _finite(now.fit)
        u = float(luck.uniform(seed, 0, "candidate", _RESAMPLE, step))
        now = now.rows(resampled(np.exp(log_weight - log_weight.max()), n, u))
        worth = np.zeros(n)
        for _ in range(last if power == 1.0 else 1):
            step += 1
            now = _moved(patient, now, power, seed, numbers, step, steps)
        steps.done(power)
    found, now = _lived(patient, now, seed, numbers, steps)
    found.log_weight = np.where(np.isfinite(now.fit), 0.0, -np.inf)
    found.prior_share = tails
    steps.done(2.0)
    return Fitted(found, now.origin, power)


def _lived(patient: Patient, who: _Particles, seed: int, numbers: Numbers, steps: _Progress) -> tuple[Candidates, _Particles]:
    """These candidates brought to day 0, with what is believed of them and how well they fit."""
    found, in_prior = history.lived(patient, who.key, who.scores(seed), numbers, steps.tell)
    return found, replace(who, believed=-0.5 * (in_prior**2).sum(axis=1), fit=found.log_weight.copy())


def _moved(patient: Patient, now: _Particles, power: float, seed: int, numbers: Numbers, step: int, steps: _Progress) -> _Particles:
    """One Metropolis step. Led scores move about the candidates' own mean and spread, others about the prior's; some candidates
    also get other places for what is not on record, some move by their led scores alone."""
    n = len(now.key)
    row = np.arange(n)
    drawn = lambda stream: luck.uniform(seed, row, "candidate", stream, step)
    about = Lead(now.z.mean(axis=0), np.linalg.cholesky(np.cov(now.z.T) + number("least_spread") * np.eye(len(LED))))
    keep = np.array(STEPS)[np.floor(drawn(_STEP) * len(STEPS)).astype(int)]
    lost = np.sqrt(1.0 - keep**2)
    own = luck.normal(seed, row[:, None], "candidate", _OWN + np.arange(len(LED))[None, :], step)
    z = about.mean + keep[:, None] * (now.z - about.mean) + lost[:, None] * (own @ about.factor.T)
    anew = n * step + row
    fresh = drawn(_FRESH) < number("fresh_share")
    held = ~fresh & (drawn(_HELD) < number("held_share"))
    keys, weights = (part.copy() for part in now.mixed)
    keys[:, step], weights[:, step] = anew, np.where(held, 0.0, lost)
    weights[:, :step] *= np.where(held, 1.0, keep)[:, None]
    tried = replace(now, key=np.where(fresh, anew, now.key), z=z, mixed=(keys, weights), origin=anew)
    _, tried = _lived(patient, tried, seed, numbers, steps)
    gain = tried.believed - now.believed + power * (_finite(tried.fit) - _finite(now.fit))
    gain = gain + about.log_density(now.z) - about.log_density(z)
    taken = np.isfinite(tried.fit) & (np.log(drawn(_ACCEPT)) < gain)
    return now.where(taken, tried)


def _rise(worth: np.ndarray, fit_: np.ndarray, most: float, kept: float) -> float:
    """The largest rise of the power, up to `most`, that leaves the wanted share of candidates effective; found by halving."""
    share = lambda rise: _effective(worth + rise * _finite(fit_)) / len(worth)
    if share(most) >= kept:
        return most
    low, high = 0.0, most
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if share(middle) >= kept else (low, middle)
    return max(low, number("least_rise"))


def _effective(log_weight: np.ndarray) -> float:
    weight = np.exp(log_weight - log_weight.max())
    return float(weight.sum() ** 2 / (weight**2).sum())


def _finite(log_weight: np.ndarray) -> np.ndarray:
    """Log weights with what is impossible far below all else."""
    return np.where(np.isfinite(log_weight), log_weight, -1e9)


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
