"""The course of twins month by month: what is felt and measured, what each bone does, what is given, and how many have met
each event by then. A forecast's outcomes say where people are; this says how they get there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from seedsoil.care.columns import MARKERS, NEVER
from seedsoil.diagnostics import blood, examination
from seedsoil.grammar import skeleton
from seedsoil.study.bones import bones, kind_of
from seedsoil.study.outcomes import DAYS_A_MONTH, EVENTS, Record, arrived
from seedsoil.study.ranges import summary
from seedsoil.treatments import drug
from seedsoil.world import acting, observing
from seedsoil.world.day import TREAT, World
from seedsoil.world.work_list import CLINIC_EVERY

SEEN_BY_FEW = 0.1  # share of living twins below which a bone, or a drug, is not listed
CURVES = ("alive", "skeletal_event", *EVENTS)
SIGNALS = ("pain_rest", "pain_worst", "calcium_corrected", "alp", "haemoglobin", "ntx", *MARKERS, "creatinine", "ecog", "lesions",
           "tumour_ml")  # fmt: skip
LEAST_LIVING = 10  # twins alive for a range of them to mean anything


def days_of(years: float) -> list[int]:
    """The days looked at: the chart's, and then the last clinic day of each month, when many are stopped at anyway."""
    return [int(m * DAYS_A_MONTH) // CLINIC_EVERY * CLINIC_EVERY for m in range(int(12 * years) + 1)]


# What is taken down of a bone with tumour: whose, in which month, and how it stands.
BONE = np.dtype([
    ("person", np.int32), ("month", np.int32), ("site", np.int32), ("size_mm", float), ("sclerosis", float), ("strength", float),
    ("load", float), ("broken", bool), ("held", bool),
])  # fmt: skip
TREATED = np.dtype([("person", np.int32), ("site", np.int32), ("operated", np.int32), ("day", np.int32)])
LOCAL = ("irradiated", "operated")


@dataclass
class Course:
    """What was taken down of n twins. Open it on the world, let it look at people at the months within a stretch, and show it
    the world after every stretch."""

    n: int
    years: float
    living: np.ndarray | None = None  # [n, months] bool
    signals: dict[str, np.ndarray] = field(default_factory=dict)  # [n, months], NaN for the dead
    given: np.ndarray | None = None  # [n, months, drugs] bool: on the drug
    bones: list[np.ndarray] = field(default_factory=list)  # rows of `BONE`
    treated: list[np.ndarray] = field(default_factory=list)  # rows of `TREATED`

    def __post_init__(self) -> None:
        if self.living is not None:
            return
        months = len(days_of(self.years))
        self.living = np.zeros((self.n, months), bool)
        self.signals = {name: np.full((self.n, months), np.nan) for name in SIGNALS}
        self.given = np.zeros((self.n, months, len(drug.catalogue())), bool)

    def open(self, world: World) -> None:
        """How everybody is on day 0."""
        self.look(world, np.flatnonzero(world.people.alive))

    def watch(self, world: World) -> None:
        """Take down the stretch that has just passed."""
        rows = world.done[(world.done["verb"] == TREAT) & (world.done["site"] >= 0)] if len(world.done) else world.done
        if len(rows):
            self.treated.append(np.zeros(len(rows), TREATED))
            for name in ("person", "site", "day"):
                self.treated[-1][name] = rows[name]
            self.treated[-1]["operated"] = rows["what"] != acting.treatments().index(acting.RADIOTHERAPY)
        if world.day in days_of(self.years):
            self.look(world, np.flatnonzero(world.people.alive))

    def look(self, world: World, rows: np.ndarray) -> None:
        """Take down how the living of `rows` are for whom a month is over today."""
        rows, month = arrived(world, rows, days_of(self.years))
        if len(rows) == 0:
            return
        seen = observing.seen(world, rows)
        here = bones(seen)
        values = {
            "pain_rest": examination.pain_rest(seen), "pain_worst": examination.pain_worst(seen),
            "ecog": examination.true_value("ecog", seen), "lesions": world.people.lesions[rows].astype(float),
            "tumour_ml": here.tumour_ml.sum(axis=1),
            **{name: blood.true_value(name, seen) for name in SIGNALS if name in blood.ANALYTES},
        }  # fmt: skip
        self.living[rows, month] = True
        self.given[rows, month] = (world.chart.drug_start[rows] > NEVER) & (world.chart.drug_stop[rows] == NEVER)
        for name, value in values.items():
            self.signals[name][rows, month] = value
        who, slot = np.nonzero((here.site >= 0) & (here.size_mm > 0.0))
        found = np.zeros(len(who), BONE)
        found["person"], found["month"] = rows[who], month[who]
        for name in BONE.names[2:]:
            found[name] = getattr(here, name)[who, slot]
        self.bones.append(found)

    def block(self, k: int, blocks: int) -> Course:
        """The course of one of several equal blocks of twins."""
        size = self.n // blocks
        rows = slice(k * size, (k + 1) * size)
        own = lambda found: _renumbered(found[(found["person"] >= rows.start) & (found["person"] < rows.stop)], -rows.start)
        signals = {name: values[rows] for name, values in self.signals.items()}
        return Course(
            size, self.years, self.living[rows], signals, self.given[rows], [own(x) for x in self.bones],
            [own(x) for x in self.treated],
        )  # fmt: skip

    @staticmethod
    def joined(courses: Sequence[Course]) -> Course:
        """The courses of several groups of twins under one plan as one, in order."""
        starts = np.cumsum([0, *(one.n for one in courses)])
        every = lambda name: np.concatenate([getattr(one, name) for one in courses])
        moved = lambda name: [
            _renumbered(rows, start) for one, start in zip(courses, starts, strict=False) for rows in getattr(one, name)
        ]
        signals = {name: np.concatenate([one.signals[name] for one in courses]) for name in SIGNALS}
        return Course(int(starts[-1]), courses[0].years, every("living"), signals, every("given"), moved("bones"), moved("treated"))

    def document(self) -> list[dict]:
        """Every month: the share alive, and of the living the middle and range of each signal, how each bone stands that a fair
        share of them have tumour in, and the share on each drug."""
        every = np.concatenate([np.zeros(0, BONE), *self.bones])
        every = every[np.argsort(every["month"], kind="stable")]
        edges = np.searchsorted(every["month"], np.arange(self.living.shape[1] + 1))
        return [self._month(k, every[edges[k] : edges[k + 1]]) for k in range(self.living.shape[1])]

    def _month(self, k: int, bones: np.ndarray) -> dict:
        alive = self.living[:, k]
        if not alive.any():
            return {"alive": 0.0}
        shares = self.given[alive, k].mean(axis=0)
        return {
            "alive": float(alive.mean()),
            "signals": dict(zip(self.signals, ranged(np.stack([x[alive, k] for x in self.signals.values()])), strict=True)),
            "bones": self._bones(bones, alive, days_of(self.years)[k]),
            "drugs": {d: round(float(x), 2) for d, x in zip(drug.catalogue(), shares, strict=True) if x >= SEEN_BY_FEW},
        }

    def _bones(self, found: np.ndarray, alive: np.ndarray, day: int) -> dict[str, dict]:
        """Bones in which a fair share of the living have tumour: share, size, kind, strength; how many are broken, held,
        treated."""
        out, names, many = {}, skeleton.bones(), alive.sum()
        local = np.concatenate([np.zeros(0, TREATED), *self.treated])
        local = np.unique(local[(local["day"] < day) & alive[local["person"]]][["person", "site", "operated"]])  # each once
        share = lambda count: round(float(count / many), 3)
        for site in np.unique(found["site"]):
            own = found[found["site"] == site]
            if len(own) < SEEN_BY_FEW * many:
                continue
            size, strength, load = ranged(np.stack([own[name] for name in ("size_mm", "strength", "load")]), 1)
            treated = np.bincount(local["operated"][local["site"] == site], minlength=len(LOCAL))
            out[names[site].id] = {
                "share": share(len(own)), "size_mm": size,
                "kind": kind_of(float(np.median(own["sclerosis"]))),
                "strength": strength, "load": load,
                "broken": share(own["broken"].sum()), "held": share(own["held"].sum()),
                **{kind: share(count) for kind, count in zip(LOCAL, treated, strict=True)},
            }  # fmt: skip
        return out


def _renumbered(rows: np.ndarray, by: int) -> np.ndarray:
    """The same with the number of each person that much greater."""
    out = rows.copy()
    out["person"] += by
    return out


def ranged(values: np.ndarray, least: int = LEAST_LIVING) -> list[list[float] | None]:
    """[low, middle, high] of every row of `values` [rows, people]: the middle 90 % of the living and their median."""
    if values.shape[1] < least:
        return [None] * len(values)
    return [[float(f"{x:.3g}") for x in row] for row in np.quantile(np.asarray(values, float), [0.05, 0.5, 0.95], axis=1).T]


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
