"""Will this long bone break: Mirels' score and the cortical rule for the femur."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from seedsoil.care.scores.published import Score, band, monotone, number, points, published, total, yes_no


class LesionKind(IntEnum):
    """How a bone lesion looks on X-ray or CT."""

    BLASTIC = 0
    MIXED = 1
    LYTIC = 2


class MirelsSite(IntEnum):
    """Where in the limbs."""

    UPPER_LIMB = 0
    LOWER_LIMB = 1  # not peritrochanteric
    PERITROCHANTERIC = 2


class MirelsPain(IntEnum):
    """Pain at the lesion; functional = worse when the limb is used."""

    MILD = 0
    MODERATE = 1
    FUNCTIONAL = 2


class MirelsRule(IntEnum):
    """What Mirels advised at each band of points."""

    OBSERVE = 0  # <= 7: radiotherapy and observe
    JUDGE = 1  # 8: clinical judgement
    FIX = 2  # >= 9: prophylactic fixation


MIRELS_SITE = {MirelsSite.UPPER_LIMB: 1, MirelsSite.LOWER_LIMB: 2, MirelsSite.PERITROCHANTERIC: 3}
MIRELS_PAIN = {MirelsPain.MILD: 1, MirelsPain.MODERATE: 2, MirelsPain.FUNCTIONAL: 3}
MIRELS_LESION = {LesionKind.BLASTIC: 1, LesionKind.MIXED: 2, LesionKind.LYTIC: 3}
MIRELS_SIZE = (1 / 3, 2 / 3)  # share of the bone's diameter: below the first 1 point, above the second 3
MIRELS_BANDS = (8, 9)  # the points at which judgement and fixation begin

# points: (per cent of lesions fractured within 6 months of irradiation, read at a source)
MIRELS_PROBABILITY = {
    4: (0, True),
    5: (0, True),
    6: (0, True),
    7: (4, True),
    8: (15, True),
    9: (33, True),
    10: (72, False),
    11: (96, False),
    12: (100, True),
}

FEMUR_AXIAL_MM = 30
FEMUR_CIRCUMFERENCE = 0.5
HARRINGTON_MM, HARRINGTON_SHARE = 25, 0.5  # a lytic lesion longer, or taking more of the diameter, than this
RIGIDITY_LOST = 0.35  # share of axial, bending or torsional rigidity against the other side
STRENGTH_STARTS = (0.505, 0.755)  # share of strength left, printed as 0-50, 51-75 and above 75 %


@published("mirels1989", "verified")
def mirels(site: object, pain: object, lesion: object, size_share: object) -> Score:
    """Mirels' score of a long-bone metastasis, 4 to 12 points.

    site: MirelsSite. pain: MirelsPain. lesion: LesionKind. size_share: share of the bone's diameter (or cortex)
    taken, 0-1. Exactly one and two thirds both count 2. Items read in Jawad and Scully 2010.
    """
    size = monotone(
        lambda x: 1 + (x >= MIRELS_SIZE[0]).astype(int) + (x > MIRELS_SIZE[1]),
        rising=(number("mirels.size_share", size_share, 0, 1),),
    )
    return total(
        points("mirels.site", site, MIRELS_SITE),
        points("mirels.pain", pain, MIRELS_PAIN),
        points("mirels.lesion", lesion, MIRELS_LESION),
        size,
    )


@published("mirels1989", "recalled", "10 and 11 points were not found at a source; the rest were")
def mirels_probability(score: Score) -> Score:
    """Fracture within 6 months, per cent of irradiated lesions with that many Mirels points (78 lesions, 27 broke).

    33 % at 9 and 100 % at 12 are confirmed as the ends of the range; 72 and 96 % between are not.
    """
    chance = np.array([MIRELS_PROBABILITY[p][0] for p in range(4, 13)])
    return monotone(lambda x: chance[x.astype(int) - 4], rising=(number("mirels.score", score, 4, 12),))


@published("mirels1989", "verified")
def mirels_rule(score: Score) -> Score:
    """What the Mirels points advise, as MirelsRule: observe (7 or less), judge (8), fix (9 or more)."""
    return band(number("mirels.score", score, 4, 12), MIRELS_BANDS)


@published("vanderlinden2004", "verified")
def femur_cortex_at_risk(axial_mm: object, circumference_share: object) -> Score:
    """Yes/no: a femoral metastasis at risk by its cortex: above 30 mm along it, or above half of it around.

    axial_mm: length of cortex involved on plain film, mm. circumference_share: 0-1. Only
    these two predicted fracture there, Mirels' score did not.
    """
    return monotone(
        lambda axial, share: ((axial > FEMUR_AXIAL_MM) | (share > FEMUR_CIRCUMFERENCE)).astype(int),
        rising=(
            number("femur.axial_mm", axial_mm, 0, 600),
            number("femur.circumference_share", circumference_share, 0, 1),
        ),
    )


@published("harrington1986", "secondary")
def harrington(
    lytic: object, longest_mm: object, share_of_diameter: object, pain_stays: object, grew_after_radiation: object
) -> Score:
    """Yes/no: a long bone to be fixed before it breaks, by Harrington: a lytic lesion over half the diameter or 2.5 cm, pain that
    stays, or growth after radiotherapy. lytic, pain_stays, grew_after_radiation: yes/no."""

    def risk(hollow, length, share, pain, grew):
        large = hollow * ((length > HARRINGTON_MM) | (share > HARRINGTON_SHARE))
        return np.maximum(np.maximum(large, pain), grew).astype(int)

    return monotone(
        risk,
        rising=(
            yes_no("harrington.lytic", lytic), number("harrington.longest_mm", longest_mm, 0, 600),
            number("harrington.share_of_diameter", share_of_diameter, 0, 1), yes_no("harrington.pain_stays", pain_stays),
            yes_no("harrington.grew_after_radiation", grew_after_radiation),
        ),
    )  # fmt: skip


@published("snyder2006", "recalled")
def rigidity_at_risk(axial_lost: object, bending_lost: object, torsional_lost: object) -> Score:
    """Yes/no: a long bone at risk by CT rigidity: axial, bending or torsional rigidity down by more than 35 % against the other
    side. Shares lost, 0-1."""
    lost = (("axial", axial_lost), ("bending", bending_lost), ("torsional", torsional_lost))
    return monotone(
        lambda a, b, c: (np.maximum(np.maximum(a, b), c) > RIGIDITY_LOST).astype(int),
        rising=tuple(number(f"rigidity.{name}_lost", share, 0, 1) for name, share in lost),
    )


@published("mirels_strength2023", "verified", "between the whole per cents that are printed, the nearer counts")
def mirels_location_by_strength(strength_left: object) -> Score:
    """Location points of the modified Mirels score at the proximal femur by the share of strength left (0-1): above 75 % 1, 51 to
    75 % 2, 50 % or less 3."""
    left = number("mirels.strength_left", strength_left, 0, 1)
    return monotone(lambda x: 3 - np.searchsorted(STRENGTH_STARTS, x, side="right"), falling=(left,))
