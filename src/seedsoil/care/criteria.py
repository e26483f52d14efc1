"""Clinical definitions, read off a chart: calcium, kidneys, neurology, what is proven, what is getting worse."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
from scipy.special import ndtri

from seedsoil.care import scores
from seedsoil.care.analytes import analyte
from seedsoil.care.chart import LESION_FIELDS, MARKERS, RELUCTANCE, Chart, places, remembered
from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import contents, table

Array = np.ndarray
SPINE = ("cervical", "thoracic", "lumbar", "sacrum", "spine")
LIMBS = ("humerus", "femur", "limb", "femur_proximal")
CORD_SIGNS = ("leg_weakness", "radicular_pain", "bladder", "sensory_loss", "sphincter_tone", "arm_weakness")
MIRELS = {"upper_limb": 0, "lower_limb": 1, "peritrochanteric": 2}
SINS = {"rigid": 0, "semirigid": 1, "mobile": 2, "junctional": 3}


def limit(name: str) -> float:
    """A line that the rules draw (data/care/thresholds.toml), by its dotted name."""
    return table("care", "thresholds.toml")[name].value


# ---------------------------------------------------------------------------------------------- places


@functools.cache
def _of_places(what: str) -> Array:
    """One fact about every place, with a last row for no place (-1): in the spine, in a limb, its code in a score."""
    bones = {bone.id: bone for bone in skeleton.bones()}
    region = [bones[p].region if p in bones else p.removeprefix("region:") for p in places()]
    if what == "spine":
        return np.array([r in SPINE for r in region] + [False])
    if what == "limb":
        return np.array([r in LIMBS for r in region] + [False])
    if what == "femur":
        return np.array([r in ("femur", "femur_proximal") for r in region] + [False])
    if what == "upper_spine":  # pain here is a red flag by itself
        return np.array([r in ("cervical", "thoracic") for r in region] + [False])
    codes, name = (MIRELS, "mirels_site") if what == "mirels" else (SINS, "sins_location")
    return np.array([codes.get(getattr(bones[p], name), -1) if p in bones else -1 for p in places()] + [-1])


def in_the(what: str, site: Array) -> Array:
    """One fact about places given by number: spine, limb, femur, upper_spine (masks), mirels, sins (codes)."""
    return _of_places(what)[site]


@remembered
def painful_place(chart: Chart) -> Array:
    """Number of the place that hurts most, -1 where nobody said."""
    return np.nan_to_num(chart.symptom("pain_site"), nan=-1).astype(int)


def line_of(chart: Chart, site: Array) -> tuple[Array, Array]:
    """(mask [n], line [n]): whether the chart has a line for this place in each row, and which."""
    match = (chart.site == site[:, None]) & (site[:, None] >= 0)
    return match.any(axis=1), match.argmax(axis=1)


def at_place(chart: Chart, what: str, site: Array) -> Array:
    """One field of the line of a place, unknown where the chart has none."""
    found, line = line_of(chart, site)
    value = chart.lesion(what)[np.arange(len(chart)), line]
    return np.where(found, value, -1 if value.dtype.kind == "i" else np.nan)


# ---------------------------------------------------------------------------------------------- practice and the rules

RADIOTHERAPY, OPIOID, SYSTEMIC, SURGERY = range(len(RELUCTANCE))


@remembered
def turned_to_radiotherapy(chart: Chart) -> Array:
    """Mask: pain that in practice is sent for radiotherapy. The rules offer it sooner than people and clinics take it up: half
    are sent at one pain, less on an opioid, more where the place has had several fractions. Who has no reluctance on the chart
    is treated as the rules ask."""
    score = chart.reluctance[:, RADIOTHERAPY].astype(float)
    several = np.nan_to_num(at_place(chart, "dose_gy", painful_place(chart))) > limit("radiotherapy.dose_gy")
    takes = limit("practice.radiotherapy_pain") + limit("practice.radiotherapy_spread") * score
    takes = takes - limit("practice.radiotherapy_opioid") * chart.on("opioid") + limit("practice.radiotherapy_several") * several
    return np.isnan(score) | (chart.symptom("pain_worst") >= takes)


@remembered
def borne_without_painkillers(chart: Chart) -> Array:
    """Pain that in practice is borne before painkillers are begun or an opioid raised; 0 for those treated as the rules ask."""
    score = chart.reluctance[:, OPIOID].astype(float)
    return np.nan_to_num(limit("practice.opioid_pain") + limit("practice.opioid_spread") * score)


@remembered
def held_before_it_breaks(chart: Chart) -> Array:
    """Mask: people who in practice have a long bone fixed before it breaks where the rules ask for it; everybody, where no
    reluctance is on the chart."""
    score = chart.reluctance[:, SURGERY].astype(float)
    return np.isnan(score) | (score <= ndtri(limit("practice.surgery_share")))


@remembered
def seen_weekly(chart: Chart) -> Array:
    """Pain from which in practice people are seen again within a week, others within two; 0 for those treated as the rules ask."""
    return np.where(np.isnan(chart.reluctance[:, OPIOID]), 0.0, limit("cord.severe_pain"))


# ---------------------------------------------------------------------------------------------- blood and kidneys


@remembered
def calcium(chart: Chart) -> tuple[Array, Array]:
    """Corrected calcium (mmol/L) and its age in days: the newest of what was reported corrected and what can be."""
    reported, age = chart.latest("calcium_corrected"), chart.age_of("calcium_corrected")
    total, albumin, age_total = chart.latest("calcium"), chart.latest("albumin"), chart.age_of("calcium")
    near = np.abs(age_total - chart.age_of("albumin")) <= 14  # albumin moves slowly
    made = total + 0.02 * (40.0 - albumin)
    newer = near & ~(age <= age_total)
    return np.where(newer, made, reported), np.where(newer, age_total, age)


@remembered
def hypercalcaemic(chart: Chart) -> Array:
    """Mask: calcium above normal, by the best value there is: corrected, else total, else ionised."""
    value, age = calcium(chart)
    other = chart.latest("calcium") > limit("hypercalcaemia.alarm")
    ionised = chart.latest("calcium_ionised") > analyte("calcium_ionised").reference[1]
    return (value > limit("hypercalcaemia.alarm")) | (np.isnan(age) & (other | ionised))


@remembered
def days_since_agent(chart: Chart) -> Array:
    """Days since the last antiresorptive of any kind, NaN where never."""
    return np.fmin(chart.weeks_since("bisphosphonate"), chart.weeks_since("rankl_antibody")) * 7.0


@remembered
def calcium_to_treat(chart: Chart) -> tuple[Array, Array, Array]:
    """(calcium, mask to be treated, mask with neurological signs): a recent corrected calcium, high enough or felt."""
    value, age = calcium(chart)
    recent, above = fresh(age, limit("fresh.emergency_days")), value > limit("hypercalcaemia.alarm")
    signs = (chart.symptom("confusion") > 0) & above
    injured = chart.days_since("kidney_injury") <= limit("fresh.emergency_days")
    felt = signs | (((chart.symptom("thirst") > 0) | injured) & above)
    # after a bisphosphonate the fall takes days: what is left of a high value is watched, not treated again
    falling = (days_since_agent(chart) < limit("hypercalcaemia.repeat_days")) & (value < limit("hypercalcaemia.treat"))
    treat = recent & ((value >= limit("hypercalcaemia.treat")) | (felt & ~falling))
    return value, treat, recent & signs & ~falling


def female(chart: Chart) -> Array:
    return (~chart.male).astype(int)


@remembered
def clearance(chart: Chart) -> scores.Score:
    """Creatinine clearance (Cockcroft-Gault, mL/min); a range where the weight is not known."""
    known = ~np.isnan(chart.weight_kg)
    weight = scores.Score(
        np.where(known, chart.weight_kg, limit("fresh.weight_low")),
        np.where(known, chart.weight_kg, limit("fresh.weight_high")),
    )
    found = scores.cockcroft_gault(np.clip(chart.age(), 18, 110), weight, _creatinine(chart), female(chart))
    return scores.Score(found.low.astype(np.float32), found.high.astype(np.float32))


def _creatinine(chart: Chart) -> Array:
    return np.clip(chart.latest("creatinine").astype(float), 5, 5000)


@remembered
def filtration(chart: Chart) -> Array:
    """eGFR, mL/min/1.73 m2: as reported, else from creatinine; NaN where neither is known."""
    made = scores.ckd_epi(np.clip(chart.age(), 18, 110), _creatinine(chart), female(chart)).value
    newer = chart.age_of("egfr") <= np.nan_to_num(chart.age_of("creatinine"), nan=np.inf)
    return np.where(newer, chart.latest("egfr"), made)


def fresh(age: Array, days: float) -> Array:
    """Mask: known, and no older than so many days."""
    return age <= days


def ecog(chart: Chart) -> Array:
    return chart.latest("ecog")


# ---------------------------------------------------------------------------------------------- disease


@remembered
def proven(chart: Chart) -> Array:
    """Mask: the clinic knows which cancer this is."""
    return (chart.tissue | chart.cancer_certain) & ~chart.is_cancer("unknown") & (chart.cancer >= 0)


@remembered
def solitary(chart: Chart) -> Array:
    """Mask: one lesion in one bone, and no other known."""
    one_bone = (chart.lesions() & (chart.site < len(skeleton.bones()))).sum(axis=1) == 1
    return (chart.known_lesions() == 1) & one_bone & ~chart.has("diffuse")


def each_line(lines: Array, chart: Chart) -> Iterator[tuple[Array, Array, int]]:
    """Line by line, who it concerns and which place it holds: (mask [n], place [n], number of the line)."""
    for line in np.flatnonzero(lines.any(axis=0)):
        yield lines[:, line], chart.site[:, line].astype(int), int(line)


@remembered
def diffuse(chart: Chart) -> Array:
    """Mask: bone metastases all over the skeleton."""
    return chart.has("diffuse") | (chart.known_lesions() >= limit("bone_agent.diffuse_lesions"))


@remembered
def diffuse_blastic(chart: Chart) -> Array:
    """Mask: diffuse disease that may be bone-forming; only lesions all known to be lytic rule it out."""
    kind = chart.lesion("kind")
    lytic = ((kind == 0) | ~chart.lesions()).all(axis=1) & chart.lesions().any(axis=1)
    return diffuse(chart) & ~lytic


@remembered
def bone_metastases(chart: Chart) -> Array:
    """Mask: at least one bone metastasis that is certain."""
    return (chart.lesions() & (chart.lesion("certain") != 0)).any(axis=1)


@remembered
def spinal_disease(chart: Chart) -> Array:
    """Mask: metastases known in the spine, or all over."""
    return (chart.lesions() & in_the("spine", chart.site)).any(axis=1) | diffuse(chart)


@remembered
def neurology(chart: Chart) -> Array:
    """Mask: a symptom that may come from cord or roots. Walking worse of late counts with new spinal pain, and only
    where no broken leg explains it."""
    broken = ((chart.lesion("fractured") <= 90) & in_the("limb", chart.site)).any(axis=1)
    late = chart.since_rise("walking") <= limit("cord.walking_days")
    walking = (chart.symptom("walking") < 1) & late & (chart.symptom("pain_new_spine") > 0) & ~broken
    return walking | np.any([chart.symptom(name) > 0 for name in CORD_SIGNS], axis=0)


@remembered
def _cord_pictured(chart: Chart) -> tuple[Array, Array]:
    """(number of the spinal place where the cord is known to be pressed, ESCC 2 or 3, and has not been treated, mask of those in
    whom a CT suspects it), -1 where none. MRI, or a diagnosis in the record, proves it; an MRI that no longer shows the place
    takes a CT's suspicion back."""
    grade = np.where(in_the("spine", chart.site), chart.lesion("epidural"), -1)
    mri, ct = chart.tested("mri"), chart.tested("ct")
    # a picture from before the treatment, or soon after it, shows what was treated
    looked = np.fmin(mri, ct)[:, None]
    done = np.fmin(chart.lesion("irradiated"), chart.lesion("fixed")) - np.nan_to_num(looked) <= limit("cord.treated_days")
    open_grade = np.where(done, -1, grade)
    worst, rows = open_grade.argmax(axis=1), np.arange(len(chart))
    place = np.where(open_grade[rows, worst] >= scores.Escc.G2, chart.site[rows, worst], -1).astype(int)
    by_ct = (ct < mri) | (np.isnan(mri) & ~np.isnan(ct))
    on_mri = ~by_ct & ~(chart.lesion("last_seen")[rows, worst] > mri)
    known = on_mri | chart.happened("cord_compression")
    return np.where(known, place, -1), by_ct & ~known & (place >= 0)


