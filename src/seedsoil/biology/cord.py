"""Epidural growth and compression of cord and roots: what narrows the canal, what is reversible, what is lost."""

from __future__ import annotations

from typing import NamedTuple

from seedsoil.grammar.algebra import between, positive, smaller
from seedsoil.grammar.units import Quantity


class CordValues(NamedTuple):
    """The numbers of cord compression."""

    epidural_start: Quantity["1", "tumour over vertebral volume at which it leaves the bone"]
    epidural_share: Quantity["1/mm", "canal area taken per epidural tumour volume, inverse length of the mass"]
    collapse_narrows: Quantity["1", "canal occupancy by a full vertebral collapse"]
    woven_narrows: Quantity["1", "canal occupancy by a fully sclerotic vertebra"]
    oedema_start: Quantity["1", "occupancy at which swelling begins, over that at which function begins to suffer"]
    oedema_width: Quantity["1", "further occupancy that brings swelling to its most"]
    oedema_most: Quantity["1", "canal occupancy by swelling at its most"]
    oedema_time: Quantity["day", "time constant of swelling"]
    oedema_steroid: Quantity["1", "share of swelling a full glucocorticoid action removes"]
    injury_rate: Quantity["1/day", "rate of loss for good at full compression"]
    injury_start: Quantity["1", "reversible deficit from which loss for good begins"]
    injury_sudden: Quantity["1", "rise of that rate behind a fresh full collapse, which the cord has had no time to adapt to"]
    mm3_per_ml: Quantity["mm^3/mL", "a millilitre in cubic millimetres"]


def pressing(l, site, p):
    """Canal occupancy by what cannot swell: epidural tumour, a collapsed body, bone that grew in; 0 outside the spine. Dead
    tumour takes as much room as living until it is cleared, so that radiation frees the cord over weeks and surgery at once."""
    mass = l.sensitive + l.resistant + l.dead
    epidural = positive(mass - p.epidural_start * site.volume)
    tumour = epidural * p.mm3_per_ml * p.epidural_share / site.canal
    solid = tumour + p.collapse_narrows * l.collapse + p.woven_narrows * smaller(l.woven, 1.0)
    return site.spinal * positive(smaller(solid, 1.5) - l.room)


def squeezed(occupancy, site):
    """Loss of function that an occupancy causes while nothing is lost for good."""
    return between((occupancy - site.compression_start) / (site.compression_full - site.compression_start), 0.0, 1.0)


def oedema(l, site, rx, p):
    """Swelling: once veins are blocked little more tumour brings all of it, within days; that, more than growth, is why
    weeks lie between the first weakness and paralysis. Steroids take much of it away."""
    close = between((pressing(l, site, p) - p.oedema_start * site.compression_start) / p.oedema_width, 0.0, 1.0)
    target = site.spinal * p.oedema_most * close * (1.0 - p.oedema_steroid * smaller(rx.glucocorticoid, 1.0))
    return target / p.oedema_time, 1.0 / p.oedema_time


def reversible(l, site, p):
    """Function that decompression would bring back."""
    return squeezed(pressing(l, site, p) + l.oedema, site)


def cord_injury(l, site, p):
    """Function lost for good: the harder and the more sudden the squeeze, the faster."""
    excess = positive(reversible(l, site, p) - p.injury_start) / (1.0 - p.injury_start)
    rate = p.injury_rate * excess * excess * (1.0 + p.injury_sudden * l.unhealed * l.collapse)
    return rate, rate


def deficit(l, site, p):
    """Cord or root function missing now: 0 none, 1 no movement at all."""
    return smaller(reversible(l, site, p) * (1.0 - l.cord_injury) + l.cord_injury, 1.0)
