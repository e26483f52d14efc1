"""Doses of radiotherapy made comparable, and the risk of irradiating a cord twice."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from seedsoil.care.scores.published import Array, Score, band, monotone, number, published, total

ALPHA_BETA = {"tumour": 10.0, "late": 3.0, "cord": 2.0, "lumbar_cord": 4.0}  # Gy; lumbar_cord as Nieder's model has it

NIEDER_SMALL_RISK = 135.5  # Gy BED2 of both courses together; none seen up to 120
NIEDER_NONE_SEEN = 120.0  # Gy BED2
NIEDER_COURSE = 98.0  # Gy BED2, each course
NIEDER_MONTHS = 6.0  # shortest interval

# the 2005 risk score: one point for every 10 Gy begun above 120, at most 9
NIEDER_DOSE_STEP = 10.0
NIEDER_DOSE_POINTS = 9
NIEDER_HEAVY_COURSE = 102.0  # Gy BED2 in one course: 4.5 points
NIEDER_EXTRA = 4.5  # points for a heavy course, and again for an interval under 6 months
NIEDER_BANDS = (3.1, 6.1)  # up to 3 low, above to 6 intermediate, more high; points come in halves
NIEDER_MYELOPATHY = (3.0, 25.0, 90.0)  # per cent in the three groups


class NiederRisk(IntEnum):
    """Risk of myelopathy after irradiating the same cord twice."""

    LOW = 0
    INTERMEDIATE = 1
    HIGH = 2


def _course(dose_gy: object, fractions: object, alpha_beta_gy: object) -> tuple[Score, Score, float]:
    ratio = number("alpha_beta_gy", alpha_beta_gy, 0.1, 50, known=True)
    return number("dose_gy", dose_gy, 0, 200), number("fractions", fractions, 1, 60), ratio.low


@published("fowler1989", "verified")
def bed(dose_gy: object, fractions: object, alpha_beta_gy: object) -> Score:
    """Biologically effective dose, Gy, of a course: total dose_gy in that many fractions; alpha/beta in Gy."""
    dose, parts, ratio = _course(dose_gy, fractions, alpha_beta_gy)
    return monotone(lambda d, n: d * (1 + d / n / ratio), rising=(dose,), falling=(parts,))


@published("fowler1989", "verified")
def eqd2(dose_gy: object, fractions: object, alpha_beta_gy: object) -> Score:
    """The dose in 2 Gy fractions that does the same, Gy; inputs as in `bed`."""
    dose, parts, ratio = _course(dose_gy, fractions, alpha_beta_gy)
    return monotone(lambda d, n: d * (d / n + ratio) / (2 + ratio), rising=(dose,), falling=(parts,))


def _two_courses(first_bed: object, second_bed: object, months_between: object) -> tuple[Score, Score, Score]:
    return (
        number("reirradiation.first_bed", first_bed, 0, 1000),
        number("reirradiation.second_bed", second_bed, 0, 1000),
        number("reirradiation.months_between", months_between, 0, 1200),
    )


@published("nieder2006", "verified", "one case in the low-risk group came after stereotactic re-irradiation")
def cord_reirradiation_small_risk(first_bed: object, second_bed: object, months_between: object) -> Score:
    """Yes/no: a second course to the cord keeps the risk of myelopathy small.

    Both together at most 135.5 Gy, each at most 98 Gy, six months or more apart; all BED to the cord (alpha/beta 2 Gy
    cervical and thoracic, 4 Gy lumbar).
    """
    first, second, months = _two_courses(first_bed, second_bed, months_between)

    def small(gap: Array, a: Array, b: Array) -> Array:
        fits = (a + b <= NIEDER_SMALL_RISK) & (np.maximum(a, b) <= NIEDER_COURSE)
        return (fits & (gap >= NIEDER_MONTHS)).astype(int)

    return monotone(small, rising=(months,), falling=(first, second))


@published("nieder2006", "recalled", "group risks 3, 25 and 90 % are confirmed; the point table is recalled")
def cord_reirradiation_points(first_bed: object, second_bed: object, months_between: object) -> Score:
    """Nieder's points, 0 to 18, for a second course to the cord: dose of both, a heavy course, a short gap. BED, Gy."""
    first, second, months = _two_courses(first_bed, second_bed, months_between)

    def dose_points(a: Array, b: Array) -> Array:
        steps = np.ceil(np.round((a + b - NIEDER_NONE_SEEN) / NIEDER_DOSE_STEP, 9))
        return np.clip(steps, 0, NIEDER_DOSE_POINTS) + NIEDER_EXTRA * (np.maximum(a, b) >= NIEDER_HEAVY_COURSE)

    soon = monotone(lambda gap: NIEDER_EXTRA * (gap < NIEDER_MONTHS), falling=(months,))
    return total(monotone(dose_points, rising=(first, second)), soon)


@published("nieder2006", "recalled", "group risks 3, 25 and 90 % are confirmed; the group limits are recalled")
def cord_reirradiation_risk(score: object) -> Score:
    """NiederRisk of `cord_reirradiation_points`: to 3 low, to 6 intermediate, above high; see NIEDER_MYELOPATHY."""
    return band(number("reirradiation.points", score, 0, 18), NIEDER_BANDS)
