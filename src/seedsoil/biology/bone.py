"""The soil: osteoclasts and osteoblasts, matrix and mineral, in the skeleton and at a tumour's edge.

The compact model reduces the RANKL/OPG, TGF-beta and precursor cascade (Lemaire 2004; Pivonka 2008; Peterson and
Riggs 2010) to quasi-steady laws, as its fast parts are at rest on the time scale of disease (Schmidt 2011).
"""

from __future__ import annotations

from typing import NamedTuple

from seedsoil.grammar.algebra import between, five_eighths, hill1, larger, log, positive, root4, smaller, sqrt
from seedsoil.grammar.units import Quantity


class BoneValues(NamedTuple):
    """The numbers of bone remodelling."""

    skeleton_calcium: Quantity["mmol", "calcium in the skeleton"]
    bone_turnover: Quantity["mmol/day", "calcium freed and laid down a day by the healthy skeleton"]
    site_turnover: Quantity["1/day", "turnover of spongy bone at a lesion's site"]
    osteoclast_floor: Quantity["1", "osteoclast action left without any RANKL, skeleton"]
    osteoclast_reserve: Quantity["1", "osteoclast action at endless drive, over normal, skeleton"]
    zone_floor: Quantity["1", "osteoclast action left without any RANKL, at a tumour's edge"]
    zone_reserve: Quantity["1", "osteoclast action at endless drive, over normal, at a tumour's edge"]
    osteoclast_fall: Quantity["day", "time constant of falling osteoclast action"]
    osteoclast_rise: Quantity["day", "time constant of rising osteoclast action"]
    zone_time: Quantity["day", "time constant of osteoclasts at a tumour's edge"]
    precursor_gain: Quantity["1", "precursors heaped up under full RANKL blockade"]
    precursor_time: Quantity["day", "time constant of the precursor pool"]
    osteoblast_time: Quantity["day", "time constant of osteoblast action, skeleton"]
    zone_osteoblast_time: Quantity["day", "time constant of osteoblast action at a tumour's edge"]
    pthrp_blocks_formation: Quantity["L/pmol", "uncoupling of formation by PTHrP"]
    steroid_blocks_formation: Quantity["1", "share of formation a full glucocorticoid action stops"]
    sex_steroid_drive: Quantity["1", "rise of osteoclast drive when all sex steroid is removed"]
    sex_steroid_forms: Quantity["1", "share of formation that is lost with all sex steroid"]
    poison_max: Quantity["1", "largest share of osteoclast action a bisphosphonate stops"]
    poison_half: Quantity["mg", "bisphosphonate on surfaces that stops half of that, as zoledronate"]
    poison_dilution: Quantity["1", "dilution of bisphosphonate one unit of called action beyond the start of dilution"]
    dilution_start: Quantity["1", "osteoclast action called for at which dilution begins"]
    poison_uptake: Quantity["1", "bisphosphonate on surfaces at a tumour's edge, over the skeleton's"]
    matrix_time: Quantity["day", "mean time from matrix to mineral"]
    mineralising_calcium: Quantity["1", "largest rise of mineralisation at high calcium"]
    mineralising_phosphate: Quantity["mmol/L", "phosphate at which mineralisation is half its most"]
    zone_reach: Quantity["1", "volume of bone in a tumour's reach, per tumour volume"]
    viable_half: Quantity["mL", "tumour volume at which its signals are half their most"]
    dead_shield: Quantity["1", "weight of dead tissue in diluting the signals"]
    repair: Quantity["1/day", "filling of a defect by healthy bone once the tumour is gone"]
    woven_ceiling: Quantity["1", "woven mineral at which a site is full"]
    woven_strength: Quantity["1", "strength of woven mineral relative to lamellar"]


def viable_share(l, p):
    """How much of the lesion's signal is alive: 0 no viable tumour, near 1 a growing one."""
    tumour = l.sensitive + l.resistant
    return tumour / (tumour + p.viable_half + p.dead_shield * l.dead)


def zone(l, site, p):
    """Share of the site's bone in reach of the tumour."""
    reach = p.zone_reach * (l.sensitive + l.resistant + l.dead)
    return reach / sqrt(reach * reach + site.volume * site.volume)


def within_reach(l, site, p):
    """Share of the site's mineral that osteoclasts at the tumour's edge can reach. Mineral of a site is a mean over the
    site; what lies outside the tumour's reach is intact, so only what exceeds it can be resorbed: a small tumour digs a
    hole of its own size and no more."""
    mineral = l.lamellar + l.woven
    return positive(mineral - 1.0 + zone(l, site, p)) / larger(mineral, 0.01)


def factors_released(l):
    """Growth factors (TGF-beta, IGF) that resorption frees at the tumour's edge; 1 = normal bone."""
    return l.osteoclasts * (l.lamellar + 0.5 * l.woven)


