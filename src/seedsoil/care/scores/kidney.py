"""Renal function, and what zoledronate allows for it."""

from __future__ import annotations

import numpy as np

from seedsoil.care.scores.published import Array, Score, monotone, number, published, yes_no

CREATININE_UMOL_PER_MG_DL = 88.4  # umol/L in 1 mg/dL

# (creatinine clearance from, mL/min): dose, mg. The label prints whole numbers; here 40-49 runs up to 50.
ZOLEDRONATE_DOSE = {30: 3.0, 40: 3.3, 50: 3.5}
ZOLEDRONATE_VOLUME = {4.0: 5.0, 3.5: 4.4, 3.3: 4.1, 3.0: 3.8}  # dose, mg: concentrate of 4 mg in 5 mL, mL
ZOLEDRONATE_FULL = 4.0  # mg, above
ZOLEDRONATE_FULL_ABOVE = 60  # mL/min; 60 itself still takes 3.5 mg
ZOLEDRONATE_LOWEST = 30  # mL/min

CREATININE_NORMAL = 124.0  # umol/L (1.4 mg/dL): the label's limit of a normal baseline
HOLD_RISE_NORMAL = 44.0  # umol/L (0.5 mg/dL)
HOLD_RISE_ABNORMAL = 88.0  # umol/L (1.0 mg/dL)
RESUME_WITHIN = 1.10  # times the baseline


@published("cockcroft1976", "verified")
def cockcroft_gault(age_years: object, weight_kg: object, creatinine: object, female: object) -> Score:
    """Creatinine clearance by Cockcroft and Gault, mL/min; creatinine in umol/L, female yes/no."""

    def clearance(weight: Array, age: Array, serum: Array, woman: Array) -> Array:
        return (140 - age) * weight / (72 * serum / CREATININE_UMOL_PER_MG_DL) * np.where(woman == 1, 0.85, 1.0)

    return monotone(
        clearance,
        rising=(number("weight_kg", weight_kg, 10, 500),),
        falling=(
            number("age_years", age_years, 18, 120),
            number("creatinine", creatinine, 1, 1e4),
            yes_no("female", female),
        ),
    )


@published("inker2021", "verified")
def ckd_epi(age_years: object, creatinine: object, female: object) -> Score:
    """Estimated GFR by CKD-EPI 2021, mL/min/1.73 m2; creatinine in umol/L, female yes/no."""

    def rate(age: Array, serum: Array, woman: Array) -> Array:
        k, a = np.where(woman == 1, 0.7, 0.9), np.where(woman == 1, -0.241, -0.302)
        ratio = serum / CREATININE_UMOL_PER_MG_DL / k
        shape = np.minimum(ratio, 1) ** a * np.maximum(ratio, 1) ** -1.2
        return 142 * shape * 0.9938**age * np.where(woman == 1, 1.012, 1.0)

    # at one creatinine and age a woman's estimate is always the lower, so all three only lower it
    return monotone(
        rate,
        falling=(
            number("age_years", age_years, 18, 120),
            number("creatinine", creatinine, 1, 1e4),
            yes_no("female", female),
        ),
    )


@published("zometa_label", "verified")
def zoledronate_allowed(clearance: object) -> Score:
    """Yes/no: zoledronate for bone metastases may be given: Cockcroft-Gault clearance 30 mL/min or more."""
    return monotone(lambda c: (c >= ZOLEDRONATE_LOWEST).astype(int), rising=(number("creatinine_clearance", clearance, 0, np.inf),))


@published("zometa_label", "verified")
def zoledronate_dose(clearance: object) -> Array:
    """Zoledronate for bone metastases by Cockcroft-Gault clearance (mL/min): mg, NaN = not recommended or not known.

    Which of the two NaN means: `zoledronate_allowed`. The dose is given only where the whole range agrees.
    """

    def dose(c: Array) -> Array:
        table = np.array([np.nan, *ZOLEDRONATE_DOSE.values()])
        stepped = table[np.searchsorted(list(ZOLEDRONATE_DOSE), c, side="right")]
        return np.where(c > ZOLEDRONATE_FULL_ABOVE, ZOLEDRONATE_FULL, stepped)

    return monotone(dose, rising=(number("creatinine_clearance", clearance, 0, np.inf),)).value


@published("zometa_label", "verified")
def zoledronate_volume(clearance: object) -> Array:
    """Volume (mL) of the concentrate of 4 mg in 5 mL that holds the dose by clearance; NaN as for `zoledronate_dose`."""
    dose = zoledronate_dose(clearance)
    return np.select([np.isclose(dose, mg) for mg in ZOLEDRONATE_VOLUME], list(ZOLEDRONATE_VOLUME.values()), np.nan)


@published("zometa_label", "verified")
def zoledronate_hold(creatinine: object, baseline: object) -> Score:
    """Yes/no: hold zoledronate: creatinine (umol/L) up by 44 from a normal baseline, by 88 from one above 124.

    A baseline of exactly 1.4 mg/dL, which the label leaves out, counts as normal: the stricter side.
    """

    def hold(now: Array, before: Array) -> Array:
        return (now - before >= np.where(before <= CREATININE_NORMAL, HOLD_RISE_NORMAL, HOLD_RISE_ABNORMAL)).astype(int)

    return monotone(
        hold,
        rising=(number("creatinine", creatinine, 1, 1e4),),
        falling=(number("baseline_creatinine", baseline, 1, 1e4),),
    )


@published("zometa_label", "verified")
def zoledronate_resume(creatinine: object, baseline: object) -> Score:
    """Yes/no: zoledronate that was held may resume: creatinine back within 10 % of its baseline, same unit."""
    return monotone(
        lambda before, now: (now <= RESUME_WITHIN * before).astype(int),
        rising=(number("baseline_creatinine", baseline, 1, 1e4),),
        falling=(number("creatinine", creatinine, 1, 1e4),),
    )
