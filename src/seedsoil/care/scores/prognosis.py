"""How long and how well: performance status and the survival scores: Katagiri, Tokuhashi, Tomita, Leiden, Bauer and NESMS."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from seedsoil.care.scores.published import (
    Score,
    band,
    monotone,
    number,
    points,
    published,
    span,
    total,
    worth_of_name,
    yes_no,
)
from seedsoil.care.scores.spine import Frankel
from seedsoil.errors import InputError

# ECOG: (lowest, highest Karnofsky); the one map used everywhere. Karnofsky is the primary variable.
KARNOFSKY_OF_ECOG = {0: (100, 100), 1: (80, 90), 2: (60, 70), 3: (40, 50), 4: (10, 30), 5: (0, 0)}
ECOG_STARTS = (40, 60, 80, 100)  # Karnofsky at which ECOG 3, 2, 1, 0 begin; below 40 is 4, nought is 5 (dead)


@published("oken1982", "recalled", "maps differ by source; this one is fixed here")
def ecog_of_karnofsky(karnofsky: object) -> Score:
    """ECOG performance status 0 to 5 of a Karnofsky score; between two tens the ten below counts."""
    score = number("karnofsky", karnofsky, 0, 100)
    return monotone(lambda k: 5 - (k > 0) - np.searchsorted(ECOG_STARTS, k, side="right"), falling=(score,))


@published("oken1982", "recalled", "maps differ by source; this one is fixed here")
def karnofsky_of_ecog(ecog: object) -> Score:
    """Karnofsky score of an ECOG status 0 to 5: a range (ECOG 1 is 80 to 90), since ECOG is coarser."""
    score = number("ecog", ecog, 0, 5)
    table = np.array([KARNOFSKY_OF_ECOG[g] for g in range(6)])
    return Score(table[score.high.astype(int), 0], table[score.low.astype(int), 1])


# --- Katagiri 2014 ---------------------------------------------------------------------------------------------------


class KatagiriGrowth(IntEnum):
    """How fast the primary grows, after Katagiri."""

    SLOW = 0
    MODERATE = 1
    RAPID = 2


class KatagiriVisceral(IntEnum):
    """Visceral or cerebral metastases; disseminated = pleural, peritoneal or leptomeningeal."""

    NONE = 0
    NODULAR = 1
    DISSEMINATED = 2


KATAGIRI_GROWTH = {KatagiriGrowth.SLOW: 0, KatagiriGrowth.MODERATE: 2, KatagiriGrowth.RAPID: 3}
KATAGIRI_VISCERAL = {KatagiriVisceral.NONE: 0, KatagiriVisceral.NODULAR: 1, KatagiriVisceral.DISSEMINATED: 2}

# cancer id: points (lowest, highest); two numbers where hormone dependence, targeted drug or organ decide
KATAGIRI_CANCER = {
    **{c: (0, 0) for c in ("thyroid", "myeloma", "lymphoma")},
    **{c: (0, 2) for c in ("breast", "prostate")},  # hormone-dependent 0, else 2
    **{c: (2, 2) for c in ("kidney", "sarcoma")},
    "lung_nsclc": (2, 3),  # on a molecularly targeted drug 2, else 3
    "uterus": (2, 3),  # endometrium 2, cervix 3: recalled
    **{c: (3, 3) for c in ("lung_sclc", "colorectal", "gastric", "head_neck_oesophagus", "liver", "melanoma")},
    "bladder": (3, 3),  # other urological: recalled
    "unknown": (3, 3),
}
KATAGIRI_TWO_VALUED = ("breast", "prostate", "lung_nsclc")

# the paper's own units (mg/dL, g/dL) in ours: 0.4 mg/dL CRP, 3.7 g/dL albumin, 10.3 mg/dL calcium, 1.4 mg/dL bilirubin
KATAGIRI_ABNORMAL = {"crp_mg_per_l": 4.0, "ldh_iu_per_l": 250.0, "albumin_g_per_l": 37.0}
KATAGIRI_CRITICAL = {
    "platelets_e9_per_l": 100.0,
    "calcium_mmol_per_l": 10.3 * 0.2495,
    "bilirubin_umol_per_l": 1.4 * 17.1,
}

KATAGIRI_BANDS = (4, 7)  # 0-3, 4-6, 7-10
# (band, months): (per cent alive, read at a source)
KATAGIRI_SURVIVAL = {
    (0, 6): (98.1, False),
    (0, 12): (91.0, True),
    (0, 24): (78.0, True),
    (1, 6): (74.0, False),
    (1, 12): (49.0, False),
    (1, 24): (27.6, False),
    (2, 6): (27.0, True),
    (2, 12): (6.0, True),
    (2, 24): (2.1, False),
}


@published("katagiri2014", "secondary", "parts of the list of primaries are recalled")
def katagiri_primary(cancer: object, hormone_dependent: object = -1, targeted_drug: object = -1) -> Score:
    """Katagiri's points for the primary, 0 to 3, by cancer id.

    hormone_dependent (breast, prostate) and targeted_drug (non-small-cell lung), yes/no, narrow the range.
    """
    worth = worth_of_name("katagiri.cancer", cancer, KATAGIRI_CANCER, (0, 3))
    names = np.asarray(cancer, dtype=object)
    hormone = yes_no("katagiri.hormone_dependent", hormone_dependent)
    drug = yes_no("katagiri.targeted_drug", targeted_drug)
    favourable = Score(*(np.where(names == "lung_nsclc", d, h) for h, d in zip(hormone, drug, strict=True)))
    two_valued = np.isin(names.astype(str), KATAGIRI_TWO_VALUED)
    # surely hormone-dependent (or on a targeted drug) takes the lower points, surely not the higher
    high = np.where(two_valued & (favourable.low == 1), worth.low, worth.high)
    low = np.where(two_valued & (favourable.high == 0), worth.high, worth.low)
    return Score(low, high)


@published("katagiri2014", "secondary")
def katagiri_laboratory(
    crp_mg_per_l: object = np.nan,
    ldh_iu_per_l: object = np.nan,
    albumin_g_per_l: object = np.nan,
    platelets_e9_per_l: object = np.nan,
    calcium_mmol_per_l: object = np.nan,
    bilirubin_umol_per_l: object = np.nan,
) -> Score:
    """Katagiri's laboratory points: any critical value 2, else any abnormal one 1, else 0; each tier has its own."""
    abnormal, critical = KATAGIRI_ABNORMAL, KATAGIRI_CRITICAL

    def tier(crp, ldh, calcium, bilirubin, albumin, platelets):
        worst = (platelets < critical["platelets_e9_per_l"]) | (calcium >= critical["calcium_mmol_per_l"])
        worst = worst | (bilirubin >= critical["bilirubin_umol_per_l"])
        bad = (crp >= abnormal["crp_mg_per_l"]) | (ldh >= abnormal["ldh_iu_per_l"])
        bad = bad | (albumin < abnormal["albumin_g_per_l"])
        return np.where(worst, 2, bad.astype(int))

    return monotone(
        tier,
        rising=(
            number("crp_mg_per_l", crp_mg_per_l, 0, 5000),
            number("ldh_iu_per_l", ldh_iu_per_l, 0, 1e6),
            number("calcium_mmol_per_l", calcium_mmol_per_l, 0.1, 10),
            number("bilirubin_umol_per_l", bilirubin_umol_per_l, 0, 5000),
        ),
        falling=(
            number("albumin_g_per_l", albumin_g_per_l, 1, 100),
            number("platelets_e9_per_l", platelets_e9_per_l, 0, 1e4),
        ),
    )


