"""The person around the bones: pain, strength to do things, blood, falls, wasting and death with its cause."""

from __future__ import annotations

from typing import NamedTuple

from seedsoil.biology.cord import deficit
from seedsoil.biology.minerals import nausea
from seedsoil.biology.strength import bearing, load_ratio, material
from seedsoil.biology.tumour import uptake
from seedsoil.grammar.algebra import each_hill1, each_hill2, exp, hill1, hill2, hill4, hill8, hill16, positive, smaller, sqrt
from seedsoil.grammar.units import Quantity


class PersonValues(NamedTuple):
    """The numbers of symptoms, function, blood and death."""

    inflammation_time: Quantity["day", "time constant of inflammation around a lesion"]
    acid_pain: Quantity["1", "irritation by osteoclast acid"]
    tumour_pain: Quantity["1", "irritation by what tumour and changed bone send out, whatever osteoclasts do"]
    pressure_pain: Quantity["1", "irritation by tumour stretching periosteum and marrow"]
    pressure_start: Quantity["1", "tumour over site volume at which stretching begins"]
    sclerosis_pain: Quantity["1", "irritation by osteoblast-driven growth"]
    sore_half: Quantity["mL", "tumour and remodelled bone at which cells irritate half their most"]
    scar_pain: Quantity["1", "irritation by nerves that grew into remodelled bone, whether tumour is left or not"]
    scar_half: Quantity["mL", "remodelled bone at which that is half its most"]
    rest_early: Quantity["1", "share of squared irritation that is felt at rest and at night while the bone has hardly changed"]
    rest_share: Quantity["1", "the same once much of the bone has been remodelled"]
    rest_recumbent: Quantity["1", "what lying down adds to that share in the spine"]
    usual_share: Quantity["1", "share of all squared irritation that is felt as usual pain, over the whole day"]
    load_pain: Quantity["1", "largest irritation by load on weak bone"]
    load_pain_limb: Quantity["1", "what long bones hurt more on load, over those of the trunk"]
    load_pain_half: Quantity["1", "load over strength at which it is half its most"]
    nerve_pain: Quantity["1", "irritation by pressed roots and cord"]
    fracture_pain: Quantity["1", "irritation by an unhealed fracture"]
    soothing_fade: Quantity["1/day", "fading of radiation's soothing"]
    soothing_by_dose: Quantity["1/Gy", "share of the soothing still to come that each gray from settled activity brings"]
    soothing_by_activity: Quantity["1", "largest share of inflammation that settled activity holds down"]
    flare_pain: Quantity["1", "irritation by a flare after radiation, for each unit of it"]
    pain_threshold: Quantity["1", "irritation below which nothing is felt"]
    flare_time: Quantity["day", "time constant of a pain flare"]
    opioid_half: Quantity["mg", "oral morphine a day that halves pain"]
    opioid_most: Quantity["1", "largest share of pain opioids remove"]
    tolerance_gain: Quantity["1", "rise of the halving dose under lasting opioids"]
    tolerance_days: Quantity["day", "time constant of tolerance to opioids"]
    haemoglobin_usual: Quantity["g/dL", "haemoglobin in health, women"]
    haemoglobin_male: Quantity["g/dL", "what men have more"]
    platelets_usual: Quantity["giga_cells/L", "platelets in health"]
    neutrophils_usual: Quantity["giga_cells/L", "neutrophils in health"]
    red_cell_time: Quantity["day", "time constant of haemoglobin"]
    platelet_time: Quantity["day", "time constant of platelets"]
    neutrophil_time: Quantity["day", "time constant of neutrophils"]
    marrow_recovery: Quantity["1/day", "recovery of marrow progenitors"]
    marrow_half: Quantity["1", "marrow at which blood making is half its most"]
    neutrophil_half: Quantity["1", "the same of neutrophils, which have the least reserve"]
    disease_anaemia: Quantity["1", "largest share of red cell making that cancer inflammation stops"]
    burden_bone: Quantity["mL", "bone metastases that take a life's worth of strength"]
    burden_liver: Quantity["mL", "liver metastases that do"]
    burden_lung: Quantity["mL", "lung metastases that do"]
    burden_brain: Quantity["mL", "brain metastases that do"]
    burden_primary: Quantity["mL", "primary tumour that does"]
    burden_wasting: Quantity["1", "burden at which wasting is half its most"]
    wasting_time: Quantity["day", "time constant of wasting"]
    function_time: Quantity["day", "time constant of performance"]
    pain_disables: Quantity["1", "performance lost at the worst pain"]
    wasting_disables: Quantity["1", "performance lost to full wasting"]
    anaemia_disables: Quantity["1", "performance lost to severe anaemia"]
    calcium_disables: Quantity["1", "performance lost to severe hypercalcaemia"]
    cord_disables: Quantity["1", "performance lost to full paralysis"]
    sedation_disables: Quantity["1", "performance lost to full sedation"]
    restriction_disables: Quantity["1", "performance lost to full restriction of load"]
    fall_frailty: Quantity["1", "rise of falls at no function left"]
    fall_sedation: Quantity["1", "rise of falls at full sedation"]
    fall_age: Quantity["1/year", "rise of falls with age, per year, as a log"]
    death_cancer: Quantity["1/day", "deaths a day when the burden far exceeds a life's worth"]
    death_wasting: Quantity["1/day", "deaths a day at full wasting"]
    death_bedridden: Quantity["1/day", "deaths a day when function is gone"]
    death_bedridden_half: Quantity["1", "function lost at which half of that"]
    death_calcium: Quantity["1/day", "deaths a day at the calcium at which heart and brain fail"]
    death_calcium_level: Quantity["mmol/L", "that calcium; above it deaths grow without a ceiling"]
    death_low_calcium: Quantity["1/day", "deaths a day at extremely low calcium"]
    low_calcium_half: Quantity["mmol/L", "calcium at which half of that"]
    death_infection: Quantity["1/day", "deaths a day without neutrophils"]
    death_bleeding: Quantity["1/day", "deaths a day without platelets"]
    death_anaemia: Quantity["1/day", "deaths a day at extreme anaemia"]
    death_background: Quantity["1/day", "deaths a day from other causes, woman of 70"]
    death_doubling: Quantity["1/year", "rise of those with age, per year, as a log"]
    death_male: Quantity["1", "men's rate of those over women's"]
    reference_age: Quantity["year", "age those rates are for"]


