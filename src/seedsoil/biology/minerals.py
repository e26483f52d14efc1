"""Calcium, phosphate and magnesium, the hormones that hold them, fluid volume and kidneys.

Hormones and kidney handling with half-lives of minutes are algebraic. Structure after Raposo 2002, Peterson and Riggs
2010 and Granjon 2016; the volume state and the calcium-sensing reabsorption are what lets hypercalcaemia run away.
"""

from __future__ import annotations

from typing import NamedTuple

from seedsoil.biology.bone import matrix_laid, mineralising, surface_flow
from seedsoil.grammar.algebra import between, exp, hill1, hill4, hill8, hill16, larger, log, positive, smaller, sqrt
from seedsoil.grammar.units import Quantity


class MineralValues(NamedTuple):
    """The numbers of calcium homeostasis."""

    calcium_normal: Quantity["mmol/L", "calcium in health"]
    phosphate_normal: Quantity["mmol/L", "phosphate in health"]
    magnesium_normal: Quantity["mmol/L", "magnesium in health"]
    vitamin_d_normal: Quantity["nmol/L", "25-hydroxyvitamin D in health"]
    pth_normal: Quantity["pmol/L", "PTH in health"]
    volume_normal: Quantity["L", "extracellular fluid in health"]
    gfr_normal: Quantity["mL/min", "glomerular filtration of a healthy adult"]
    exchangeable: Quantity["L", "bone surface calcium in quick exchange, as a volume of serum"]
    exchange_rate: Quantity["L/day", "clearance by which bone surfaces take calcium above the set point"]
    exchange_release: Quantity["L/day", "clearance by which they give it below the set point"]
    exchange_set: Quantity["1", "rise of the exchange set point for each log unit of PTH"]
    pth_slope: Quantity["L/mmol", "steepness of PTH against calcium"]
    pth_least: Quantity["1", "PTH left at very high calcium, of normal"]
    pth_least_log: Quantity["1", "lower limit of the PTH exponent"]
    pth_most_log: Quantity["1", "upper limit of the PTH exponent"]
    magnesium_half: Quantity["mmol/L", "magnesium at which PTH release is halved"]
    pthrp_feedback: Quantity["1", "rise of PTHrP release for each unit of growth factors freed from bone"]
    absorption: Quantity["mmol/day", "calcium absorbed in health, before gut and skin lose part of it"]
    absorption_passive: Quantity["1", "share of absorption that needs no calcitriol"]
    supplement_absorbed: Quantity["1", "share of a calcium supplement absorbed in health"]
    filterable: Quantity["1", "share of serum calcium that is filtered"]
    excretion_scale: Quantity["1", "share of filtered calcium that passes the proximal tubule"]
    loop_most: Quantity["1", "largest reabsorption in the thick limb"]
    loop_half: Quantity["mmol/L", "calcium that halves it by way of the calcium sensor"]
    distal_least: Quantity["1", "distal reabsorption without PTH"]
    distal_more: Quantity["1", "distal reabsorption that PTH adds at most"]
    distal_half: Quantity["pmol/L", "PTH that adds half of it"]
    skeletal_resistance: Quantity["1", "share of the answer to PTH that is lost without kidneys"]
    phosphate_intake: Quantity["mmol/day", "net phosphate absorbed in health"]
    phosphate_space: Quantity["L", "space phosphate spreads in"]
    phosphate_per_calcium: Quantity["1", "phosphate freed with each calcium of bone"]
    phosphaturia: Quantity["1", "rise of phosphate excretion for each log unit of PTH and PTHrP"]
    phosphate_threshold: Quantity["1", "phosphate below which the kidney keeps it all, of normal"]
    magnesium_time: Quantity["day", "time constant of serum magnesium"]
    magnesium_loss: Quantity["1", "fall of magnesium at very high calcium or volume loss"]
    magnesium_per_dose: Quantity["day/L", "rise of magnesium for each mmol a day"]
    vitamin_d_time: Quantity["day", "time constant of 25-hydroxyvitamin D"]
    calcitriol_time: Quantity["day", "time constant of calcitriol"]
    calcitriol_pth: Quantity["1", "power of PTH on calcitriol"]
    calcitriol_gfr: Quantity["1", "power of filtration on calcitriol"]
    calcitriol_pthrp: Quantity["1", "weight of PTHrP against PTH on calcitriol"]
    calcitriol_substrate: Quantity["nmol/L", "25-hydroxyvitamin D that halves calcitriol"]
    gland_time: Quantity["day", "time constant of parathyroid mass"]
    gland_calcitriol: Quantity["1", "power of calcitriol on parathyroid mass"]
    gland_gfr: Quantity["1", "power of filtration on parathyroid mass"]
    gland_most: Quantity["1", "largest parathyroid mass"]
    volume_time: Quantity["day", "time constant of fluid volume by thirst and kidneys"]
    nausea_calcium: Quantity["mmol/L", "calcium at which nausea halves drinking"]
    polyuria: Quantity["L/day", "largest water loss by high calcium"]
    polyuria_calcium: Quantity["mmol/L", "calcium at which it is half of that"]
    overload_excretion: Quantity["1/day", "excretion of volume above normal"]
    gfr_calcium: Quantity["1", "largest fall of filtration by high calcium"]
    gfr_calcium_half: Quantity["mmol/L", "calcium at which it is half of that"]
    kidney_calcium_harm: Quantity["1/day", "loss of filtration for good at very high calcium"]
    kidney_calcium_half: Quantity["mmol/L", "calcium at which that loss is half its most"]
    litres_per_day: Quantity["(L/day)/(mL/min)", "one mL a minute, in litres a day"]
    kidney_recovery: Quantity["1/day", "return of filtration after harm"]
    tolerance_time: Quantity["day", "time constant of tolerance to calcitonin"]