@published("katagiri2014", "secondary", "points from a public specification that quotes the open table")
def katagiri(
    primary: object, visceral: object, laboratory: object, ecog: object, previous_chemotherapy: object, multiple: object
) -> Score:
    """Katagiri's revised score (2014), 0 to 10: the higher, the shorter the life.

    primary: KatagiriGrowth, or the points of `katagiri_primary`. visceral: KatagiriVisceral. laboratory: points of
    `katagiri_laboratory`. ecog: 0-4. previous_chemotherapy, multiple (skeletal metastases): yes/no.
    """
    origin = (
        number("katagiri.primary", primary, 0, 3)
        if isinstance(primary, Score)
        else points("katagiri.primary", primary, KATAGIRI_GROWTH)
    )
    return total(
        origin,
        points("katagiri.visceral", visceral, KATAGIRI_VISCERAL),
        number("katagiri.laboratory", laboratory, 0, 2),
        monotone(lambda g: (g >= 3).astype(int), rising=(number("katagiri.ecog", ecog, 0, 4),)),
        yes_no("katagiri.previous_chemotherapy", previous_chemotherapy),
        yes_no("katagiri.multiple", multiple),
    )


@published("katagiri2014", "recalled", "91 and 78 (0-3), 27 and 6 (7-10) are confirmed; the other cells are not")
def katagiri_survival(score: object, months: int) -> Score:
    """Per cent alive at 6, 12 or 24 months with that Katagiri score. Which cells are confirmed: KATAGIRI_SURVIVAL."""
    if (0, months) not in KATAGIRI_SURVIVAL:
        raise InputError("katagiri.months", months, "6, 12, 24")
    alive = np.array([KATAGIRI_SURVIVAL[b, months][0] for b in range(3)])
    group = band(number("katagiri.score", score, 0, 10), KATAGIRI_BANDS)
    return monotone(lambda b: alive[b], falling=(group,))


