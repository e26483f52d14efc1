"""Talking to and looking at a person: pain told, performance, walking, the place that hurts most.

What is told is a step on a scale; behind it lies a latent truth with noise. The same steps draw a finding and weigh a
body by one.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from seedsoil.biology import cord
from seedsoil.biology import person as whole
from seedsoil.diagnostics.truth import Seen, lesions, number, person
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.grammar.memory import remembered


class Scale(NamedTuple):
    """Steps that a clinic writes down, and the latent values between which each is chosen."""

    steps: np.ndarray  # rising
    edges: np.ndarray  # one fewer; latent value where the next step begins
    worse: float  # 1 where a higher step is a worse day, -1 where it is a better one
    table: str  # where the noise is


@functools.cache
def scales() -> dict[str, Scale]:
    """Every scale, by the name of what is written down."""
    tens = np.arange(10.0, 101.0, 10.0)
    numeric = Scale(np.arange(11.0), np.arange(10.0) + 0.5, 1.0, "pain")
    grades = [_n(f"ecog.{name}_below") for name in ("one", "two", "three", "four")]
    aids = [_n("walking.aid_below"), _n("walking.none_below")]
    return {
        "pain": numeric,
        "pain_rest": numeric,
        "pain_worst": numeric,
        "karnofsky": Scale(tens, (tens[1:] - 5.0) / 100.0, -1.0, "performance"),
        "ecog": Scale(np.arange(5.0), -np.array(grades), 1.0, "performance"),
        "walking": Scale(np.arange(3.0), -np.array(aids), 1.0, "walking"),  # 0 unaided, 1 with an aid, 2 not
    }


def _n(name: str) -> float:
    return number("examination", name)


WRITTEN = ("pain", "pain_rest", "pain_worst", "karnofsky", "ecog", "walking")


# ---- what is true --------------------------------------------------------------------------------------------------


@remembered
def pain_rest(seen: Seen) -> np.ndarray:
    """Pain at rest and at night, 0-10 [m]."""
    b = person(seen)
    return whole.pain_at_rest(b.y, b.x, seen.sums, b.rx, b.p)


@remembered
def pain_worst(seen: Seen) -> np.ndarray:
    """Worst pain of the day, 0-10 [m]."""
    b = person(seen)
    return whole.worst_pain(b.y, b.x, seen.sums, b.rx, b.p)


def pain_now(seen: Seen) -> np.ndarray:
    """Pain at the moment of asking, the usual pain of the day, 0-10 [m]."""
    b = person(seen)
    return whole.usual_pain(b.y, b.x, seen.sums, b.rx, b.p)


@remembered
def irritation(seen: Seen) -> np.ndarray:
    """Squared irritation of each lesion, rest and movement together [m, K]."""
    b = lesions(seen)
    rest, moving = whole.irritation(b.l, b.y, b.x, b.t, b.site, b.rx, b.p)
    return np.where(seen.used, rest + moving, 0.0)


def pain_at(seen: Seen) -> np.ndarray:
    """Worst pain of each lesion, were it the only one, 0-10 [m, K]."""
    b = lesions(seen)
    return whole.felt(irritation(seen), b.y, b.x, b.rx, b.p)


def hurts_most(seen: Seen) -> np.ndarray:
    """Slot of the lesion that hurts most [m]; -1 where none hurts."""
    hurting = irritation(seen)
    return np.where(hurting.max(axis=1) > 0.0, hurting.argmax(axis=1), -1)


@remembered
def deficits(seen: Seen) -> np.ndarray:
    """Cord or root function missing at each lesion [m, K]; 0 outside the spine."""
    b = lesions(seen)
    return np.where(seen.used, cord.deficit(b.l, b.site, b.p) * b.site.spinal, 0.0)


@remembered
def in_region(seen: Seen, region: str) -> np.ndarray:
    """Lesions that lie in a region [m, K]."""
    of_site = np.array([bone.region == region for bone in skeleton.bones()])
    return seen.used & of_site[np.maximum(seen.site, 0)]


@remembered
def leg_deficit(seen: Seen) -> np.ndarray:
    """Strength missing in the legs by cord and roots [m]; sacral roots carry little of it."""
    weight = np.where(in_region(seen, "sacrum"), _n("walking.sacral_legs"), 1.0)
    return (deficits(seen) * weight).max(axis=1)


@remembered
def mobility(seen: Seen) -> np.ndarray:
    """What cord, fractures and strength leave of walking: 1 all, 0 none [m]."""
    bedridden, unaided = _n("walking.bedridden"), _n("walking.unaided")
    none = _n("walking.none_below")
    able = none * np.clip(seen.y.function / bedridden, 0.0, 1.0)
    able = able + (1.0 - none) * np.clip((seen.y.function - bedridden) / (unaided - bedridden), 0.0, 1.0)
    legs = (1.0 - leg_deficit(seen)) * (1.0 - np.clip(seen.sums.immobility, 0.0, 1.0))
    return np.minimum(able, legs)


_TRUTH = {
    "pain": pain_now,
    "pain_rest": pain_rest,
    "pain_worst": pain_worst,
    "karnofsky": lambda seen: seen.y.function,
    "ecog": lambda seen: -seen.y.function,
    "walking": lambda seen: -mobility(seen),
}


# ---- what is told --------------------------------------------------------------------------------------------------


def true_value(what: str, seen: Seen) -> np.ndarray:
    """The step of the scale that would be written down without noise [m]."""
    return draw(what, seen, 0.0)


def draw(what: str, seen: Seen, score) -> np.ndarray:
    """What is written down [m]; `score` is the day's standard normal luck, higher on a better day."""
    scale = _scale(what)
    told = _TRUTH[what](seen) - scale.worse * _n(f"{scale.table}.report") * np.asarray(score)
    return scale.steps[np.searchsorted(scale.edges, told, side="right")]


