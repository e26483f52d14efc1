"""How bad is it: corrected calcium, CTCAE grades of blood tests, hypercalcaemia bands, jaw necrosis stages."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from seedsoil.care.scores.published import Array, Score, monotone, number, published, yes_no

CALCIUM_PER_ALBUMIN = 0.02  # mmol/L of calcium per g/L of albumin
ALBUMIN_REFERENCE = 40.0  # g/L
ALBUMIN_OF_THE_LIVING = (10.0, 60.0)  # g/L: the range taken for an albumin nobody measured

# limits after grade 1; grade 1 begins at the laboratory's own limit of normal
CTCAE_HYPERCALCAEMIA = (2.9, 3.1, 3.4)  # mmol/L, corrected
CTCAE_HYPERCALCAEMIA_IONISED = (1.5, 1.6, 1.8)  # mmol/L
CTCAE_HYPOCALCAEMIA = (2.0, 1.75, 1.5)  # mmol/L, corrected
CTCAE_HYPOCALCAEMIA_IONISED = (1.0, 0.9, 0.8)  # mmol/L
CTCAE_ANAEMIA = (10.0, 8.0)  # g/dL; grade 4 is clinical, no number
CTCAE_PLATELETS = (75.0, 50.0, 25.0)  # 10^9/L
CTCAE_NEUTROPHILS = (1.5, 1.0, 0.5)  # 10^9/L
CTCAE_CREATININE = (1.5, 3.0, 6.0)  # times the upper limit of normal
CTCAE_CREATININE_BASELINE = (1.5, 3.0)  # times the person's own baseline: grades 2 and 3

HYPERCALCAEMIA_MODERATE = 3.0  # mmol/L (12 mg/dL)
HYPERCALCAEMIA_SEVERE = 3.5  # mmol/L (14 mg/dL)


@published("zometa_label", "verified")
def corrected_calcium(calcium: object, albumin: object) -> Score:
    """Total calcium (mmol/L) corrected for albumin (g/L): what it would be with an albumin of 40.

    An albumin nobody measured may be anything from 10 to 60 g/L.
    """
    return monotone(
        lambda ca, alb: ca + CALCIUM_PER_ALBUMIN * (ALBUMIN_REFERENCE - alb),
        rising=(number("calcium", calcium, 0.1, 10),),
        falling=(number("albumin", albumin, 1, 100, unknown=ALBUMIN_OF_THE_LIVING),),
    )


def _above(value: Score, normal: Score, limits: tuple[float, ...]) -> Score:
    """CTCAE grade of something too high: each limit belongs to the milder grade."""

    def grade(x: Array, upper: Array) -> Array:
        worst = (x > upper).astype(int)
        for i, limit in enumerate(limits):
            worst = np.maximum(worst, (x > limit) * (i + 2))
        return worst

    return monotone(grade, rising=(value,), falling=(normal,))


def _below(value: Score, normal: Score, limits: tuple[float, ...]) -> Score:
    """CTCAE grade of something too low: the mirror of `_above`."""
    flipped = [Score(-s.high, -s.low) for s in (value, normal)]
    return _above(*flipped, tuple(-limit for limit in limits))


@published("ctcae5", "verified")
def hypercalcaemia_grade(corrected: object, upper_normal: object) -> Score:
    """CTCAE v5 grade 0-4 of hypercalcaemia. Both mmol/L, calcium corrected for albumin."""
    normal = number("upper_normal", upper_normal, 2.3, 2.9)
    return _above(number("calcium_corrected", corrected, -2, 12), normal, CTCAE_HYPERCALCAEMIA)


@published("ctcae5", "verified")
def hypercalcaemia_grade_ionised(ionised: object, upper_normal: object) -> Score:
    """CTCAE v5 grade 0-4 of hypercalcaemia by ionised calcium, both mmol/L."""
    normal = number("upper_normal", upper_normal, 1.2, 1.5)
    return _above(number("calcium_ionised", ionised, 0.1, 6), normal, CTCAE_HYPERCALCAEMIA_IONISED)


@published("ctcae5", "verified")
def hypocalcaemia_grade(corrected: object, lower_normal: object) -> Score:
    """CTCAE v5 grade 0-4 of hypocalcaemia. Both mmol/L, calcium corrected for albumin. Cut-offs as in v4.03."""
    normal = number("lower_normal", lower_normal, 2.0, 2.3)
    return _below(number("calcium_corrected", corrected, -2, 12), normal, CTCAE_HYPOCALCAEMIA)


@published("ctcae5", "verified")
def hypocalcaemia_grade_ionised(ionised: object, lower_normal: object) -> Score:
    """CTCAE v5 grade 0-4 of hypocalcaemia by ionised calcium, both mmol/L. Cut-offs as in v4.03."""
    normal = number("lower_normal", lower_normal, 1.0, 1.25)
    return _below(number("calcium_ionised", ionised, 0.1, 6), normal, CTCAE_HYPOCALCAEMIA_IONISED)


@published("ctcae5", "verified")
def anaemia_grade(haemoglobin: object, lower_normal: object) -> Score:
    """CTCAE v5 grade 0-3 of anaemia, both g/dL. Grade 4 is a clinical judgement without a number."""
    normal = number("lower_normal", lower_normal, 10, 18)
    return _below(number("haemoglobin", haemoglobin, 0.5, 30), normal, CTCAE_ANAEMIA)


@published("ctcae5", "verified")
def platelets_grade(platelets: object, lower_normal: object) -> Score:
    """CTCAE v5 grade 0-4 of a low platelet count, both 10^9/L."""
    return _below(number("platelets", platelets, 0, 1e4), number("lower_normal", lower_normal, 75, 250), CTCAE_PLATELETS)


@published("ctcae5", "verified")
def neutrophils_grade(neutrophils: object, lower_normal: object) -> Score:
    """CTCAE v5 grade 0-4 of a low neutrophil count, both 10^9/L."""
    normal = number("lower_normal", lower_normal, 0.8, 4)
    return _below(number("neutrophils", neutrophils, 0, 1000), normal, CTCAE_NEUTROPHILS)


@published("ctcae5", "verified", "the limits in multiples of the upper limit; for those of the baseline see the next")
def creatinine_grade(creatinine: object, upper_normal: object) -> Score:
    """CTCAE v5 grade 0-4 of a raised creatinine against the upper limit of normal, same unit for both."""
    ratio = monotone(
        lambda c, u: c / u,
        rising=(number("creatinine", creatinine, 1, 1e4),),
        falling=(number("upper_normal", upper_normal, 40, 160),),
    )
    return _above(ratio, number("one", 1.0, 1, 1), CTCAE_CREATININE)


@published("ctcae5", "recalled", "the baseline clause was not seen at a source")
def creatinine_grade_from_baseline(creatinine: object, baseline: object) -> Score:
    """CTCAE v5 grade by the rise over the person's own baseline: 0, 2 (above 1.5 times) or 3 (above 3 times)."""

    def grade(c: Array, b: Array) -> Array:
        twice, thrice = CTCAE_CREATININE_BASELINE
        return np.where(c > thrice * b, 3, np.where(c > twice * b, 2, 0))

    return monotone(
        grade,
        rising=(number("creatinine", creatinine, 1, 1e4),),
        falling=(number("baseline", baseline, 1, 1e4),),
    )


