"""Radiotherapy for pain, and after an operation on bone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedsoil.care import criteria
from seedsoil.care.chart import Chart, remembered
from seedsoil.care.criteria import at_place, each_line, in_the, limit, painful_place, proven
from seedsoil.care.guidelines.rules import rule
from seedsoil.care.guidelines.surgery import broken, limb
from seedsoil.care.orders import Order, Start, Treat


def _at_painful(lines: np.ndarray, chart: Chart) -> np.ndarray:
    """A mask of lines, read at the place that hurts most."""
    found, line = criteria.line_of(chart, painful_place(chart))
    return found & lines[np.arange(len(chart)), line]


@remembered
def painful_metastasis(chart: Chart) -> np.ndarray:
    """Mask: pain of 5 or more, or not controlled by an opioid, at a proven metastasis that is not to be fixed first."""
    worst = chart.symptom("pain_worst")
    bad = (worst >= limit("pain.moderate")) | ((worst > limit("pain.controlled")) & chart.on("opioid"))
    found = limb(chart)
    fixed_first = _at_painful((found.certain & criteria.held_before_it_breaks(chart)[:, None]) | broken(chart), chart)
    # relief takes weeks: what hurts soon after a course is not judged yet
    waits = (chart.lesion("irradiated") < limit("radiotherapy.relief_days")).any(axis=1)
    calm = ~fixed_first & ~waits & (criteria.cord_place(chart) < 0)
    return bad & _at_painful(chart.lesions(), chart) & proven(chart) & calm


@rule("radiotherapy", "coleman2020; alcorn2024", confirmed=True, comfort=True)
def radiation_for_pain(chart: Chart) -> Iterator[Order]:
    """A painful metastasis that is no emergency: 8 Gy in one fraction; again after four weeks or more."""
    hurts, place = painful_metastasis(chart) & criteria.turned_to_radiotherapy(chart), painful_place(chart)
    since, before = at_place(chart, "irradiated", place), np.nan_to_num(at_place(chart, "dose_gy", place))
    facts = {"pain": chart.symptom("pain_worst"), "since": since}
    dose = limit("radiotherapy.dose_gy")
    say = f"Radiotherapy {dose:g} Gy in one fraction to the painful metastasis"
    first = hurts & np.isnan(since)
    yield Treat("radiotherapy", first, place, dose_gy=dose, fractions=1, facts=facts, say=say, within_hours=336,
                why="pain {pain:.0f} of 10 at a metastasis")  # fmt: skip
    again = hurts & (since >= limit("radiotherapy.again_days"))
    spine = in_the("spine", place)
    room = before <= np.where(spine, limit("radiotherapy.again_most_gy"), limit("radiotherapy.again_most_elsewhere_gy"))
    yield Treat("radiotherapy", again & room, place, dose_gy=dose, fractions=1, facts=facts, say=say + " again",
                within_hours=336, why="pain {pain:.0f} of 10, last irradiated {since:.0f} days ago")  # fmt: skip
    full = again & ~room & spine
    say = "No third course without a plan of the cord's dose"
    yield Treat("radiotherapy", full, place, stance="forbid", why="the spinal cord has had its dose", say=say)


@rule("radiotherapy", "coleman2020; chow2015", confirmed=True)
def steroid_against_flare(chart: Chart) -> Iterator[Order]:
    """Dexamethasone around a single fraction halves few flares, but some: worth a thought."""
    first = np.isnan(at_place(chart, "irradiated", painful_place(chart)))
    hurts = painful_metastasis(chart) & criteria.turned_to_radiotherapy(chart) & first
    yield Start("dexamethasone", hurts & ~chart.on("dexamethasone"), dose=8.0, stance="consider",
                why="a pain flare follows about a third of single fractions",
                say="Dexamethasone 8 mg before the fraction and for four days after")  # fmt: skip


@rule("radiotherapy", "alcorn2024; coleman2020", confirmed=True)
def radiation_after_surgery(chart: Chart) -> Iterator[Order]:
    """After a rod or a decompression: radiotherapy to the bone once the wound has healed."""
    fixed, radiated = chart.lesion("fixed"), chart.lesion("irradiated")
    healed = fixed >= limit("radiotherapy.after_surgery_days")
    healed &= fixed <= limit("radiotherapy.after_surgery_most_days")
    lines = chart.lesions() & healed & ~(radiated <= fixed) & proven(chart)[:, None]
    gray, parts = limit("radiotherapy.postoperative_gy"), limit("radiotherapy.postoperative_fractions")
    for where, place, i in each_line(lines, chart):
        yield Treat("radiotherapy", where, place, dose_gy=gray, fractions=parts, facts={"days": fixed[:, i]},
                    why="operated on {days:.0f} days ago", within_hours=336,
                    say=f"Radiotherapy {gray:g} Gy in {parts:g} to the bone that was operated on")  # fmt: skip


RULES = (radiation_for_pain, steroid_against_flare, radiation_after_surgery)
