"""Bone strength against load: when a bone breaks.

Strength goes with mineral to the power 1.8 (ex vivo vertebrae and femora); load varies from day to day, so the daily
chance of failure is a steep curve of load over strength rather than a threshold.
"""

from __future__ import annotations

from typing import NamedTuple

from seedsoil.biology.bone import strength_mineral, zone
from seedsoil.grammar.algebra import between, exp, hill4, hill8, larger, positive, smaller
from seedsoil.grammar.units import Quantity


class StrengthValues(NamedTuple):
    """The numbers of fracture."""

    strength_power: Quantity["1", "power of mineral in strength"]
    cortex_lost: Quantity["1", "strength a long bone loses when its cortex is eaten through"]
    cortex_half: Quantity["1", "share of a long bone's section in reach of tumour at which half of that is lost"]
    overload: Quantity["1/day", "failures a day when load far exceeds strength"]
    fall_failure: Quantity["1", "share of falls that break a bone whose fall load equals its strength, times two"]
    healing: Quantity["1/day", "healing of a fracture, unfixed"]
    healing_fixed: Quantity["1/day", "healing of a fracture held by implant or cement"]
    damage_time: Quantity["day", "time constant of radiation damage reaching the bone"]
    weakness_time: Quantity["day", "time constant of recovery from it"]
    collapse_most: Quantity["1", "largest height a vertebra loses in one fracture"]
    collapse_strength: Quantity["1", "strength lost when a bone has collapsed"]
    intact_vertebra: Quantity["1/day", "clinical vertebral fractures a day at intact sites of a 70-year-old woman's skeleton"]
    intact_hip: Quantity["1/day", "hip fractures a day at intact sites of a 70-year-old woman's skeleton"]
    intact_power: Quantity["1", "power of lost mineral in those"]
    intact_reference_age: Quantity["year", "age those rates are for"]
    intact_age: Quantity["1/year", "rise of those with age, per year, as a log"]
    intact_male: Quantity["1", "men's rate over women's"]
    rebound_fragility: Quantity["1", "rise of vertebral fractures for each unit of osteoclast action above normal"]


def relative_strength(l, y, x, site, p):
    """Strength now over the median person's intact strength at this site."""
    mineral = strength_mineral(l, y, p) ** p.strength_power
    cortex = 1.0 - site.cortical * p.cortex_lost * hill4(eaten(l, site, p), p.cortex_half)
    own = x.strength * mineral * cortex * (1.0 - l.weakness) * (1.0 - p.collapse_strength * l.collapse)
    return own + l.support


def eaten(l, site, p):
    """Share of the site's section that tumour has taken and bone has not replaced."""
    return zone(l, site, p) * between(1.0 - l.lamellar - 0.35 * l.woven, 0.0, 1.0)


def load_ratio(l, y, x, site, rx, p):
    """Usual daily peak load over strength."""
    active = (0.35 + 0.65 * y.function) * (1.0 - rx.activity_restricted)
    return site.intact_load * x.load * active / larger(relative_strength(l, y, x, site, p), 0.02)


def breaking(l, y, x, site, rx, p):
    """Fractures a day at this lesion in everyday activity."""
    ratio = load_ratio(l, y, x, site, rx, p)
    return p.overload * hill8(ratio, 1.0) * (1.0 - l.unhealed)


def breaking_in_fall(l, y, x, site, falls, p):
    """Fractures a day at this lesion by falls."""
    ratio = site.fall_load / larger(relative_strength(l, y, x, site, p), 0.02)
    return falls * p.fall_failure * hill8(ratio, 1.0) * (1.0 - l.unhealed)


def unhealed(l, p):
    """A fracture heals slowly; fixation or cement holds it."""
    held = between(l.support, 0.0, 1.0)
    return 0.0 * p.healing, p.healing + (p.healing_fixed - p.healing) * held


def damage(p):
    """Radiation damage on its way to the bone's strength."""
    return 0.0 / p.damage_time, 1.0 / p.damage_time


def weakness(l, p):
    """Strength lost to radiation: it comes over weeks and goes over months."""
    return l.damage / p.damage_time, 1.0 / p.weakness_time


def intact_fractures(y, x, age_years, p):
    """Clinical vertebral and hip fractures a day at sites without tumour."""
    thin = larger(y.skeleton, 0.2) ** -p.intact_power
    scale = thin * exp(p.intact_age * (age_years - p.intact_reference_age)) * (1.0 - x.male * (1.0 - p.intact_male))
    rebound = 1.0 + p.rebound_fragility * positive(y.osteoclasts - 1.0)
    return p.intact_vertebra * scale * rebound, p.intact_hip * scale



def collapsed(l, site, severity, p):
    """Height lost after a fracture of this `severity` (0 to 1): vertebrae sink, other bones do not."""
    return smaller(l.collapse + site.spinal * p.collapse_most * severity, 1.0)
