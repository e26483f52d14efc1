"""Emergencies: the cord, calcium too high or too low, and counts too low."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedsoil.care import criteria, scores
from seedsoil.care.chart import Chart, remembered
from seedsoil.care.criteria import at_place, calcium, ecog, fresh, in_the, limit, neurology, painful_place, proven
from seedsoil.care.guidelines.rules import rule
from seedsoil.care.orders import Order, Start, Stop, Tell, Test, Treat
from seedsoil.care.patient import CANCERS

ANTIRESORPTIVES = ("zoledronate", "pamidronate", "denosumab")


# ---------------------------------------------------------------------------------------------- the cord


def _guided(chart: Chart) -> bool:
    """Whether people live in years in which guidelines ask for MRI of the spine within a day or a week."""
    return chart.year >= limit("cord.guided_from")


# How long an MRI answers for a sign that comes after it: for signs that may as well be old or of another kind, longer.
_AGAIN = {"radicular_pain": "mri", "walking": "mri_walking"}


@remembered
def _suspected(chart: Chart) -> np.ndarray:
    """Neurological symptoms that came on, or got worse, after the last MRI of the spine; not those of a cord that was
    treated. What may flicker from visit to visit (a root, a slight weakness) does not lead to one MRI after another. In the
    years before there were guidelines for it, a painful root alone was not taken for the cord."""
    since = chart.tested("mri")
    hidden = np.zeros(len(chart), bool)
    for name in (*criteria.CORD_SIGNS, "walking"):
        value = chart.symptom(name)
        again = limit(f"cord.{_AGAIN.get(name, 'mri_sign')}_again_days")
        present = (value < 1) & neurology(chart) if name == "walking" else value > 0
        risen = ~(chart.since_rise(name) >= since)
        known_for_it = name != "radicular_pain" or _guided(chart)
        hidden |= present & known_for_it & (np.isnan(since) | (risen & (since > again)))
    return neurology(chart) & hidden & ~criteria.cord_treated(chart) & (criteria.cord_place(chart) < 0)


@rule("emergency", "nice2014", confirmed=True)
def suspected_cord_compression(chart: Chart) -> Iterator[Order]:
    """Weak legs, root pain, trouble walking or with the bladder: MRI of the whole spine within 24 hours."""
    why = "neurological symptoms that may come from the spinal cord or its roots"
    suspected = _suspected(chart)
    hours = 24 if _guided(chart) else None
    yield Test("mri", suspected, within_hours=hours, why=why, say="MRI of the whole spine, always within 24 hours")


@rule("emergency", "nice2008", confirmed=True)
def cord_compression_coordinator(chart: Chart) -> Iterator[Order]:
    """Call the coordinator: at once with neurology, within 24 hours with pain that suggests spinal metastases."""
    say = "Call the cord compression coordinator"
    neuro = _suspected(chart)
    yield Tell("coordinator", neuro, within_hours=1, say=f"{say} at once", why="neurological symptoms")
    pain = _spinal_pain(chart) & ~neuro
    yield Tell("coordinator", pain, within_hours=24, say=say, why="pain that suggests spinal metastases")


@remembered
def _spinal_pain(chart: Chart) -> np.ndarray:
    """Thoracic or cervical pain, severe or new spinal pain, or any with metastases known in the spine; no MRI since."""
    place = painful_place(chart)
    spinal = in_the("spine", place) | (chart.symptom("pain_new_spine") > 0)
    severe = chart.symptom("pain_worst") >= limit("cord.severe_pain")
    flagged = in_the("upper_spine", place) | severe | criteria.spinal_disease(chart)
    looked = chart.tested("mri") <= limit("cord.mri_pain_again_days")
    if not _guided(chart):
        return np.zeros(len(chart), bool)
    return spinal & (chart.symptom("pain_new_spine") > 0) & flagged & ~looked & ~neurology(chart)


@rule("emergency", "nice2014", confirmed=True)
def suspected_spinal_metastases(chart: Chart) -> Iterator[Order]:
    """Spinal pain without neurology: MRI of the whole spine, and a plan, within a week."""
    why = "spinal pain that suggests metastases, no neurological symptom reported"
    yield Test("mri", _spinal_pain(chart), within_hours=168, why=why, say="MRI of the whole spine within a week")


def _pressed(chart: Chart) -> tuple[np.ndarray, np.ndarray]:
    """(mask, place): the cord is known to be pressed and has not been treated."""
    place = criteria.cord_place(chart)
    return place >= 0, place


@rule("emergency", "nottingham2024", confirmed=True)
def steroid_for_the_cord(chart: Chart) -> Iterator[Order]:
    """Dexamethasone 16 mg as soon as possible with neurology; not before advice where the tumour is not known."""
    pressed, _ = _pressed(chart)
    # a root pain alone waits for the MRI
    more = np.logical_or.reduce([chart.symptom(s) > 0 for s in criteria.CORD_SIGNS if s != "radicular_pain"])
    more |= chart.symptom("walking") < 1
    needs = neurology(chart) & (pressed | (_suspected(chart) & more))
    open_ = ~proven(chart) | chart.has("lymphoma")
    on = chart.on("dexamethasone")
    dose = limit("cord.dexamethasone")
    why = "neurological symptoms of cord compression, known solid cancer"
    say = "Dexamethasone 16 mg as soon as possible, then 8 mg twice a day with a stomach protector"
    yield Start("dexamethasone", needs & ~open_ & ~on, dose=dose, within_hours=24, why=why, say=say)
    why = "the primary is not known: steroid can spoil the diagnosis of a lymphoma"
    say = "No dexamethasone before advice from oncology or haematology"
    yield Start("dexamethasone", needs & open_ & ~on, within_hours=24, stance="forbid", why=why, say=say)
    say = "Ask oncology or haematology today whether dexamethasone, already begun, goes on until there is tissue"
    yield Tell("haematology_opinion", needs & open_ & on, within_hours=24, stance="refer", why=why, say=say)
    say = "Ask oncology or haematology today, before any steroid"
    yield Tell("haematology_opinion", needs & open_ & ~on, within_hours=24, stance="refer", why=why, say=say)


@rule("emergency", "nice2008", confirmed=False, comfort=True)
def cord_signs_in_comfort_care(chart: Chart) -> Iterator[Order]:
    """Near the end of life too, weak legs or a bladder that fails are told at once: palliative care decides with the person whether
    an MRI and one fraction would still help."""
    new = _suspected(chart) & criteria.very_short(chart)
    say = "Palliative care team today: would MRI and one fraction, or dexamethasone, still help?"
    yield Tell("cord_in_comfort_care", new, within_hours=24, stance="refer", say=say,
               why="signs of cord compression in care for comfort")  # fmt: skip


@rule("emergency", "nice2008", confirmed=False)
def cord_suspected_on_ct(chart: Chart) -> Iterator[Order]:
    """A CT that seems to show the cord pressed, in somebody without signs of it: MRI before anybody treats."""
    why = "a CT suggests that the cord is pressed; there are no signs of it"
    say = "MRI of the whole spine within three days"
    suspected = criteria.cord_on_ct(chart) & ~neurology(chart)
    yield Test("mri", suspected, within_hours=limit("cord.ct_hours"), stance="measure first", why=why, say=say)


@rule("emergency", "nottingham2024", confirmed=True)
def whole_spine_seen(chart: Chart) -> Iterator[Order]:
    """Compression at one level: the whole spine is looked at before treatment, as other levels are often hit."""
    pressed, place = _pressed(chart)
    once = pressed & (chart.lesions() & in_the("spine", chart.site)).any(axis=1) & ~(chart.tested("mri") > 1)
    say = "Make sure that the MRI showed the whole spine"
    yield Tell("whole_spine", once & (place >= 0), within_hours=24, say=say, why="cord compression at one level")


def _paraplegic(chart: Chart, days: float) -> np.ndarray:
    """Mask: no power in the legs for longer than so many days."""
    lasting = chart.days_since("cord_compression") > days
    return (chart.symptom("leg_weakness") >= 1) & (chart.symptom("walking") <= 0) & lasting


@remembered
def operable(chart: Chart) -> np.ndarray:
    """Mask: as in the one positive trial: one area, a tumour that resists radiation, fit, not paraplegic for long."""
    grade = np.where(in_the("spine", chart.site), chart.lesion("epidural"), -1)
    one_area = (grade >= scores.Escc.G2).sum(axis=1) <= 1
    names = np.array([*CANCERS, ""], dtype=object)[chart.cancer]
    resistant = scores.radioresistant(np.where(names == "unknown", "", names)).surely()
    fit = ecog(chart) <= limit("surgery.decompression_ecog")
    return one_area & resistant & fit & ~_paraplegic(chart, limit("cord.paraplegia_hours") / 24)


@rule("emergency", "patchell2005; nottingham2024", confirmed=True)
def surgery_for_the_cord(chart: Chart) -> Iterator[Order]:
    """Confirmed compression: a spine surgeon's opinion within 24 hours, and decompression for those it suits."""
    pressed, place = _pressed(chart)
    if not pressed.any():
        return
    say = "Spine surgeon's opinion within 24 hours"
    unproven = pressed & ~proven(chart)
    why = "confirmed cord compression; the primary is not known, and the operation also gives tissue"
    yield Test("spine_opinion", unproven, within_hours=24, stance="refer", why=why, say=say)
    why = "confirmed cord compression, not treated yet"
    yield Test("spine_opinion", pressed & proven(chart), within_hours=24, stance="refer", why=why, say=say)
    why = "one level, tumour that resists radiation, fit enough, legs not lost for more than two days"
    suited = pressed & proven(chart) & operable(chart)
    yield Treat("decompression", suited, place, within_hours=24, stance="refer", topic="emergency", why=why)


