"""How willing twins are to be treated, as far as the record tells: who has taken lines of treatment would, and who has lived with
known metastases for months and none on record most likely would not."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from seedsoil.care import criteria
from seedsoil.care.guidelines import systemic
from seedsoil.care.patient import Patient
from seedsoil.study.weighing import first_finding, number
from seedsoil.world.day import World


def settle_willingness(world: World, patient: Patient) -> None:
    """Draw the twins' reluctance to treatment of the cancer anew, given what the chart says was taken; each keeps its own luck."""
    chart = world.chart
    overdue = first_finding(patient) <= -number("untreated_days")
    for people, table in systemic.line_tables(chart):
        reached = systemic.line_reached(chart, table)
        score = chart.reluctance[:, criteria.SYSTEMIC].astype(float)
        for k in range(len(table.lines)):
            least = systemic.most_reluctant(chart, table.lines, k)
            asked = [chart.ever(d) for d in table.lines[k] if not systemic.taken_by_all(d)]
            told = people & np.isfinite(least) & (reached == k + 1) & np.logical_or.reduce([np.zeros(len(chart), bool), *asked])
            score[told] = ndtri(ndtr(score) * ndtr(least))[told]
        if not table.lines:
            continue
        least = systemic.most_reluctant(chart, table.lines, 0)
        waits = people & np.isfinite(least) & (reached == 0) & overdue
        waits &= criteria.proven(chart) & chart.lesions().any(axis=1)
        score[waits] = _none_on_record(ndtr(score), ndtr(least))[waits]
        chart.reluctance[people, criteria.SYSTEMIC] = score[people]


def _none_on_record(u: np.ndarray, willing: np.ndarray) -> np.ndarray:
    """Scores of people without a first line on record: `u` uniform, `willing` the share who would have taken it."""
    missed = number("unrecorded_treatment")
    v = u * (willing * missed + 1.0 - willing)
    return ndtri(np.where(v < willing * missed, v / missed, v + willing * (1.0 - missed)))