class Derived(NamedTuple):
    """What follows from the healthy steady state is computed from it, not tabled."""

    obligatory_loss: Quantity["mmol/day", "calcium lost by gut and skin in health"]
    nausea_normal: Quantity["1", "the nausea curve at normal calcium"]
    polyuria_normal: Quantity["1", "the polyuria curve at normal calcium"]
    gfr_calcium_normal: Quantity["1", "the filtration curve at normal calcium"]
    kidney_harm_normal: Quantity["1", "the curve of lasting kidney harm at normal calcium"]
    release_normal: Quantity["1", "the curve of PTH release at normal magnesium"]
    stores_normal: Quantity["1", "the curve of calcitriol making at normal vitamin D"]
    phosphate_supply_normal: Quantity["1", "the curve of mineralisation at normal phosphate"]


def derive(p):
    """The derived numbers of one parameter set."""
    fraction = p.excretion_scale * (1.0 - loop(p.calcium_normal, p)) * (1.0 - distal(p.pth_normal, p))
    urine = p.litres_per_day * p.gfr_normal * p.filterable * p.calcium_normal * fraction
    return {
        "obligatory_loss": p.absorption - urine,
        "nausea_normal": hill16(p.calcium_normal, p.nausea_calcium),
        "polyuria_normal": hill8(p.calcium_normal, p.polyuria_calcium),
        "gfr_calcium_normal": hill8(p.calcium_normal, p.gfr_calcium_half),
        "kidney_harm_normal": hill8(p.calcium_normal, p.kidney_calcium_half),
        "release_normal": hill4(p.magnesium_normal, p.magnesium_half),
        "stores_normal": hill1(p.vitamin_d_normal, p.calcitriol_substrate),
        "phosphate_supply_normal": hill1(p.phosphate_normal, p.mineralising_phosphate),
    }


def nausea(calcium, p):
    """Nausea by high calcium, 0 at and below normal, 1 at extremes."""
    return positive(hill16(calcium, p.nausea_calcium) - p.nausea_normal)