@rule("emergency", "nottingham2024", confirmed=True, comfort=True)
def radiotherapy_for_the_cord(chart: Chart) -> Iterator[Order]:
    """No operation: 8 Gy in one fraction within 24 hours of confirmation, for a tumour that is known."""
    pressed, place = _pressed(chart)
    if not pressed.any():
        return
    lost = _paraplegic(chart, limit("cord.lost_days")) & (chart.symptom("pain_worst") <= limit("pain.controlled"))
    dose = limit("cord.dose_gy")
    say = f"Radiotherapy {dose:g} Gy in one fraction within 24 hours, if not operated on"
    now = pressed & ~lost & proven(chart) & ~operable(chart)
    why = "confirmed cord compression"
    yield Treat("radiotherapy", now, place, dose_gy=dose, fractions=1, within_hours=24, why=why, say=say)
    why = "the tumour is not known: tissue decides whether radiation, drugs or an operation come first"
    say = "No radiotherapy before oncology has decided how to get tissue, today"
    unproven = pressed & ~lost & ~proven(chart)
    yield Treat("radiotherapy", unproven, place, within_hours=24, stance="forbid", why=why, say=say)
    yield Test("biopsy", unproven, place, within_hours=72, stance="measure first", why="the primary is not known",
               say="Tissue from the spinal mass: at the operation, or by biopsy")  # fmt: skip
    why = "the legs have been lost for two weeks and there is no pain"
    yield Treat("radiotherapy", pressed & lost, place, stance="forbid", why=why, say="No radiotherapy for the cord")