# --- Katagiri 2005 ---------------------------------------------------------------------------------------------------

KATAGIRI_2005_VISCERAL = 2
KATAGIRI_2005_BANDS = (3, 6)  # 0-2, 3-5, 6-8
# (band, months): per cent alive; the middle band is "about"
KATAGIRI_2005_SURVIVAL = {(0, 6): 97.9, (0, 12): 89.1, (1, 6): 71.0, (1, 12): 49.0, (2, 6): 31.3, (2, 12): 10.9}


@published("katagiri2005", "recalled", "kept for old studies; the score of 2014 is the one used")
def katagiri_2005(growth: object, visceral: object, ecog: object, chemotherapy: object, several: object) -> Score:
    """Katagiri's first score, 0 to 8. growth: KatagiriGrowth as listed in 2005 (hepatocellular, gastric and lung rapid; breast,
    prostate, myeloma, lymphoma and thyroid slow). visceral or cerebral, earlier chemotherapy, several skeletal: yes/no."""
    weak = monotone(lambda e: (e >= 3).astype(int), rising=(number("ecog", ecog, 0, 5),))
    spread = yes_no("katagiri.visceral", visceral)
    return total(
        points("katagiri.growth", growth, KATAGIRI_GROWTH),
        Score(KATAGIRI_2005_VISCERAL * spread.low, KATAGIRI_2005_VISCERAL * spread.high),
        weak, yes_no("katagiri.chemotherapy", chemotherapy), yes_no("katagiri.several", several),
    )  # fmt: skip


@published("katagiri2005", "recalled", "the middle band is approximate")
def katagiri_2005_survival(score: object, months: int) -> Score:
    """Per cent alive at 6 or 12 months by the score of 2005; a range where the score is one."""
    if (0, months) not in KATAGIRI_2005_SURVIVAL:
        raise InputError("months", months, "6 or 12")
    alive = np.array([KATAGIRI_2005_SURVIVAL[k, months] for k in range(3)])
    bands = band(number("katagiri.score", score, 0, 8), KATAGIRI_2005_BANDS)
    return monotone(lambda k: alive[k.astype(int)], falling=(bands,))


# --- Tokuhashi 2005 --------------------------------------------------------------------------------------------------