class Hazards(NamedTuple):
    """Events a day of one person that are not tied to one lesion."""

    new_lesion: Quantity["1/day", "founding of bone colonies, some at once"]
    liver: Quantity["1/day", "founding of a liver colony"]
    lung: Quantity["1/day", "founding of a lung colony"]
    brain: Quantity["1/day", "founding of a brain colony"]
    vertebra: Quantity["1/day", "clinical fracture of a vertebra without tumour"]
    hip: Quantity["1/day", "hip fracture without tumour"]
    fall: Quantity["1/day", "fall"]
    death_tumour: Quantity["1/day", "death from tumour burden and wasting"]
    death_calcium: Quantity["1/day", "death from high or low calcium"]
    death_marrow: Quantity["1/day", "death from infection, bleeding or anaemia"]
    death_immobility: Quantity["1/day", "death from the consequences of lying"]
    death_other: Quantity["1/day", "death from other causes"]


# ---- pain ----------------------------------------------------------------------------------------------------------


def inflammation(l, site, p):
    """What irritates nerves at a lesion; radiation holds it down for a while (Hoskin 2012 on the mechanisms).

    Tumour, alive or dead, and bone that it has changed irritate by themselves, the more while osteoclasts dissolve bone or
    osteoblasts pile it up, and nerves that grew in stay when the tumour is gone: it is millilitres that hurt, not the share
    of the bone. So drugs that stop osteoclasts take only part of the pain away.
    """
    acid, growth = each_hill1(positive(l.osteoclasts - 1.0), positive(l.osteoblasts - 1.0), 3.0)
    active = p.tumour_pain + p.acid_pain * acid + p.sclerosis_pain * growth
    scar = remodelled(l, site, p)
    sore, scarred = each_hill2(l.sensitive + l.resistant + l.dead + scar, p.sore_half, scar, p.scar_half)
    target = active * sore + p.scar_pain * scarred
    return target * (1.0 - l.soothed) / p.inflammation_time, 1.0 / p.inflammation_time


def remodelled(l, site, p):
    """Bone that the tumour has taken away or made dense, mL; nerves grow into it."""
    return site.volume * (positive(1.0 - l.lamellar) + l.woven / p.woven_ceiling)


def soothed(l, soil, p):
    """Radiation's soothing fades over months; activity settled in forming bone builds it up while it lasts."""
    built = p.soothing_by_dose * soil.surface_dose * uptake(l, p)
    return built * p.soothing_by_activity, p.soothing_fade + built