@rule("emergency", "nice2008", confirmed=False, comfort=True)
def steroid_ends(chart: Chart) -> Iterator[Order]:
    """Dexamethasone for the cord is tapered and stopped after treatment, or when the MRI shows no compression."""
    if not chart.on("dexamethasone").any():
        return
    on = chart.on("dexamethasone") & ~_pressed(chart)[0] & ~_suspected(chart)
    done = np.fmin(chart.lesion("irradiated"), chart.lesion("fixed"))
    treated = ((done >= limit("cord.taper_days")) & (done < np.inf)).any(axis=1)
    days_on = chart.days_on("dexamethasone")
    over = on & ((treated & (days_on >= limit("cord.taper_days"))) | (days_on >= limit("cord.steroid_most_days")))
    excluded = on & (chart.tested("mri") <= days_on) & ~chart.happened("cord_compression") & (days_on >= 1)
    yield Stop("dexamethasone", over | excluded, stance="refer", say="Taper dexamethasone and stop it",
               why="the cord has been treated, or is not pressed")  # fmt: skip


# ---------------------------------------------------------------------------------------------- calcium too high


@rule("emergency", "hu2014; elfuleihan2022", confirmed=True, comfort=True)
def fluids_for_high_calcium(chart: Chart) -> Iterator[Order]:
    """Calcium of 3.0 mmol/L or more, or felt: saline by vein first; it ends when calcium is down."""
    value, treat, _ = criteria.calcium_to_treat(chart)
    if not (treat | chart.on("fluids")).any():
        return
    injured = chart.days_since("kidney_injury") <= limit("fresh.emergency_days")
    careful = chart.has("heart_failure") | (criteria.filtration(chart) < 20) | injured
    say = "Saline by vein, 200-500 mL an hour, urine above 75 mL an hour"
    why, facts = "corrected calcium {calcium:.2f} mmol/L", {"calcium": value}
    need = treat & ~chart.on("fluids")
    yield Start("fluids", need & ~careful, within_hours=24, why=why, facts=facts, say=say)
    say += "; slower and watched for overload, as kidneys or heart are weak"
    yield Start("fluids", need & careful, within_hours=24, why=why, facts=facts, say=say)
    days = chart.days_on("fluids")
    over = (value < limit("hypercalcaemia.treat")) | (days >= limit("hypercalcaemia.fluids_most_days"))
    down = chart.on("fluids") & over & (days >= 1) & ~treat
    yield Stop("fluids", down, why="calcium is down, or fluids have done what they can", say="End the saline")


