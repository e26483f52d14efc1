"""The records of what is true. A person is a `Body` and some `Lesion`s; `Traits` differ between people and never change;
`Effects` are the handles that treatments may pull. Time is in days, volumes of tumour in mL, of fluid in L.

Activity, mass and capacity fields without a unit are relative to a healthy adult (1 = normal).
"""

from typing import NamedTuple, get_type_hints

from seedsoil.grammar.units import Quantity


class Quick(NamedTuple):
    """What moves within a day or two; the kernel steps it several times a day."""

    calcium: Quantity["mmol/L", "total calcium in serum at normal albumin"]
    phosphate: Quantity["mmol/L", "phosphate in serum"]
    volume: Quantity["L", "extracellular fluid"]
    osteoclasts: Quantity["1", "osteoclast activity of the skeleton away from lesions"]


class Slow(NamedTuple):
    """What moves over days to years."""

    calcitriol: Quantity["1", "active vitamin D"]
    magnesium: Quantity["mmol/L", "magnesium in serum"]
    vitamin_d: Quantity["nmol/L", "25-hydroxyvitamin D"]
    osteoid: Quantity["mmol", "bone matrix laid down and not yet mineralised, as the calcium it will take"]
    parathyroid: Quantity["1", "mass of the parathyroid glands"]
    gfr: Quantity["mL/min", "glomerular filtration the kidneys are built for"]
    osteoblasts: Quantity["1", "osteoblast activity of the skeleton away from lesions"]
    precursors: Quantity["1", "osteoclast precursors waiting for RANKL"]
    skeleton: Quantity["1", "mineral of the skeleton away from lesions"]
    haemoglobin: Quantity["g/dL", "haemoglobin"]
    platelets: Quantity["giga_cells/L", "platelets"]
    neutrophils: Quantity["giga_cells/L", "neutrophils"]
    progenitors: Quantity["1", "marrow progenitor cells"]
    calcitonin_tolerance: Quantity["1", "share of the calcitonin effect already lost"]
    opioid_tolerance: Quantity["1", "tolerance to opioids, as a rise of the dose that halves pain"]
    primary: Quantity["mL", "primary tumour"]
    liver_sensitive: Quantity["mL", "liver metastases, drug-sensitive"]
    liver_resistant: Quantity["mL", "liver metastases, drug-resistant"]
    lung_sensitive: Quantity["mL", "lung metastases, drug-sensitive"]
    lung_resistant: Quantity["mL", "lung metastases, drug-resistant"]
    brain_sensitive: Quantity["mL", "brain metastases, drug-sensitive"]
    brain_resistant: Quantity["mL", "brain metastases, drug-resistant"]
    organs_asleep: Quantity["1", "colonies in organs whose cells sleep, as a mean"]
    wasting: Quantity["1", "cachexia: 0 none, 1 extreme"]
    function: Quantity["1", "performance: Karnofsky / 100"]


class Growing(NamedTuple):
    """What moves from day to day at one bone site with tumour in it."""

    sensitive: Quantity["mL", "viable tumour that drugs can kill"]
    resistant: Quantity["mL", "viable tumour that most drugs cannot kill"]
    dead: Quantity["mL", "dead tumour not yet cleared"]
    osteoclasts: Quantity["1", "osteoclast activity at the tumour's edge"]
    osteoblasts: Quantity["1", "osteoblast activity at the tumour's edge"]
    lamellar: Quantity["1", "normal bone mineral of the site"]
    woven: Quantity["1", "sclerotic (woven) mineral of the site"]
    inflammation: Quantity["1", "what irritates nerves: acid, cytokines, periosteum"]
    soothed: Quantity["1", "share of inflammation that radiation holds down"]
    flare: Quantity["1", "pain flare after radiation"]
    damage: Quantity["1", "radiation damage on its way to weaken the bone"]
    weakness: Quantity["1", "strength lost to radiation damage"]
    oedema: Quantity["1", "swelling of cord or roots, as canal occupancy"]
    cord_injury: Quantity["1", "cord or root function lost for good"]
    unhealed: Quantity["1", "a fracture not yet healed or held"]
    support: Quantity["1", "strength added by rod, cement or prosthesis, relative to the intact bone"]


class Marked(NamedTuple):
    """What only events and procedures change at that site."""

    collapse: Quantity["1", "height lost to fracture, which also narrows the canal"]
    room: Quantity["1", "canal room gained by decompression, as occupancy"]
    awake: Quantity["1", "0 while the founding cells sleep, 1 once they grow"]


def _joined(name: str, *parts: type) -> type:
    """A record with the fields of several, in order."""
    fields = [item for part in parts for item in get_type_hints(part, include_extras=True).items()]
    record = NamedTuple(name, fields)
    record.__module__ = __name__
    return record