class MajorOrgan(IntEnum):
    """Metastases in major organs."""

    UNREMOVABLE = 0
    REMOVABLE = 1
    NONE = 2


TOKUHASHI_ORGAN = {MajorOrgan.UNREMOVABLE: 0, MajorOrgan.REMOVABLE: 1, MajorOrgan.NONE: 2}
TOKUHASHI_KARNOFSKY = (50, 80)  # 10-40: 0; 50-70: 1; 80-100: 2
TOKUHASHI_FRANKEL = (2, 4)  # Frankel code: A, B complete 0; C, D incomplete 1; E none 2
TOKUHASHI_BANDS = (9, 12)  # 0-8 under 6 months, 9-11 six months or more, 12-15 a year or more
# published sites, and cancer ids; a range where an id holds sites of different points (rectum 4, colon with "others" 2)
TOKUHASHI_PRIMARY = {
    **{c: (0, 0) for c in ("lung", "lung_nsclc", "lung_sclc", "osteosarcoma", "gastric", "bladder", "oesophagus", "pancreas")},
    **{c: (1, 1) for c in ("liver", "gallbladder", "unknown")},
    **{c: (2, 2) for c in ("others", "melanoma")},
    **{c: (3, 3) for c in ("kidney", "uterus")},
    "rectum": (4, 4),
    **{c: (5, 5) for c in ("thyroid", "breast", "prostate", "carcinoid")},
    "colorectal": (2, 4),
    "head_neck_oesophagus": (0, 2),
}


class TokuhashiBand(IntEnum):
    """Survival foretold by the revised Tokuhashi score."""

    UNDER_SIX_MONTHS = 0
    SIX_MONTHS_OR_MORE = 1
    A_YEAR_OR_MORE = 2


@published("tokuhashi2005", "verified")
def tokuhashi_primary(cancer: object) -> Score:
    """Tokuhashi's points for the primary, 0 to 5, by cancer id or published site."""
    return worth_of_name("tokuhashi.cancer", cancer, TOKUHASHI_PRIMARY, (0, 5))


@published("tokuhashi2005", "verified")
def tokuhashi(karnofsky: object, extraspinal: object, vertebral: object, organs: object, primary: Score, frankel: object) -> Score:
    """Revised Tokuhashi score of a person with spinal metastases, 0 to 15: the higher, the longer the life.

    karnofsky: 10-100 (or `karnofsky_of_ecog`). extraspinal, vertebral: how many bone metastases outside the spine (0 or
    more) and how many vertebrae (1 or more). organs: MajorOrgan. primary: points of `tokuhashi_primary`. frankel:
    Frankel code. Read in the NICE copy.
    """
    return total(
        band(number("tokuhashi.karnofsky", karnofsky, 10, 100), TOKUHASHI_KARNOFSKY),
        monotone(lambda k: 2 - (k >= 1) - (k >= 3), falling=(number("tokuhashi.extraspinal", extraspinal, 0, 500),)),
        monotone(lambda k: 2 - (k >= 2) - (k >= 3), falling=(number("tokuhashi.vertebral", vertebral, 1, 500),)),
        points("tokuhashi.organs", organs, TOKUHASHI_ORGAN),
        number("tokuhashi.primary", primary, 0, 5),
        band(span("tokuhashi.frankel", frankel, Frankel), TOKUHASHI_FRANKEL),
    )


@published("tokuhashi2005", "verified", "survival bands confirmed; the operations advised for them are secondary")
def tokuhashi_band(score: object) -> Score:
    """TokuhashiBand: 0-8 under six months, 9-11 six months or more, 12-15 a year or more."""
    return band(number("tokuhashi.score", score, 0, 15), TOKUHASHI_BANDS)


# --- Tomita 2001 -----------------------------------------------------------------------------------------------------


class TomitaVisceral(IntEnum):
    """Visceral metastases."""

    NONE = 0
    TREATABLE = 1
    UNTREATABLE = 2


