"""How the disease reaches new places: shedding from primary and metastases, homing to active bone, sleep and waking.

Shedding goes with volume to the power 5/8, between surface and fractal growth (Iwata 2000: 0.6 to 0.7).
"""

from __future__ import annotations

from typing import NamedTuple

from seedsoil.grammar.algebra import five_eighths, larger, positive
from seedsoil.grammar.units import Quantity


class SpreadValues(NamedTuple):
    """The numbers of dissemination."""

    reference_volume: Quantity["mL", "tumour volume that sheds at rate one"]
    metastasis_sheds: Quantity["1", "shedding of metastases over that of a primary of the same size"]
    soil_pull: Quantity["1", "rise of homing for each unit of osteoclast action above normal"]
    founding_volume: Quantity["mL", "colony that survives arrest in bone"]
    colonies_at_once: Quantity["1", "colonies in bone that cells shed as one clump found, on average"]
    organs_along: Quantity["1", "most that the chance of a clump to leave cells in an organ too can be"]
    nearby_share: Quantity["1", "share of further colonies that settle in the region of one that is there"]
    wake_turnover: Quantity["1", "rise of waking for each unit of osteoclast action above normal"]
    liver_weight: Quantity["1", "share of visceral colonies that go to the liver"]
    lung_weight: Quantity["1", "share that goes to the lungs"]
    brain_weight: Quantity["1", "share that goes to the brain"]
    cells_per_ml: Quantity["cell_count/mL", "tumour cells in a millilitre"]
    shed_per_ml: Quantity["cell_count/mL/day", "cells shed into blood a day by a millilitre"]


def surface(volume, p):
    """Shedding surface of a tumour, relative to the reference. Some solvers try a volume a hair below nothing; it sheds nothing."""
    return five_eighths(positive(volume) / p.reference_volume)


def founding(y, x, sums, p):
    """New colonies in bone a day: shed cells times the pull of active bone."""
    sheds = surface(y.primary, p) + p.metastasis_sheds * (sums.shedding + visceral_surface(y, p))
    return x.shedding * sheds * larger(1.0 + p.soil_pull * (y.osteoclasts - 1.0), 0.2)


def clumps(y, x, sums, p):
    """Times a day that colonies are founded in bone: cells travel in clumps, which break up in the blood and settle together."""
    return founding(y, x, sums, p) / p.colonies_at_once


def along(x, p):
    """Chance that a clump which settles in bone leaves cells in an organ too: the likelier the more of the cells that this tumour
    sheds settle in organs."""
    organs = x.visceral_tropism * p.colonies_at_once
    return p.organs_along * organs / (1.0 + organs)


def visceral_surface(y, p):
    """Shedding surface of the visceral metastases."""
    liver = surface(y.liver_sensitive + y.liver_resistant, p)
    return liver + surface(y.lung_sensitive + y.lung_resistant, p) + surface(y.brain_sensitive + y.brain_resistant, p)


def founding_in_organs(y, x, sums, p):
    """New visceral colonies a day, those that sleep at first among them."""
    return founding(y, x, sums, p) * x.visceral_tropism


def organs_asleep(y, x, sums, p):
    """Colonies that sleep in organs. Their mean will do: as each wakes by itself, all wake as events that come by chance."""
    return x.dormant_share * founding_in_organs(y, x, sums, p), escaping(x, p)


def growing_in_organs(y, x, sums, p):
    """Visceral colonies that begin to grow in a day: new ones that do not sleep, and those that wake."""
    return (1.0 - x.dormant_share) * founding_in_organs(y, x, sums, p) + escaping(x, p) * y.organs_asleep


def escaping(x, p):
    """Rate at which one sleeping colony escapes immune control and gains vessels."""
    return p.escape * x.wake_rate


def waking(l, y, x, p):
    """Rate at which one colony that sleeps in bone wakes: turnover wakes it sooner."""
    return escaping(x, p) * (1.0 - l.awake) * (1.0 + p.wake_turnover * positive(y.osteoclasts - 1.0))