Body = _joined("Body", Quick, Slow)
Lesion = _joined("Lesion", Growing, Marked)
Lesion.__doc__ = "One bone site with tumour in it. All zero but osteoclasts = osteoblasts = lamellar = 1 is healthy bone."
Body.__doc__ = "What is true inside one person: the fields of `Quick`, then those of `Slow`."


class Traits(NamedTuple):
    """What makes one person different from another and does not change."""

    age_years: Quantity["year", "age on day 0"]
    male: Quantity["1", "1 for men, 0 for women"]
    weight: Quantity["kg", "body weight"]
    gfr_healthy: Quantity["mL/min", "glomerular filtration before any harm"]
    kidney_fragility: Quantity["1", "harm of very high calcium to the kidneys, above the least"]
    phosphate_wasting: Quantity["1", "phosphate the kidneys lose above the usual (FGF23, tubular leak), as a share of it"]
    parathyroid_adenoma: Quantity["1", "mass of a parathyroid adenoma, over that of healthy glands; 0 none"]
    vitamin_d_usual: Quantity["nmol/L", "25-hydroxyvitamin D that diet and sun keep up"]
    bone_mass: Quantity["1", "mineral of the skeleton the person would keep in health"]
    frailty: Quantity["1", "shared luck of tumour growth, markers and death"]
    load: Quantity["1", "loads put on bone, relative to the median person"]
    strength: Quantity["1", "strength of intact bone, relative to the median person"]
    pain_sensitivity: Quantity["1", "how much the same irritation hurts"]
    treatability: Quantity["1", "how well anticancer drugs kill this tumour"]
    marker_secretion: Quantity["1/mL", "tumour marker in serum from one mL of tumour, in the marker's own unit"]
    fdg_avidity: Quantity["1", "glucose uptake of the tumour, 0 to 1"]
    marrow_reserve: Quantity["1", "how much blood is made by the same marrow"]
    radiosensitivity: Quantity["1/Gy", "alpha of the linear-quadratic law"]
    alpha_beta: Quantity["Gy", "alpha over beta of the linear-quadratic law"]
    visceral_growth: Quantity["1/day", "growth rate of visceral metastases while small"]
    primary_growth: Quantity["1/day", "growth rate of the primary while small"]
    resistant_share: Quantity["1", "resistant share of a founding colony"]
    wake_rate: Quantity["1/day", "rate at which one sleeping colony wakes"]
    dormant_share: Quantity["1", "share of founding colonies in organs that sleep at first"]
    shedding: Quantity["1/day", "bone colonies founded a day by the reference tumour volume"]
    visceral_tropism: Quantity["1", "visceral colonies founded for one in bone"]
    fall_rate: Quantity["1/day", "falls while well"]
    pthrp_secretion: Quantity["pmol/L/mL", "PTHrP in plasma from one mL of tumour outside bone"]


class LesionTraits(NamedTuple):
    """What makes one lesion different from another and does not change."""

    growth: Quantity["1/day", "growth rate while small, fully fed by bone"]
    bone_independent: Quantity["1", "share of growth that needs no factors from bone"]
    lytic_drive: Quantity["1", "RANKL-like drive on osteoclasts at full tumour share"]
    stromal_inhibition: Quantity["1", "share of bone formation the tumour blocks"]
    osteoblast_drive: Quantity["1", "extra woven bone formation the tumour causes"]
    pthrp_secretion: Quantity["pmol/L/mL", "PTHrP in plasma from one mL of tumour"]
    soreness: Quantity["1", "how much the same cells and bone here irritate nerves, over a usual lesion that hurts"]
    undermining: Quantity["1", "strength that lost mineral takes where this lesion lies, over the mean of the bone"]


class Site(NamedTuple):
    """Where a lesion sits: facts about the bone itself."""

    volume: Quantity["mL", "volume of the site"]
    calcium: Quantity["mmol", "calcium in the site's mineral"]
    marrow_share: Quantity["1", "share of the active marrow"]
    intact_load: Quantity["1", "usual daily peak load over intact strength, in the median person"]
    fall_load: Quantity["1", "load of a fall over intact strength, in the median person"]
    cortical: Quantity["1", "1 where the cortex carries the load (long bones), 0 where spongy bone does"]
    pain_rest: Quantity["1", "weight of rest and night pain"]
    pain_activity: Quantity["1", "weight of pain on load or movement"]
    immobility: Quantity["1", "walking lost while a fracture here is unhealed"]
    canal: Quantity["mm^2", "room of the spinal canal at this level; 1 where there is none"]
    spinal: Quantity["1", "1 for vertebrae and sacrum"]
    compression_start: Quantity["1", "canal occupancy at which function begins to suffer"]
    compression_full: Quantity["1", "canal occupancy at which all function is lost"]
    region_from: Quantity["1", "number of the first bone of its region"]
    region_to: Quantity["1", "number of the last bone of its region"]