class TomitaBone(IntEnum):
    """Bone metastases, the spine included."""

    SOLITARY = 0  # or isolated
    MULTIPLE = 1


class TomitaBand(IntEnum):
    """Tomita's surgical aim."""

    LONG_TERM_CONTROL = 0  # 2-3: wide or marginal excision
    MIDDLE_TERM_CONTROL = 1  # 4-5: marginal or intralesional excision
    SHORT_TERM_PALLIATION = 2  # 6-7: palliative surgery
    SUPPORTIVE_CARE = 3  # 8-10: no surgery


# slow 1, moderate 2, rapid 4; the paper's own lists end in "and so on", so other cancers stay open
TOMITA_PRIMARY = {
    **{c: (1, 1) for c in ("breast", "thyroid", "prostate")},
    **{c: (2, 2) for c in ("kidney", "uterus")},
    **{c: (4, 4) for c in ("lung", "lung_nsclc", "lung_sclc", "gastric", "liver", "colorectal", "unknown")},
    **{c: (1, 4) for c in ("melanoma", "bladder", "head_neck_oesophagus")},
}
TOMITA_VISCERAL = {TomitaVisceral.NONE: 0, TomitaVisceral.TREATABLE: 2, TomitaVisceral.UNTREATABLE: 4}
TOMITA_BONE = {TomitaBone.SOLITARY: 1, TomitaBone.MULTIPLE: 2}
TOMITA_BANDS = (4, 6, 8)


@published("tomita2001", "secondary")
def tomita_primary(cancer: object) -> Score:
    """Tomita's points for the primary's growth: slow 1, moderate 2, rapid 4, by cancer id."""
    return worth_of_name("tomita.cancer", cancer, TOMITA_PRIMARY, (1, 4))


@published("tomita2001", "secondary", "points from two public implementations")
def tomita(primary: Score, visceral: object, bone: object) -> Score:
    """Tomita's score of spinal metastases, 2 to 10: the higher, the shorter the life.

    primary: points of `tomita_primary`. visceral: TomitaVisceral. bone: TomitaBone.
    """
    return total(
        number("tomita.primary", primary, 1, 4),
        points("tomita.visceral", visceral, TOMITA_VISCERAL),
        points("tomita.bone", bone, TOMITA_BONE),
    )


@published("tomita2001", "recalled", "group limits are secondary, the aims and survival recalled")
def tomita_band(score: object) -> Score:
    """TomitaBand: 2-3 long-term control, 4-5 middle-term, 6-7 palliation, 8-10 supportive care."""
    return band(number("tomita.score", score, 2, 10), TOMITA_BANDS)


# --- Leiden (Bollen 2014) --------------------------------------------------------------------------------------------


class LeidenProfile(IntEnum):
    """Clinical profile of the primary, after Bollen."""

    FAVOURABLE = 0
    MODERATE = 1
    UNFAVOURABLE = 2


class LeidenCategory(IntEnum):
    """Bollen's category of symptomatic spinal metastases: median survival 31.2, 15.4, 4.8 and 1.6 months."""

    A = 0
    B = 1
    C = 2
    D = 3


# breast, prostate and lung were read; what the text seen does not place stays open
LEIDEN_OPEN = (
    "kidney", "thyroid", "colorectal", "melanoma", "liver", "gastric", "bladder", "uterus", "head_neck_oesophagus", "unknown",
)  # fmt: skip
LEIDEN_PROFILE = {
    "breast": (LeidenProfile.FAVOURABLE, LeidenProfile.FAVOURABLE),
    "prostate": (LeidenProfile.MODERATE, LeidenProfile.MODERATE),
    **{c: (LeidenProfile.UNFAVOURABLE, LeidenProfile.UNFAVOURABLE) for c in ("lung", "lung_nsclc", "lung_sclc")},
    **{c: (LeidenProfile.FAVOURABLE, LeidenProfile.UNFAVOURABLE) for c in LEIDEN_OPEN},
}
LEIDEN_KARNOFSKY = 80  # from here on a person functions normally