@rule("emergency", "elfuleihan2022; zometa_label", confirmed=True, comfort=True)
def antiresorptive_for_high_calcium(chart: Chart) -> Iterator[Order]:
    """Zoledronate where kidneys allow, else denosumab; denosumab too where a bisphosphonate did not hold; never twice
    within seven days."""
    value, treat, _ = criteria.calcium_to_treat(chart)
    if not (value > limit("hypercalcaemia.alarm")).any():
        return
    facts = {"calcium": value, "clearance": criteria.clearance(chart).high, "days": criteria.days_since_agent(chart)}
    since = criteria.days_since_agent(chart)
    early = treat & (since < limit("hypercalcaemia.repeat_days"))
    creatinine = chart.latest("creatinine")
    clearance = criteria.clearance(chart)
    measured = fresh(chart.age_of("creatinine"), limit("fresh.emergency_days"))
    weak = measured & ((clearance.high < 30) | (creatinine > limit("hypercalcaemia.creatinine_highest")))
    able = measured & (clearance.low >= 30) & (creatinine <= limit("hypercalcaemia.creatinine_highest"))
    failed = chart.weeks_since("bisphosphonate") * 7 <= limit("hypercalcaemia.refractory_days")
    now = treat & ~early
    yield Start("zoledronate", now & able & ~failed, dose=4.0, every_days=0, within_hours=24, facts=facts,
                why="corrected calcium {calcium:.2f} mmol/L, kidneys allow it",
                say="Zoledronate 4 mg by vein over 15 minutes or longer")  # fmt: skip
    say = "Denosumab 120 mg under the skin; again on days 8 and 15 if calcium stays high"
    why = "corrected calcium {calcium:.2f} mmol/L, creatinine clearance below 30 mL/min: no zoledronate"
    yield Start("denosumab", now & weak, dose=120.0, every_days=0, within_hours=24, facts=facts, why=why, say=say)
    yield Start("zoledronate", now & weak, within_hours=24, stance="forbid", facts=facts, say="No zoledronate",
                why="creatinine clearance {clearance:.0f} mL/min at most")  # fmt: skip
    why = "corrected calcium {calcium:.2f} mmol/L although a bisphosphonate was given {days:.0f} days ago"
    yield Start("denosumab", now & ~weak & failed, dose=120.0, every_days=0, within_hours=24, facts=facts,
                why=why, say=say)  # fmt: skip
    unsure = now & ~weak & ~able & ~failed
    yield Test("bloods", unsure, within_hours=4, stance="measure first", facts=facts,
               why="creatinine (and weight) must be known before zoledronate",
               say="Creatinine and weight now; without them no zoledronate")  # fmt: skip
    held = (value > limit("hypercalcaemia.alarm")) & (since < limit("hypercalcaemia.repeat_days"))
    held &= chart.weeks_since("bisphosphonate") < 1
    why = "a bisphosphonate was given less than 7 days ago and needs 2-4 days to act"
    say = "No second bisphosphonate before day 7 after the last"
    yield Start("zoledronate", held, within_hours=168, stance="forbid", why=why, say=say)
    yield Start("pamidronate", held, within_hours=168, stance="forbid", why=why, say=say)


