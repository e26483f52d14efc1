"""Work-up of a new complaint or a new finding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedsoil.care import criteria
from seedsoil.care.analytes import analyte
from seedsoil.care.chart import Chart
from seedsoil.care.criteria import at_place, fresh, in_the, limit, painful_place, proven, spinal_disease
from seedsoil.care.guidelines.rules import rule
from seedsoil.care.orders import Order, Tell, Test


@rule("diagnosis", "dutch_bone; vanderlinden2004", confirmed=True)
def painful_long_bone(chart: Chart) -> Iterator[Order]:
    """Pain in a long bone: plain film in two planes; the length of cortex lost is measured on it."""
    place = painful_place(chart)
    hurts = in_the("limb", place) & ((chart.symptom("pain_worst") > 0) | np.isnan(chart.symptom("pain_worst")))
    looked = (chart.tested("xray") <= limit("follow_up.xray_days")) & ~np.isnan(at_place(chart, "cortex_mm", place))
    seen = chart.tested("xray") <= limit("follow_up.xray_days") / 2
    yield Test("xray", hurts & ~looked & ~seen, place, within_hours=72, why="pain in a long bone",
               say="X-ray of the whole bone in two planes: cortex lost along it and around it")  # fmt: skip


@rule("diagnosis", "coleman2020", confirmed=False)
def staging(chart: Chart) -> Iterator[Order]:
    """A bone metastasis is new: bloods, and the rest of the skeleton and the body are looked at once."""
    new = chart.lesions().any(axis=1) | (~np.isnan(painful_place(chart)) & (painful_place(chart) >= 0))
    scan = _scanned(chart)
    body = np.fmin(chart.tested("ct"), chart.tested("fdg_pet"))
    days = limit("follow_up.imaging_days") * 2
    yield Test("bloods", new & ~fresh(chart.tested("bloods"), limit("fresh.days")), stance="measure first",
               why="no recent blood test",
               say="Blood count, calcium, albumin, creatinine, ALP, LDH, CRP, bilirubin")  # fmt: skip
    yield Test("bone_scan", new & ~(scan <= days), stance="refer", within_hours=336,
               why="the rest of the skeleton has not been looked at")  # fmt: skip
    yield Test("ct", new & ~(body <= days), stance="refer", within_hours=336,
               why="metastases outside bone, or the primary, have not been looked for",
               say="CT of chest, abdomen and pelvis")  # fmt: skip


@rule("diagnosis", "coleman2020", confirmed=False)
def origin_open(chart: Chart) -> Iterator[Order]:
    """Tissue shows cancer and not where it came from: the whole body is looked at, and the oncologist is asked."""
    open_ = chart.tissue & (chart.tested("biopsy") >= 0) & ~proven(chart) & chart.lesions().any(axis=1)
    looked = np.fmin(chart.tested("ct"), chart.tested("fdg_pet")) <= limit("follow_up.imaging_days")
    why = "tissue shows cancer, its origin is open"
    yield Test("fdg_pet", open_ & ~looked, stance="refer", within_hours=336, why=why,
               say="PET/CT of the whole body, to find the primary")  # fmt: skip
    yield Test("oncology", open_ & looked & np.isnan(chart.tested("oncology")), stance="refer", within_hours=168, why=why,
               say="Oncologist: which primary, by stains, markers and pictures")  # fmt: skip


def _scanned(chart: Chart) -> np.ndarray:
    """Days since the whole skeleton was last looked at, NaN where never."""
    return np.fmin.reduce([chart.tested(t) for t in ("bone_scan", "spect_ct", "fdg_pet", "naf_pet", "psma_pet")])


@rule("diagnosis", "elfuleihan2022", confirmed=False)
def cause_of_high_calcium(chart: Chart) -> Iterator[Order]:
    """High calcium is no proof of tumour: PTH tells. Low, and no bone metastasis known: the skeleton is looked at. Not low: the
    parathyroid glands are asked about."""
    high = criteria.hypercalcaemic(chart)
    if not high.any():
        return
    facts = {"calcium": criteria.calcium(chart)[0], "pth": chart.latest("pth")}
    known, within = fresh(chart.age_of("pth"), limit("workup.pth_days")), limit("follow_up.imaging_days")
    yield Test("pth", high & ~known, stance="measure first", within_hours=336, facts=facts,
               why="corrected calcium {calcium:.2f} mmol/L, its cause not known", say="PTH")  # fmt: skip
    low = chart.latest("pth") < limit("workup.pth_low")
    unseen = ~chart.lesions().any(axis=1) & ~(_scanned(chart) <= within)
    yield Test("bone_scan", high & known & low & unseen, stance="refer", within_hours=336, facts=facts,
               why="corrected calcium {calcium:.2f} mmol/L with a PTH of {pth:.1f} pmol/L: not from the parathyroid")  # fmt: skip
    yield Tell("endocrine_opinion", high & known & ~low, stance="refer", within_hours=336, facts=facts,
               why="corrected calcium {calcium:.2f} mmol/L although PTH is {pth:.1f} pmol/L: a parathyroid adenoma is likely",
               say="Ask the endocrinologist about the parathyroid glands")  # fmt: skip


@rule("diagnosis", "coleman2020", confirmed=False)
def raised_alp(chart: Chart) -> Iterator[Order]:
    """Raised ALP without a known bone metastasis comes from liver or bone: with a raised bilirubin the liver is looked at first,
    else the skeleton."""
    alp, bilirubin = chart.latest("alp"), chart.latest("bilirubin")
    raised = (alp > analyte("alp").reference[1]) & ~chart.lesions().any(axis=1)
    liver = raised & (bilirubin > analyte("bilirubin").reference[1])
    days, facts = limit("follow_up.imaging_days") * 2, {"alp": alp}
    body = np.fmin(chart.tested("ct"), chart.tested("fdg_pet"))
    yield Test("ct", liver & ~(body <= days), stance="refer", within_hours=336, facts=facts,
               why="ALP {alp:.0f} U/L and a raised bilirubin", say="CT of liver and bile ducts")  # fmt: skip
    bone = raised & ~liver & ~(_scanned(chart) <= days)
    yield Test("bone_scan", bone, stance="refer", within_hours=336, facts=facts,
               why="ALP {alp:.0f} U/L without a sign that it comes from the liver")  # fmt: skip


@rule("diagnosis", "nice2008", confirmed=True)
def spinal_pain_explained(chart: Chart) -> Iterator[Order]:
    """People with bone metastases know which signs mean the hospital at once."""
    spine = in_the("spine", painful_place(chart)) & chart.lesions().any(axis=1)
    say = "Told what to report at once: weak legs, numbness, bladder or bowel, pain on straining or at night"
    yield Tell("red_flags", spine & proven(chart), why="spinal pain and bone metastases", say=say)


@rule("diagnosis", "rougraff1993", confirmed=True)
def search_for_the_primary(chart: Chart) -> Iterator[Order]:
    """The metastasis is found first: history, examination, bloods, pictures, then tissue from the easiest place, and nothing done
    to the bone before. In forty such people this named the primary in 85 of 100; the biopsy alone in 35."""
    open_ = ~proven(chart) & chart.lesions().any(axis=1)
    first = "(1) history, and examination of breasts or prostate, thyroid, skin and nodes"
    bloods = "(2) bloods with calcium, ALP, {own} and proteins for myeloma"
    rest = (
        "(3) X-ray of the whole bone and of the chest (4) CT of chest, abdomen and pelvis (5) bone scan "
        "(6) biopsy of the easiest bone, planned with the surgeon who would operate. No rod, cement or ablation before (6)"
    )
    own = np.where(chart.male, "PSA", "CA 15-3 and a mammogram")
    say = f"Search for the primary in this order: {first} {bloods} {rest}"
    why = "bone lesion without a known primary"
    yield Tell("search_order", open_, stance="refer", within_hours=336, facts={"own": own}, why=why, say=say)


@rule("diagnosis", "johnson2018", confirmed=False)
def complementary_methods(chart: Chart) -> Iterator[Order]:
    """Herbs, supplements, diets, hands: asked in the work-up, as some harm and some are used instead of treatment."""
    ill = chart.lesions().any(axis=1)
    say = "Ask about complementary methods: herbs, supplements, diets, manual treatment, and whether instead of treatment"
    yield Test("complementary", np.isnan(chart.tested("complementary")), stance="measure first", say=say,
               why="some methods harm, and used instead of treatment they leave the cancer untreated")  # fmt: skip
    yield Tell("no_manipulation", chart.has("manipulation") & (spinal_disease(chart) | ~proven(chart)) & ill, stance="forbid",
               why="metastases in the spine may break or press the cord", say="No manipulation of the spine")  # fmt: skip
    yield Tell("herbs_and_drugs", chart.has("herbs") & ill, stance="refer", why="herbs change how drugs work, and bleeding",
               say="Pharmacist: the herbs in the chart against the drugs given")  # fmt: skip
    yield Tell("untreated", chart.has("complementary_instead") & ill, stance="refer",
               why="used instead of treatment, the disease is untreated",
               say="Say plainly that the cancer is untreated; offer treatment again, and go on seeing the person")  # fmt: skip


RULES = (
    painful_long_bone, staging, origin_open, cause_of_high_calcium, raised_alp, spinal_pain_explained, search_for_the_primary,
    complementary_methods,
)  # fmt: skip