def flare(p):
    """A flare after radiation passes in days."""
    return 0.0 / p.flare_time, 1.0 / p.flare_time


def irritation(l, y, x, t, site, rx, p):
    """Squared irritation of one lesion: at rest and night, and on load and movement.

    Early pain is that of irritated nerves in whole bone: it comes at night and eases on moving about. As bone is remodelled
    and weakens, movement and load bring most of it, the more the closer the bone is to breaking. A fresh break hurts most
    in its first weeks, long before it has healed.
    """
    mass = l.sensitive + l.resistant + l.dead
    stretched = t.soreness * p.pressure_pain * positive(mass / site.volume - p.pressure_start)
    inflamed = t.soreness * l.inflammation * (1.0 - rx.nsaid) + p.flare_pain * l.flare
    nerve = p.nerve_pain * deficit(l, site, p) * (1.0 - l.cord_injury) * (1.0 - rx.nerve_calmed)
    broken = p.fracture_pain * l.unhealed * l.unhealed
    near = hill4(load_ratio(l, y, x, t, site, rx, p), p.load_pain_half)
    near = near * positive(1.0 - material(bearing(l, t, site, p), p))
    weak = p.load_pain * (1.0 + p.load_pain_limb * site.cortical) * near * (1.0 - l.cord_injury)
    hot = inflamed * inflamed + stretched * stretched
    late = hill2(remodelled(l, site, p), p.scar_half)
    share = p.rest_early + (p.rest_share - p.rest_early) * late + p.rest_recumbent * site.spinal
    rest = share * hot + nerve * nerve + p.rest_share * broken * broken
    moving = weak * weak + (1.0 - share) * hot + (1.0 - p.rest_share) * broken * broken
    return site.pain_rest * rest, site.pain_activity * moving


def relief(y, rx, p):
    """Share of pain that opioids leave."""
    dose = rx.opioid / (p.opioid_half * y.opioid_tolerance)
    return 1.0 - p.opioid_most * dose / (1.0 + dose)


def felt(squared, y, x, rx, p):
    """Pain 0-10 that a person reports for a sum of squared irritations."""
    over = positive(x.pain_sensitivity * sqrt(squared) * relief(y, rx, p) - p.pain_threshold)
    return 10.0 * (1.0 - exp(-over))


def pain_at_rest(y, x, sums, rx, p):
    """Pain at rest and at night, 0-10."""
    return felt(sums.rest_pain, y, x, rx, p)


def worst_pain(y, x, sums, rx, p):
    """Worst pain of the day, with load and movement, 0-10."""
    return felt(sums.rest_pain + sums.activity_pain, y, x, rx, p)


def usual_pain(y, x, sums, rx, p):
    """Usual pain of the day, 0-10: most of it is spent without the load or the posture that hurts most."""
    return felt(p.usual_share * (sums.rest_pain + sums.activity_pain), y, x, rx, p)


def opioid_tolerance(rx, p):
    """Lasting opioids raise the dose that is needed."""
    used = rx.opioid / (rx.opioid + p.opioid_half)
    return (1.0 + p.tolerance_gain * used) / p.tolerance_days, 1.0 / p.tolerance_days


# ---- blood ---------------------------------------------------------------------------------------------------------


def marrow(y, sums, half):
    """Blood making that the marrow is capable of; there is reserve, so loss shows late, the later the smaller `half` is."""
    capacity = y.progenitors * positive(1.0 - sums.marrow_replaced)
    return (1.0 + half) * capacity / (capacity + half)


def haemoglobin(y, x, sums, rx, p):
    """Haemoglobin: marrow, cancer inflammation, sex steroids."""
    ill = 1.0 - p.disease_anaemia * hill1(burden(y, sums, p), p.burden_wasting)
    target = (p.haemoglobin_usual + p.haemoglobin_male * x.male) * smaller(marrow(y, sums, p.marrow_half) * x.marrow_reserve, 1.1)
    made = target * ill * (1.0 - rx.erythroid_loss) / p.red_cell_time
    return made + rx.red_cells_given, 1.0 / p.red_cell_time


def platelets(y, x, sums, rx, p):
    """Platelets: made, and given by transfusion."""
    making = smaller(marrow(y, sums, p.marrow_half) * x.marrow_reserve, 1.3)
    return p.platelets_usual * making / p.platelet_time + rx.platelets_given, 1.0 / p.platelet_time