@remembered
def cord_place(chart: Chart) -> Array:
    """Number of the spinal place where the cord is known to be pressed and has not been treated, -1 where none."""
    return _cord_pictured(chart)[0]


def cord_on_ct(chart: Chart) -> Array:
    """Mask: a CT suggests that the cord is pressed, and no MRI has been made since."""
    return _cord_pictured(chart)[1]


@remembered
def cord_treated(chart: Chart) -> Array:
    """Mask: a pressed cord was irradiated or operated on lately; what is left of it is no new alarm."""
    near = np.fmin(chart.lesion("irradiated"), chart.lesion("fixed")) <= limit("cord.treated_days")
    return chart.happened("cord_compression") & (near & in_the("spine", chart.site)).any(axis=1)


@remembered
def castration_resistant(chart: Chart) -> Array:
    """Mask: prostate cancer that grows on hormones: PSA up on them, or a later line."""
    rising = chart.on("hormone") & chart.rising("psa", limit("systemic.fold")) & (chart.latest("psa") > 2)
    named = chart.has("castration_resistant") | (chart.subtype == subtype_number("prostate", "castration_resistant"))
    return chart.is_cancer("prostate") & (rising | (chart.line >= 2) | named)


@functools.cache
def subtype_number(cancer: str, name: str) -> int:
    """Number of a subtype among those of its cancer; -2, which nobody has, where there is none of that name."""
    document = contents("populations", f"{cancer}.toml")
    ids = [part["id"] for part in document.get("subtype", [])]
    return ids.index(name) if name in ids else -2


