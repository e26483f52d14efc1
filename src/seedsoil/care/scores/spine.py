"""The spine with metastases: stable or not (SINS), cord pressed or not (ESCC), walking, what treatment (NOMS)."""

from __future__ import annotations

from enum import IntEnum
from itertools import product

import numpy as np

from seedsoil.care.scores.fracture import LesionKind
from seedsoil.care.scores.published import (
    UNKNOWN,
    Array,
    Choice,
    Score,
    band,
    code,
    monotone,
    number,
    points,
    published,
    span,
    total,
    worth_of_name,
    yes_no,
)


class SpineLocation(IntEnum):
    """How freely a spinal level moves."""

    RIGID = 0  # S2-S5
    SEMIRIGID = 1  # T3-T10
    MOBILE = 2  # C3-C6, L2-L4
    JUNCTIONAL = 3  # occiput-C2, C7-T2, T11-L1, L5-S1


class SpinePain(IntEnum):
    """Pain; mechanical = relieved by lying down, or brought on by movement or load."""

    NONE = 0
    NOT_MECHANICAL = 1  # occasional
    MECHANICAL = 2


class Alignment(IntEnum):
    """Alignment of the spine."""

    NORMAL = 0
    NEW_DEFORMITY = 1  # kyphosis or scoliosis
    TRANSLATION = 2  # subluxation


class Collapse(IntEnum):
    """Vertebral body. The paper leaves exactly half undefined; here it counts as OVER_HALF, the safer side."""

    NONE = 0
    NONE_MOST_INVOLVED = 1  # no collapse, more than half of the body involved
    UNDER_HALF = 2
    OVER_HALF = 3


class PosteriorElements(IntEnum):
    """Facet, pedicle or costovertebral joint fractured or replaced by tumour."""

    NONE = 0
    ONE_SIDE = 1
    BOTH_SIDES = 2


class SinsBand(IntEnum):
    """Stability of the spine by SINS."""

    STABLE = 0
    POTENTIALLY_UNSTABLE = 1
    UNSTABLE = 2


SINS_LOCATION = {
    SpineLocation.JUNCTIONAL: 3,
    SpineLocation.MOBILE: 2,
    SpineLocation.SEMIRIGID: 1,
    SpineLocation.RIGID: 0,
}
SINS_PAIN = {SpinePain.MECHANICAL: 3, SpinePain.NOT_MECHANICAL: 1, SpinePain.NONE: 0}
SINS_LESION = {LesionKind.LYTIC: 2, LesionKind.MIXED: 1, LesionKind.BLASTIC: 0}
SINS_ALIGNMENT = {Alignment.TRANSLATION: 4, Alignment.NEW_DEFORMITY: 2, Alignment.NORMAL: 0}
SINS_COLLAPSE = {Collapse.OVER_HALF: 3, Collapse.UNDER_HALF: 2, Collapse.NONE_MOST_INVOLVED: 1, Collapse.NONE: 0}
SINS_POSTERIOR = {PosteriorElements.BOTH_SIDES: 3, PosteriorElements.ONE_SIDE: 1, PosteriorElements.NONE: 0}
SINS_BANDS = (7, 13)  # 0-6 stable, 7-12 potentially unstable, 13-18 unstable
SINS_SURGEON = 7


@published("fisher2010", "verified")
def sins(location: object, pain: object, lesion: object, alignment: object, collapse: object, posterior: object) -> Score:
    """Spinal Instability Neoplastic Score, 0 to 18 points.

    location: SpineLocation (a sacral lesion of unknown level: -1, S1 is junctional). pain: SpinePain. lesion:
    LesionKind. alignment: Alignment. collapse: Collapse. posterior: PosteriorElements. Points read in three texts.
    """
    return total(
        points("sins.location", location, SINS_LOCATION),
        points("sins.pain", pain, SINS_PAIN),
        points("sins.lesion", lesion, SINS_LESION),
        points("sins.alignment", alignment, SINS_ALIGNMENT),
        points("sins.collapse", collapse, SINS_COLLAPSE),
        points("sins.posterior", posterior, SINS_POSTERIOR),
    )


@published("fisher2014", "verified")
def sins_band(score: object) -> Score:
    """SinsBand of a SINS total: 0-6 stable, 7-12 potentially unstable, 13-18 unstable."""
    return band(number("sins.score", score, 0, 18), SINS_BANDS)


@published("fisher2014", "verified")
def sins_surgical_opinion(score: object) -> Score:
    """Yes/no: SINS of 7 or more asks for a surgeon's opinion."""
    return monotone(lambda x: (x >= SINS_SURGEON).astype(int), rising=(number("sins.score", score, 0, 18),))


class Escc(IntEnum):
    """Epidural spinal cord compression on axial T2 MRI at the worst level (Bilsky grade)."""

    G0 = 0  # bone only
    G1A = 1  # epidural, thecal sac not deformed
    G1B = 2  # sac deformed, cord not touched
    G1C = 3  # sac deformed, cord touched, not compressed
    G2 = 4  # cord compressed, CSF still seen
    G3 = 5  # cord compressed, no CSF seen


@published("bilsky2010", "verified")
def escc_high_grade(grade: object) -> Score:
    """Yes/no: high-grade cord compression, ESCC 2 or 3. grade: Escc."""
    return monotone(lambda g: (g >= Escc.G2).astype(int), rising=(span("escc.grade", grade, Escc),))


@published("bilsky2010", "verified", "1c is debated: neither surely low nor surely not")
def escc_low_grade(grade: object) -> Score:
    """Yes/no: low-grade epidural disease, ESCC 0, 1a or 1b; 1c is debated and so stays open (0 to 1)."""
    g = span("escc.grade", grade, Escc)
    return Score((g.high <= Escc.G1B).astype(int), (g.low <= Escc.G1C).astype(int))