def neutrophils(y, x, sums, rx, p):
    """Neutrophils; a growth factor makes the marrow give more of them, and sooner."""
    making = smaller(marrow(y, sums, p.neutrophil_half) * x.marrow_reserve, 1.3) * (1.0 + rx.neutrophil_drive)
    return p.neutrophils_usual * making / p.neutrophil_time, 1.0 / p.neutrophil_time


def progenitors(y, rx, p):
    """Marrow progenitors, which drugs and radiation kill."""
    return 1.0 * p.marrow_recovery, p.marrow_recovery + rx.marrow_killed


def marrow_replaced(l, site, p):
    """Share of all active marrow that this lesion has replaced."""
    mass = l.sensitive + l.resistant + l.dead
    return site.marrow_share * mass / sqrt(mass * mass + site.volume * site.volume)


# ---- the whole person ----------------------------------------------------------------------------------------------


def burden(y, sums, p):
    """Tumour in the whole body, in lives: 1 is what a person can just carry."""
    liver = (y.liver_sensitive + y.liver_resistant) / p.burden_liver
    lung = (y.lung_sensitive + y.lung_resistant) / p.burden_lung
    brain = (y.brain_sensitive + y.brain_resistant) / p.burden_brain
    return sums.tumour / p.burden_bone + liver + lung + brain + y.primary / p.burden_primary


def wasting(y, x, sums, p):
    """Cachexia follows burden over weeks."""
    return hill2(burden(y, sums, p) * x.frailty, p.burden_wasting) / p.wasting_time, 1.0 / p.wasting_time


def function(y, x, sums, rx, p):
    """Performance (Karnofsky / 100): what pain, wasting, blood, calcium, cord and fractures leave."""
    hurting = 0.1 * worst_pain(y, x, sums, rx, p)
    usual = p.haemoglobin_usual + p.haemoglobin_male * x.male
    pale = positive(1.0 - y.haemoglobin / usual - 0.15)
    confused = nausea(y.calcium, p)
    left = (1.0 - p.pain_disables * hurting * hurting) * (1.0 - p.wasting_disables * y.wasting)
    left = left * (1.0 - smaller(p.anaemia_disables * pale, 0.8)) * (1.0 - p.calcium_disables * confused)
    left = left * (1.0 - p.cord_disables * sums.cord_deficit) * (1.0 - smaller(sums.immobility, 0.8))
    left = left * (1.0 - p.sedation_disables * rx.sedation) * (1.0 - p.restriction_disables * rx.activity_restricted)
    return left / p.function_time, 1.0 / p.function_time


def falls(y, x, sums, rx, age_years, p):
    """Falls a day: age, weakness and drowsiness bring them; who cannot stand does not fall."""
    weak = 1.0 + p.fall_frailty * (1.0 - y.function) + p.fall_sedation * rx.sedation
    upright = hill4(y.function, 0.3) * (1.0 - sums.cord_deficit)
    weak = weak * (1.0 - rx.falls_prevented)
    return x.fall_rate * weak * upright * exp(p.fall_age * (age_years - p.reference_age))


def crisis(calcium, p):
    """How deadly high calcium is, 1 at the level at which heart and brain fail: its 16th power, so that nobody lives on far
    above that level, where the spiral of thirst, volume and kidneys has no other end."""
    r = calcium / p.death_calcium_level
    r = r * r
    r = r * r
    r = r * r
    return r * r


def deaths(y, x, sums, age_years, p):
    """Deaths a day by cause: tumour and wasting, calcium, marrow, lying, other."""
    carried = burden(y, sums, p) * x.frailty
    tumour = p.death_cancer * hill2(carried, 1.0) + p.death_wasting * y.wasting * y.wasting
    high = p.death_calcium * crisis(y.calcium, p) * nausea(y.calcium, p)
    low = p.death_low_calcium * hill16(p.low_calcium_half, y.calcium)
    infection = p.death_infection * hill4(0.1 * p.neutrophils_usual, y.neutrophils)
    bleeding = p.death_bleeding * hill4(0.067 * p.platelets_usual, y.platelets)
    pale = p.death_anaemia * hill8(0.42 * p.haemoglobin_usual, y.haemoglobin)
    lying = p.death_bedridden * hill4(1.0 - y.function, p.death_bedridden_half)
    age = exp(p.death_doubling * (age_years - p.reference_age))
    other = p.death_background * age * (1.0 + x.male * (p.death_male - 1.0))
    return tumour, high + low, infection + bleeding + pale, lying, other
