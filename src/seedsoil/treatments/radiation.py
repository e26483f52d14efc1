"""External-beam radiotherapy: what a course does to the lesion in the field, at the start of a day.

Pain relief and tumour kill are two things. Relief comes through osteoclasts and inflammation and is near its most at
8 Gy; kill follows the linear-quadratic law and sets how long relief lasts. Filling the defect is the bone's own work.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from seedsoil.errors import InputError
from seedsoil.grammar.algebra import exp, hill, positive, smaller
from seedsoil.grammar.tables import in_units_of, record_of, table
from seedsoil.grammar.units import Quantity

MOST_GRAY = 80.0  # no course for bone metastases comes near
MOST_FRACTIONS = 40
# the order is the number an order gives; conventional is 3D-conformal, modulated bends its dose around the neighbours
TECHNIQUES = ("conventional", "stereotactic", "intensity_modulated")
NEEDS = ("sensitive", "resistant", "dead", "osteoclasts", "soothed", "flare", "damage")


class RadiationValues(NamedTuple):
    """The numbers of radiotherapy."""

    straight_dose: Quantity["Gy", "dose in one fraction above which the kill curve goes on straight"]
    soothing_most: Quantity["1", "largest share of inflammation that radiation holds down, typical lesion"]
    soothing_dose: Quantity["Gy", "dose that does half of it"]
    soothing_steepness: Quantity["1", "steepness of that curve"]
    soothing_spread: Quantity["1", "spread between lesions, as standard deviation of the log odds"]
    osteoclasts_killed: Quantity["1", "largest share of osteoclast action lost at once"]
    flare_share: Quantity["1", "share of courses with a pain flare"]
    flare_steroid: Quantity["1", "that share under dexamethasone, relative"]
    flare_size: Quantity["1", "irritation a flare adds"]
    weakness_most: Quantity["1", "largest strength lost to radiation in all"]
    weakness_dose: Quantity["Gy", "biologically effective dose to bone that takes half of it"]
    weakness_steepness: Quantity["1", "steepness of that curve"]
    late_alpha_beta: Quantity["Gy", "alpha over beta of bone and other late tissue"]
    marrow_dose: Quantity["Gy", "dose that leaves 1/e of the marrow progenitors in the field"]
    field_conventional: Quantity["1", "marrow in a conventional field, relative to that of the treated bone"]
    field_stereotactic: Quantity["1", "marrow in a stereotactic field, relative to that of the treated bone"]


class Luck(NamedTuple):
    """Chance of one course: uniform numbers in (0, 1)."""

    flare: np.ndarray
    soothing: np.ndarray


class Irradiated(NamedTuple):
    """What a course changed."""

    lesion: dict[str, np.ndarray]  # new values of the fields that changed
    progenitors: np.ndarray  # factor on the person's marrow progenitors
    flared: np.ndarray  # where a pain flare follows


def values(rows: int = 1, scores=None) -> np.recarray:
    """The value table as parameter sets; `scores` moves named numbers off their typical value."""
    return record_of(in_units_of(RadiationValues, table("treatments", "radiation.toml")), rows, scores)


@functools.cache
def _typical() -> np.record:
    return values()[0]


def log_kill(dose, alpha, alpha_beta, straight):
    """Minus the log of the surviving fraction after one fraction: linear-quadratic, straight above `straight` gray.

    Fowler 1989; the straight part keeps the slope of the curve where it leaves it (LQ-L, Astrahan 2008).
    """
    low = smaller(dose, straight)
    curved = alpha * low * (1.0 + low / alpha_beta)
    return curved + alpha * (1.0 + 2.0 * straight / alpha_beta) * positive(dose - straight)


def survival(dose_gy, fractions, alpha, alpha_beta, straight):
    """Surviving fraction of tumour cells after a course."""
    return exp(-fractions * log_kill(dose_gy / fractions, alpha, alpha_beta, straight))


def late_dose(dose_gy, fractions, p):
    """Biologically effective dose to late tissue, Gy."""
    return dose_gy * (1.0 + dose_gy / fractions / p.late_alpha_beta)


def soothing(dose_gy, luck, p):
    """Share of inflammation that a course holds down; lesions differ in how well they answer."""
    from scipy.special import expit, logit, ndtri

    full = expit(logit(p.soothing_most) + p.soothing_spread * ndtri(luck))
    return full * hill(np.asarray(dose_gy, dtype=float), p.soothing_dose, p.soothing_steepness)


def lasting_damage(dose_gy, fractions, damage_time, weakness_time, p):
    """Start of the two-step loss of strength (`strength.damage`, `strength.weakness`) that peaks at the dose's own."""
    peak = p.weakness_most * hill(late_dose(dose_gy, fractions, p), p.weakness_dose, p.weakness_steepness)
    ratio = weakness_time / damage_time
    reached = ratio ** (-1.0 / (ratio - 1.0))  # peak of the weakness that a damage of one brings
    return peak / reached