class Noms(IntEnum):
    """Treatments the NOMS grid can end in."""

    CONVENTIONAL_RT = 0
    STABILISE_THEN_CONVENTIONAL_RT = 1
    SBRT = 2
    STABILISE_THEN_SBRT = 3
    SEPARATION_SURGERY_THEN_SBRT = 4
    DECOMPRESS_STABILISE_THEN_SBRT = 5
    NOT_IN_GRID = 6  # the grid has no row for this person: ask the spinal team


NOMS_UNSTABLE = 13
ANY = None
# (high grade, radioresistant, unstable, fit for the procedure): treatment
NOMS_GRID = {
    (0, 0, 0, ANY): Noms.CONVENTIONAL_RT,
    (0, 0, 1, 1): Noms.STABILISE_THEN_CONVENTIONAL_RT,
    (0, 1, 0, ANY): Noms.SBRT,
    (0, 1, 1, 1): Noms.STABILISE_THEN_SBRT,
    (1, 0, 0, ANY): Noms.CONVENTIONAL_RT,
    (1, 0, 1, 1): Noms.STABILISE_THEN_CONVENTIONAL_RT,
    (1, 1, 0, 1): Noms.SEPARATION_SURGERY_THEN_SBRT,
    (1, 1, 0, 0): Noms.CONVENTIONAL_RT,
    (1, 1, 1, 1): Noms.DECOMPRESS_STABILISE_THEN_SBRT,
    (1, 1, 1, 0): Noms.STABILISE_THEN_CONVENTIONAL_RT,  # percutaneous or cement, if possible
}

# (lowest, highest) of yes/no; cancers the list does not name stay open
RADIORESISTANT = {
    **{c: (0, 0) for c in ("lymphoma", "myeloma", "seminoma", "breast", "prostate", "lung_sclc")},
    **{c: (1, 1) for c in ("kidney", "thyroid", "liver", "colorectal", "lung_nsclc", "melanoma", "sarcoma")},
    **{c: (0, 1) for c in ("gastric", "bladder", "uterus", "head_neck_oesophagus", "unknown")},
}


@published("laufer2013", "recalled", "small-cell lung from a local guideline; breast and prostate moderately sensitive")
def radioresistant(cancer: object) -> Score:
    """Yes/no: a primary that conventional radiotherapy controls poorly, by cancer id."""
    return worth_of_name("noms.cancer", cancer, RADIORESISTANT, (0, 1))


@published("laufer2013", "recalled", "the principle is confirmed in an abstract (PMID 17113465); the ten-row grid is recalled")
def noms(escc: object, resistant: object, sins_score: object, fit: object) -> Choice:
    """NOMS: which treatment for a spinal metastasis, as a Choice over Noms.

    escc: Escc (1c is kept open between low and high). resistant: yes/no, see `radioresistant`. sins_score: SINS, of
    which 13-18 is unstable here. fit: yes/no, fit for the procedure.
    """
    grade = code("noms.escc", escc, Escc)
    high = Score((grade >= Escc.G2).astype(int), ((grade >= Escc.G1C) | (grade == UNKNOWN)).astype(int))
    unstable = monotone(lambda x: (x >= NOMS_UNSTABLE).astype(int), rising=(number("noms.sins_score", sins_score, 0, 18),))
    asked = (high, yes_no("noms.resistant", resistant), unstable, yes_no("noms.fit", fit))
    shape = np.broadcast_shapes(*(np.shape(a.low) for a in asked))
    possible = np.zeros((*shape, len(Noms)), dtype=bool)
    for answers in product((0, 1), repeat=4):
        open_ = np.ones(shape, dtype=bool)
        for a, answer in zip(asked, answers, strict=True):
            open_ = open_ & (a.low <= answer) & (answer <= a.high)
        treatment = NOMS_GRID.get(answers, NOMS_GRID.get((*answers[:3], ANY), Noms.NOT_IN_GRID))
        possible[..., treatment] |= open_
    return Choice(possible)


class Frankel(IntEnum):
    """Cord function below the level."""

    A = 0  # complete
    B = 1  # sensory only
    C = 2  # motor, useless
    D = 3  # motor, useful
    E = 4  # normal


@published("frankel1969", "recalled", "the grades are confirmed; D and E as walking is our reading of their wording")
def frankel_walks(grade: object) -> Score:
    """Yes/no: can walk (alone or with an aid), Frankel D or E: useful power in the legs. grade: Frankel."""
    return monotone(lambda g: (g >= Frankel.D).astype(int), rising=(span("frankel", grade, Frankel),))


@published("hoskin2019", "verified", "grades 1 and 2 confirmed; the wording of 3 and 4 recalled")
def scorad_walks(grade: object) -> Score:
    """Yes/no: can walk by the SCORAD grades: 1 unaided, 2 with aid or power 4/5 walk; 3 and 4 do not. NaN unknown."""
    return monotone(lambda g: (g <= 2).astype(int), falling=(number("scorad.grade", grade, 1, 4),))


@published("frankel1969", "recalled", "the two scales side by side is our reading, no paper prints it")
def frankel_of_scorad(grade: object) -> Score:
    """Frankel grade that fits a SCORAD grade: 1 E, 2 D, 3 C, 4 A or B."""
    g = number("scorad.grade", grade, 1, 4)
    best: Array = np.array([Frankel.E, Frankel.D, Frankel.C, Frankel.B])
    worst: Array = np.array([Frankel.E, Frankel.D, Frankel.C, Frankel.A])
    return Score(worst[g.high.astype(int) - 1], best[g.low.astype(int) - 1])
