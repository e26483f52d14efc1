"""Signs and symptoms: how likely each is found in a body, what that says of the body, and what makes a person call."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seedsoil.biology import cord
from seedsoil.diagnostics import examination
from seedsoil.diagnostics.truth import Seen, lesions, number
from seedsoil.errors import InputError
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


def _pressing(seen: Seen) -> np.ndarray:
    """Worst canal occupancy, relative to where function begins to suffer [m]."""
    b = lesions(seen)
    occupied = (cord.pressing(b.l, b.site, b.p) + seen.lesion.oedema) * b.site.spinal / b.site.compression_start
    return np.where(seen.used, occupied, 0.0).max(axis=1)


def _sore_vertebra(seen: Seen) -> np.ndarray:
    """Irritation of the worst vertebra [m]."""
    b = lesions(seen)
    return np.sqrt(np.where(b.site.spinal > 0.5, examination.irritation(seen), 0.0).max(axis=1))


def _weakness(seen: Seen):
    legs = hill4(examination.leg_deficit(seen), _n("weakness.half"))
    return _any(_n("weakness.found") * legs, _n("weakness.without"), _n("weakness.wasting") * seen.y.wasting)


def _sensory_loss(seen: Seen):
    lost = hill4(examination.deficits(seen).max(axis=1), _n("sensory_loss.half"))
    return _any(_n("sensory_loss.found") * lost, _n("sensory_loss.without"))


def _bladder(seen: Seen):
    return _any(_n("bladder.found") * hill4(_bladder_deficit(seen), _n("bladder.half")), _n("bladder.without"))


def _radicular_pain(seen: Seen):
    pressed = hill4(_pressing(seen), _n("radicular_pain.half"))
    return _any(_n("radicular_pain.found") * pressed, _n("radicular_pain.without"))


def _spinal_tenderness(seen: Seen):
    sore = hill2(_sore_vertebra(seen), _n("spinal_tenderness.half"))
    return _any(_n("spinal_tenderness.found") * sore, _n("spinal_tenderness.without"))


def _confusion(seen: Seen):
    brain = hill2(seen.y.brain_sensitive + seen.y.brain_resistant, _n("confusion.brain"))
    drugs = _n("confusion.sedation") * seen.rx.sedation
    return _any(_high(seen, _n("confusion.half")), brain, drugs, _n("confusion.without"))


def _high_calcium(name: str):
    return lambda seen: _any(_high(seen, _n(f"{name}.half")), _n(f"{name}.without"))


def _cramps(seen: Seen):
    return _any(_low(seen, _n("cramps.half")), _n("cramps.without"))


_CHANCES = {
    "weakness": _weakness,
    "sensory_loss": _sensory_loss,
    "bladder": _bladder,
    "radicular_pain": _radicular_pain,
    "spinal_tenderness": _spinal_tenderness,
    "confusion": _confusion,
    "thirst": _high_calcium("thirst"),
    "nausea": _high_calcium("nausea"),
    "cramps": _cramps,
    "cannot_walk": lambda seen: examination.probabilities("walking", seen, model=False)[:, 2],
}
SYMPTOMS = tuple(_CHANCES)


def probability(name: str, seen: Seen) -> np.ndarray:
    """Chance that the symptom is found on asking and looking [m]."""
    if name not in _CHANCES:
        raise InputError("symptom", name, ", ".join(SYMPTOMS))
    return np.broadcast_to(_CHANCES[name](seen), seen.cancer.shape)


def draw(name: str, seen: Seen, u) -> np.ndarray:
    """Whether the symptom is found [m]; `u` is uniform luck."""
    return np.asarray(u) < probability(name, seen)


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
