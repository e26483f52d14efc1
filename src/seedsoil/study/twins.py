"""Twins: virtual people who fit one person's dated findings. Fitted once, then run under any plan."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np

from seedsoil.care.chart import Chart
from seedsoil.care.patient import Patient
from seedsoil.errors import InputError
from seedsoil.grammar import luck
from seedsoil.study import tempering
from seedsoil.study.assumed import assumed_items
from seedsoil.study.weighing import Candidates, number
from seedsoil.study.willing import settle_willingness
from seedsoil.world import people, records
from seedsoil.world.day import World
from seedsoil.world.parameters import Version

Progress = Callable[[str, int, int], None]


@dataclass
class Twins:
    """The fitted twins on day 0: twin i has key i and fresh luck, the same under every plan."""

    patient: Patient
    world: World
    seed: int
    asked: int
    effective: float
    ancestors: int
    temper: float
    warning: str | None
    assumed: list[dict]
    scans: list[str] = field(default_factory=list)  # files of lesions they start from


def fit(
    patient: Patient, twins: int = 500, seed: int = 1, progress: Progress | None = None, version: Version | None = None,
    workers: int = 1, hands: Executor | None = None,
) -> Twins:  # fmt: skip
    """Fit candidates of the person's cancer to the recorded past (`tempering`), and choose the twins from them.

    twins: how many are wanted (20 or more); version: the numbers they live by, else drawn from the ranges of the tables; workers,
    hands: as for `forecast`. Raises InputError for a number that makes no sense.
    """
    if twins < 20:
        raise InputError("twins", twins, "20 or more", "500 is usual")
    numbers = (version or Version(versions(), seed)).numbers()
    n = max(int(number("candidates_per_twin") * twins), int(number("candidates_least")))
    fitted = tempering.fit(patient, n, seed, numbers, progress, workers, hands)
    found, weight = fitted.candidates, np.isfinite(fitted.candidates.log_weight).astype(float)
    effective = fitted.effective
    warning = unlike(found, effective, fitted.power)
    by_version = np.argsort(found.world.people.set_of, kind="stable")  # so that no version of the numbers is passed over
    chosen = by_version[resampled(weight[by_version], twins, seed) if effective > 0 else np.arange(twins)]
    group = records.rows(found.world.people, chosen)
    group.key[:] = np.arange(twins)
    people.renew_luck(group, seed)
    group.alive[:] = True
    world = World(group, Chart.of(patient).select(np.zeros(twins, int)), numbers, seed, day=0).practise_as_usual()
    world.course[:] = found.world.course[chosen]
    world.work = _work_of(found.world, chosen)
    settle_willingness(world, patient)
    return Twins(
        patient=patient,
        world=world,
        seed=seed,
        asked=twins,
        effective=effective,
        ancestors=len(np.unique(fitted.origin[chosen])),
        temper=fitted.power,
        warning=warning,
        assumed=assumed_items(patient, world, found.start),
    )


def versions() -> int:
    """How many versions of the model's numbers twins live by."""
    return int(number("parameter_sets"))


def resampled(weight: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Candidates chosen in proportion to their weights."""
    chosen = tempering.resampled(weight, n, float(luck.uniform(seed, 0, "resample")))
    # spread the ancestors over the twins, so that twins and parameter sets do not go in one order
    order = np.argsort(luck.uniform(seed, np.arange(n), "resample", 1), kind="stable")
    return chosen[order]


def unlike(found: Candidates, effective: float, power: float = 1.0) -> str | None:
    """Why no percentages can be given, or None."""
    tail = number("predictive_tail")
    for share, finding in found.prior_share.values():
        if min(share, 1.0 - share) < tail:
            return (
                f"this person is unlike those the model knows: {finding.what.replace('_', ' ')} of {finding.value:g} lies "
                "outside what the model gives to 99.9 % of people with this cancer and past"
            )
    if power < number("temper_least"):
        return (
            f"this person is unlike those the model knows: candidates fit only where findings count {power:.2g} of what they tell "
            f"({number('temper_least'):g} is needed)"
        )
    if effective < number("effective_least"):
        return (
            f"this person is unlike those the model knows: only {effective:.0f} effective candidates fit all findings "
            f"together ({number('effective_least'):.0f} are needed)"
        )
    return None


def _work_of(world: World, chosen: np.ndarray) -> np.ndarray:
    """Doses still to come, copied with their people."""
    order = np.argsort(chosen, kind="stable")
    rows = []
    for twin in order:
        own = world.work[world.work["person"] == chosen[twin]].copy()
        own["person"] = twin
        rows.append(own)
    return np.concatenate(rows) if rows else world.work[:0]
