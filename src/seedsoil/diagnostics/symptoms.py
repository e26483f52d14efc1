"""Signs and symptoms: how likely each is found in a body, what that says of the body, and what makes a person call."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from seedsoil.biology import cord
from seedsoil.diagnostics import examination
from seedsoil.diagnostics.truth import Seen, lesions, number
from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.grammar.algebra import hill2, hill4, hill16
from seedsoil.grammar.memory import remembered

REASONS = (
    "fracture", "cannot_walk", "confusion", "bladder", "weakness", "severe_pain", "cramps", "vertebra", "worse_pain",
)  # fmt: skip


def _n(name: str) -> float:
    return number("symptoms", name)


def _any(*chances) -> np.ndarray:
    """Chance of at least one of several independent causes."""
    none = 1.0
    for chance in chances:
        none = none * (1.0 - np.clip(chance, 0.0, 1.0))
    return 1.0 - none


def _high(seen: Seen, half: float) -> np.ndarray:
    """0 at normal calcium and below, 1 far above `half`."""
    usual = hill16(seen.p["calcium_normal"], half)
    return np.maximum(hill16(seen.y.calcium, half) - usual, 0.0) / (1.0 - usual)


def _low(seen: Seen, half: float) -> np.ndarray:
    """0 at normal calcium and above, 1 far below `half`."""
    usual = hill16(half, seen.p["calcium_normal"])
    return np.maximum(hill16(half, seen.y.calcium) - usual, 0.0) / (1.0 - usual)


@remembered
def _bladder_deficit(seen: Seen) -> np.ndarray:
    weight = np.where(examination.in_region(seen, "cervical"), _n("bladder.cervical"), 1.0)
    weight = np.where(examination.in_region(seen, "lumbar"), _n("bladder.lumbar"), weight)
    return (examination.deficits(seen) * weight).max(axis=1)


@remembered
def occupied(seen: Seen) -> np.ndarray:
    """Canal occupancy at each lesion, relative to where function begins to suffer [m, K]."""
    b = lesions(seen)
    share = (cord.pressing(b.l, b.site, b.p) + seen.lesion.oedema) * b.site.spinal / b.site.compression_start
    return np.where(seen.used, share, 0.0)


def _sore_vertebra(seen: Seen) -> np.ndarray:
    """Irritation of the worst vertebra [m]."""
    b = lesions(seen)
    return np.sqrt(np.where(b.site.spinal > 0.5, examination.irritation(seen), 0.0).max(axis=1))


def _weakness(seen: Seen):
    return _n("weakness.found") * hill4(examination.leg_deficit(seen), _n("weakness.half"))


def _sensory_loss(seen: Seen):
    return _n("sensory_loss.found") * hill4(examination.deficits(seen).max(axis=1), _n("sensory_loss.half"))


def _reflexes(seen: Seen):
    return _n("reflexes.found") * hill4(examination.deficits(seen).max(axis=1), _n("reflexes.half"))


def _arm_weakness(seen: Seen):
    """Roots and tracts to the arms leave the cord in the neck."""
    neck = np.where(examination.in_region(seen, "cervical"), examination.deficits(seen), 0.0).max(axis=1)
    return _n("arm_weakness.found") * hill4(neck, _n("weakness.half"))


def _sphincter(name: str):
    return lambda seen: _n(f"{name}.found") * hill4(_bladder_deficit(seen), _n(f"{name}.half"))


def _radicular_pain(seen: Seen):
    return _n("radicular_pain.found") * hill4(occupied(seen).max(axis=1), _n("radicular_pain.half"))


def _spinal_tenderness(seen: Seen):
    return _n("spinal_tenderness.found") * hill2(_sore_vertebra(seen), _n("spinal_tenderness.half"))


def _confusion(seen: Seen):
    brain = hill2(seen.y.brain_sensitive + seen.y.brain_resistant, _n("confusion.brain"))
    return _any(_high(seen, _n("confusion.half")), brain, _n("confusion.sedation") * seen.rx.sedation)


def _calcium(name: str):
    return lambda seen: _high(seen, _n(f"{name}.half"))


# What brings each sign on, as the chance that it is found for that cause.
_CAUSES = {
    "weakness": _weakness,
    "sensory_loss": _sensory_loss,
    "reflexes": _reflexes,
    "arm_weakness": _arm_weakness,
    **{name: _sphincter(name) for name in ("bladder", "retention", "incontinence", "sphincter_tone")},
    "radicular_pain": _radicular_pain,
    "spinal_tenderness": _spinal_tenderness,
    "confusion": _confusion,
    **{name: _calcium(name) for name in ("thirst", "constipation", "nausea", "tiredness")},
    "cramps": lambda seen: _low(seen, _n("cramps.half")),
    "cannot_walk": lambda seen: examination.probabilities("walking", seen, model=0.0)[:, 2],
}
# What comes slowly with illness and then stays.
_SLOW = {"weakness": lambda seen: _n("weakness.wasting") * seen.y.wasting}
SYMPTOMS = tuple(_CAUSES)
UNSEEN = 1e-6  # a cause that shows in so few is none


def _without(name: str) -> float:
    """Share of people without a cause in whom the sign is found."""
    return _n(f"{name}.without") if name != "cannot_walk" else 0.0


def probability(name: str, seen: Seen) -> np.ndarray:
    """Chance that the symptom is found on asking and looking, old or new [m]."""
    chance = _any(_cause(name, seen), _without(name), _slow(name, seen))
    return np.broadcast_to(chance, seen.cancer.shape)


def _cause(name: str, seen: Seen) -> np.ndarray:
    if name not in _CAUSES:
        raise InputError("symptom", name, ", ".join(SYMPTOMS))
    return _CAUSES[name](seen)


def by_cause(name: str, seen: Seen) -> np.ndarray:
    """Chance that what brings the symptom on in this disease shows in it [m], all other causes apart."""
    return np.broadcast_to(_cause(name, seen), seen.cancer.shape)


def _slow(name: str, seen: Seen):
    return _SLOW[name](seen) if name in _SLOW else 0.0


class Habits(NamedTuple):
    """Each person's own lasting luck with each sign; it never changes."""

    old: np.ndarray  # [m, signs] has had it for years without a cause: neuropathy, worn discs, an old bladder
    score: np.ndarray  # [m, signs] standard normal: low in whom a cause soon shows