class Hypercalcaemia(IntEnum):
    """Clinical severity of a raised corrected calcium."""

    NONE = 0
    MILD = 1  # above normal, below 3.0 mmol/L
    MODERATE = 2  # 3.0 to below 3.5
    SEVERE = 3  # 3.5 and above


@published("elhajjfuleihan2023", "verified")
def hypercalcaemia_severity(corrected: object, upper_normal: object) -> Score:
    """Clinical severity, as Hypercalcaemia; both mmol/L, calcium corrected for albumin."""

    def severity(x: Array, upper: Array) -> Array:
        worse = np.where(x >= HYPERCALCAEMIA_SEVERE, Hypercalcaemia.SEVERE, Hypercalcaemia.MODERATE)
        return np.where(x >= HYPERCALCAEMIA_MODERATE, worse, (x > upper).astype(int))

    return monotone(
        severity,
        rising=(number("calcium_corrected", corrected, -2, 12),),
        falling=(number("upper_normal", upper_normal, 2.3, 2.9),),
    )


class Mronj(IntEnum):
    """Stage of medication-related osteonecrosis of the jaw."""

    NEVER_TREATED = 0
    AT_RISK = 1  # treated with a bone-modifying or antiangiogenic drug, no dead bone, no symptoms
    STAGE_0 = 2  # no dead bone seen, but unspecific symptoms or findings
    STAGE_1 = 3  # exposed bone or a fistula that probes to bone, no symptoms, no infection
    STAGE_2 = 4  # the same with infection: pain and soft-tissue swelling
    STAGE_3 = 5  # stage 2 and extension


MRONJ_WEEKS = 8


@published("yarom2019", "verified")
def mronj_case(treated: object, exposed_weeks: object, jaw_irradiated: object, jaw_metastasis: object) -> Score:
    """Yes/no: jaw necrosis by definition: a drug that causes it, bone exposed or probed above 8 weeks, no other cause.

    treated: current or past bone-modifying agent or angiogenesis inhibitor. exposed_weeks: 0 = not exposed.
    """
    return monotone(
        lambda drug, weeks, beam, tumour: ((drug == 1) & (weeks > MRONJ_WEEKS) & (beam == 0) & (tumour == 0)).astype(int),
        rising=(yes_no("mronj.treated", treated), number("mronj.exposed_weeks", exposed_weeks, 0, 5000)),
        falling=(yes_no("mronj.jaw_irradiated", jaw_irradiated), yes_no("mronj.jaw_metastasis", jaw_metastasis)),
    )


@published("yarom2019", "verified")
def mronj_stage(treated: object, unspecific: object, exposed: object, infected: object, extended: object) -> Score:
    """Stage of jaw necrosis, as Mronj; every input is yes/no.

    unspecific: symptoms or findings without dead bone. exposed: bone bare, or a fistula that probes to it. infected:
    shown by pain and soft-tissue swelling, with or without pus. extended: fracture, fistula to skin or sinus, bone
    loss to the lower border, sinus floor or beyond the alveolus; it makes stage 3 only on top of infection.
    """

    def stage(drug: Array, hint: Array, bare: Array, pus: Array, far: Array) -> Array:
        bone = np.where(pus == 0, Mronj.STAGE_1, np.where(far == 0, Mronj.STAGE_2, Mronj.STAGE_3))
        jaw = np.where(bare == 0, Mronj.AT_RISK + hint, bone)
        return np.where(drug == 0, Mronj.NEVER_TREATED, jaw)

    facts = {
        "treated": treated,
        "unspecific": unspecific,
        "exposed": exposed,
        "infected": infected,
        "extended": extended,
    }
    return monotone(stage, rising=tuple(yes_no(f"mronj.{k}", v) for k, v in facts.items()))
