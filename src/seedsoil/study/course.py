"""The course of twins month by month: what is felt and measured, what each bone does, what is given, and how many have met
each event by then. A forecast's outcomes say where people are; this says how they get there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from seedsoil.care.columns import MARKERS
from seedsoil.diagnostics import blood, examination
from seedsoil.grammar import skeleton
from seedsoil.study.bones import bones, kind_of
from seedsoil.study.forecast import summary
from seedsoil.study.outcomes import DAYS_A_MONTH, EVENTS, Record
from seedsoil.treatments import drug
from seedsoil.world import acting, observing
from seedsoil.world.day import TREAT, World

SEEN_BY_FEW = 0.1  # share of living twins below which a bone, or a drug, is not listed
CURVES = ("alive", "skeletal_event", *EVENTS)
SIGNALS = ("pain_rest", "pain_worst", "calcium_corrected", "alp", "haemoglobin", "ntx", *MARKERS, "creatinine", "ecog", "lesions",
           "tumour_ml")  # fmt: skip
LEAST_LIVING = 10  # twins alive for a range of them to mean anything


def days_of(years: float) -> list[int]:
    """The days looked at: the chart's, and then each month's."""
    return [round(m * DAYS_A_MONTH) for m in range(int(12 * years) + 1)]


@dataclass
class Course:
    """What was taken down of equal blocks of twins, one block a plan. Show it the world after every day."""

    blocks: int
    years: float
    months: list[list[dict]] = field(default_factory=list)  # [block][month]

    def __post_init__(self) -> None:
        self.months = [[] for _ in range(self.blocks)]
        self._marks = {day: k for k, day in enumerate(days_of(self.years))}
        self._done: list[dict[str, set[tuple[int, int]]]] = [
            {"irradiated": set(), "operated": set()} for _ in range(self.blocks)
        ]

    def watch(self, world: World) -> int | None:
        """Look at the world as it stands; which month has just been taken down, if any. Call it before the first day and
        after every day."""
        self._local(world)
        month = self._marks.get(world.day)
        if month is None:
            return None
        self._take_down(world)
        return month

    def _local(self, world: World) -> None:
        rows = world.done[world.done["verb"] == TREAT] if len(world.done) else world.done
        size = len(world.people.key) // self.blocks
        rays = acting.treatments().index(acting.RADIOTHERAPY)
        for row in rows:
            who, site = int(row["person"]), int(row["site"])
            if site >= 0:
                self._done[who // size]["irradiated" if row["what"] == rays else "operated"].add((who, site))

    def _take_down(self, world: World) -> None:
        size = len(world.people.key) // self.blocks
        for block in range(self.blocks):
            rows = np.arange(block * size, (block + 1) * size)
            living = rows[world.people.alive[rows]]
            self.months[block].append(
                {"alive": len(living) / size, **self._of(world, living, block)} if len(living) else {"alive": 0.0}
            )

    def _of(self, world: World, rows: np.ndarray, block: int) -> dict:
        seen = observing.seen(world, rows)
        here, group = bones(seen), world.people
        values = {
            "pain_rest": examination.pain_rest(seen), "pain_worst": examination.pain_worst(seen),
            "ecog": examination.true_value("ecog", seen), "lesions": group.lesions[rows].astype(float),
            "tumour_ml": here.tumour_ml.sum(axis=1),
            **{name: blood.true_value(name, seen) for name in SIGNALS if name in blood.ANALYTES},
        }  # fmt: skip
        return {
            "signals": {name: ranged(value) for name, value in values.items()},
            "bones": self._bones(here, rows, block),
            "drugs": self._drugs(world, rows),
        }

    def _bones(self, here, rows: np.ndarray, block: int) -> dict[str, dict]:
        """Bones in which a fair share of the living have tumour: share, size, kind, strength; how many are broken, held,
        treated."""
        out, names = {}, skeleton.bones()
        local = {kind: {site: 0 for _, site in done} for kind, done in self._done[block].items()}
        alive = set(rows.tolist())
        for kind, done in self._done[block].items():
            for who, site in done:
                local[kind][site] += who in alive
        for site in np.unique(here.site[here.site >= 0]):
            own = (here.site == site) & (here.size_mm > 0.0)
            n = own.sum()
            if n < SEEN_BY_FEW * len(rows):
                continue
            share = lambda mask, own=own: round(float((mask & own).sum() / len(rows)), 3)
            out[names[site].id] = {
                "share": share(own), "size_mm": ranged(here.size_mm[own], 1),
                "kind": kind_of(float(np.median(here.sclerosis[own]))),
                "strength": ranged(here.strength[own], 1), "load": ranged(here.load[own], 1),
                "broken": share(here.broken), "held": share(here.held),
                **{kind: round(local[kind].get(int(site), 0) / len(rows), 3) for kind in local},
            }  # fmt: skip
        return out

    def _drugs(self, world: World, rows: np.ndarray) -> dict[str, float]:
        chart = world.chart.select(rows)
        chart.day = world.day
        shares = {name: float(chart.on(name).mean()) for name in drug.catalogue()}
        return {name: round(share, 2) for name, share in shares.items() if share >= SEEN_BY_FEW}

    def document(self, block: int) -> list[dict]:
        """The months of one plan."""
        return self.months[block]


def ranged(values: np.ndarray, least: int = LEAST_LIVING) -> list[float] | None:
    """[low, middle, high]: the middle 90 % of the living and their median."""
    if len(values) < least:
        return None
    return [float(f"{x:.3g}") for x in np.quantile(np.asarray(values, float), [0.05, 0.5, 0.95])]


def curves_of(record: Record, sets: np.ndarray, years: float) -> dict[str, dict]:
    """Each event month by month, per 100 who start: [value, low, high], and how many are still at risk.

    Nobody leaves observation, so the share who have met the event by a month needs no estimator: death competes by
    itself.
    """
    days = days_of(years)
    out = {}
    for name in CURVES:
        first = record.death if name == "alive" else record.first_day(name)
        met = [(first <= day).astype(float) for day in days]  # a day that has not come is NaN, and never met
        at_risk = [int((~(record.death <= day) & ~(first <= day)).sum()) for day in days]
        if name == "alive":
            met = [1.0 - x for x in met]
        out[name] = {"months": [list(summary(x, "per 100", sets)) for x in met], "at_risk": at_risk}
    return out
