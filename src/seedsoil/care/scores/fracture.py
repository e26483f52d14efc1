"""Will this long bone break: Mirels' score and the cortical rule for the femur."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from seedsoil.care.scores.published import Score, band, monotone, number, points, published, total


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