def habits(seed: int, key: np.ndarray, names: tuple[str, ...]) -> Habits:
    """The habits of these people."""
    index = np.array([luck.stream(f"habit.{name}") & 0x7FFFFFFF for name in names])
    own = luck.uniform(seed, np.asarray(key)[:, None], "traits", index[None, :])
    lasting = _n("habit.lasting") * np.array([_without(name) for name in names])
    old = own < lasting
    # what is left of the luck is uniform again, and apart from `old`
    return Habits(old, ndtri(np.where(old, own / np.maximum(lasting, 1e-12), (own - lasting) / (1.0 - lasting))))


def draw(name: str, seen: Seen, u, old=None, score=None) -> np.ndarray:
    """Whether the symptom is found [m]; `u` is the day's uniform luck.

    With the person's habit of it, `old` and `score`, as well: whether it is found and new. Most of those who have the sign
    without a cause have had it for years and say so; such an old sign hides some of what a new cause adds. What comes
    slowly with illness comes once and stays; in whom half a cause shows, it shows from visit to visit.
    """
    u = np.asarray(u)
    if old is None:
        return u < probability(name, seen)
    without = _without(name)
    # so that old and new signs without a cause together are found as often as published
    today = np.where(old, 0.0, 1.0 - (1.0 - without) / (1.0 - _n("habit.lasting") * without))
    found = u < today
    if name in _SLOW:
        found |= ~old & (score < ndtri(np.clip(_slow(name, seen), 0.0, 1.0)))
    cause = _cause(name, seen) * np.where(old, 1.0 - _n("habit.hides"), 1.0)
    here = np.flatnonzero(cause > UNSEEN)
    if len(here):
        alike, today, cause = _n("habit.alike"), today[here], cause[here]
        day = ndtri(np.maximum((u[here] - today) / (1.0 - today), 0.0))
        found[here] |= np.sqrt(alike) * score[here] + np.sqrt(1.0 - alike) * day < ndtri(np.minimum(cause, 1.0))
    return found


def log_likelihood(name: str, seen: Seen, present: bool = True) -> np.ndarray:
    """Log probability of the symptom written down as present (or absent), for each body [m]."""
    slip = number("examination", "slip.share")
    chance = (1.0 - slip) * probability(name, seen) + 0.5 * slip
    return np.log(chance if present else 1.0 - chance)


# ---- calling the clinic ----------------------------------------------------------------------------------------------


class Raised(NamedTuple):
    """Who calls today, and why: the number of the reason in `REASONS`, -1 for none."""

    who: np.ndarray
    reason: np.ndarray


def call_rates(seen: Seen, pain_told=0.0, told: dict[str, np.ndarray] | None = None) -> np.ndarray:
    """Chance of a call today for each reason [m, reasons]; what the clinic was told already is no reason to call.

    pain_told: worst pain as last told [m]. told: reason -> where the clinic knows of it.
    """
    told = told or {}
    worst = examination.pain_worst(seen)
    rising = worst - np.asarray(pain_told) >= _n("call.rise")
    # signs that people themselves notice: the causes, without what examiners find in the well
    causes = {
        "fracture": _broken(seen, spinal=False),
        "vertebra": _broken(seen, spinal=True),
        "cannot_walk": examination.draw("walking", seen, 0.0) == 2.0,
        "confusion": _high(seen, _n("confusion.half")),
        "bladder": hill4(_bladder_deficit(seen), _n("bladder.half")),
        "weakness": hill4(examination.leg_deficit(seen), _n("weakness.half")),
        "cramps": _low(seen, _n("cramps.half")),
        "severe_pain": rising & (worst >= _n("call.severe")),
        "worse_pain": rising & (worst >= _n("call.worth_telling")),
    }
    columns = [_n(f"call.{name}") * causes[name] * ~np.asarray(told.get(name, False)) for name in REASONS]
    return np.stack(np.broadcast_arrays(*columns), axis=1)


def _broken(seen: Seen, spinal: bool) -> np.ndarray:
    """A fracture that has hardly begun to heal."""
    spine = lesions(seen).site.spinal > 0.5
    return (seen.used & (spine == spinal) & (seen.lesion.unhealed > 0.9)).any(axis=1)


def raised(seen: Seen, u, pain_told=0.0, told: dict[str, np.ndarray] | None = None) -> Raised:
    """Who calls today; `u` is one uniform number a person. Where several reasons hold, the gravest is named."""
    silent = np.cumprod(1.0 - call_rates(seen, pain_told, told), axis=1)
    # one number decides: the call comes for the first reason whose share of the unit interval it falls in
    hit = np.asarray(u)[:, None] < 1.0 - silent
    who = hit[:, -1]
    return Raised(who, np.where(who, hit.argmax(axis=1), -1))
