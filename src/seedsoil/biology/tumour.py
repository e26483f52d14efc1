"""The seed: growth that bone feeds, kill by drugs, clones that resist, dead tissue that is cleared.

Growth slows with size as volume to the 1/4 (West's law, near Gompertz; used for metastases by Coumans 2013).
"""

from __future__ import annotations

from typing import NamedTuple

from seedsoil.biology.bone import factors_released
from seedsoil.grammar.algebra import hill1, larger, positive, root4, smaller
from seedsoil.grammar.units import Quantity


class TumourValues(NamedTuple):
    """The numbers of tumour growth."""

    capacity_bone: Quantity["1", "tumour a site can hold, over the site's volume"]
    capacity_liver: Quantity["mL", "liver metastases at which growth stops"]
    capacity_lung: Quantity["mL", "lung metastases at which growth stops"]
    capacity_brain: Quantity["mL", "brain metastases at which growth stops"]
    capacity_primary: Quantity["mL", "primary tumour at which growth stops"]
    dead_clearance: Quantity["day", "time constant of clearing dead tumour"]
    fed_half: Quantity["1", "released factors at which their help is half its most"]
    fed_most: Quantity["1", "largest help of bone, relative to an active lesion's"]
    fed_reference: Quantity["1", "released factors in an active lesion, where the help is one"]
    eroded_uptake: Quantity["1", "uptake of bone-seeking activity by resorbing bone, over that by bone that forms as fast"]
    marrow_gap: Quantity["mm", "depth of the marrow between the trabeculae of intact bone, from the surface"]
    trace_dose: Quantity["Gy/day", "dose rate too low to matter"]
    escape: Quantity["1", "power of colonies to escape immune control and gain vessels: 1 as they wake and grow, 0 none ever does"]


def fed(l, p):
    """Help that factors from resorbed bone give to growth; 1 in a typical active lesion."""
    released = factors_released(l)
    reference = p.fed_reference / (p.fed_reference + p.fed_half)
    return smaller(released / (released + p.fed_half) / reference, p.fed_most)


def crowding(volume, capacity):
    """Slowing of growth with size."""
    return positive(1.0 - root4(positive(volume) / capacity))


def growth(l, t, site, p):
    """Specific growth rate of a bone lesion, before kill; none while it sleeps."""
    tumour = l.sensitive + l.resistant
    bone = t.bone_independent + (1.0 - t.bone_independent) * fed(l, p)
    return l.awake * p.escape * t.growth * bone * crowding(tumour + 0.5 * l.dead, p.capacity_bone * site.volume)


def shared_out(rx, formation):
    """Dose rate where bone forms as in health: settled activity is shared out among all bone that forms."""
    return rx.surface_dose / larger(formation, 0.1)


def particle_range(rx, p):
    """Mean range of the particles of all settled activity; 0 where there is none."""
    return rx.surface_reach / (rx.surface_dose + p.trace_dose)


def uptake(l, p):
    """What seeks bone and settles at this lesion, relative to healthy bone: where new bone forms and, less, where mineral
    lies bare after resorption."""
    return l.osteoblasts + p.eroded_uptake * l.osteoclasts


def irradiated_inside(l, soil, x, p):
    """Kill rate by activity settled at the tumour's edge: where bone is dense no cell lies far from a surface, where it is
    gone only those at the edge are reached; the dose rate is too low for the quadratic part of the law."""
    dense = larger(l.lamellar + l.woven, 0.02)
    reached = hill1(soil.surface_range * dense, p.marrow_gap)
    return x.radiosensitivity * soil.surface_dose * uptake(l, p) * reached


def sensitive(l, soil, x, t, site, rx, p):
    """Viable tumour that drugs can kill."""
    lost = rx.kill_sensitive * x.treatability * l.awake + irradiated_inside(l, soil, x, p)
    return growth(l, t, site, p) * l.sensitive, lost


def resistant(l, soil, x, t, site, rx, p):
    """Viable tumour that most drugs cannot kill."""
    lost = rx.kill_resistant * x.treatability * l.awake + irradiated_inside(l, soil, x, p)
    return growth(l, t, site, p) * l.resistant, lost


def dead(l, soil, x, rx, p):
    """Dead tissue, cleared over weeks."""
    killed = l.awake * x.treatability * (rx.kill_sensitive * l.sensitive + rx.kill_resistant * l.resistant)
    killed = killed + irradiated_inside(l, soil, x, p) * (l.sensitive + l.resistant)
    return killed, 1.0 / p.dead_clearance


def visceral(sensitive_volume, resistant_volume, capacity, kill_sensitive, kill_resistant, x):
    """Gain and loss of the two clones of the metastases in one organ."""
    rate = x.visceral_growth * crowding(sensitive_volume + resistant_volume, capacity)
    return (
        (rate * sensitive_volume, kill_sensitive * x.treatability),
        (rate * resistant_volume, kill_resistant * x.treatability),
    )


def primary(y, x, rx, p):
    """The primary tumour."""
    return x.primary_growth * crowding(y.primary, p.capacity_primary) * y.primary, rx.kill_sensitive * x.treatability