@remembered
def progressing(chart: Chart) -> Array:
    """Mask: worse on this line of treatment, after its first weeks: marker, growth, or something new."""
    since = chart.since(chart.line_day)
    late = since > limit("systemic.grace_days")
    marker = np.zeros(len(chart), bool)
    for name in MARKERS:
        above = chart.latest(name) > limit(f"systemic.floor_{name}")
        marker |= chart.rising(name, limit("systemic.fold")) & above & (chart.age_of(name) < since)
    return late & (marker | worse_on_pictures(chart))


@remembered
def worse_on_pictures(chart: Chart) -> Array:
    """Mask: growth of any metastasis, or something new, on a picture made after the first weeks of this line of treatment."""
    longest, smallest = (chart.lesion(name) for name in LESION_FIELDS[:2])
    seen = outgrown(longest, smallest) & (chart.lesion("last_seen") < since_first_weeks(chart)[:, None])
    return (seen & chart.lesions()).any(axis=1) | new_on_pictures(chart)


def new_on_pictures(chart: Chart) -> Array:
    """Mask: a metastasis first seen, or an organ newly involved or grown, after the first weeks of this line of treatment."""
    after = since_first_weeks(chart)
    new = (chart.lesion("first_seen") < after[:, None]) & chart.lesions()
    return new.any(axis=1) | (chart.since(chart.organ_day) < after)


def outgrown(longest: Array, smallest: Array) -> Array:
    """Mask: longer than it was at its smallest by as much as counts for progression; one diameter in mm, or a sum of them."""
    return (longest >= limit("systemic.growth") * smallest) & (longest - smallest >= limit("systemic.growth_mm"))


def since_first_weeks(chart: Chart) -> Array:
    """Days since the first weeks of this line of treatment were over."""
    return chart.since(chart.line_day) - limit("systemic.grace_days")


@remembered
def very_short(chart: Chart) -> Array:
    """Mask: weeks to live, as far as a chart can say: in bed all day and getting worse, or wishing comfort only."""
    worse = progressing(chart) | (chart.latest("albumin") < 25) | (chart.organs > 0)
    return chart.comfort | ((ecog(chart) >= 4) & worse)