@rule("emergency", "xgeva_label; hu2014", confirmed=True)
def before_denosumab_for_high_calcium(chart: Chart) -> Iterator[Order]:
    """Denosumab with vitamin D unknown, or with weak kidneys, is followed by low calcium: send the blood first."""
    _, treat, _ = criteria.calcium_to_treat(chart)
    if not treat.any():
        return
    weak = criteria.clearance(chart).high < 30
    failed = chart.weeks_since("bisphosphonate") * 7 <= limit("hypercalcaemia.refractory_days")
    lacks = ~fresh(chart.age_of("vitamin_d"), limit("fresh.vitamin_d_days"))
    yield Test("vitamin_d", treat & (weak | failed) & lacks, within_hours=24, stance="measure first",
               why="low vitamin D makes low calcium after denosumab likely, more so with weak kidneys",
               say="Measure vitamin D first: blood before the dose, without waiting for the result")  # fmt: skip


@rule("emergency", "elfuleihan2022", confirmed=True, comfort=True)
def calcitonin_for_severe_calcium(chart: Chart) -> Iterator[Order]:
    """Above 3.5 mmol/L, or with confusion: calcitonin with the antiresorptive, for two to three days only."""
    value, treat, signs = criteria.calcium_to_treat(chart)
    if not (treat | chart.on("calcitonin")).any():
        return
    severe = treat & ((value > limit("hypercalcaemia.severe")) | (signs & (value >= limit("hypercalcaemia.treat"))))
    had = chart.weeks_since("calcitonin") * 7 <= limit("hypercalcaemia.repeat_days")
    yield Start("calcitonin", severe & ~chart.on("calcitonin") & ~had, within_hours=24, facts={"calcium": value},
                why="corrected calcium {calcium:.2f} mmol/L is severe, or the head is not clear",
                say="Calcitonin 4-8 IU/kg under the skin every 12 hours, for 48-72 hours only")  # fmt: skip
    over = chart.days_on("calcitonin") >= limit("hypercalcaemia.calcitonin_days")
    yield Stop("calcitonin", chart.on("calcitonin") & (over | (value < limit("hypercalcaemia.treat"))),
               why="its effect is lost after 48-72 hours")  # fmt: skip