@published("bollen2014", "verified", "breast, prostate and lung alone are placed in the text seen")
def leiden_profile(cancer: object) -> Score:
    """LeidenProfile of a primary, by cancer id; open where the text seen does not name it."""
    return worth_of_name("leiden.cancer", cancer, LEIDEN_PROFILE, (LeidenProfile.FAVOURABLE, LeidenProfile.UNFAVOURABLE))


@published("bollen2014", "recalled", "items, cut and both ends were read in Bollen's thesis; the middle branches are recalled")
def leiden(profile: object, karnofsky: object, organs: object) -> Score:
    """LeidenCategory of a person with symptomatic spinal metastases, A (0, longest life) to D (3).

    profile: LeidenProfile, or a `leiden_profile`. karnofsky: 10-100 (or `karnofsky_of_ecog`). organs: visceral or brain
    metastases, yes/no; they count in the favourable profile alone.
    """
    known = profile if isinstance(profile, Score) else span("leiden.profile", profile, LeidenProfile)

    def category(profile, organs, karnofsky):
        return profile + (karnofsky < LEIDEN_KARNOFSKY) + ((organs == 1) & (profile == LeidenProfile.FAVOURABLE))

    return monotone(
        category,
        rising=(number("leiden.profile", known, 0, 2), yes_no("leiden.organs", organs)),
        falling=(number("leiden.karnofsky", karnofsky, 10, 100),),
    )


# --- New England Spinal Metastasis Score (NESMS) ---------------------------------------------------------------------

# one point for a primary that grows slowly, one for any that is not of the lung; what is not named stands without the first
BAUER_PRIMARY = {
    **{c: (2, 2) for c in ("breast", "kidney")},
    **{c: (0, 0) for c in ("lung", "lung_nsclc", "lung_sclc")},
    **{
        c: (1, 1)
        for c in ("prostate", "thyroid", "colorectal", "melanoma", "liver", "gastric", "bladder", "uterus", "head_neck_oesophagus")
    },
    "unknown": (0, 2),
}
NESMS_BAUER = 3  # points of the modified Bauer score from which the tumour counts as favourable
NESMS_ALBUMIN = 35.0  # g/L


@published("leithner2008", "recalled")
def bauer_primary(cancer: object) -> Score:
    """Points (0 to 2) of a primary in the modified Bauer score, by cancer id: breast and kidney 2, lung 0, others 1."""
    return worth_of_name("bauer.cancer", cancer, BAUER_PRIMARY, (0, 2))


@published("leithner2008", "recalled")
def bauer_modified(primary: Score, organs: object, solitary: object) -> Score:
    """Modified Bauer score of skeletal metastases, 0 to 4: the higher, the longer the life.

    primary: points of `bauer_primary`. organs: visceral metastases, yes/no. solitary: one bone metastasis alone, yes/no.
    """
    no_organs = monotone(lambda x: 1 - x, falling=(yes_no("bauer.organs", organs),))
    return total(number("bauer.primary", primary, 0, 2), no_organs, yes_no("bauer.solitary", solitary))


@published("schoenfeld2021", "recalled", "items and range read; the cuts of Bauer's score and of albumin are recalled")
def nesms(bauer: Score, walks_alone: object, albumin: object) -> Score:
    """New England Spinal Metastasis Score, 0 to 3: the higher, the longer the life.

    A point each for a favourable tumour (`bauer_modified` 3 or more), walking without help (yes/no), and albumin
    (g/L, 5 to 70) of 35 or more.
    """
    return total(
        band(number("nesms.bauer", bauer, 0, 4), (NESMS_BAUER,)),
        yes_no("nesms.walks_alone", walks_alone),
        band(number("nesms.albumin", albumin, 5, 70), (NESMS_ALBUMIN,)),
    )
