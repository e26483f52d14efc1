"""Bone strength against load: when a bone breaks.

Strength goes with mineral to the power 1.8 (ex vivo vertebrae and femora); load varies from day to day, so the daily
chance of failure is a steep curve of load over strength rather than a threshold. People differ in load and strength, which
flattens that curve for a population: the rates are centred on the mean over people, not on the middle person.
"""

from __future__ import annotations

from typing import NamedTuple

from seedsoil.grammar.algebra import between, exp, hill8, larger, positive, smaller, sqrt
from seedsoil.grammar.units import Quantity


class StrengthValues(NamedTuple):
    """The numbers of fracture."""

    strength_power: Quantity["1", "power of mineral in strength, 1.5 to 2.1"]
    sclerosis_brittle: Quantity["1", "strength lost where all of a site's mineral is woven"]
    limb_section: Quantity["1", "strength that a small hole takes in a long bone, over that in a vertebra"]
    rest_load: Quantity["1", "load on bone of someone who lies in bed, over that of someone well"]
    overload: Quantity["1/day", "failures a day when load far exceeds strength"]
    overload_half: Quantity["1", "usual daily peak load over strength at which failures reach half of that"]
    fall_failure: Quantity["1", "share of falls that break a bone when the load far exceeds strength"]
    fall_half: Quantity["1", "load of a fall over strength at which half of that share breaks"]
    fall_limb: Quantity["1", "load of a fall on long bones, over that on the trunk"]
    united: Quantity["1", "share of a fracture unhealed above which the bone cannot break anew"]
    silent_vertebra: Quantity["1", "share of vertebral fractures found only by survey"]
    silent_other: Quantity["1", "share of other fractures, long bones apart, found only by survey"]
    silent_unhealed: Quantity["1", "a silent fracture, over a symptomatic one"]
    healing: Quantity["1/day", "healing of a fracture, unfixed"]
    healing_fixed: Quantity["1/day", "healing of a fracture held by implant or cement"]
    loosening: Quantity["1/day", "hold that an implant loses in a bone full of living tumour"]
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


def standing(l, site, p):
    """Mineral of the site that carries load, relative to what the person's intact bone has there; woven bone counts for
    less."""
    return larger(l.lamellar + p.woven_strength * l.woven, 0.01)


def zone_density(l, reach):
    """Mineral density in the lesion volume, relative to intact bone: what computed tomography shows there.

    `reach` is the share of the site drawn as lesion, that is `bone.zone` on the day of the first scan: it stays the same
    for later scans, as the tumour shrinks. The site's mineral is a mean over the site; outside the lesion bone is intact.
    """
    return positive(reach - 1.0 + l.lamellar + l.woven) / larger(reach, 1e-9)


def material(mineral, p):
    """Strength that mineral gives: mineral to `strength_power`, written without a power because it is met every day."""
    less = 2.0 * (2.0 - p.strength_power)
    return mineral * (less * sqrt(mineral) + (1.0 - less) * mineral)


def bearing(l, t, site, p):
    """Mineral of the site as its strength feels it: a hole of the same size takes more where loads run, in cortex and shell,
    than in the middle of the bone. A long bone is as strong as its weakest section, of which a hole takes far more than of
    the whole site, until the hole is as long as the site is; a vertebra is hardly longer than its holes."""
    mineral = standing(l, site, p)
    left = smaller(mineral, 1.0)
    taken = t.undermining * (1.0 + site.cortical * (p.limb_section - 1.0) * left)
    return mineral / (left + taken * (1.0 - left))


def relative_strength(l, y, x, t, site, p):
    """Strength now over the median person's intact strength at this site. A thin skeleton counts less than a hole does:
    fractures double to treble for each standard deviation of density (Johnell 2005), which is linear in strength."""
    brittle = 1.0 - p.sclerosis_brittle * smaller(l.woven, 1.0)
    own = x.strength * y.skeleton * material(bearing(l, t, site, p), p) * brittle
    return own * (1.0 - l.weakness) * (1.0 - p.collapse_strength * l.collapse) + l.support


def load_ratio(l, y, x, t, site, rx, p):
    """Usual daily peak load over strength."""
    active = (p.rest_load + (1.0 - p.rest_load) * y.function) * (1.0 - rx.activity_restricted)
    return site.intact_load * x.load * active / larger(relative_strength(l, y, x, t, site, p), 0.02)


def whole(l, p):
    """1 while a bone can break anew: a fracture must unite first, and a flattened body has little left to lose."""
    return positive(1.0 - l.unhealed / p.united) * (1.0 - l.collapse)


def breaking(l, y, x, t, site, rx, p):
    """Fractures a day at this lesion in everyday activity."""
    return p.overload * hill8(load_ratio(l, y, x, t, site, rx, p), p.overload_half) * whole(l, p)


def breaking_in_fall(l, y, x, t, site, falls, p):
    """Fractures a day at this lesion by falls."""
    load = site.fall_load * x.load * (1.0 + site.cortical * (p.fall_limb - 1.0))
    ratio = load / larger(relative_strength(l, y, x, t, site, p), 0.02)
    return falls * p.fall_failure * hill8(ratio, p.fall_half) * whole(l, p)


def unhealed(l, p):
    """A fracture heals slowly; fixation or cement holds it."""
    held = between(l.support, 0.0, 1.0)
    return 0.0 * p.healing, p.healing + (p.healing_fixed - p.healing) * held


def support(l, site, p):
    """Hold of an implant, which goes as tumour takes the bone around it."""
    return 0.0 * p.loosening, p.loosening * (l.sensitive + l.resistant) / site.volume


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


def symptomatic(site, severity, p):
    """1 if a fracture of this `severity` (0 to 1) is felt; the milder ones of vertebrae, ribs and pelvis are found by
    survey only, those of long bones never go unnoticed."""
    silent = (p.silent_other + site.spinal * (p.silent_vertebra - p.silent_other)) * (1.0 - site.cortical)
    return 1.0 * (severity >= silent)


def freshly_broken(site, severity, p):
    """`Lesion.unhealed` just after a fracture: a silent one hurts and hinders less."""
    return p.silent_unhealed + (1.0 - p.silent_unhealed) * symptomatic(site, severity, p)