def probabilities(what: str, seen: Seen, model: float = 1.0) -> np.ndarray:
    """Chance of every step of the scale [m, steps]; adds up to one. `model`: how much of the model's error counts."""
    scale = _scale(what)
    sd = np.hypot(_n(f"{scale.table}.report"), model * _n(f"{scale.table}.model")) if model else _n(f"{scale.table}.report")
    passed = ndtr((_TRUTH[what](seen)[:, None] - scale.edges) / sd)
    ends = np.ones((passed.shape[0], 1))
    chance = np.concatenate([ends, passed], axis=1) - np.concatenate([passed, 0.0 * ends], axis=1)
    slip = _n("slip.share") if model else 0.0
    return (1.0 - slip) * np.maximum(chance, 0.0) + slip / len(scale.steps)


def log_likelihood(what: str, seen: Seen, value, qualifier: str = "=", model: float = 1.0) -> np.ndarray:
    """Log probability of what was written down, for each body [m].

    A value between two steps counts as the nearest. "normal" is the best step, "high" and "low" are worse or lower
    than it where the scale allows, "<" and ">" leave the limit out.
    """
    scale = _scale(what)
    steps = scale.steps
    best = steps[0] if scale.worse > 0 else steps[-1]
    chosen = {
        "=": lambda: np.arange(len(steps)) == np.argmin(np.abs(steps - value)),
        "<": lambda: steps < value,
        ">": lambda: steps > value,
        "normal": lambda: steps == best,
        "high": lambda: steps > best,
        "low": lambda: steps < best,
    }
    if qualifier not in chosen:
        raise InputError("qualifier", qualifier, ", ".join(chosen))
    which = chosen[qualifier]()
    if not which.any():
        raise InputError(what, f"{qualifier} {value}", f"{steps[0]:g} to {steps[-1]:g}")
    with np.errstate(divide="ignore"):
        return np.log(np.minimum(probabilities(what, seen, model)[:, which].sum(axis=1), 1.0))


def _scale(what: str) -> Scale:
    if what not in WRITTEN:
        raise InputError("what", what, ", ".join(WRITTEN))
    return scales()[what]