class Effects(NamedTuple):
    """The handles treatments may pull: targets in the body, never drugs. All zero is no treatment."""

    rankl_blocked: Quantity["1", "share of RANKL signal blocked"]
    osteoclast_poison: Quantity["mg", "bisphosphonate on bone surfaces, as zoledronate"]
    osteoclast_stunned: Quantity["1", "share of osteoclast action stopped at once"]
    calciuric: Quantity["1", "rise of calcium excretion"]
    sex_steroid_loss: Quantity["1", "share of sex steroid removed"]
    glucocorticoid: Quantity["1", "glucocorticoid action, 1 = dexamethasone 16 mg a day"]
    oral_calcium: Quantity["mmol/day", "calcium taken by mouth"]
    oral_phosphate: Quantity["mmol/day", "phosphate taken by mouth"]
    oral_magnesium: Quantity["mmol/day", "magnesium taken by mouth or vein"]
    iv_calcium: Quantity["mmol/day", "calcium given by vein"]
    vitamin_d_supply: Quantity["nmol/L", "rise of 25-hydroxyvitamin D that the dose keeps up"]
    iv_fluid: Quantity["L/day", "fluid given by vein"]
    kill_sensitive: Quantity["1/day", "kill rate of sensitive tumour outside the brain"]
    kill_resistant: Quantity["1/day", "kill rate of resistant tumour outside the brain"]
    kill_brain: Quantity["1/day", "kill rate of sensitive tumour in the brain"]
    surface_dose: Quantity["Gy/day", "dose rate to a skeleton of healthy formation from what has settled in it, as photons count"]
    surface_reach: Quantity["mm*Gy/day", "the same times the range of its particles"]
    marrow_killed: Quantity["1/day", "kill rate of marrow progenitors"]
    erythroid_loss: Quantity["1", "share of red cell making lost"]
    neutrophil_drive: Quantity["1", "rise of neutrophil making and release by a growth factor"]
    red_cells_given: Quantity["g/dL/day", "haemoglobin given by transfusion"]
    platelets_given: Quantity["giga_cells/L/day", "platelets given by transfusion"]
    nephrotoxic: Quantity["1/day", "rate of loss of filtration"]
    opioid: Quantity["mg", "oral morphine equivalent of a day"]
    nsaid: Quantity["1", "share of inflammatory pain an NSAID or paracetamol removes"]
    nerve_calmed: Quantity["1", "share of nerve pain that adjuvant drugs remove"]
    sedation: Quantity["1", "drowsiness"]
    activity_restricted: Quantity["1", "share of load taken off bone by rest or aids"]
    healing_bone: Quantity["1", "how strongly bone answers the tumour these treatments kill, as tracers show it; 1 the most known"]
    falls_prevented: Quantity["1", "share of falls that safety at home and training prevent"]


class Soil(NamedTuple):
    """What a lesion feels of the body around it on one day."""

    drive: Quantity["1", "what hormones and free RANKL call for at a tumour's edge, relative to normal"]
    mineralising: Quantity["1", "uptake of mineral by new matrix, relative to its laying down"]
    osteoclasts: Quantity["1", "osteoclast activity of the skeleton"]
    osteoblasts: Quantity["1", "osteoblast activity of the skeleton"]
    poison: Quantity["mg", "bisphosphonate on surfaces at a tumour's edge, as zoledronate"]
    stunned: Quantity["1", "share of osteoclast action that calcitonin stops"]
    surface_dose: Quantity["Gy/day", "dose rate from settled activity where bone forms as in health, formation sharing it out"]
    surface_range: Quantity["mm", "range of its particles"]


class Sums(NamedTuple):
    """What all lesions of one person add up to on one day."""

    tumour: Quantity["mL", "viable tumour in bone"]
    pthrp: Quantity["pmol/L", "PTHrP from bone lesions"]
    resorbed: Quantity["mmol/day", "calcium freed by lesions"]
    formed: Quantity["mmol/day", "calcium that lesions' new matrix will take"]
    alp: Quantity["1", "bone alkaline phosphatase from lesions, in units of the healthy skeleton's"]
    marrow_replaced: Quantity["1", "share of active marrow replaced"]
    shedding: Quantity["1", "shedding surface of bone metastases, relative to the reference tumour's"]
    rest_pain: Quantity["1", "sum of squared irritation at rest"]
    activity_pain: Quantity["1", "sum of squared irritation on load and movement"]
    cord_deficit: Quantity["1", "worst loss of cord or root function"]
    immobility: Quantity["1", "walking lost to unhealed fractures"]
    pain_of_largest: Quantity["1", "largest squared irritation of one lesion"]
