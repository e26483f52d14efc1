"""What becomes of a drug in the body: a closed list of shapes, each an equation of the amounts on board.

Shapes: DAILY a level that follows the daily dose; BOLUS doses that decay; DEPOT an injection under the skin, two
compartments, saturable loss; BONE a bisphosphonate on bone surfaces and buried in bone; RADIONUCLIDE activity that settles
where bone forms, and what it has done to the marrow.
"""

from __future__ import annotations

from typing import NamedTuple

from seedsoil.grammar.algebra import between, exp, hill
from seedsoil.grammar.units import Quantity

DAILY, BOLUS, DEPOT, BONE, RADIONUCLIDE = 0, 1, 2, 3, 4
SHAPES = {"daily": DAILY, "bolus": BOLUS, "depot": DEPOT, "bone": BONE, "radionuclide": RADIONUCLIDE}


class Onboard(NamedTuple):
    """One drug in one person."""

    first: Quantity["mg", "DAILY level, BOLUS amount, DEPOT amount under the skin, BONE on surfaces, RADIONUCLIDE activity in bone"]
    second: Quantity["mg", "DEPOT amount in plasma, BONE amount buried"]
    third: Quantity["mg", "DEPOT amount in tissue, RADIONUCLIDE activity as late-reacting tissue feels it"]
    daily: Quantity["mg", "dose taken every day"]
    exposure: Quantity["day", "days of full effect so far, which breed resistance"]


class Kinetics(NamedTuple):
    """One drug's numbers; those its shape does not use are zero."""

    elimination: Quantity["1/day", "loss of level or amount"]
    absorption: Quantity["1/day", "from under the skin"]
    available: Quantity["1", "share of the dose that arrives"]
    central: Quantity["L", "volume of plasma space"]
    clearance: Quantity["L/day", "linear clearance"]
    exchange: Quantity["L/day", "between plasma and tissue"]
    tissue: Quantity["L", "volume of tissue space"]
    saturable: Quantity["mg/L/day", "largest saturable loss"]
    saturable_half: Quantity["mg/L", "concentration at which that is half"]
    renal_loss: Quantity["1", "share of the dose lost by kidneys of filtration 84 mL/min"]
    surface_loss: Quantity["1/day", "burial of surface drug, at no resorption"]
    surface_turnover: Quantity["1/day", "burial added by normal resorption"]
    buried_return: Quantity["1/day", "return of buried drug by normal resorption"]
    buried_loss: Quantity["1/day", "loss of buried drug for good"]
    potency: Quantity["1", "amount in units of the class's reference drug"]
    decay: Quantity["1/day", "physical decay of a radionuclide"]
    washout: Quantity["1/day", "loss of a radionuclide from bone, decay apart"]
    formation_half: Quantity["1", "bone formation, over a healthy skeleton's, at which half of a radionuclide settles in bone"]
    lag: Quantity["1/day", "how fast late-reacting tissue follows the dose rate"]
    resistance: Quantity["1/day", "rate at which exposure takes the effect away"]


def depot(amounts, k):
    """Gain and loss of an injected antibody (Gibiansky 2012): skin, plasma, tissue."""
    skin, plasma, tissue = amounts
    concentration = plasma / k.central
    out = (k.clearance + k.exchange) / k.central + k.saturable / (k.saturable_half + concentration)
    return (
        (0.0 * k.absorption * skin, k.absorption),
        (k.absorption * k.available * skin + k.exchange * tissue / k.tissue, out),
        (k.exchange * plasma / k.central, k.exchange / k.tissue),
    )


def bone_bound(surface, buried, osteoclasts, k):
    """Gain and loss of a bisphosphonate: resorption buries surface drug and frees buried drug."""
    bury = k.surface_loss + k.surface_turnover * osteoclasts
    free = k.buried_return * osteoclasts
    return (free * buried, bury), (bury * surface, free + k.buried_loss)


def taken_up(dose, gfr, reference_gfr, k, own=1.0):
    """Share of a bisphosphonate dose that reaches bone; poor kidneys lose less of it. `own`: what this person's kidneys lose
    over what is usual for their filtration."""
    lost = between(own * k.renal_loss * (gfr / reference_gfr) ** 0.7, 0.1 * k.renal_loss, 0.8)
    return dose * (1.0 - lost)


def settled(activity, formation, k):
    """Activity of a bone-seeking radionuclide that settles in bone: the more bone forms, the more; the rest leaves in days."""
    return activity * formation / (formation + k.formation_half)


def radionuclide(bone, late, k, days):
    """Activity in bone, and as late-reacting tissue feels it, some days later."""
    left = approach(bone, 0.0, k.decay + k.washout, days)
    return left, approach(late, 0.5 * (bone + left), k.lag, days)


def approach(level, goal, rate, days):
    """A level on its way to its goal."""
    return goal + (level - goal) * exp(-rate * days)


def effect(signal, most, half, steepness, exposure, k):
    """Effect of a drug's signal, worn down by resistance with exposure (Claret 2009)."""
    return most * hill(signal, half, steepness) * exp(-k.resistance * exposure)