def polyuria(calcium, p):
    """Water lost by high calcium, 0 at and below normal, 1 at extremes."""
    return positive(hill8(calcium, p.polyuria_calcium) - p.polyuria_normal)


def pth(y, p):
    """PTH in plasma: steep in calcium, proportional to the gland, blunted when magnesium is low."""
    exponent = between(p.pth_slope * (p.calcium_normal - y.calcium), -p.pth_least_log, p.pth_most_log)
    release = hill4(y.magnesium, p.magnesium_half) / p.release_normal
    return y.parathyroid * p.pth_normal * larger(exp(exponent), p.pth_least) * release


def pthrp(y, x, sums):
    """PTHrP in plasma: of the lesions, and of tumour outside bone, which needs no bone to raise calcium."""
    organs = y.liver_sensitive + y.liver_resistant + y.lung_sensitive + y.lung_resistant
    return sums.pthrp + x.pthrp_secretion * (y.primary + organs)


def effective_pth(y, pthrp, p):
    """PTH and PTHrP as bone feels them; failing kidneys make bone resist PTH."""
    answer = 1.0 - p.skeletal_resistance * positive(1.0 - y.gfr / p.gfr_normal)
    return pth(y, p) * answer + pthrp


def loop(calcium, p):
    """Reabsorption in the thick limb, which the calcium sensor shuts."""
    return p.loop_most * (1.0 - hill16(calcium, p.loop_half))


def distal(hormone, p):
    """Distal reabsorption, which PTH and PTHrP raise."""
    return p.distal_least + p.distal_more * hormone / (hormone + p.distal_half)


def filtration(y, p):
    """Glomerular filtration now: what the kidneys are built for, less volume depletion and high calcium."""
    filled = y.volume / p.volume_normal
    spasm = p.gfr_calcium * positive(hill8(y.calcium, p.gfr_calcium_half) - p.gfr_calcium_normal)
    return y.gfr * filled * sqrt(filled) * (1.0 - spasm)


def calcium_clearance(y, rx, hormone, p):
    """Calcium excreted in urine over calcium in serum, L a day. A wet person wastes calcium, a dry one keeps it."""
    filled = y.volume / p.volume_normal
    kept = (1.0 - loop(y.calcium, p)) * (1.0 - distal(hormone, p))
    stunned = rx.calciuric * (1.0 - y.calcitonin_tolerance)
    fraction = smaller(p.excretion_scale * filled * filled * filled * kept * (1.0 + stunned), 1.0)
    return p.litres_per_day * filtration(y, p) * p.filterable * fraction


def absorbed(y, rx, p):
    """Calcium absorbed from food and supplements."""
    by_calcitriol = p.absorption_passive + (1.0 - p.absorption_passive) * y.calcitriol
    return by_calcitriol * (p.absorption + p.supplement_absorbed * rx.oral_calcium) + rx.iv_calcium


def calcium(y, x, rx, hormone, sums, volume_change, p):
    """Calcium in serum: from gut, bone and lesions, to urine, new bone and the quick exchange with bone surfaces."""
    space = y.volume + p.exchangeable
    resorbed = p.bone_turnover * y.osteoclasts * y.skeleton + sums.resorbed
    mineralised = matrix_laid(y, x, sums, p) * mineralising(y, x, sums, p)
    taken, given = surface_flow(y, hormone / p.pth_normal, p)
    drying = positive(-volume_change) * y.calcium
    gain = (absorbed(y, rx, p) + resorbed + given + drying) / space
    lost = calcium_clearance(y, rx, pth(y, p) + pthrp(y, x, sums), p) + (mineralised + p.obligatory_loss + taken) / y.calcium
    return gain, (lost + positive(volume_change)) / space


