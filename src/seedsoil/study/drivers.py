"""What drives a forecast: in what the twins who met an event differed, on the day of the chart, from those who did not.

Twins differ in what the chart leaves open. Where those who later break a bone had weaker bones than the others, bone strength
drives the risk, and to know it better would narrow the forecast. This is how twins differ, not what causes what.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from seedsoil.diagnostics import blood, examination
from seedsoil.study.bones import bones
from seedsoil.study.outcomes import EVENTS, Record
from seedsoil.study.twins import Twins
from seedsoil.world import observing

FEWEST = 10  # twins on each side for a comparison
SURE = 2.5  # standard errors from chance beyond which a difference is told
MOST_TOLD = 4  # of one event
DRIVEN = ("death", *EVENTS)
MEASURED = ("calcium_corrected", "alp", "haemoglobin", "albumin", "creatinine", "ntx")


@dataclass(frozen=True)
class Driver:
    """One thing in which twins with and without an event differed at the start."""

    event: str
    what: str
    unit: str
    with_event: float  # median of the twins who met it
    without: float  # median of the others
    ahead: float  # chance that a twin who met it had more of it than one who did not: 0.5 is no difference


def drivers(twins: Twins, record: Record, by_day: float) -> list[Driver]:
    """What drives each event until a day, the strongest first; events that too few twins met, or too few escaped, are left out."""
    at_start = _at_start(twins)
    out: list[Driver] = []
    for event in DRIVEN:
        first = record.death if event == "death" else record.first_day(event)
        met = first <= by_day  # a day that has not come is NaN, and never met
        pairs = (_compared(event, name, unit, values, met, twins.effective) for name, (values, unit) in at_start.items())
        found = [one for one in pairs if one]
        out += sorted(found, key=lambda d: -abs(d.ahead - 0.5))[:MOST_TOLD]
    return out


def _at_start(twins: Twins) -> dict[str, tuple[np.ndarray, str]]:
    """How the twins stand on the day of the chart: values [n] and unit, by what they are."""
    world = twins.world
    everyone = np.arange(len(world.people.key))
    seen = observing.seen(world, everyone)
    here = bones(seen)
    tumour = here.site >= 0
    weakest = np.where(tumour, here.strength, 1.0).min(axis=1)
    organs = sum(getattr(seen.y, f"{organ}_{kind}") for organ in ("liver", "lung", "brain") for kind in ("sensitive", "resistant"))
    out = {
        "tumour in bone": (here.tumour_ml.sum(axis=1), "mL"),
        "bones with tumour": (tumour.sum(axis=1).astype(float), ""),
        "largest metastasis": (np.where(tumour, here.size_mm, 0.0).max(axis=1), "mm"),
        "strength of the weakest bone": (weakest, "of an intact bone"),
        "tumour in liver, lungs and brain": (organs, "mL"),
        "worst pain": (examination.pain_worst(seen), "of 10"),
        "performance (ECOG)": (examination.true_value("ecog", seen), ""),
    }  # fmt: skip
    return out | {name: (blood.true_value(name, seen), "") for name in MEASURED}


def _compared(event: str, what: str, unit: str, values: np.ndarray, met: np.ndarray, effective: float) -> Driver | None:
    """The difference between those who met an event and the others, where it is beyond chance. Twins that descend from few
    ancestors count as that many fewer."""
    values = np.asarray(values, float)
    one, other = int(met.sum()), int((~met).sum())
    if min(one, other) < FEWEST or not np.isfinite(values).all() or np.ptp(values) == 0:
        return None
    ahead = (rankdata(values)[met].sum() - one * (one + 1) / 2) / (one * other)
    error = np.sqrt((one + other + 1) / (12.0 * one * other) * max(len(values) / max(effective, 1.0), 1.0))
    if abs(ahead - 0.5) < SURE * error:
        return None
    middle = lambda mask: float(f"{np.median(values[mask]):.3g}")
    return Driver(event, what, unit, middle(met), middle(~met), round(float(ahead), 3))
