"""Forecast: the same twins, the same luck, under each plan; what happens to them, and the difference the plan makes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from seedsoil import __version__
from seedsoil.care.patient import describe_known
from seedsoil.care.plan import Plan
from seedsoil.errors import InputError
from seedsoil.grammar.tables import hash_of
from seedsoil.study import assess, evidence, plans
from seedsoil.study.outcomes import DAYS_A_MONTH, MONTHS, OUTCOMES, Record, joined
from seedsoil.study.twins import Twins
from seedsoil.study.values import cite
from seedsoil.world import kernel, runs
from seedsoil.world.day import World

WORTH_PARTING = 50  # twins worth a process of their own
NOTICE = "Research use, not for care. Not a medical device."
RANGES = (
    "Risks: 90 % range of the risk itself, over 25 draws of the uncertain numbers of the model, with the chance of having "
    "run only so many twins. Pain, haemoglobin, opioid dose and days at home: the middle 90 % of the twins. Differences "
    "are between the same twins with the same luck under two plans."
)
Z90 = 1.6448536269514722


@dataclass
class Forecast:
    """What became of the twins under each plan."""

    twins: Twins
    plans: list[Plan]
    records: list[Record]
    years: float

    def table(self) -> list[dict]:
        """One row an outcome, time and plan: value with its range and unit."""
        return [{"plan": p.name, **row} for p, r in zip(self.plans, self.records, strict=True) for row in self._outcomes(r)]

    def difference(self, outcome: str) -> list[dict]:
        """The paired difference of each later plan to the first, for one outcome."""
        return [row for row in self._differences() if row["outcome"] == outcome]

    def sources(self) -> list[dict]:
        """The papers behind the numbers and the rules used."""
        keys = evidence.keys_used(self.twins, self.used())
        return [cite(key) for key in keys]

    def used(self) -> set[str]:
        """Drugs and local treatments that any twin had under any plan."""
        return set().union(*(used for record in self.records for used in record.used))

    def document(self) -> dict:
        """Everything, as plain data (schema ``seedsoil.forecast/1``)."""
        twins, patient = self.twins, self.twins.patient
        known = describe_known(patient)
        judged = assess.assess(patient)
        refused = [plans.refused(plan, patient) for plan in self.plans]
        return {
            "schema": "seedsoil.forecast/1",
            "version": __version__,
            "kernel": kernel.NAME,
            "seed": twins.seed,
            "tables": hash_of(),
            "as_of": patient.as_of.isoformat(),
            "years": self.years,
            "patient": {"id": patient.id, "age_years": patient.age_years, "sex": patient.sex, "cancer": patient.cancer},
            "twins": {
                "asked": twins.asked, "effective": round(twins.effective, 1), "ancestors": twins.ancestors,
                "warning": twins.warning,
            },
            "known": known["known"],
            "assumed": twins.assumed,
            "set_aside": known["set_aside"],
            "urgent": judged["urgent"],
            "advice": judged["advice"],
            "plans": [
                {"name": p.name, "description": p.description, "refused": no, "outcomes": self._outcomes(r)}
                for p, r, no in zip(self.plans, self.records, refused, strict=True)
            ],
            "differences": self._differences(),
            "evidence": evidence.graded(self.used()),
            "sources": self.sources(),
            "ranges": RANGES,
            "notice": NOTICE,
        } | ({"scans": twins.scans} if twins.scans else {})  # fmt: skip

    def _months(self) -> list[tuple[int, int]]:
        return [(k, m) for k, m in enumerate(MONTHS) if m <= 12.0 * self.years + 1e-9]

    def _outcomes(self, record: Record) -> list[dict]:
        rows = []
        for outcome, unit in OUTCOMES.items():
            for k, months in self._months():
                value, low, high = self._hidden() or summary(record.by(outcome, k), unit, self._sets())
                rows.append({"outcome": outcome, "months": months, "value": value, "low": low, "high": high, "unit": unit})
        return rows

    def _differences(self) -> list[dict]:
        rows = []
        for plan, record in zip(self.plans[1:], self.records[1:], strict=True):
            for outcome, unit in OUTCOMES.items():
                for k, months in self._months():
                    gap = record.by(outcome, k) - self.records[0].by(outcome, k)
                    value, low, high = self._hidden() or difference(gap, unit, self._sets())
                    rows.append({
                        "plan": plan.name, "versus": self.plans[0].name, "outcome": outcome, "months": months,
                        "value": value, "low": low, "high": high, "unit": unit,
                    })  # fmt: skip
        return rows

    def _hidden(self) -> tuple[None, None, None] | None:
        """Nothing is shown where the person is unlike those the model knows."""
        return (None, None, None) if self.twins.warning else None

    def _sets(self) -> np.ndarray:
        return self.twins.world.people.set_of


def forecast(
    twins: Twins, chosen: list[Plan], years: float = 3.0, progress: Callable | None = None,
    beside: Callable[[World, Record], None] | None = None, workers: int = 1,
) -> Forecast:  # fmt: skip
    """Run the twins under each plan from day 0, with the same luck.

    years: up to 10. `beside` is shown the world, and what has been taken down so far, before the first day and every month:
    the twins stand in it in equal blocks, one a plan. workers: processes that share the twins out among them, where nobody
    looks on; no digit hangs on them. Raises InputError for a horizon out of range or two plans of one name.
    """
    if not 0.25 <= years <= 10.0:
        raise InputError("years", years, "0.25 to 10")
    if len({p.name for p in chosen}) < len(chosen):
        raise InputError("plans", [p.name for p in chosen], "plans with different names")
    if workers == 1 or beside or len(twins.world.people.key) < workers * WORTH_PARTING:
        return Forecast(twins, list(chosen), _run(twins.world, chosen, years, progress, beside), years)
    parts = [twins.world.of(rows) for rows in np.array_split(np.arange(len(twins.world.people.key)), workers)]
    done: list[list[Record]] = []
    for several in runs.each(partial(_run, chosen=list(chosen), years=years), parts, workers):
        done.append(several)
        if progress:
            progress("running the plans", len(done), len(parts))
    return Forecast(twins, list(chosen), [joined(of_plan) for of_plan in zip(*done, strict=True)], years)


def _run(
    people: World, chosen: list[Plan], years: float, progress: Callable | None = None, beside: Callable | None = None
) -> list[Record]:
    """All plans side by side in one world: each twin stands in it once for each plan, with the same luck."""
    n, many = len(people.people.key), len(chosen)
    world = people.of(np.tile(np.arange(n), many))
    policies = [plans.as_policy(plan) for plan in chosen]
    marks = tuple(round(m * DAYS_A_MONTH) for m in MONTHS)
    record = Record(n * many, marks, blocks=many)
    record.open(world)
    days = round(years * 365.25) + 1
    begins = {day for plan in chosen for day in plans.days_of(plan) if day < days}
    shown = {round(m * DAYS_A_MONTH) for m in range(1, int(12 * years) + 1)} if beside else set()
    if beside:
        beside(world, record)
    for day, until in itertools.pairwise(sorted({0, days, *begins, *shown, *(m for m in marks if m < days)})):
        for k, plan in enumerate(chosen):
            if day in plans.days_of(plan):
                world.next_visit[k * n : (k + 1) * n] = day
        world.live(policies, until)
        record.watch(world)
        if beside:
            beside(world, record)
        if progress:
            progress("running the plans", until, days)
    return [record.block(k) for k in range(many)]


def summary(values: np.ndarray, unit: str, sets: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Value and 90 % range: of the risk for outcomes per 100, of the twins themselves for the others."""
    if unit != "per 100":
        alive = values[~np.isnan(values)]
        if len(alive) < 10:
            return None, None, None
        low, high = np.quantile(alive, [0.05, 0.95])
        return _round(alive.mean()), _round(low), _round(high)
    n, risk = len(values), values.mean()
    # half an event more and half fewer, so that what no twin met still has a range; the range is on the arcsine scale,
    # where the spread of a share does not depend on the share
    centre = (values.sum() + 0.5) / (n + 1.0)
    chance = centre * (1.0 - centre)
    error = np.sqrt(spread_of_mean(values, sets) ** 2 - values.var() / n + chance / n)
    width = Z90 * error / (2.0 * np.sqrt(chance))
    low, high = np.sin(np.clip(np.arcsin(np.sqrt(centre)) + np.array([-width, width]), 0.0, np.pi / 2.0)) ** 2
    return _round(100.0 * risk), _round(100.0 * min(low, risk)), _round(100.0 * max(high, risk))


def difference(gap: np.ndarray, unit: str, sets: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Mean paired difference (plan minus versus) and its 90 % range; for states, of twins alive under both plans."""
    both = ~np.isnan(gap)
    if both.sum() < 10:
        return None, None, None
    mean, error = gap[both].mean(), spread_of_mean(gap[both], sets[both])
    scale = 100.0 if unit == "per 100" else 1.0
    return _round(scale * mean), _round(scale * (mean - Z90 * error)), _round(scale * (mean + Z90 * error))


def spread_of_mean(values: np.ndarray, sets: np.ndarray) -> float:
    """Standard error of a mean from parameter sets and chance: what sets differ by beyond chance, plus chance itself."""
    groups = [values[sets == s] for s in np.unique(sets)]
    groups = [g for g in groups if len(g) > 1]
    within = values.var() / len(values)
    if len(groups) < 3:
        return float(np.sqrt(within))
    means = np.array([g.mean() for g in groups])
    chance = np.mean([values.var() / len(g) for g in groups])
    between = max(means.var(ddof=1) - chance, 0.0)
    return float(np.sqrt(between + within))


def _round(x: float) -> float:
    return float(f"{x:.3g}") if abs(x) < 100 else float(f"{x:.4g}")