def _reserve(signal, most):
    """A saturating, slightly steep response that is 1 at signal 1 and `most` + 1 at endless signal."""
    s = signal * root4(signal)
    return (1.0 + most) * s / (most + s)


def poisoned(surface, p):
    """Share of osteoclast action a bisphosphonate on the surface stops: a shallow curve, fitted to Brown 2007."""
    return p.poison_max * hill1(five_eighths(surface / p.poison_half), 1.0)


def called_for(drive, rx, p):
    """What RANKL and hormones call for in the skeleton, before the osteoclasts themselves are hit; 1 = normal."""
    signal = drive * (1.0 - rx.rankl_blocked) * (1.0 + p.sex_steroid_drive * rx.sex_steroid_loss)
    return _reserve(signal, p.osteoclast_reserve)


def osteoclasts(y, rx, drive, p):
    """Osteoclast action of the skeleton: quick to fall, slow to rise. `drive` is PTH and PTHrP relative to normal.

    The floor needs no RANKL, so it does not grow with the precursors that wait for RANKL. Where hormones call many fresh
    osteoclasts, each meets less bisphosphonate, so that hypercalcaemia by PTHrP answers less and comes back sooner.
    """
    called = called_for(drive, rx, p)
    fresh = positive(called - p.dilution_start)
    surface = rx.osteoclast_poison / (1.0 + p.poison_dilution * fresh * fresh)
    free = (1.0 - poisoned(surface, p)) * (1.0 - stunned(y, rx))
    target = (p.osteoclast_floor + (1.0 - p.osteoclast_floor) * called * y.precursors) * free
    gain = positive(target - y.osteoclasts) / p.osteoclast_rise
    loss = positive(y.osteoclasts - target) / (p.osteoclast_fall * y.osteoclasts)
    return gain, loss


def stunned(y, rx):
    """Share of osteoclast action stopped by calcitonin, less what tolerance has taken back."""
    return rx.osteoclast_stunned * (1.0 - y.calcitonin_tolerance)


def precursors(y, rx, drive, p):
    """Precursors heap up while RANKL is blocked and flood out when the block ends.

    The third power keeps small falls of PTH from raising resorption: only a near-complete block heaps them up.
    """
    idle = positive(1.0 - called_for(drive, rx, p))
    return (1.0 + p.precursor_gain * idle * idle * idle) / p.precursor_time, 1.0 / p.precursor_time


def osteoblasts(y, rx, pthrp, p):
    """Osteoblast action follows resorption over months; PTHrP and steroids uncouple it, and so does the loss of sex
    steroids, without which osteoblasts die sooner."""
    target = sqrt(y.osteoclasts) / (1.0 + p.pthrp_blocks_formation * pthrp)
    target = target * (1.0 - p.steroid_blocks_formation * rx.glucocorticoid) * (1.0 - p.sex_steroid_forms * rx.sex_steroid_loss)
    return target / p.osteoblast_time, 1.0 / p.osteoblast_time


def formation(y, sums):
    """Bone formation of the skeleton and its lesions together, over a healthy skeleton's; what seeks bone is shared by it."""
    return y.osteoblasts + sums.alp


def mineralising(y, x, sums, p):
    """How fast new matrix takes up mineral, relative to how fast it is laid down; 1 in health.

    Matrix waits in one pool; low calcium or phosphate starves it, so it grows (osteomalacia) and stays hungry.
    """
    calcium = y.calcium / p.calcium_normal
    squared = calcium * calcium
    supply = smaller(squared * squared * calcium, p.mineralising_calcium)
    supply = supply * y.phosphate / (y.phosphate + p.mineralising_phosphate) / p.phosphate_supply_normal
    return y.osteoid * supply / (p.matrix_time * matrix_laid(y, x, sums, p))


def matrix_laid(y, x, sums, p):
    """Calcium that today's new matrix will take, skeleton and lesions."""
    return p.bone_turnover * x.bone_mass * y.osteoblasts + sums.formed


def osteoid(y, x, sums, p):
    """The pool of matrix that waits for mineral."""
    laid = matrix_laid(y, x, sums, p)
    return laid, laid * mineralising(y, x, sums, p) / y.osteoid


def surface_flow(y, drive, p):
    """Calcium that bone surfaces take from serum and give to it, mmol a day, around a set point that PTH and PTHrP raise.

    They give more slowly than they take: resting surface is covered, and its pool is small.
    """
    set_point = p.calcium_normal * (1.0 + p.exchange_set * log(between(drive, 0.3, 4.0)))
    above = y.calcium - set_point
    return p.exchange_rate * positive(above), p.exchange_release * positive(-above)