@rule("emergency", "zometa_label; elfuleihan2022", confirmed=True, comfort=True)
def calcium_watched(chart: Chart) -> Iterator[Order]:
    """High calcium is measured again on days 2-4 and 7-10 after treatment; supplements stop meanwhile."""
    value, age = calcium(chart)
    high, treat = criteria.hypercalcaemic(chart), criteria.calcium_to_treat(chart)[1]
    recent = criteria.days_since_agent(chart) <= 10
    happened = chart.days_since("hypercalcaemia") <= 10
    watched = (high | happened) & (recent | treat)
    why, facts = "corrected calcium {calcium:.2f} mmol/L, an antiresorptive on board or due", {"calcium": value}
    say = "Calcium, albumin, creatinine and phosphate again on days 2-4 and 7-10 after the dose"
    yield Test("bloods", watched & (age >= 1), within_hours=48, why=why, facts=facts, say=say)
    yield Tell("calcium_again", watched & ~(age >= 1), within_hours=96, why=why, facts=facts, say=say)
    stale = high & ~fresh(age, limit("fresh.emergency_days")) & ~np.isnan(age)
    yield Test("bloods", stale & ~watched, within_hours=24, why="the last calcium was high, and is old", facts=facts,
               say="Calcium and albumin today")  # fmt: skip
    yield Test("bloods", high & np.isnan(age), within_hours=24, why="calcium is high, albumin is not known",
               say="Albumin, to correct calcium, and creatinine today")  # fmt: skip
    mild = high & ~treat & ~watched & ~stale & (age >= 3)
    yield Test("bloods", mild, within_hours=168, why="calcium a little above normal", facts=facts,
               say="Calcium again within a week")  # fmt: skip
    for drug in ("calcium_supplement", "vitamin_d"):
        yield Stop(drug, high & chart.on(drug), within_hours=24, why="calcium is above normal")


@rule("emergency", "hu2014", confirmed=False, comfort=True)
def signs_of_high_calcium(chart: Chart) -> Iterator[Order]:
    """Confusion, or thirst with much urine, and no calcium since it came: calcium, albumin and creatinine today, and again
    every week while it lasts, as calcium may have risen since. Asked whether or not metastases are known: calcium is high in
    cancer without them too."""
    age = np.fmin(calcium(chart)[1], chart.age_of("calcium_ionised"))
    silent = np.zeros(len(chart), bool)
    for name in ("confusion", "thirst"):
        came = chart.since_rise(name)
        answered = age <= np.minimum(np.maximum(came, limit("fresh.signs_days")), limit("fresh.signs_again_days"))
        silent |= (chart.symptom(name) > 0) & ~answered
    say = "Calcium, albumin and creatinine today"
    yield Test("bloods", silent, within_hours=24, stance="measure first", say=say,
               why="confusion or thirst, as high calcium brings, and calcium not measured since")  # fmt: skip


@rule("emergency", "elfuleihan2022; hu2014", confirmed=False)
def poisons_of_the_kidney(chart: Chart) -> Iterator[Order]:
    """Kidney injury, or high calcium that dries people out: anti-inflammatory drugs stop."""
    hurt = (chart.days_since("kidney_injury") <= 28) | criteria.hypercalcaemic(chart)
    yield Stop("nsaid", hurt & chart.on("nsaid"), within_hours=24, stance="refer", why="the kidneys are at risk")


# ---------------------------------------------------------------------------------------------- calcium too low, counts


@rule("emergency", "xgeva_label; ctcae5", confirmed=False)
def low_calcium(chart: Chart) -> Iterator[Order]:
    """Low calcium on an antiresorptive: by vein with cramps or below 1.9 mmol/L, magnesium looked at, daily bloods."""
    value, age = calcium(chart)
    low = (value < limit("hypocalcaemia.low")) | chart.on("calcium_iv")
    if not low.any():
        return
    treated = chart.weeks_since("rankl_antibody") <= 26
    treated |= chart.weeks_since("bisphosphonate") <= 26
    cramps = (chart.symptom("cramps") > 0) & (value < limit("hypocalcaemia.low"))
    recent = fresh(age, limit("fresh.days"))
    urgent = recent & ((value < limit("hypocalcaemia.urgent")) | cramps)
    vein = recent & ((value < limit("hypocalcaemia.vein")) | cramps)
    facts = {"calcium": value}
    why = "corrected calcium {calcium:.2f} mmol/L"
    yield Start("calcium_iv", vein & ~chart.on("calcium_iv"), within_hours=4, stance="refer", facts=facts, why=why,
                say="Calcium by vein with the heart watched, in hospital today")  # fmt: skip
    back = (value >= limit("hypocalcaemia.mended")) | (chart.days_on("calcium_iv") >= 14)
    yield Stop("calcium_iv", chart.on("calcium_iv") & back, stance="refer", facts=facts, why=why)
    yield Test("bloods", urgent & (age >= 1), within_hours=24, stance="measure first", facts=facts, why=why,
               say="Calcium, albumin, magnesium, phosphate and creatinine today")  # fmt: skip
    for drug in ("calcium_supplement", "vitamin_d"):
        yield Start(drug, urgent & ~chart.on(drug), within_hours=24, stance="refer", facts=facts, why=why)
    low_magnesium = chart.latest("magnesium") < limit("bone_agent.magnesium_low")
    yield Start("magnesium_supplement", urgent & low_magnesium & ~chart.on("magnesium_supplement"), within_hours=24,
                stance="refer", why="low magnesium keeps calcium low")  # fmt: skip
    for drug in ANTIRESORPTIVES:
        yield Start(drug, urgent & treated, within_hours=168, stance="forbid", facts=facts, why=why,
                    say=f"No {drug} while calcium is low")  # fmt: skip