def irradiate(
    lesion, traits, site, dose_gy, fractions, technique, luck: Luck, p=None, dexamethasone=False, bone_times=None
) -> Irradiated:
    """One course of radiotherapy to the lesions of a batch of people.

    lesion: record or mapping with the fields of `NEEDS`, arrays of one shape. traits: `radiosensitivity` (1/Gy) and
    `alpha_beta` (Gy) of each lesion's person. site: `marrow_share`. dose_gy: total of all fractions. luck: two uniform
    numbers a course. p: `RadiationValues`. dexamethasone: where people take it (8 mg a day around the course).
    bone_times: (damage_time, weakness_time) of the strength values, days; by default those of the table.
    """
    dose_gy, fractions = _checked(dose_gy, fractions, technique)
    p = _typical() if p is None else p
    if bone_times is None:
        strength = table("values", "strength.toml")
        bone_times = strength["damage_time"].value, strength["weakness_time"].value
    now = {name: np.asarray(_field(lesion, name), dtype=float) for name in NEEDS}
    alpha, alpha_beta = _field(traits, "radiosensitivity"), _field(traits, "alpha_beta")
    left = survival(dose_gy, fractions, alpha, alpha_beta, p.straight_dose)
    killed = (now["sensitive"] + now["resistant"]) * (1.0 - left)
    reached = hill(dose_gy, p.soothing_dose, p.soothing_steepness)
    share = p.flare_share * np.where(dexamethasone, p.flare_steroid, 1.0)
    flared = np.asarray(luck.flare) < share * reached
    changed = {
        "sensitive": now["sensitive"] * left,
        "resistant": now["resistant"] * left,
        "dead": now["dead"] + killed,
        "osteoclasts": now["osteoclasts"] * (1.0 - p.osteoclasts_killed * reached),
        "soothed": np.maximum(now["soothed"], soothing(dose_gy, luck.soothing, p)),
        "flare": np.where(flared, np.maximum(now["flare"], p.flare_size), now["flare"]),
        "damage": now["damage"] + lasting_damage(dose_gy, fractions, *bone_times, p),
    }
    field = p.field_stereotactic if technique == "stereotactic" else p.field_conventional
    in_field = np.minimum(field * np.asarray(_field(site, "marrow_share"), dtype=float), 1.0)
    progenitors = 1.0 - in_field * (1.0 - np.exp(-dose_gy / p.marrow_dose))
    return Irradiated(changed, progenitors, flared)


def _field(record, name: str):
    return record[name] if isinstance(record, dict) else getattr(record, name)


def _checked(dose_gy, fractions, technique: str) -> tuple[np.ndarray, np.ndarray]:
    """Dose and fractions as arrays; anything that is no course is refused."""
    dose, parts = np.asarray(dose_gy, dtype=float), np.asarray(fractions, dtype=float)
    given = (dose > 0.0) & (dose <= MOST_GRAY)
    if not np.all(given):
        raise InputError("dose_gy", _worst(dose, given), f"above 0, up to {MOST_GRAY:g} Gy")
    whole = (parts >= 1.0) & (parts <= MOST_FRACTIONS) & (parts == np.floor(parts))
    if not np.all(whole):
        raise InputError("fractions", _worst(parts, whole), f"whole numbers, 1 to {MOST_FRACTIONS}")
    if technique not in TECHNIQUES:
        raise InputError("technique", technique, ", ".join(TECHNIQUES))
    return dose, parts


def _worst(given: np.ndarray, good: np.ndarray) -> float:
    return float(np.atleast_1d(given)[~np.atleast_1d(good)][0])