def skeleton(y, x, sums, drive, p):
    """Mineral of the skeleton away from lesions: turnover, and what bone surfaces exchange with serum for good."""
    taken, given = surface_flow(y, drive, p)
    rate = p.bone_turnover / p.skeleton_calcium
    gain = rate * x.bone_mass * y.osteoblasts * mineralising(y, x, sums, p) + taken / p.skeleton_calcium
    return gain, rate * y.osteoclasts + given / (p.skeleton_calcium * y.skeleton)


# ---- at a tumour's edge -----------------------------------------------------------------------------------------


def zone_drive(hormones, rx):
    """What hormones and the RANKL left free call for at a tumour's edge; `hormones` is PTH and PTHrP over normal."""
    return sqrt(hormones) * (1.0 - rx.rankl_blocked)


def zone_osteoclasts(l, soil, t, p):
    """Osteoclast action at the tumour's edge: tumour RANKL multiplies the body's own drive. A bisphosphonate gathers there,
    but is shared out among all the osteoclasts that are called, so that the fiercest lesions answer least to it."""
    signal = (1.0 + t.lytic_drive * viable_share(l, p)) * soil.drive
    action = p.zone_floor + (1.0 - p.zone_floor) * _reserve(signal, p.zone_reserve)
    left = (1.0 - poisoned(soil.poison / larger(action, 1.0), p)) * (1.0 - soil.stunned)
    return action * left / p.zone_time, 1.0 / p.zone_time


def woven_share(l, t, p):
    """Share of new matrix at the tumour's edge that is woven, and the osteoblast action that makes all of it."""
    share = viable_share(l, p)
    normal = sqrt(l.osteoclasts) * (1.0 - t.stromal_inhibition * share)
    extra = t.osteoblast_drive * share
    return extra / (normal + extra), normal + extra


def zone_osteoblasts(l, t, p):
    """Osteoblast action at the tumour's edge: held down in lytic, driven in blastic lesions."""
    target = woven_share(l, t, p)[1]
    return target / p.zone_osteoblast_time, 1.0 / p.zone_osteoblast_time


def repair(l, soil, site, p):
    """Healthy bone filling a defect, where no tumour is in reach."""
    defect = between(1.0 - l.lamellar - 0.7 * l.woven, 0.0, 1.0)
    return p.repair * defect * (1.0 - zone(l, site, p)) * smaller(soil.osteoblasts, 1.5)


def unfilled(l, p):
    """Share of the tumour's edge where new bone can lie: none where dead tumour has not been cleared away yet."""
    held = l.sensitive + l.resistant + p.viable_half
    return held / (held + l.dead)


def zone_flows(l, soil, t, site, p):
    """What the tumour's edge does to the site's mineral a day, as shares of the site's intact mineral: matrix laid down
    as lamellar and as woven bone, and the share of mineral resorbed."""
    z = p.site_turnover * zone(l, site, p)
    woven = woven_share(l, t, p)[0]
    filled = repair(l, soil, site, p)
    room = positive(1.0 - l.woven / p.woven_ceiling)
    laid = z * l.osteoblasts * unfilled(l, p)
    laid_lamellar = laid * (1.0 - woven) + 0.5 * filled
    laid_woven = laid * woven * room + 0.5 * filled
    return laid_lamellar, laid_woven, p.site_turnover * within_reach(l, site, p) * l.osteoclasts


def lamellar(l, soil, t, site, p):
    """Normal mineral of the site: the skeleton's own turnover outside the tumour's reach, the tumour's within it."""
    laid, _, resorbed = zone_flows(l, soil, t, site, p)
    outside = p.site_turnover * (1.0 - zone(l, site, p))
    return soil.mineralising * (laid + outside * soil.osteoblasts), resorbed + outside * soil.osteoclasts


def woven(l, soil, t, site, p):
    """Sclerotic mineral of the site."""
    _, laid, resorbed = zone_flows(l, soil, t, site, p)
    outside = p.site_turnover * (1.0 - zone(l, site, p))
    return soil.mineralising * laid, resorbed + outside * soil.osteoclasts


def calcium_freed(l, soil, t, site, p):
    """Calcium the lesion frees into blood a day; the skeleton's own turnover is counted with the skeleton."""
    return site.calcium * zone_flows(l, soil, t, site, p)[2] * (l.lamellar + l.woven)


def calcium_claimed(l, soil, t, site, p):
    """Calcium that the matrix laid down in the lesion today will take."""
    laid_lamellar, laid_woven, _ = zone_flows(l, soil, t, site, p)
    return site.calcium * (laid_lamellar + laid_woven)


def alkaline_phosphatase(l, site, p):
    """Bone ALP from the lesion's osteoblasts, in units of the healthy skeleton's."""
    return site.calcium * p.site_turnover * zone(l, site, p) * l.osteoblasts / p.bone_turnover


def strength_mineral(l, y, p):
    """Mineral that carries load, relative to intact bone."""
    return y.skeleton * larger(l.lamellar + p.woven_strength * l.woven, 0.0)