@rule("emergency", "ctcae5", confirmed=False, comfort=True)
def low_counts(chart: Chart) -> Iterator[Order]:
    """Fever with few neutrophils, bleeding with few platelets: hospital now. Chemotherapy waits for the counts."""
    neutrophils, platelets = chart.latest("neutrophils"), chart.latest("platelets")
    on = chart.on("chemotherapy")
    few = (neutrophils < limit("counts.neutrophils_low")) | (on & np.isnan(neutrophils))
    say = "Hospital now: blood cultures and antibiotics"
    yield Tell("hospital_fever", (chart.symptom("fever") > 0) & few, within_hours=1, stance="refer",
               facts={"n": neutrophils}, why="fever, neutrophils {n:.1f} x10^9/L", say=say)  # fmt: skip
    bleeds = (chart.symptom("bleeding") > 0) & (platelets < limit("counts.platelets_low"))
    bleeds |= platelets < limit("counts.platelets_lowest") / 2
    yield Tell("hospital_bleeding", bleeds, within_hours=4, stance="refer", facts={"p": platelets},
               why="platelets {p:.0f} x10^9/L", say="Hospital today: platelets, cause of bleeding")  # fmt: skip
    recent = fresh(chart.age_of("haemoglobin"), limit("fresh.days"))
    anaemic = recent & (chart.latest("haemoglobin") < limit("counts.haemoglobin_low"))
    yield Tell("transfusion", anaemic, within_hours=72, stance="refer", facts={"hb": chart.latest("haemoglobin")},
               why="haemoglobin {hb:.1f} g/dL", say="Transfusion to be decided")  # fmt: skip


@rule("emergency", "nice2014", confirmed=True)
def cord_touched(chart: Chart) -> Iterator[Order]:
    """A cord that is touched but not pressed is looked at again soon."""
    near = chart.lesions() & in_the("spine", chart.site) & (chart.lesion("epidural") == int(scores.Escc.G1C))
    again = near.any(axis=1) & (chart.tested("mri") > limit("cord.mri_again_days")) & ~criteria.cord_treated(chart)
    site = painful_place(chart)
    hurts = again & (chart.symptom("pain_worst") > 0) & (at_place(chart, "epidural", site) >= 0)
    yield Test("mri", hurts & ~neurology(chart), within_hours=168, why="tumour lies against the cord",
               say="MRI of the spine again within a week")  # fmt: skip


RULES = (
    suspected_cord_compression, cord_compression_coordinator, suspected_spinal_metastases, steroid_for_the_cord,
    cord_signs_in_comfort_care,
    cord_suspected_on_ct,
    whole_spine_seen, surgery_for_the_cord, radiotherapy_for_the_cord, steroid_ends, fluids_for_high_calcium,
    before_denosumab_for_high_calcium, antiresorptive_for_high_calcium, calcitonin_for_severe_calcium, signs_of_high_calcium,
    calcium_watched,
    poisons_of_the_kidney, low_calcium, low_counts, cord_touched,
)  # fmt: skip
