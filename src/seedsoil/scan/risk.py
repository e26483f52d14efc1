"""Load against strength: how large the loads of daily life are, and the chance that they exceed what the bone bears."""

from __future__ import annotations

import numpy as np

from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import table

REFERENCE = "L3"  # where the loads of the spine were reckoned


def loads(kind: str, site: str) -> list[str]:
    """Activities of daily life that load this kind of bone, by the names of their numbers."""
    part = {"vertebra": "load.spine.", "femur": "load.femur.", "fall": "load.fall."}[kind]
    return [name for name in table("scan", "bones.toml") if name.startswith(part)]


def level(site: str) -> float:
    """Load of this vertebra over that of L3, as the list of bones has it."""
    bones, number = skeleton.bones(), skeleton.number_of()
    return (bones[number[site]].load_n or 0.0) / bones[number[REFERENCE]].load_n


def against(kind: str, site: str, weight_kg: float, strengths: np.ndarray, scores: np.ndarray) -> list[dict]:
    """For each activity: the load (N), load over strength with its range, and the chance that it exceeds the strength.

    strengths: draws of the strength (N). scores: standard normal, one for each draw, that move the load in its range.
    """
    out = []
    scale = level(site) if kind == "vertebra" else 1.0
    for name in loads(kind, site):
        e = table("scan", "bones.toml")[name]
        load = e.at(scores) * weight_kg * scale
        phi = load / strengths
        low, high = np.quantile(phi, [0.05, 0.95])
        middle = float(e.value * weight_kg * scale / np.median(strengths))
        out.append({
            "activity": name.rsplit(".", 1)[-1], "load_n": _round(e.value * weight_kg * scale),
            "load_over_strength": {"value": _round(middle), "low": _round(min(low, middle)), "high": _round(max(high, middle))},
            "chance_above_strength": round(float((phi > 1.0).mean()), 3), "judgement": judged(middle),
        })  # fmt: skip
    return out


def judged(phi: float) -> str:
    """Well below strength, near it, or above it."""
    numbers = table("scan", "bones.toml")
    if phi < numbers["risk.transition_low"].value:
        return "below strength"
    return "near strength" if phi <= numbers["risk.transition_high"].value else "above strength"


def _round(x: float) -> float:
    return float(f"{x:.3g}")