def phosphate(y, x, rx, sums, p):
    """Phosphate in serum: food and bone in, kidneys and new bone out; the kidney keeps what lies below its threshold."""
    resorbed = p.bone_turnover * y.osteoclasts * y.skeleton + sums.resorbed
    mineralised = matrix_laid(y, x, sums, p) * mineralising(y, x, sums, p)
    taken = p.phosphate_intake * (0.5 + 0.5 * smaller(y.calcitriol, 1.5)) + 0.6 * rx.oral_phosphate
    leak = 1.0 + x.phosphate_wasting
    spill = positive(y.phosphate / p.phosphate_normal - p.phosphate_threshold / leak) / (1.0 - p.phosphate_threshold)
    hormonal = 1.0 + p.phosphaturia * log(between((pth(y, p) + pthrp(y, x, sums)) / p.pth_normal, 0.3, 4.0))
    excreted = p.phosphate_intake * filtration(y, p) / p.gfr_normal * spill * hormonal * leak
    gain = (taken + p.phosphate_per_calcium * resorbed) / p.phosphate_space
    return gain, (excreted + p.phosphate_per_calcium * mineralised) / (p.phosphate_space * y.phosphate)


def volume(y, rx, p):
    """Extracellular fluid: thirst and kidneys hold it, high calcium drains it, nausea stops drinking."""
    drinking = (1.0 - 0.8 * nausea(y.calcium, p)) / p.volume_time
    drained = p.polyuria * polyuria(y.calcium, p)
    overload = p.overload_excretion * positive(y.volume - p.volume_normal)
    return drinking * p.volume_normal + rx.iv_fluid, drinking + (drained + overload) / y.volume


def calcitriol(y, pthrp, p):
    """Active vitamin D: PTH and kidneys make it from its substrate."""
    drive = (pth(y, p) + p.calcitriol_pthrp * pthrp) / p.pth_normal
    stores = y.vitamin_d / (y.vitamin_d + p.calcitriol_substrate) / p.stores_normal
    # Power laws written as logs, which cost half as much.
    target = stores * exp(p.calcitriol_pth * log(drive) + p.calcitriol_gfr * log(y.gfr / p.gfr_normal))
    return target / p.calcitriol_time, 1.0 / p.calcitriol_time


def vitamin_d(y, x, rx, p):
    """25-hydroxyvitamin D: sun and diet, and what a supplement adds."""
    return (x.vitamin_d_usual + rx.vitamin_d_supply) / p.vitamin_d_time, 1.0 / p.vitamin_d_time


def magnesium(y, rx, p):
    """Magnesium: diet and kidneys hold it; high calcium wastes it."""
    wasted = p.magnesium_loss * polyuria(y.calcium, p)
    target = p.magnesium_normal * (1.0 - wasted) + p.magnesium_per_dose * rx.oral_magnesium
    return target / p.magnesium_time, 1.0 / p.magnesium_time


def parathyroid(y, x, p):
    """Mass of the glands: they grow over months when calcitriol, kidneys or calcium fail; an adenoma heeds none of these."""
    scarce = p.calcium_normal / y.calcium
    pull = p.gland_calcitriol * log(larger(y.calcitriol, 0.05)) + p.gland_gfr * log(y.gfr / p.gfr_normal)
    healthy = between(exp(-pull) * scarce * scarce, 0.3, p.gland_most)
    return (healthy + x.parathyroid_adenoma) / p.gland_time, 1.0 / p.gland_time


def gfr(y, x, rx, p):
    """Filtration the kidneys are built for: harmed by drugs and very high calcium, part of it comes back."""
    high = positive(hill8(y.calcium, p.kidney_calcium_half) - p.kidney_harm_normal)
    harm = rx.nephrotoxic + p.kidney_calcium_harm * (1.0 + x.kidney_fragility) * high
    return p.kidney_recovery * x.gfr_healthy, p.kidney_recovery + harm


def calcitonin_tolerance(rx, p):
    """Receptors lost to calcitonin within two days."""
    used = smaller(rx.osteoclast_stunned + rx.calciuric, 1.0)
    return used / p.tolerance_time, 1.0 / p.tolerance_time

