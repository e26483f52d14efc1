"""How willing twins are to be treated, as far as the record tells: who has taken lines of treatment would, and who has lived with
known metastases for weeks and none on record most likely would not. The frail are less willing, so it tells of frailty too."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from seedsoil.care import criteria
from seedsoil.care.chart import Chart
from seedsoil.care.guidelines import systemic
from seedsoil.care.patient import Patient
from seedsoil.study.weighing import first_finding, number
from seedsoil.world import people
from seedsoil.world.day import World
from seedsoil.world.records import People


class Told(NamedTuple):
    """What a record tells of a person's reluctance to treatment of the cancer."""

    least: float  # normal score up to which people in their place take the line in question
    took: bool  # they took it; else they would have begun it by now, and there is none on record


def told_by(patient: Patient) -> Told | None:
    """The last line taken, or the first one where it is overdue; None where nobody is asked, as with hormones. People were asked
    when they were well enough, so the best grade on record counts."""
    chart = Chart.of(patient)
    for people_, table in systemic.line_tables(chart):
        if not people_[0] or not table.lines:
            continue
        reached = int(systemic.line_reached(chart, table)[0])
        k = max(reached - 1, 0)
        least = float(systemic.most_reluctant(chart, table.lines, k, chart.lowest("ecog"))[0])
        if not np.isfinite(least):
            return None
        if reached:
            asked = [chart.ever(d)[0] for d in table.of_line(k) if not systemic.taken_by_all(d)]
            return Told(least, True) if any(asked) else None
        overdue = first_finding(patient) <= -number("untreated_days") and criteria.proven(chart)[0] and chart.lesions().any()
        return Told(least, False) if overdue else None
    return None


def log_likelihood(group: People, patient: Patient) -> np.ndarray | float:
    """What the record tells of these people's frailty by the treatment they took or did not take: its log chance [n]."""
    told = told_by(patient)
    if told is None:
        return 0.0
    middle, spread = people.reluctance_of_frailty(group)
    least = (told.least - middle) / spread
    return log_ndtr(least) if told.took else np.log1p(-(1.0 - number("unrecorded_treatment")) * ndtr(least))


def settle_willingness(world: World, patient: Patient) -> None:
    """Draw the twins' reluctance to treatment of the cancer anew, given their frailty and what was taken; each keeps its own
    luck."""
    told = told_by(patient)
    if told is None:
        return
    middle, spread = people.reluctance_of_frailty(world.people)
    u = ndtr((world.chart.reluctance[:, criteria.SYSTEMIC].astype(float) - middle) / spread)
    willing = ndtr((told.least - middle) / spread)
    own = ndtri(u * willing) if told.took else _none_on_record(u, willing)
    world.chart.reluctance[:, criteria.SYSTEMIC] = middle + spread * own


def _none_on_record(u: np.ndarray, willing: np.ndarray) -> np.ndarray:
    """Scores of people without a first line on record: `u` uniform, `willing` the share who would have taken it."""
    missed = number("unrecorded_treatment")
    v = u * (willing * missed + 1.0 - willing)
    return ndtri(np.where(v < willing * missed, v / missed, v + willing * (1.0 - missed)))
